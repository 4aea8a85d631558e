/// A value whose arrays can be sent to the server.
///
/// One parameter that holds many values feeds a set-based statement: `SELECT * FROM unnest(\(names), \(days))`.
/// `UInt8` conforms without being a value by itself: an array of bytes is one `bytea`.
public protocol PostgresArrayEncodable: Sendable {
    /// The type that the server is told an array of these values has.
    static var postgresArrayType: PostgresType { get }

    /// Writes an array of these values in the binary format of ``postgresArrayType``, without a length.
    static func encode(array: [Self], into bytes: inout PostgresBytes)
}

extension PostgresArrayEncodable where Self: PostgresEncodable {
    /// The array type that belongs to the type of one value; a type that is not built in must name its own.
    public static var postgresArrayType: PostgresType {
        guard let type = postgresType.array else {
            preconditionFailure("\(Self.self) must name its postgresArrayType: \(postgresType) is not a built-in type")
        }
        return type
    }

    /// Writes one dimension, counted from 1 as the server does, and the elements behind their lengths.
    @inlinable public static func encode(array: [Self], into bytes: inout PostgresBytes) {
        bytes.append(array.isEmpty ? 0 as Int32 : 1)
        bytes.append(array.contains { $0.isPostgresNull } ? 1 as Int32 : 0)
        bytes.append(postgresType.oid)
        guard !array.isEmpty else { return }
        bytes.append(Int32(array.count))
        bytes.append(1 as Int32)
        for element in array { bytes.append(field: element) }
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayEncodable {
    /// The array type of the elements.
    @inlinable public static var postgresType: PostgresType { Element.postgresArrayType }

    /// Writes the whole array as one value.
    @inlinable public func encode(into bytes: inout PostgresBytes) { Element.encode(array: self, into: &bytes) }
}

extension UInt8: PostgresArrayEncodable {
    /// `bytea`: bytes side by side are one value.
    public static var postgresArrayType: PostgresType { .bytea }

    /// Writes the bytes as they are.
    @inlinable public static func encode(array: [UInt8], into bytes: inout PostgresBytes) { bytes.append(bytes: array) }
}

extension Array: PostgresArrayEncodable where Element == UInt8 {}
extension Optional: PostgresArrayEncodable where Wrapped: PostgresArrayEncodable & PostgresEncodable {}
extension String: PostgresArrayEncodable {}
extension Bool: PostgresArrayEncodable {}
extension Int: PostgresArrayEncodable {}
extension Int16: PostgresArrayEncodable {}
extension Int32: PostgresArrayEncodable {}
extension Int64: PostgresArrayEncodable {}
extension Double: PostgresArrayEncodable {}
