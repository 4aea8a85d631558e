internal import Dispatch
internal import Foundation

/// A server of one test's own, which it may restart and set as it likes.
public final class OwnServer: Sendable {
    /// A program of PostgreSQL that is missing or failed.
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let folder: String
    private let programs: String

    /// A connection string as the superuser.
    public func conninfo(database: String = "postgres", options: String = "") -> String {
        "host=\(folder) user=postgres dbname=\(database) options='\(options)'"
    }

    /// Starts a server in a new folder, lends it to `body`, and stops and removes it.
    public static func with(_ body: (OwnServer) async throws -> Void) async throws {
        let server = try OwnServer()
        defer { try? FileManager.default.removeItem(atPath: server.folder) }
        if getuid() == 0 { try await server.run("/bin/chown", ["postgres", server.folder], dropsRoot: false) }
        try await server.run(
            "\(server.programs)/initdb",
            ["-D", "\(server.folder)/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
        try await server.control("start")
        do {
            try await body(server)
        } catch {
            try await server.control("stop")
            throw error
        }
        try await server.control("stop")
    }

    /// Ends all sessions in the middle of what they do, as a crash does, recovers, and starts again.
    public func crash() async throws {
        try await control("stop", "immediate")
        try await control("start")
    }

    /// Stops the server without waiting for its clients, and starts it.
    public func restart() async throws {
        try await control("stop")
        try await control("start")
    }

    private init() throws {
        // The path of a Unix socket holds 107 bytes, so the folder's name is short.
        folder = "/tmp/pw-\(UInt32.random(in: 0 ... .max))"
        programs = try Self.findPrograms()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    private func control(_ action: String, _ mode: String = "fast") async throws {
        var arguments = ["-D", "\(folder)/data", "-l", "\(folder)/log", "-w", "-s"]
        if action == "start" { arguments += ["-o", "-c listen_addresses= -k \(folder)"] }
        if action == "stop" { arguments += ["-m", mode] }
        try await run("\(programs)/pg_ctl", arguments + [action])
    }

    private static func findPrograms() throws -> String {
        let versions = "/usr/lib/postgresql"
        let installed = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
        let newestFirst = installed.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(versions)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard
            let found = (path + newestFirst).first(where: {
                FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
            })
        else { throw Failure(description: "initdb is not installed, and this test needs a server of its own") }
        return found
    }

    /// Runs a program as the user that the server may run as, which is never root.
    ///
    /// Foundation's Process is not used: its wait does not end while a server that the program started lives.
    private func run(_ program: String, _ arguments: [String], dropsRoot: Bool = true) async throws {
        let drop = getuid() == 0 && dropsRoot
        let words =
            (drop ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []) + [program] + arguments
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.spawnAndWait(words)) }
        }
        guard status == 0 else { throw Failure(description: "\(program) ended with \(status)") }
    }

    private static func spawnAndWait(_ words: [String]) -> Int32 {
        let copies = words.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var child = pid_t()
        guard posix_spawnp(&child, copies[0] ?? strdup(""), &actions, nil, copies + [nil], environ) == 0 else {
            return -1
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return status
    }
}
