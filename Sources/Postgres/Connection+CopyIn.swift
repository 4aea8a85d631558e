import CLibpq

extension Connection {
    /// Runs a COPY FROM STDIN whose bytes `body` writes, and returns how many rows were copied.
    ///
    /// ```swift
    /// try await connection.copyIn("COPY visit (patient, day) FROM STDIN (FORMAT binary)") { writer in
    ///     var rows = BinaryCopyBuffer(columns: 2)
    ///     for visit in visits {
    ///         rows.appendRow()
    ///         rows.append(visit.patient)
    ///         rows.append(visit.day)
    ///         if rows.isFull { try await writer.write(&rows) }
    ///     }
    ///     try await writer.finish(&rows)
    /// }
    /// ```
    /// An error thrown by `body`, or a cancellation, aborts the COPY: no row of it is kept, and the connection can be
    /// used again. A row that the server refuses shows when `body` has returned, because libpq does not say so before.
    @discardableResult
    public mutating func copyIn(
        _ query: Query, _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        try checkWithoutParameters(query)
        let session = session
        try await session.exchange(sql: query.sql) { () throws(PostgresError) in
            try session.send { Self.send(query.sql, Parameters(), name: nil, on: session.handle) }
            try await session.beginCopy(PGRES_COPY_IN)
        }
        session.abandonWhenCancelled()
        var writer = CopyWriter(session: session)
        do {
            try await body(&writer)
            if let failure = writer.failure { throw failure }
            return try await session.endCopyIn()
        } catch {
            await session.abortCopyIn()
            throw (error as? PostgresError)?.about(query.sql) ?? error
        }
    }
}

extension Session {
    /// Waits for the server to agree to a COPY in the direction asked for.
    func beginCopy(_ direction: ExecStatusType) async throws(PostgresError) {
        guard let answer = try await nextResult() else { throw lost() }
        if answer.status == direction { return }
        if answer.status == PGRES_FATAL_ERROR {
            let error = failure(of: answer)
            while try await nextResult() != nil {}
            throw error
        }
        if answer.status == PGRES_COPY_IN { PQputCopyEnd(handle, "not a COPY TO STDOUT") }
        if answer.status == PGRES_COPY_OUT {
            await stop()
            try await discardCopy()
        }
        while try await nextResult() != nil {}
        throw PostgresError(.misuse, "the statement is not a COPY in this direction")
    }

    fileprivate func endCopyIn() async throws(PostgresError) -> Int {
        try await putEnd(nil)
        // From here on the server acts, and hears a cancellation.
        stopWhenCancelled()
        return try await collect().affectedRows
    }

    /// Tells the server that the rows are void, and waits until it has put them away.
    fileprivate func abortCopyIn() async {
        guard transactionStatus == PQTRANS_ACTIVE, !isLost else { return }
        do throws(PostgresError) {
            expectEnd()
            try await putEnd("aborted by the client")
            while try await nextResult() != nil {}
        } catch {
            // The connection is lost and says so to whoever uses it next.
        }
    }

    private func putEnd(_ reason: String?) async throws(PostgresError) {
        while true {
            switch PQputCopyEnd(handle, reason) {
            case 1: return
            case 0: try await flush()
            // The server has ended the COPY by itself; its answer is there to be read.
            default: return
            }
        }
    }
}
