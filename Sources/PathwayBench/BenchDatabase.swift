internal import Foundation
internal import PathwayDocument
internal import PathwayLog
internal import Postgres

/// Databases for measuring, made on a server of the bench's own and dropped at the end.
final class BenchDatabase {
    /// The login that may do what the service does: the log is opened by no superuser.
    private static let login = "pathway_bench"

    private let server: String
    private var made: [String] = []

    init(_ server: String) async throws {
        self.server = server
        var connection = try await Connection.open(server)
        let fsync = try await connection.row("SELECT current_setting('fsync')", as: String.self)
        let commit = try await connection.row("SELECT current_setting('synchronous_commit')", as: String.self)
        let version = try await connection.row("SELECT current_setting('server_version')", as: String.self)
        report("PostgreSQL \(version), fsync \(fsync), synchronous_commit \(commit)")
    }

    /// A new database with the log in it, and the protocol.
    func log(_ name: String) async throws -> String {
        let conninfo = try await empty(name)
        var connection = try await Connection.open(conninfo)
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(BenchDatabase.login, on: &connection)
        let log = try await open(conninfo, connections: 2)
        try await log.add(try Material.document(), by: "bench")
        log.close()
        return conninfo
    }

    /// Opens the log of a database as the service.
    func open(_ conninfo: String, connections: Int = 4) async throws -> PathwayLog {
        try await PathwayLog.open(
            ConnectionString.replacing(["user": BenchDatabase.login], in: conninfo), connections: connections)
    }

    /// A new database with nothing in it.
    func empty(_ name: String) async throws -> String {
        var connection = try await Connection.open(server)
        try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        try await connection.execute("CREATE DATABASE \(identifier: name)")
        made.append(name)
        return try ConnectionString.replacing(["dbname": name], in: server)
    }

    /// A database that was made before.
    func existing(_ name: String) async throws -> String {
        try ConnectionString.replacing(["dbname": name], in: server)
    }

    func drop() async throws {
        var connection = try await Connection.open(server)
        for name in Set(made) {
            try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }
    }
}

/// Programs of PostgreSQL that the bench compares with.
enum Program {
    /// Runs a program to its end and gives what it printed.
    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ProgramFailed(name: name, output: text) }
        return text
    }
}

struct ProgramFailed: Error, CustomStringConvertible {
    let name: String
    let output: String
    var description: String { "\(name) failed: \(output)" }
}
