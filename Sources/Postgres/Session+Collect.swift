import CLibpq

extension Session {
    /// Reads everything that belongs to the statement under way, and returns its last answer or throws its first error.
    func collect() async throws(PostgresError) -> Answer {
        var last: Answer?
        var failure: PostgresError?
        while let answer = try await nextResult() {
            switch answer.status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                last = answer
            case PGRES_COPY_IN, PGRES_COPY_BOTH:
                failure = failure ?? PostgresError(.misuse, "COPY FROM STDIN needs copyIn")
                guard PQputCopyEnd(handle, "not a COPY") >= 0 else { throw lost() }
            case PGRES_COPY_OUT:
                failure = failure ?? PostgresError(.misuse, "COPY TO STDOUT needs copyOut")
                await stop()
                try await discardCopy()
            default:
                failure = failure ?? self.failure(of: answer)
            }
        }
        if let failure { throw failure }
        guard let last else { throw lost() }
        return last
    }

    /// Reads the rest of a COPY TO STDOUT away.
    func discardCopy() async throws(PostgresError) {
        while true {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(handle, &row, 1)
            if let row { PQfreemem(row) }
            if length < 0 { return }
            if length > 0 { continue }
            try await wait(for: .read)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }
}
