import CLibpq

extension Connection {
    /// Runs a COPY TO STDOUT and lends its bytes to `body`, some 64 KiB at a time and always whole rows; returns the
    /// number of rows.
    ///
    /// The bytes are valid until `body` returns. While it works or waits the server waits too, so memory stays at about
    /// one chunk however large the table is. An error thrown by `body`, or a cancellation, stops the COPY, and the
    /// connection can be used again.
    @discardableResult
    public mutating func copyOut(
        _ query: Query, _ body: (UnsafeRawBufferPointer) async throws -> Void
    ) async throws -> Int {
        try checkWithoutParameters(query)
        let session = session
        try await session.exchange(sql: query.sql) { () throws(PostgresError) in
            try session.send { Self.send(query.sql, Parameters(), name: nil, on: session.handle) }
            try await session.beginCopy(PGRES_COPY_OUT)
        }
        let chunk = CopyChunk()
        do {
            while try await session.fill(chunk) { try await body(chunk.bytes) }
            return try await session.collect().affectedRows
        } catch {
            await session.abortCopyOut()
            throw (error as? PostgresError)?.about(query.sql) ?? error
        }
    }
}

/// Memory for some rows of a COPY, allocated once and grown for a row that does not fit.
private final class CopyChunk {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 72 * 1024, alignment: 16)
    private(set) var count = 0
    private static let fullAt = 64 * 1024

    deinit { memory.deallocate() }

    var isFull: Bool { count >= Self.fullAt }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    func removeAll() { count = 0 }

    func append(_ row: UnsafeRawBufferPointer) {
        if count + row.count > memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(memory.count * 2, count + row.count), alignment: 16)
            larger.copyMemory(from: bytes)
            memory.deallocate()
            memory = larger
        }
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: row)
        count += row.count
    }
}

extension Session {
    /// Gathers rows until the chunk is full or there are no more, and says whether it holds any.
    fileprivate func fill(_ chunk: CopyChunk) async throws(PostgresError) -> Bool {
        chunk.removeAll()
        while !chunk.isFull {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &row, 1)
            if let row, length > 0 {
                chunk.append(UnsafeRawBufferPointer(start: row, count: Int(length)))
                PQfreemem(row)
            } else if length == 0 {
                try await wait(for: .read)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            } else {
                // At the end, or at an error, the answer that comes next says which.
                return chunk.count > 0 && !isStopping
            }
        }
        guard isStopping else { return chunk.count > 0 }
        // Nobody wants the rest; the answer behind it says why the COPY ended.
        try await discardCopy()
        return false
    }

    /// Asks the server to stop, and reads away what it had sent already.
    fileprivate func abortCopyOut() async {
        guard transactionStatus == PQTRANS_ACTIVE, !isLost else { return }
        do throws(PostgresError) {
            await stop()
            try await discardCopy()
            while try await nextResult() != nil {}
        } catch {
            // The connection is lost and says so to whoever uses it next.
        }
    }
}
