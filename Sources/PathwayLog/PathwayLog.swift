public import PathwayCore
public import PathwayDocument
internal import Postgres
internal import Synchronization

/// The log of one database: the one door through which every milestone goes, and everything that is read from it.
///
/// Command line, service and import hand in an `Attempt` and get an ``Outcome``: recorded, in need of a reason, refused, or a
/// conflict with what somebody recorded meanwhile. Calls from many tasks at once are gathered into set-based statements.
public final class PathwayLog: Sendable {
    let pool: Pool
    private let loadedEditions: Mutex<Editions>
    private let clock: @Sendable () -> Instant
    let recorder: Recorder
    let types: EntryTypes
    /// Where this login may read entries.
    let source: EntrySource
    /// Whether this login may give what was recorded its place in the proof: it has the role `sealer`.
    public let maySeal: Bool
    /// The one name under which this login acts; `nil` where it speaks for many people, as the service's does.
    public let ownName: String?

    /// Opens the log of a database whose schema this program knows.
    /// - Parameters:
    ///   - conninfo: a connection string of libpq.
    ///   - connections: the most connections to hold, at least 2; 8 to 16 are sensible.
    ///   - clock: the present moment, for telling dates in the future.
    /// - Throws: ``LogError`` if the schema is missing, behind, ahead or altered.
    public static func open(
        _ conninfo: String, connections: Int = 8, clock: @escaping @Sendable () -> Instant = SystemClock.now
    ) async throws -> PathwayLog {
        // Every statement finds its rows by an index. A plan that was made while the tables were empty must not stay a scan of all.
        // What then looks expensive to the planner is not compiled: that takes longer than most statements here.
        let indexed = try ConnectionString.adding(option: "-c enable_seqscan=off -c jit=off", to: conninfo)
        let pool = Pool(indexed, limit: max(connections, 2))
        do {
            return try await pool.withConnection { connection in
                let (isSuperuser, login) = try await connection.row(
                    "SELECT rolsuper, rolname::text FROM pg_roles WHERE rolname = session_user",
                    as: (Bool.self, String.self))
                if isSuperuser { throw LogError.superuser(login) }
                if let fault = try await Migrator.state(of: &connection).fault { throw fault }
                let (readsAll, maySeal, ownName) = try await connection.row(
                    """
                    SELECT has_table_privilege('pathway.event', 'SELECT'), has_table_privilege('pathway.sealing', 'INSERT'),
                        \(Connection.ownName)
                    """, as: (Bool.self, Bool.self, String?.self))
                return PathwayLog(
                    pool: pool, editions: try await Editions.load(&connection),
                    types: try await EntryTypes.load(&connection), source: readsAll ? .whole : .deidentified,
                    maySeal: maySeal, ownName: ownName, clock: clock)
            }
        } catch {
            pool.close()
            throw error
        }
    }

    private init(
        pool: Pool, editions: Editions, types: EntryTypes, source: EntrySource, maySeal: Bool, ownName: String?,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.pool = pool
        self.clock = clock
        self.types = types
        self.source = source
        self.maySeal = maySeal
        self.ownName = ownName
        loadedEditions = Mutex(editions)
        recorder = Recorder()
    }

    /// Closes all connections.
    public func close() { pool.close() }

    /// The versions of protocols that the log holds.
    public var editions: Editions { loadedEditions.withLock { $0 } }

    /// The versions, read again if somebody else added one since.
    func editions(_ connection: inout Connection) async throws -> Editions {
        try await editions(&connection, count: connection.row("SELECT count(*) FROM pathway.edition", as: Int.self))
    }

    /// The versions as they are now, and which sites are closed; with `*` the study.
    func editionsAndClosedScopes(_ connection: inout Connection) async throws -> (Editions, closed: Set<String>) {
        let (count, closed) = try await connection.row(
            "SELECT (SELECT count(*) FROM pathway.edition), ARRAY(SELECT scope FROM pathway.gate WHERE closed)",
            as: (Int.self, [String].self))
        return (try await editions(&connection, count: count), Set(closed))
    }

    private func editions(_ connection: inout Connection, count: Int) async throws -> Editions {
        let known = editions
        guard count != known.count else { return known }
        let fresh = try await Editions.load(&connection)
        loadedEditions.withLock { $0 = fresh }
        return fresh
    }

    /// Adds a version of a protocol, or finds it there; what is there never changes.
    @discardableResult
    public func add(_ document: ProtocolDocument, by person: String) async throws -> Edition {
        let (number, editions) = try await pool.withConnection { connection in
            let number = try await connection.add(document, by: person)
            return (number, try await Editions.load(&connection))
        }
        loadedEditions.withLock { $0 = editions }
        return try editions.edition(number)
    }

    /// The latest day that is today somewhere on Earth: a date after it lies in the future for everybody.
    var today: Day { Instant(microseconds: clock().microseconds + 14 * 3_600_000_000).day }

    /// The present moment.
    public var now: Instant { clock() }
}

/// The system's clock.
public enum SystemClock {
    /// The present moment.
    public static let now: @Sendable () -> Instant = {
        Instant(microseconds: SystemTime.microseconds())
    }
}
