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
        guard type == .uuid, bytes.byteCount == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
