/// Bytes in PostgreSQL's binary format, which is big-endian, written one after the other into one growing buffer.
///
/// Parameters of a ``Query``, arrays and ``BinaryCopyBuffer`` all write through this type, so a value's format is said
/// once.
public struct PostgresBytes: Sendable {
    @usableFromInline var storage: [UInt8] = []

    @inlinable init() {}

    /// How many bytes were written.
    @inlinable public var count: Int { storage.count }

    /// Writes an integer, the most significant byte first.
    @inlinable public mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { storage.append(contentsOf: $0) }
    }

    /// Writes text as UTF-8, without a terminator.
    @inlinable public mutating func append(utf8 text: String) {
        storage.append(contentsOf: text.utf8)
    }

    /// Writes bytes as they are.
    @inlinable public mutating func append(bytes: [UInt8]) {
        storage.append(contentsOf: bytes)
    }

    /// Writes a value behind its length in bytes, or the length -1 for NULL: how arrays and COPY hold their elements.
    @inlinable public mutating func append<Value: PostgresEncodable>(field value: borrowing Value) {
        guard !value.isPostgresNull else { return append(-1 as Int32) }
        let start = storage.count
        append(0 as Int32)
        value.encode(into: &self)
        setLength(at: start)
    }

    /// Writes how many bytes follow a place of four bytes into that place.
    @inlinable mutating func setLength(at start: Int) {
        let length = Int32(storage.count - start - 4)
        storage.withUnsafeMutableBytes { $0.storeBytes(of: length.bigEndian, toByteOffset: start, as: Int32.self) }
    }
}

extension PostgresBytes {
    mutating func reserve(_ count: Int) { storage.reserveCapacity(count) }

    /// Forgets the bytes, but keeps the memory for the next ones.
    mutating func removeAll() { storage.removeAll(keepingCapacity: true) }
}
