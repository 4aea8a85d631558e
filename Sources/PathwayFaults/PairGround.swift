internal import Foundation
internal import Postgres
internal import Synchronization

/// A primary and its synchronous standby, which change roles.
final class PairGround: Ground {
    private let stage: Stage
    private let servers: [Server]
    private let primaryIndex = Mutex(0)

    /// Both hosts; libpq looks for the one that takes writes.
    var address: String { conninfo(Server.login) }
    var direct: String { conninfo("postgres") }

    private func conninfo(_ user: String) -> String {
        "host=\(servers.map(\.folder).joined(separator: ",")) user=\(user) dbname=postgres connect_timeout=3 "
            + "target_session_attrs=read-write"
    }

    private var primary: Server { servers[primaryIndex.withLock(\.self)] }
    private var standby: Server { servers[1 - primaryIndex.withLock(\.self)] }

    init(_ name: String, on stage: Stage) async throws {
        self.stage = stage
        servers = [Server(name + "a", on: stage), Server(name + "b", on: stage)]
        try await stage.fill(primary.data)
        // By its name and not "*", which a running pg_basebackup answers to as well: it keeps nothing that can take over.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(primary.data)/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("\nsynchronous_standby_names = 'standby'\n".utf8))
        try file.close()
        try await primary.start()
        try await buildStandby()
    }

    func strike(_ fault: Fault, _ chance: inout Chance, _ scene: Scene) async throws -> String {
        let kind = chance.whole(0...2)
        switch kind {
        case 0: try await primary.killAll()
        case 1: try await loseAnswers(byCrash: false, scene)
        default: try await loseAnswers(byCrash: true, scene)
        }
        if kind > 0 {
            try await primary.killAll()
            try await standby.start()
        }
        try await standby.promote()
        primaryIndex.withLock { $0 = 1 - $0 }
        try await buildStandby()
        return ["promoted", "promoted after lost sessions", "promoted after a crash of both"][kind]
    }

    /// Leaves events on the primary that the standby never saw and nobody was told of.
    ///
    /// A commit that waits for the standby when its session or its server ends is in the primary's log and can be read there
    /// afterwards; whoever asks again must not be told that it is recorded, since only the standby will live on.
    private func loseAnswers(byCrash: Bool, _ scene: Scene) async throws {
        try await standby.killAll()
        try await wait(.seconds(20), for: "a commit that waits for the standby") { try await held() > 0 }
        if byCrash {
            try await primary.killAll()
            try await primary.start()
        } else {
            _ = try await primary.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
                as: Int.self)
        }
        // Until the writers have asked again: now somebody waits whose answer must not come.
        let errors = scene.memory.counts.errors
        try await wait(.seconds(20), for: "a writer that asks again") {
            try await held() > 0 || scene.memory.counts.errors > errors + 50
        }
        try await Task.sleep(for: .milliseconds(200))
    }

    /// How many commits wait for the standby.
    private func held() async throws -> Int {
        try await primary.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", as: Int.self)
    }

    /// Makes the other server a standby, from nothing.
    private func buildStandby() async throws {
        try await standby.stop("immediate")
        try? FileManager.default.removeItem(atPath: standby.data)
        try await stage.run(
            "pg_basebackup",
            [
                "-D", standby.data, "-R", "-X", "stream", "-c", "fast", "--no-sync",
                "-d", "host=\(primary.folder) user=postgres application_name=standby",
            ])
        try await standby.start()
        try await wait(.seconds(30), for: "the standby to be synchronous") {
            try await primary.value(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", as: Int.self) == 1
        }
    }

    func close() async throws {
        for server in servers { try await server.stop("immediate") }
    }
}
