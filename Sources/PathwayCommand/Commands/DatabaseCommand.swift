internal import ArgumentParser
internal import Foundation
internal import PathwayLog
internal import Postgres
internal import PrivateServer

/// `pathway database …`: the server and the schema.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "Start, stop, prepare and inspect the database.",
        discussion: "Example: pathway database status",
        subcommands: [Init.self, Migrate.self, Status.self, Start.self, Stop.self])

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the log in an empty database, or the private server with it.",
            discussion: """
                The role that connects must be allowed to create roles; the log itself is never used as a superuser. --login makes the \
                login of the service, which may do everything but change the log; what people may do, "pathway access" grants them. \
                PATHWAY_LOGIN_PASSWORD, if it is set, becomes the login's password.

                Example: pathway database init --login pathway
                """)

        @Option(help: "The login of the service; created if missing.") var login: String?
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            var connection = try await database.administrator()
            let done = try await Migrator.migrate(&connection)
            if let login {
                try await Migrator.grantLogin(login, on: &connection)
                try await LoginPassword.set(of: login, on: &connection)
            }
            Terminal.line(
                done.isEmpty
                    ? "the log is ready"
                    : "the log is ready: applied migrations \(done.map(String.init).joined(separator: ", "))")
        }
    }

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Apply the migrations that the database lacks.", discussion: "Example: pathway database migrate")

        @OptionGroup var database: DatabaseOption

        func run() async throws {
            var connection = try await database.administrator()
            let done = try await Migrator.migrate(&connection)
            Terminal.line(done.isEmpty ? "nothing to do" : "applied \(done.map(String.init).joined(separator: ", "))")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which database is used and how far its schema is.",
            discussion: "Example: pathway database status")

        struct Report: Encodable {
            var server: String
            var processID: Int32?
            var applied: [Int]?
            var known: [Int]?
            var usable: Bool
            var fault: String?

            private enum CodingKeys: String, CodingKey {
                case server, applied, known, usable, fault
                case processID = "process"
            }
        }

        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            var report = Report(server: "configured", usable: false)
            var conninfo = try ConfiguredDatabase.conninfo(database.database)
            if conninfo == nil {
                let server = PrivatePostgres()
                report.server = "private, in \(server.home)"
                switch try server.status() {
                case .notCreated: report.fault = "not created; the first command makes it"
                case .stopped: report.fault = "stopped; the next command starts it"
                case .running(let running):
                    report.processID = running.processID
                    conninfo = try await PrivateDatabase.ready(named: PrivateDatabase.name)
                }
            }
            if let conninfo {
                var connection = try await Connection.open(conninfo)
                let state = try await Migrator.state(of: &connection)
                report.applied = state.applied
                report.known = state.known
                report.fault = state.fault?.message
                report.usable = state.fault == nil
            }
            var text = "server   \(report.server)" + (report.processID.map { " (process \($0))" } ?? "") + "\n"
            if let applied = report.applied {
                text += "schema   migration \(applied.last ?? 0) of \(report.known?.last ?? 0)\n"
            }
            text += report.usable ? "usable\n" : "not usable now: \(report.fault ?? "")\n"
            try output.print(report, text: text)
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start the private server.", discussion: "Example: pathway database start")

        func run() async throws {
            _ = try await PrivateDatabase.ready(named: PrivateDatabase.name)
            let server = PrivatePostgres()
            guard case .running(let running) = try server.status() else { return }
            Terminal.line(
                "the private PostgreSQL \(running.majorVersion) runs (process \(running.processID)) in \(server.home)")
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop the private server.", discussion: "Example: pathway database stop")

        func run() async throws {
            let server = PrivatePostgres()
            try await server.stop()
            Terminal.line("the private PostgreSQL is stopped")
        }
    }
}

extension DatabaseOption {
    /// A connection that may change the schema.
    func administrator() async throws -> Connection {
        if let configured = try ConfiguredDatabase.conninfo(database) { return try await Connection.open(configured) }
        return try await Connection.open(try await PrivateDatabase.administrator(PrivateDatabase.name))
    }
}

/// The password of a login that a command makes, from the environment: a command line can be read by everybody on the machine.
enum LoginPassword {
    static func set(of login: String, on connection: inout Connection) async throws {
        guard let password = ProcessInfo.processInfo.environment["PATHWAY_LOGIN_PASSWORD"], !password.isEmpty else {
            return
        }
        try await connection.setPassword(password, of: login)
    }
}
