internal import Foundation
internal import Postgres
internal import Synchronization

/// One server of this program's own, which it starts as its child, so that its number is certain.
final class Server: Sendable {
    let folder: String
    let data: String
    private let stage: Stage
    /// What a command needs to see the data folder, if that is on a disk of its own.
    private let prefix: [String]
    /// The data folder as this program sees it.
    private let view: String
    private let child = Mutex<Child?>(nil)

    init(_ name: String, on stage: Stage, data: String? = nil, prefix: [String] = [], view: String? = nil) {
        self.stage = stage
        folder = "\(stage.folder)/\(name)-s"
        self.data = data ?? "\(stage.folder)/\(name)"
        self.prefix = prefix
        self.view = view ?? self.data
    }

    /// A connection string as the superuser, through the server's own socket.
    var conninfo: String { "host=\(folder) user=postgres dbname=postgres connect_timeout=3" }

    /// The login of the writers, which is the service's: it speaks for each of them.
    static let login = "writer"

    /// A connection string as the writers.
    var address: String { "host=\(folder) user=\(Server.login) dbname=postgres connect_timeout=3" }

    /// The postmaster, while it runs.
    var postmaster: Child? { child.withLock { $0 }.flatMap { $0.status == nil ? $0 : nil } }

    /// Starts it and waits until it takes connections.
    ///
    /// A session of a server that was killed may still be on its way out; until then PostgreSQL refuses to start another.
    func start() async throws {
        if !FileManager.default.fileExists(atPath: folder) { try stage.makeFolder(folder) }
        try await wait(.seconds(40), for: "the server in \(data) to start; its words are in \(folder)/log") {
            let started = try Child(
                prefix + stage.account + ["\(stage.programs)/postgres", "-D", data, "-k", folder],
                output: "\(folder)/log")
            child.withLock { $0 = started }
            while started.status == nil {
                if isReady(started) { return true }
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(20))
            return false
        }
    }

    /// PostgreSQL writes into the last line of its lock file how far it is.
    private func isReady(_ started: Child) -> Bool {
        guard let text = try? String(contentsOfFile: "\(view)/postmaster.pid", encoding: .utf8) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard lines.count > 7, lines[0] == String(started.process) else { return false }
        return lines[7] == "ready" || lines[7] == "standby"
    }

    /// Stops it by pg_ctl, `fast` or `immediate`.
    func stop(_ mode: String) async throws {
        guard let postmaster else { return }
        try await stage.run("pg_ctl", ["-D", data, "-m", mode, "-s", "-W", "stop"], prefix: prefix)
        try await ended(postmaster)
    }

    /// Waits for the end of the postmaster.
    func ended(_ postmaster: Child) async throws {
        try await wait(.seconds(30), for: "the end of the server in \(data)") { postmaster.status != nil }
    }

    /// Makes a standby a primary.
    func promote() async throws {
        try await stage.run("pg_ctl", ["-D", data, "-s", "-w", "-t", "30", "promote"], prefix: prefix)
    }

    /// Waits until a statement is answered, also after a restart of the server's own doing.
    func answers() async throws {
        try await wait(.seconds(30), for: "an answer of the server in \(data)") {
            guard postmaster != nil else { throw Unable("the server in \(data) ended; its words are in \(folder)/log") }
            return await (try? value("SELECT 1", as: Int32.self)) != nil
        }
    }

    /// Asks for one value over a connection of its own.
    func value<Value: PostgresDecodable & Sendable>(_ query: Query, as type: Value.Type) async throws -> Value {
        // It does not wait for a standby, which may be what was taken away.
        let local = try ConnectionString.adding(option: "-c synchronous_commit=local", to: conninfo)
        var connection = try await Connection.open(local, timeout: .seconds(5))
        return try await connection.row(query, as: type)
    }
}
