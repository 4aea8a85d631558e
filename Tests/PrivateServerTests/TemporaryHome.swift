import Foundation
import Testing

@testable import PrivateServer

/// Lends a folder that every user may look into; it is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    // Short on purpose: a temporary folder of the system's own choice may be too long for a socket on macOS.
    let folder = "/tmp/pathway-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Lends the server of a home that does not exist yet; stopped and removed afterwards.
func withServer<Result>(home name: String = "home", _ body: (PrivatePostgres) async throws -> Result) async throws
    -> Result
{
    try await withTemporaryFolder { folder in
        let server = PrivatePostgres(home: "\(folder)/\(name)")
        do {
            let result = try await body(server)
            try await remove(server)
            return result
        } catch {
            try? await remove(server)
            throw error
        }
    }
}

private func remove(_ server: PrivatePostgres) async throws {
    let socketFolder = server.socketFolder
    try await server.stop()
    if FileManager.default.fileExists(atPath: socketFolder) { try FileManager.default.removeItem(atPath: socketFolder) }
}

extension PrivatePostgres {
    /// What PostgreSQL answers to one statement, through libpq, so that the connection string is put to its use.
    func answer(to statement: String) async throws -> String {
        let connection = connectionString(database: "postgres", user: Self.administrator)
        let command = Command(
            program: "/usr/bin/env", arguments: ["psql", "-qAtX", "-c", statement, connection])
        let outcome = try #require(try await command.run(within: .seconds(300)))
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// How often a server was started since the home was made.
    func numberOfStarts() throws -> Int {
        try String(contentsOfFile: log, encoding: .utf8).components(separatedBy: "starting PostgreSQL").count - 1
    }

    func processID() throws -> Int32? {
        guard case .running(let running) = try status() else { return nil }
        return running.processID
    }
}

/// In a process of its own only: makes it an unprivileged user's, if it is root's.
func becomeUnprivileged() {
    if geteuid() == 0 { precondition(setgid(65534) == 0 && setuid(65534) == 0) }
}
