internal import PathwayCore
internal import Postgres

extension PathwayLog {
    /// Runs what somebody attempts. If the login lacks a right to it, the register keeps the attempt, and the error says which right.
    func attempting<Value>(
        _ attempted: (LogError) -> RefusedAttempt, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let error as PostgresError
            where error.sqlState == .insufficientPrivilege
        {
            throw try await keep(attempted, of: error)
        }
    }

    /// Keeps what was attempted without a right to it, and says which right is missing.
    func keep(_ attempted: (LogError) -> RefusedAttempt, of error: PostgresError) async throws -> LogError {
        let missing = LogError(missingRight: error)
        // Who may do nothing but read a part leaves no trace here, and is told all the same.
        do { try await keep(attempted(missing)) } catch let error as PostgresError
            where error.sqlState == .insufficientPrivilege
        {}
        return missing
    }
}

extension LogError {
    /// The words for what the server does not allow. It names the function or table, whatever its language is.
    fileprivate init(missingRight error: PostgresError) {
        if error.constraint == "own_site" {
            self.init(
                .notAllowed, error.message,
                hint: "whoever administers the log grants a coordinator a site with \"pathway access grant\"")
        } else if error.message.contains("draw_allocation") {
            self.init(
                .notAllowed, "the login has no right to draw allocations, which takes the role \"randomiser\"",
                hint: "the service draws: repeat the command with its login")
        } else {
            self.init(
                .notAllowed, "the login has no right to record, which takes the role \"coordinator\"",
                hint: "whoever administers the log grants it with \"pathway access grant\"")
        }
    }
}
