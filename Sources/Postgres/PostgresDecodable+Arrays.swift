/// A value whose arrays can be read from a column.
///
/// `UInt8` conforms without being a value by itself: `bytea` reads as an array of bytes.
public protocol PostgresArrayDecodable: Sendable {
    /// Reads an array in the server's binary format, or nil if bytes of this type are no such array.
    static func decode(array bytes: RawSpan, type: PostgresType) -> [Self]?
}

extension PostgresArrayDecodable where Self: PostgresDecodable {
    /// Reads an array of one dimension; several dimensions are no such array.
    public static func decode(array bytes: RawSpan, type: PostgresType) -> [Self]? {
        guard let dimensions = bytes.bigEndian(Int32.self, at: 0), let oid = bytes.bigEndian(UInt32.self, at: 8) else {
            return nil
        }
        let elementType = PostgresType(oid: oid)
        // The header alone would fit other types too: what the column says must agree with it.
        guard elementType.array.map({ $0 == type }) ?? (oid >= 16384) else { return nil }
        guard dimensions != 0 else { return [] }
        guard dimensions == 1, let count = bytes.bigEndian(Int32.self, at: 12), count >= 0 else { return nil }

        var elements: [Self] = []
        elements.reserveCapacity(min(Int(count), bytes.byteCount / 4))
        var offset = 20
        for _ in 0..<count {
            guard let length = bytes.bigEndian(Int32.self, at: offset) else { return nil }
            offset += 4
            if length == -1 {
                guard let null = postgresNull else { return nil }
                elements.append(null)
                continue
            }
            guard length >= 0, offset + Int(length) <= bytes.byteCount else { return nil }
            let field = bytes.extracting(offset..<offset + Int(length))
            guard let element = Self(postgres: field, type: elementType) else { return nil }
            elements.append(element)
            offset += Int(length)
        }
        return elements
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayDecodable {
    /// Reads the whole array.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard let elements = Element.decode(array: bytes, type: type) else { return nil }
        self = elements
    }
}

extension UInt8: PostgresArrayDecodable {
    /// Reads `bytea`.
    public static func decode(array bytes: RawSpan, type: PostgresType) -> [UInt8]? {
        guard type == .bytea else { return nil }
        return bytes.withUnsafeBytes { [UInt8]($0) }
    }
}

extension Array: PostgresArrayDecodable where Element == UInt8 {}
extension Optional: PostgresArrayDecodable where Wrapped: PostgresArrayDecodable & PostgresDecodable {}
extension String: PostgresArrayDecodable {}
extension Bool: PostgresArrayDecodable {}
extension Int: PostgresArrayDecodable {}
extension Int16: PostgresArrayDecodable {}
extension Int32: PostgresArrayDecodable {}
extension Int64: PostgresArrayDecodable {}
extension Double: PostgresArrayDecodable {}
