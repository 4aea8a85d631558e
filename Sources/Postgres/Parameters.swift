/// The parameters of a query, laid out as libpq wants them: all values in one buffer, and a list for each of their
/// properties.
struct Parameters: Sendable {
    private(set) var types: [UInt32] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    /// Where in the buffer each value begins; -1 for NULL.
    private var offsets: [Int] = []
    private var bytes = PostgresBytes()

    var count: Int { types.count }

    mutating func append<Value: PostgresEncodable>(_ value: borrowing Value) {
        let start = bytes.count
        let isNull = value.isPostgresNull
        if !isNull { value.encode(into: &bytes) }
        append(type: Value.postgresType, format: 1, offset: isNull ? -1 : start)
    }

    /// libpq takes a value in text format to end at a NUL byte, so one inside would cut the value short unseen.
    private(set) var hasTruncatedText = false

    mutating func append(text: String, as type: PostgresType) {
        let start = bytes.count
        hasTruncatedText = hasTruncatedText || text.utf8.contains(0)
        bytes.append(utf8: text)
        bytes.append(0 as UInt8)
        append(type: type, format: 0, offset: start)
    }

    mutating func append(_ rows: PostgresRows, as type: PostgresType) {
        let start = bytes.count
        rows.encode(into: &bytes)
        append(type: type, format: 1, offset: start)
    }

    mutating func append(_ other: Parameters) {
        let start = bytes.count
        bytes.append(bytes: other.bytes.storage)
        types += other.types
        lengths += other.lengths
        formats += other.formats
        offsets += other.offsets.map { $0 < 0 ? $0 : $0 + start }
        hasTruncatedText = hasTruncatedText || other.hasTruncatedText
    }

    private mutating func append(type: PostgresType, format: Int32, offset: Int) {
        types.append(type.oid)
        lengths.append(offset < 0 ? 0 : Int32(clamping: bytes.count - offset))
        formats.append(format)
        offsets.append(offset)
    }

    /// Lends the addresses of the values, nil for NULL, for as long as `body` runs.
    func withValues<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        guard count > 0 else { return body(nil) }
        return bytes.storage.withUnsafeBytes { storage in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                // An empty buffer has no address, but an empty value needs one, or libpq takes it for NULL.
                let base = storage.baseAddress ?? Self.somewhere
                for (index, offset) in offsets.enumerated() {
                    let address = offset < 0 ? nil : base.advanced(by: offset).assumingMemoryBound(to: CChar.self)
                    values.initializeElement(at: index, to: address)
                }
                return body(values.baseAddress)
            }
        }
    }

    /// The address of nothing in particular, never read; it lives as long as the program.
    nonisolated(unsafe) private static let somewhere = UnsafeRawPointer(
        UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
}
