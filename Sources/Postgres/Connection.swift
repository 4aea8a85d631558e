import CLibpq

/// One session with the server.
///
/// A connection has one owner and cannot be copied, and its methods are `mutating`: two statements at once, or a
/// statement in a task that outlives the owner, do not compile. It closes when its owner lets go of it.
///
/// Cancelling the task cancels the statement at the server. The answer decides what happens then: a statement that was
/// stopped throws ``PostgresError/Code/cancelled``, and one that had finished returns. The connection can be used again
/// either way.
public struct Connection: ~Copyable, Sendable {
    let session: Session
    var statements: StatementCache
    /// Whether the session listens to a channel, which a pool must not hand to somebody else.
    var isListening = false

    /// Opens a session.
    ///
    /// Several hosts, `target_session_attrs`, `PGHOST` and its like, service and password files work as in libpq; if
    /// one of several hosts is silent, the next is tried after the string's `connect_timeout`. A server that refuses is
    /// a ``PostgresError/Code/server(_:)`` with its SQLSTATE, and one that cannot be reached a
    /// ``PostgresError/Code/connection``.
    /// - Parameters:
    ///   - conninfo: a connection string of either form.
    ///   - timeout: the bound on the whole attempt, all hosts together.
    ///   - preparedStatements: how many statements to keep prepared; 0 prepares none, as some poolers need.
    public static func open(
        _ conninfo: String, timeout: Duration = .seconds(15), preparedStatements: Int = 256
    ) async throws(PostgresError) -> Connection {
        precondition(preparedStatements >= 0, "a number of statements is not negative")
        let session = try await Session.open(conninfo, timeout: timeout)
        return Connection(session: session, statements: StatementCache(limit: preparedStatements))
    }

    private init(session: Session, statements: StatementCache) {
        self.session = session
        self.statements = statements
    }

    /// The number of the server's process, which `pg_stat_activity` and `pg_terminate_backend` know it by.
    public var processID: Int32 { PQbackendPID(session.handle) }

    /// The server's version as libpq writes it: 150018 is 15.18.
    public var serverVersion: Int { Int(PQserverVersion(session.handle)) }

    /// Whether the session can take a statement, as far as is known without asking.
    public var isOpen: Bool { !session.isLost && PQstatus(session.handle) == CONNECTION_OK }

    /// Whether a transaction is open, failed ones included.
    public var isInTransaction: Bool {
        let status = session.transactionStatus
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// Receives notices and warnings from now on, while a statement runs; nil, the default, drops them.
    public mutating func onNotice(_ handler: (@Sendable (PostgresNotice) -> Void)?) { session.noticeHandler = handler }

    /// Runs a statement and returns how many rows it touched.
    @discardableResult
    public mutating func execute(_ query: Query) async throws(PostgresError) -> Int {
        try await self.query(query).affectedRows
    }

    /// Runs a statement and returns its whole answer.
    ///
    /// The second use of a statement prepares it on the server and later ones only name it; ``Query/unprepared`` opts
    /// out.
    public mutating func query(_ query: Query) async throws(PostgresError) -> Answer {
        try checkSendable(query)
        let name = try await prepare(query)
        do {
            return try await run(query, name: name)
        } catch  where name != nil && isStale(error) {
            statements.forget(query)
            // A plan that no longer fits its tables ran nothing. Inside a transaction the failure has spoilt the
            // transaction too.
            guard session.isIdle else { throw error }
            return try await run(query, name: nil)
        }
    }

    private func isStale(_ error: PostgresError) -> Bool {
        error.sqlState == .invalidStatementName || error.sqlState == .featureNotSupported
    }

    /// Runs a statement under the name it is prepared under, or by its text.
    mutating func run(
        _ query: Query, name: String?, shielded: Bool = false
    ) async throws(PostgresError) -> Answer {
        let sql = query.sql
        let parameters = query.parameters
        let session = session
        return try await session.exchange(sql: sql, shielded: shielded) { () throws(PostgresError) in
            try session.send { Self.send(sql, parameters, name: name, on: session.handle) }
            return try await session.collect()
        }
    }

    /// Runs a statement that belongs to putting the session in order, and is not cancelled with the task.
    mutating func runShielded(_ query: Query) async throws(PostgresError) -> Answer {
        try await run(query, name: nil, shielded: true)
    }

    /// All results are asked for in binary format: whole numbers and bytes need no text in between.
    static func send(_ sql: String, _ parameters: Parameters, name: String?, on handle: OpaquePointer) -> Int32 {
        let count = Int32(parameters.count)
        return parameters.withValues { values in
            guard let name else {
                return PQsendQueryParams(
                    handle, sql, count, parameters.types, values, parameters.lengths, parameters.formats, 1
                )
            }
            return PQsendQueryPrepared(handle, name, count, values, parameters.lengths, parameters.formats, 1)
        }
    }
}

extension Connection {
    /// Prepares the statement if it is time to, and returns the name under which the server knows it.
    mutating func prepare(_ query: Query, atOnce: Bool = false) async throws(PostgresError) -> String? {
        // The server does not prepare anything in a transaction that has failed.
        guard session.transactionStatus != PQTRANS_INERROR else { return nil }
        let plan = statements.plan(query, atOnce: atOnce)
        // Not inside a transaction, which a name that the server does not know any more would spoil.
        if statements.hasEvicted && session.isIdle { try await deallocate(statements.takeEvicted()) }
        switch plan {
        case .direct: return nil
        case .run(let name): return name
        case .prepare(let name):
            let sql = query.sql
            let types = query.parameters.types
            let session = session
            do {
                _ = try await session.exchange(sql: sql) { () throws(PostgresError) in
                    try session.send { PQsendPrepare(session.handle, name, sql, Int32(types.count), types) }
                    return try await session.collect()
                }
            } catch {
                statements.forget(query)
                throw error.ofNoEffect()
            }
            return name
        }
    }

    private mutating func deallocate(_ names: [String]) async throws(PostgresError) {
        for name in names {
            do {
                _ = try await runShielded("DEALLOCATE \(identifier: name)")
            } catch  where error.sqlState == .invalidStatementName {
                // DISCARD or DEALLOCATE ALL came first.
            }
        }
    }

    /// Refuses what libpq would cut short or refuse itself without a word about the connection being well.
    func checkSendable(_ query: Query) throws(PostgresError) {
        guard query.parameters.count <= 65_535 else {
            throw PostgresError(
                .misuse, "the query has \(query.parameters.count) parameters; the protocol allows 65535")
        }
        guard !query.parameters.hasTruncatedText, !query.sql.utf8.contains(0) else {
            throw PostgresError(.misuse, "the query holds a NUL character, which PostgreSQL's text cannot")
        }
    }

    func checkWithoutParameters(_ query: Query) throws(PostgresError) {
        try checkSendable(query)
        guard query.parameters.count == 0 else {
            throw PostgresError(
                .misuse, "this kind of statement takes no parameters", hint: "write constants as \\(literal: text)"
            )
        }
    }
}
