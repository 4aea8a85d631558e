internal import Foundation
internal import PathwayDocument
internal import PathwayLog
internal import Postgres

/// Where the servers live, which programs they are, and the database that each begins with.
struct Stage: Sendable {
    let folder: String
    /// The folder of PostgreSQL's programs.
    let programs: String
    /// What to put before a command that must not run as root.
    let account: [String]
    /// The user that the servers run as.
    let user: (id: uid_t, group: gid_t)

    /// The data folder that the servers are copies of.
    private var template: String { "\(folder)/template" }

    /// Makes a folder, and in it a database with the log and its protocol.
    static func prepare() async throws -> Stage {
        let name = String(UInt32.random(in: 0 ... .max), radix: 36)
        // The path of a Unix socket holds 107 bytes at most, on some systems 103, so the name is short.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pf-\(name)").path
        guard folder.utf8.count < 80 else {
            throw Unable("\"\(folder)\" is too long for the path of a Unix socket; set TMPDIR to a shorter folder")
        }
        let stage = try Stage(folder: folder)
        try stage.makeFolder(folder)
        Remains.shared.keep(folder: folder)
        try await stage.run(
            "initdb",
            [
                "-D", stage.template, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync",
                // Small segments: a full disk is met soon, and a copy of the folder is small.
                "--wal-segsize=1",
            ])
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(stage.template)/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(settings.utf8))
        try file.close()
        let server = Server("template", on: stage, data: stage.template)
        try await server.start()
        var connection = try await Connection.open(server.conninfo)
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(Server.login, on: &connection)
        let log = try await PathwayLog.open(server.address, connections: 2)
        try await log.add(Material.document(), by: "trial office")
        log.close()
        try await server.stop("fast")
        return stage
    }

    /// SIGKILL takes nothing from the system's cache, so that fsync could be off; it is on to keep commits as slow, and
    /// the moments in which an answer can be lost as long, as they are in earnest.
    private static let settings = """

        listen_addresses = ''
        max_connections = 60
        shared_buffers = 16MB
        min_wal_size = 2MB
        max_wal_size = 16MB
        log_min_messages = warning
        log_lock_waits = on
        fsync = on
        synchronous_commit = on
        """

    private init(folder: String) throws {
        self.folder = folder
        programs = try Stage.findPrograms()
        guard geteuid() == 0 else {
            account = []
            user = (geteuid(), getegid())
            return
        }
        guard let entry = getpwnam("postgres") else {
            throw Unable("PostgreSQL refuses to run as root, and there is no user \"postgres\"")
        }
        user = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        account = ["setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--clear-groups", "--"]
    }

    private static func findPrograms() throws -> String {
        let files = FileManager.default
        let versions = "/usr/lib/postgresql"
        let installed = (try? files.contentsOfDirectory(atPath: versions)) ?? []
        let newestFirst = installed.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(versions)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let needed = ["initdb", "pg_ctl", "pg_basebackup", "postgres"]
        let found = (path + newestFirst).first { folder in
            needed.allSatisfy { files.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
        guard let found else { throw Unable("no PostgreSQL server is installed, and this program needs its own") }
        return found
    }
}

extension Stage {
    /// A folder that the servers may write to.
    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard chown(path, user.id, user.group) == 0, chmod(path, 0o700) == 0 else {
            throw Unable("cannot give \"\(path)\" to the user of the servers: errno \(errno)")
        }
    }

    /// Runs a program of PostgreSQL as the user of the servers; `prefix` is what it needs to see its data folder.
    func run(_ program: String, _ arguments: [String], prefix: [String] = []) async throws {
        try await Child.run(prefix + account + ["\(programs)/\(program)"] + arguments, in: folder)
    }

    /// Makes a data folder with the log in it.
    func fill(_ data: String, prefix: [String] = []) async throws {
        try await Child.run(prefix + account + ["cp", "-a", template, data], in: folder)
    }
}

/// The protocol that the patients are treated under.
enum Material {
    static func document() throws -> ProtocolDocument {
        guard let bundled = BundledProtocols.all.first(where: { $0.name == "aall1331" }) else {
            throw Unable("this program comes without its first protocol")
        }
        return try ProtocolDocument(bundled.text)
    }
}
