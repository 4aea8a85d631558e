/// Reads rows in the binary format of COPY from borrowed bytes, field by field.
///
/// ```swift
/// var reader = BinaryCopyReader()
/// try await connection.copyOut("COPY visit (patient, day) TO STDOUT (FORMAT binary)") { chunk in
///     try reader.read(chunk) { row in
///         let patient = try row.next(Int64.self)
///         let day = try row.next(PostgresDate.self)
///         …
///     }
/// }
/// ```
/// The format does not say the types of its fields: each is read as the type asked for, and the length must fit.
public struct BinaryCopyReader: Sendable {
    private var isHeaderRead = false
    private var isTrailerRead = false

    /// Starts before the header.
    public init() {}

    /// Calls `body` with each row of a chunk; a chunk holds whole rows, as those of ``Connection/copyOut(_:_:)`` do.
    ///
    /// Fields that `body` does not ask for are skipped.
    public mutating func read(
        _ chunk: UnsafeRawBufferPointer, _ body: (inout BinaryCopyRow) throws -> Void
    ) throws {
        var offset = try isHeaderRead ? 0 : headerEnd(chunk)
        while offset < chunk.count {
            guard !isTrailerRead, let count = chunk.bigEndian(Int16.self, at: offset) else { throw Self.malformed }
            offset += 2
            if count == -1 {
                isTrailerRead = true
                continue
            }
            guard count >= 0 else { throw Self.malformed }
            var row = BinaryCopyRow(chunk: chunk, offset: offset, columnCount: Int(count))
            try body(&row)
            while row.column < row.columnCount { try row.skip() }
            offset = row.offset
        }
    }

    /// Behind the eleven bytes of the signature come flags and the length of what else the header holds.
    private mutating func headerEnd(_ chunk: UnsafeRawBufferPointer) throws(PostgresError) -> Int {
        guard !chunk.isEmpty else { return 0 }
        guard chunk.starts(with: [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00]),
            let extra = chunk.bigEndian(Int32.self, at: 15), extra >= 0, 19 + Int(extra) <= chunk.count
        else { throw Self.malformed }
        isHeaderRead = true
        return 19 + Int(extra)
    }

    static let malformed = PostgresError(
        .decoding, "the bytes are not whole rows of a binary COPY", hint: "the statement needs (FORMAT binary)"
    )
}

/// One row of a binary COPY, from which fields are taken in order; valid in the closure that it is lent to.
public struct BinaryCopyRow: ~Copyable {
    private let chunk: UnsafeRawBufferPointer
    fileprivate var offset: Int
    /// The number of the field that comes next, from 0.
    public fileprivate(set) var column = 0
    /// How many fields the row has.
    public let columnCount: Int

    fileprivate init(chunk: UnsafeRawBufferPointer, offset: Int, columnCount: Int) {
        self.chunk = chunk
        self.offset = offset
        self.columnCount = columnCount
    }

    /// Takes the bytes of the next field without copying them; nil for NULL.
    public mutating func nextBytes() throws(PostgresError) -> UnsafeRawBufferPointer? {
        guard column < columnCount else {
            throw PostgresError(.decoding, "the row has \(columnCount) columns, and one more was asked for")
        }
        guard let length = chunk.bigEndian(Int32.self, at: offset), length >= -1 else {
            throw BinaryCopyReader.malformed
        }
        let start = offset + 4
        let end = start + Int(max(length, 0))
        guard end <= chunk.count else { throw BinaryCopyReader.malformed }
        offset = end
        column += 1
        return length == -1 ? nil : UnsafeRawBufferPointer(rebasing: chunk[start..<end])
    }

    /// Takes the next field as a value.
    public mutating func next<Value: PostgresDecodable & PostgresEncodable>(
        _: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        let column = column
        guard let bytes = try nextBytes() else {
            if let null = Value.postgresNull { return null }
            throw PostgresError(.decoding, "column \(column + 1) is NULL where a \(Value.self) is expected")
        }
        if let value = Value(postgres: bytes.bytes, type: Value.postgresType) { return value }
        throw PostgresError(.decoding, "column \(column + 1) does not hold a \(Value.self)")
    }

    /// Takes the next field and says whether it is this text; no String is made. NULL is no text.
    public mutating func next(is text: StaticString) throws(PostgresError) -> Bool {
        guard let bytes = try nextBytes() else { return false }
        return text.withUTF8Buffer { bytes.elementsEqual($0) }
    }

    /// Passes over the next field.
    public mutating func skip() throws(PostgresError) { _ = try nextBytes() }
}

// The types of most columns by name: a caller in another module would pay for the general form with a look-up of its type for each field.
extension BinaryCopyRow {
    /// Takes the next field as text.
    public mutating func nextText() throws(PostgresError) -> String { try next(String.self) }

    /// Takes the next field as text, or as nil for NULL.
    public mutating func nextOptionalText() throws(PostgresError) -> String? { try next(String?.self) }

    /// Takes the next field as text: `last` itself if it reads the same, as it does in most rows that are sorted.
    public mutating func nextText(like last: String) throws(PostgresError) -> String {
        if let text = try nextOptionalText(like: last) { return text }
        throw PostgresError(.decoding, "column \(column) is NULL where a String is expected")
    }

    /// Takes the next field as text, or as nil for NULL: `last` itself if it reads the same.
    public mutating func nextOptionalText(like last: String?) throws(PostgresError) -> String? {
        let before = (offset, column)
        guard let last, let bytes = try nextBytes(), last.isMade(of: bytes) else {
            (offset, column) = before
            return try nextOptionalText()
        }
        return last
    }

    /// Takes the next field as a four-byte integer.
    public mutating func nextInteger() throws(PostgresError) -> Int { Int(try next(Int32.self)) }

    /// Takes the next field as a four-byte integer, or as nil for NULL.
    public mutating func nextOptionalInteger() throws(PostgresError) -> Int? { try next(Int32?.self).map(Int.init) }

    /// Takes the next field as a date.
    public mutating func nextDate() throws(PostgresError) -> PostgresDate { try next(PostgresDate.self) }

    /// Takes the next field as a date, or as nil for NULL.
    public mutating func nextOptionalDate() throws(PostgresError) -> PostgresDate? { try next(PostgresDate?.self) }

    /// Takes the next field as a moment.
    public mutating func nextTimestamp() throws(PostgresError) -> PostgresTimestamp { try next(PostgresTimestamp.self) }

    /// Takes the next field as a moment, or as nil for NULL.
    public mutating func nextOptionalTimestamp() throws(PostgresError) -> PostgresTimestamp? {
        try next(PostgresTimestamp?.self)
    }

    /// Takes the next field as true or false.
    public mutating func nextFlag() throws(PostgresError) -> Bool { try next(Bool.self) }

    /// Takes the next field as `jsonb`.
    public mutating func nextJSONB() throws(PostgresError) -> JSONB { try next(JSONB.self) }

    /// Takes the next field's bytes, whatever they are, or nil for NULL.
    public mutating func nextOptionalBytes() throws(PostgresError) -> [UInt8]? { try nextBytes().map { [UInt8]($0) } }
}

extension UnsafeRawBufferPointer {
    /// The integer at an offset, or nil if it would reach past the end.
    fileprivate func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_: Integer.Type, at offset: Int)
        -> Integer?
    {
        guard offset + MemoryLayout<Integer>.size <= count else { return nil }
        return Integer(bigEndian: loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
