public import PathwayCore
public import Postgres

extension RequestID: PostgresCodable {
    /// `uuid`.
    public static var postgresType: PostgresType { .uuid }

    /// Writes the sixteen bytes.
    public func encode(into bytes: inout PostgresBytes) {
        bytes.append(high)
        bytes.append(low)
    }

    /// Reads `uuid`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .uuid else { return nil }
        self.init(bytes)
    }

    fileprivate init?(_ bytes: RawSpan) {
        guard bytes.byteCount == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension BinaryCopyRow {
    /// Takes the next field as the key of a request, which those who read without what identifies do not get.
    mutating func nextOptionalRequest() throws(PostgresError) -> RequestID? {
        let column = column
        guard let bytes = try nextBytes() else { return nil }
        guard let request = RequestID(bytes.bytes) else {
            throw PostgresError(.decoding, "column \(column + 1) does not hold the key of a request")
        }
        return request
    }
}
