import CLibpq

/// The way into a COPY FROM STDIN that is under way, lent to the closure of ``Connection/copyIn(_:_:)``.
///
/// Bytes go out as they are written, and a write waits while the server is behind: memory stays at about one message.
public struct CopyWriter: ~Copyable {
    private let session: Session
    private(set) var failure: PostgresError?

    /// How many bytes libpq is given at once; larger ones make it copy more within its buffer.
    private static let messageSize = 128 * 1024

    init(session: Session) { self.session = session }

    /// Sends bytes in the format that the COPY statement names; rows need not end where a write does.
    ///
    /// A row that the server refuses does not make this throw: libpq keeps the server's error until the end of the
    /// COPY.
    public mutating func write(_ bytes: [UInt8]) async throws(PostgresError) {
        if let failure { throw failure }
        do {
            var start = 0
            while start < bytes.count {
                let end = min(start + Self.messageSize, bytes.count)
                try await session.put(bytes, start..<end)
                start = end
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Sends text, such as lines of the text or CSV format.
    public mutating func write(_ text: String) async throws(PostgresError) {
        try await write([UInt8](text.utf8))
    }

    /// Sends the rows of a buffer, and empties it for the next ones.
    public mutating func write(_ rows: inout BinaryCopyBuffer) async throws(PostgresError) {
        defer { rows.removeAll() }
        try await write(rows.bytes)
    }

    /// Sends the last rows of a buffer and the mark at their end.
    public mutating func finish(_ rows: inout BinaryCopyBuffer) async throws(PostgresError) {
        rows.appendTrailer()
        try await write(&rows)
    }
}

extension Session {
    /// Hands over one message and waits until it is with the system.
    fileprivate func put(_ bytes: [UInt8], _ range: Range<Int>) async throws(PostgresError) {
        while true {
            let taken = bytes.withUnsafeBytes { bytes in
                // The pointer is read only, whatever its type: libpq declares bytes as characters.
                let message = UnsafeRawBufferPointer(rebasing: bytes[range])
                return PQputCopyData(
                    handle, message.assumingMemoryBound(to: CChar.self).baseAddress, Int32(message.count))
            }
            switch taken {
            case 1:
                return try await flush()
            case 0:
                try await wait(for: .readOrWrite)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default:
                throw lost()
            }
        }
    }
}
