/// The five-character code that PostgreSQL gives to every error, and that never changes with the server's language.
///
/// The names are those of the server's `errcodes.txt`. A code without a name here is written as a literal: `"22012"`.
public struct SQLState: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The code as the server writes it, such as `23505`.
    public let rawValue: String

    /// Takes a code as the server wrote it, without checking that it is one.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Takes a code from a literal.
    public init(stringLiteral value: String) { rawValue = value }

    /// The code itself.
    public var description: String { rawValue }

    /// The first two characters, which name the kind of trouble: `08` is the connection, `23` an integrity constraint.
    public var classCode: Substring { rawValue.prefix(2) }
}

// What the row or its neighbours do not allow.
extension SQLState {
    /// A NOT NULL column was given NULL.
    public static let notNullViolation: SQLState = "23502"
    /// A foreign key found no partner.
    public static let foreignKeyViolation: SQLState = "23503"
    /// A unique or primary key is already there.
    public static let uniqueViolation: SQLState = "23505"
    /// A CHECK constraint was not met.
    public static let checkViolation: SQLState = "23514"
    /// An exclusion constraint found a row in the way.
    public static let exclusionViolation: SQLState = "23P01"
    /// PL/pgSQL said `RAISE EXCEPTION` without a code of its own.
    public static let raisedException: SQLState = "P0001"
}

// What other transactions do not allow now.
extension SQLState {
    /// A statement was sent in a transaction that had already failed.
    public static let inFailedTransaction: SQLState = "25P02"
    /// A write was sent in a read-only transaction or to a standby.
    public static let readOnlyTransaction: SQLState = "25006"
    /// Concurrent transactions had no serial order; running this one again may find one.
    public static let serializationFailure: SQLState = "40001"
    /// Transactions waited for each other, and this one was chosen to give way.
    public static let deadlockDetected: SQLState = "40P01"
    /// A lock was not to be had at once, or within `lock_timeout`.
    public static let lockNotAvailable: SQLState = "55P03"
    /// The object is in use, such as a template database that somebody is connected to.
    public static let objectInUse: SQLState = "55006"
    /// A cancellation request, or `statement_timeout`, stopped the statement.
    public static let queryCanceled: SQLState = "57014"
}

// What the server cannot do, now or for this role.
extension SQLState {
    /// Disk full.
    public static let diskFull: SQLState = "53100"
    /// Out of memory.
    public static let outOfMemory: SQLState = "53200"
    /// Every connection slot is taken.
    public static let tooManyConnections: SQLState = "53300"
    /// An administrator ended the session or is stopping the server.
    public static let adminShutdown: SQLState = "57P01"
    /// Another server process crashed, and all of them start afresh.
    public static let crashShutdown: SQLState = "57P02"
    /// The server is starting, stopping or recovering.
    public static let cannotConnectNow: SQLState = "57P03"
    /// The database of this session was dropped.
    public static let databaseDropped: SQLState = "57P04"
    /// The role may not log in this way.
    public static let invalidAuthorization: SQLState = "28000"
    /// The password is wrong.
    public static let invalidPassword: SQLState = "28P01"
    /// The database does not exist.
    public static let invalidCatalogName: SQLState = "3D000"
    /// The role may not do that.
    public static let insufficientPrivilege: SQLState = "42501"
}

// What the statement gets wrong.
extension SQLState {
    /// The statement is not SQL.
    public static let syntaxError: SQLState = "42601"
    /// The table or view does not exist.
    public static let undefinedTable: SQLState = "42P01"
    /// The column does not exist.
    public static let undefinedColumn: SQLState = "42703"
    /// The function does not exist for these types of arguments.
    public static let undefinedFunction: SQLState = "42883"
    /// The database already exists.
    public static let duplicateDatabase: SQLState = "42P04"
    /// The table already exists.
    public static let duplicateTable: SQLState = "42P07"
    /// The feature is not supported, or a cached plan no longer fits its tables.
    public static let featureNotSupported: SQLState = "0A000"
    /// The prepared statement does not exist.
    public static let invalidStatementName: SQLState = "26000"
}
