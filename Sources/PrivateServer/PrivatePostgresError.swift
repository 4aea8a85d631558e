/// What kept the private PostgreSQL from doing what was asked, worded for the person at the terminal.
///
/// Every code means "the database cannot be reached", which is exit status 69 on the command line. Nothing in it quotes
/// a row: the server's own words are taken from its start-up, before anybody can have sent it a patient.
public struct PrivatePostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of failure, for a caller that decides and does not print.
    public enum Code: Sendable, Equatable {
        /// No PostgreSQL of a supported version is installed.
        case notInstalled
        /// The installed PostgreSQL and the one that made the stored database differ in their major version.
        case wrongVersion
        /// A folder cannot be made, read or written.
        case unusableFolder
        /// Another process holds the lock on the folder for too long.
        case busy
        /// PostgreSQL could not create the database.
        case notCreated
        /// PostgreSQL did not start, or not in time.
        case notStarted
        /// PostgreSQL did not stop in time.
        case notStopped
    }

    /// The kind of failure.
    public let code: Code

    /// What happened to what, in lower case and without a full stop.
    public let message: String

    /// What the system or PostgreSQL said, if it said anything.
    public let cause: String?

    /// What would work, if something would.
    public let hint: String?

    init(_ code: Code, _ message: String, cause: String? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.hint = hint
    }

    /// The message with its cause, and the hint on a line of its own.
    public var description: String {
        let whole = if let cause { "\(message): \(cause)" } else { message }
        return if let hint { "\(whole)\nhint: \(hint)" } else { whole }
    }
}
