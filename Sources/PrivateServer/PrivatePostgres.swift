public import Foundation

/// A PostgreSQL of the user's own, for whoever has none: made on first use, reached through a private Unix socket.
///
/// It listens on no network address. Its socket lies in a folder that only its account (and root) may enter, and
/// whoever gets that far is trusted, as with a file of one's own. It keeps running when `pathway` ends, as any database
/// does, and writes durably: what was committed survives a crash.
///
/// ```swift
/// let server = PrivatePostgres()
/// try await server.start()
/// let connection = server.connectionString(database: "postgres", user: PrivatePostgres.administrator)
/// ```
public struct PrivatePostgres: Sendable {
    /// The superuser that owns a new database.
    public static let administrator = "pathway_admin"

    /// The folder that holds everything of this server.
    public var home: String { folders.home }

    /// The server's own record of starts, stops and faults. It quotes no statement and no row.
    public var log: String { folders.log }

    let folders: ServerFolders
    let environment: [String: String]
    let limits: Limits

    /// How long each step may take before it is given up.
    struct Limits: Sendable {
        var lock: Duration = .seconds(300)
        var creation: Duration = .seconds(240)
        var start: Duration = .seconds(60)
        var stop: Duration = .seconds(60)
    }

    /// Whether the server runs.
    public enum Status: Sendable, Equatable {
        /// Nothing was made yet; ``PrivatePostgres/start()`` will.
        case notCreated
        /// The database is there and no server runs.
        case stopped
        /// A server runs.
        case running(Running)
    }

    /// A running server.
    public struct Running: Sendable, Equatable {
        /// The number of the server's first process.
        public let processID: Int32
        /// PostgreSQL's major version, such as 15.
        public let majorVersion: Int
        /// When it was started, to the second.
        public let since: Date
    }

    /// Names the server of a home folder; touches nothing.
    ///
    /// - Parameters:
    ///   - home: The folder, made when missing. nil takes `PATHWAY_HOME`, else `/var/lib/pathway` for root, else
    ///     `pathway` in `XDG_DATA_HOME` or `~/.local/share` (on macOS `~/Library/Application Support`).
    ///   - environment: Where `PATHWAY_HOME`, `PATHWAY_PG_BIN` and `PATH` are looked up.
    public init(home: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let chosen =
            home.map(ServerFolders.absolute)
            ?? ServerFolders.standardHome(environment: environment, isRoot: geteuid() == 0)
        self.init(folders: ServerFolders(home: chosen), environment: environment, limits: Limits())
    }

    init(folders: ServerFolders, environment: [String: String], limits: Limits) {
        self.folders = folders
        self.environment = environment
        self.limits = limits
    }

    /// Tells whether the server runs. Changes nothing, and needs no PostgreSQL installed.
    ///
    /// - Throws: ``PrivatePostgresError`` when the home belongs to somebody else or holds a damaged database.
    public func status() throws -> Status {
        guard let major = try existingMajor() else { return .notCreated }
        guard let postmaster = Postmaster.find(in: folders.cluster(major: major)) else { return .stopped }
        return .running(Running(processID: postmaster.processID, majorVersion: major, since: postmaster.since))
    }

    /// Sees to it that the server runs and takes connections: creates the database on first use (some seconds), starts
    /// the server when it is stopped (a fraction of a second), and leaves it alone when it runs.
    ///
    /// Any number of processes and tasks may call it at once; one does the work.
    ///
    /// - Parameter willCreate: is called before the database is created, once it is known that the folder can be used.
    /// - Throws: ``PrivatePostgresError``, or `CancellationError`. Either leaves nothing half made.
    @discardableResult
    public func start(willCreate: () -> Void = {}) async throws -> Running {
        if let running = try usable() { return running }
        let programs = try await ServerPrograms.choose(for: folders, environment: environment)
        try PrivateFolder.prepareHome(folders.home)
        return try await HomeLock.hold(folders.lock, within: limits.lock) { lock in
            if let running = try usable() { return running }
            try await launch(with: programs, holding: lock, willCreate: willCreate)
            guard let running = try usable() else {
                throw PrivatePostgresError(
                    .notStarted, "the private database has stopped again right after its start",
                    hint: "the reason is in \"\(folders.log)\"")
            }
            return running
        }
    }

    /// Stops the server and waits until it is gone: sessions are ended, committed work is kept. Does nothing when no
    /// server runs.
    ///
    /// - Throws: ``PrivatePostgresError``, with code `notStopped` when it takes longer than a minute.
    public func stop() async throws {
        guard case .running = try status() else { return }
        try await HomeLock.hold(folders.lock, within: limits.lock) { _ in
            guard let major = try existingMajor() else { return }
            try await end(Postmaster.find(in: folders.cluster(major: major)), in: folders.cluster(major: major))
        }
    }

    /// What libpq needs in order to connect: the socket's folder, the port, a database and a user, quoted for libpq.
    public func connectionString(database: String, user: String) -> String {
        let values = [
            ("host", socketFolder), ("port", String(ServerFolders.port)), ("dbname", database), ("user", user),
        ]
        return values.map { "\($0)='\(Self.escaped($1))'" }.joined(separator: " ")
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }
}
