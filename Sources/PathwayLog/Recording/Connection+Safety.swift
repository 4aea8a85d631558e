internal import Postgres

extension Connection {
    /// Waits until all that this session could read is as safe as the server promises of a commit.
    ///
    /// With a synchronous standby, a commit whose session or server ended while it waited for the standby can be read on the
    /// primary although only the primary has it, and is lost if the standby takes over. A commit is answered after
    /// everything before it in the write-ahead log is safe, so that an empty one answers for what was read; it must write
    /// to that log, or it waits for nothing. Inside a transaction the answer to its COMMIT is the one to wait for.
    mutating func secureWhatWasRead() async throws {
        try await execute("SELECT pg_logical_emit_message(true, 'pathway', '')")
    }
}
