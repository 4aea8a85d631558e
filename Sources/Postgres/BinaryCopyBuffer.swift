/// Rows in the binary format of COPY, gathered in one buffer that is sent when it is full and used again.
///
/// Nothing is allocated per row once the buffer has grown to its size, and nothing is awaited before it is full.
public struct BinaryCopyBuffer: Sendable {
    private static let signature: [UInt8] = [
        0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00,  // PGCOPY\n\377\r\n\0
        0, 0, 0, 0,  // no flags
        0, 0, 0, 0,  // no extension of the header
    ]

    @usableFromInline var output = PostgresBytes()
    @usableFromInline let columns: Int16
    @usableFromInline let capacity: Int

    /// Starts with the header, which comes once at the start of the COPY.
    /// - Parameters:
    ///   - columns: how many fields each row has, as the COPY statement lists them.
    ///   - capacity: how many bytes make the buffer full; 64 KiB to 1 MiB are sensible.
    public init(columns: Int, capacity: Int = 256 * 1024) {
        precondition(columns > 0 && columns <= 1_600, "PostgreSQL's tables have at most 1600 columns")
        self.columns = Int16(columns)
        self.capacity = capacity
        output.reserve(capacity + capacity / 8)
        output.append(bytes: Self.signature)
    }

    /// Whether it is time to send the buffer.
    @inlinable public var isFull: Bool { output.count >= capacity }

    /// How many bytes wait to be sent.
    public var count: Int { output.count }

    /// Begins a row; as many fields as the buffer has columns must follow.
    @inlinable public mutating func appendRow() { output.append(columns) }

    /// Adds a field. Its type must be the column's own: COPY in binary format converts nothing.
    @inlinable public mutating func append<Value: PostgresEncodable>(_ value: borrowing Value) {
        output.append(field: value)
    }

    /// Adds a field that is NULL.
    @inlinable public mutating func appendNull() { output.append(-1 as Int32) }

    /// Adds a whole row of fields.
    @inlinable public mutating func append<each Value: PostgresEncodable>(row values: repeat each Value) {
        appendRow()
        repeat append(each values)
    }

    var bytes: [UInt8] { output.storage }

    mutating func appendTrailer() { output.append(-1 as Int16) }

    mutating func removeAll() { output.removeAll() }
}
