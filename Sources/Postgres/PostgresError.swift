/// What went wrong between this program and the server, and where.
///
/// Every function of this module that fails by itself throws this type. ``description`` is safe to print and to log: it
/// never holds the server's DETAIL line, which quotes whole rows, nor a parameter, nor a password.
public struct PostgresError: Error, Sendable {
    /// The kind of failure, for a program to act on.
    public enum Code: Sendable, Hashable {
        /// The server could not be reached, or the conversation with it broke off.
        case connection
        /// The server answered with an error.
        case server(SQLState)
        /// A column does not hold what the program expected.
        case decoding
        /// The task was cancelled, and the server was told to stop.
        case cancelled
        /// A deadline passed.
        case timeout
        /// The answer to COMMIT was lost: the transaction is either committed or rolled back.
        case commitUnknown
        /// The pool was closed.
        case poolClosed
        /// The call cannot be made like this, such as COPY through `execute`, or parameters in a COPY statement.
        case misuse
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words safe to show.
    public let message: String
    /// The server's DETAIL line, which may quote a whole row: never show it where rows must not be seen.
    public internal(set) var detail: String?
    /// What would work, if anybody knows.
    public internal(set) var hint: String?
    /// The name of the constraint that refused.
    public internal(set) var constraint: String?
    /// The table that the error is about.
    public internal(set) var table: String?
    /// The column that the error is about.
    public internal(set) var column: String?
    /// The statement, without its parameters.
    public internal(set) var sql: String?
    /// Where in ``sql`` the error is: characters from its start, counted from 1.
    public internal(set) var position: Int?
    /// Whether the work may have been committed although no answer came.
    ///
    /// True for ``Code/commitUnknown``, and for a connection that was lost while a statement outside a transaction was
    /// under way.
    public internal(set) var outcomeUnknown = false

    /// Describes a failure with a code and words that are safe to show.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension PostgresError {
    /// The server's code, if the server said something.
    public var sqlState: SQLState? {
        if case .server(let state) = code { state } else { nil }
    }

    /// Whether the session is gone, so that a later attempt needs another one.
    public var isConnectionLost: Bool {
        switch code {
        case .connection, .commitUnknown: true
        case .server(.adminShutdown), .server(.crashShutdown), .server(.cannotConnectNow), .server(.databaseDropped):
            true
        case .server(let state): state.classCode == "08"
        case .decoding, .cancelled, .timeout, .poolClosed, .misuse: false
        }
    }

    /// Whether the same transaction may be tried again as it is: none of it happened, and another attempt may succeed.
    ///
    /// False when the outcome is unknown: only a caller with an idempotency key may retry then.
    public var isRetryable: Bool {
        if outcomeUnknown { return false }
        switch code {
        case .connection, .timeout: return true
        case .server(.serializationFailure), .server(.deadlockDetected), .server(.lockNotAvailable): return true
        case .server(.tooManyConnections): return true
        case .server: return isConnectionLost
        case .decoding, .cancelled, .commitUnknown, .poolClosed, .misuse: return false
        }
    }

    /// The same, of a statement that leaves nothing behind whether it was done or not.
    func ofNoEffect() -> PostgresError {
        var error = self
        error.outcomeUnknown = false
        return error
    }

    func about(_ sql: String) -> PostgresError {
        var error = self
        error.sql = error.sql ?? sql
        return error
    }
}

extension PostgresError: CustomStringConvertible {
    /// The message, the server's code, and the hint on a line of its own.
    public var description: String {
        let state = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        let hint = hint.map { "\nhint: \($0)" } ?? ""
        return message + state + hint
    }
}

extension PostgresError: CustomDebugStringConvertible {
    /// Everything known, including the server's DETAIL: for a developer's eyes, not for a log.
    public var debugDescription: String {
        [
            description,
            detail.map { "detail: \($0)" },
            constraint.map { "constraint: \($0)" },
            table.map { "table: \($0)" },
            column.map { "column: \($0)" },
            sql.map { "sql: \($0)" },
            position.map { "position: \($0)" },
        ].compactMap(\.self).joined(separator: "\n")
    }
}
