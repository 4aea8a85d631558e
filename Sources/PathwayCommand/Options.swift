public import ArgumentParser
internal import Foundation
public import PathwayCore
internal import PathwayLog
internal import Postgres
internal import PrivateServer

/// Which database a command works on.
struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A connection string of libpq; else DATABASE_URL, PGHOST or PGSERVICE; else a private server.",
            valueName: "conninfo"))
    var database: String?

    /// Opens the log, starting the private server where no other is named.
    /// - Parameters:
    ///   - seals: gives what was recorded its place in the proof at once, where the login may; else a later command does.
    ///   - point: what is read; not as of a moment that is still to come.
    func withLog<Value>(
        seals: Bool = false, at point: ReadingPoint = ReadingPoint(), _ body: (PathwayLog) async throws -> Value
    ) async throws -> Value {
        let log = try await PathwayLog.open(try await conninfo())
        defer { log.close() }
        try await log.mustBePast(point)
        let value = try await body(log)
        if seals, log.maySeal { _ = try? await log.seal() }
        return value
    }

    private func conninfo() async throws -> String {
        if let configured = try ConfiguredDatabase.conninfo(database) { return configured }
        return try await PrivateDatabase.ready(named: PrivateDatabase.name)
    }
}

/// The database that the environment or an option names.
enum ConfiguredDatabase {
    static func conninfo(_ option: String?) throws -> String? {
        if let option { return try checked(option, from: "--database") }
        let environment = ProcessInfo.processInfo.environment
        if let url = environment["DATABASE_URL"], !url.isEmpty { return try checked(url, from: "DATABASE_URL") }
        for name in ["PGHOST", "PGSERVICE", "PGHOSTADDR"] where environment[name]?.isEmpty == false { return "" }
        return nil
    }

    private static func checked(_ conninfo: String, from name: String) throws -> String {
        do { _ = try ConnectionString.replacing([:], in: conninfo) } catch {
            throw Failure(.usage, "\(name): \(error.message)", hint: error.hint)
        }
        return conninfo
    }
}

/// The private server's databases.
enum PrivateDatabase {
    static let name = "pathway"
    static let demonstration = "pathway_demo"
    private static let login = "pathway"

    /// Starts the server, makes the database on first use, and gives the connection string of the ordinary login.
    static func ready(named database: String) async throws -> String {
        let server = PrivatePostgres()
        _ = try await server.start { Terminal.say("creating a private PostgreSQL in \(server.home)") }
        let administrator = PrivatePostgres.administrator
        if try await create(database, server.connectionString(database: "postgres", user: administrator)) {
            var connection = try await Connection.open(server.connectionString(database: database, user: administrator))
            try await Migrator.migrate(&connection)
            try await Migrator.grantLogin(login, on: &connection)
        }
        return server.connectionString(database: database, user: login)
    }

    /// Creates the database if it is missing, and says whether it was.
    private static func create(_ database: String, _ conninfo: String) async throws -> Bool {
        var maintenance = try await Connection.open(conninfo)
        let exists = try await maintenance.row(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = \(database))", as: Bool.self)
        guard !exists else { return false }
        do {
            try await maintenance.execute("CREATE DATABASE \(identifier: database)")
        } catch {
            // Another command may have made it at the same moment; that is as good.
            guard error.sqlState == "42P04" || error.sqlState == .uniqueViolation else { throw error }
        }
        return true
    }

    /// The connection string of the administrator, who alone changes the schema.
    static func administrator(_ database: String) async throws -> String {
        _ = try await ready(named: database)
        return PrivatePostgres().connectionString(database: database, user: PrivatePostgres.administrator)
    }
}

/// Whoever acts.
struct PersonOption: ParsableArguments {
    @Option(help: "Whoever acts; else PATHWAY_USER, else a person's own login, with the service's the system's user.")
    var by: String?

    /// The name under which something is recorded. The database refuses a person's login any but its own.
    /// - Parameter ownName: that of the login, if it speaks for nobody else.
    func name(_ ownName: String?) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let named = [by, environment["PATHWAY_USER"], ownName ?? NSUserName()].compactMap(\.self)
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.first { !$0.isEmpty }
        if let by, by.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            throw Failure(.usage, "--by is empty", hint: "whoever acts is named")
        }
        guard let named else {
            throw Failure(.usage, "nobody is named", hint: "give --by NAME or set PATHWAY_USER")
        }
        guard named.unicodeScalars.count <= 100, !named.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw Failure(.usage, "the name of whoever acts has more than 100 characters, or control characters")
        }
        return named
    }
}

extension ReadingPoint {
    /// The day by which is told what is due: the last one of which is read, that of the moment as of which is read, or today.
    var dayToJudgeBy: Day { through ?? asOf?.day ?? DayArgument.today }
}

/// A day on the command line; the default is today where the command runs.
enum DayArgument {
    static var today: Day {
        let parts = Calendar(identifier: .gregorian).dateComponents([.year, .month, .day], from: Date())
        return Day(year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1) ?? Day(number: 0)
    }

    static var todayInUTC: Day { Day(number: Int32(Date().timeIntervalSince1970 / 86_400)) }

    static func clinical(_ text: String?) throws -> ClinicalDate {
        guard let text else { return ClinicalDate(today) }
        guard let date = ClinicalDate(text) else {
            throw LineFault("\"\(text)\" is no date", hint: "write a day such as 2019-03-02", quoting: text)
        }
        return date
    }

    static func day(_ text: String?) throws -> Day {
        let date = try clinical(text)
        guard date.precision == .day else {
            throw LineFault(
                "\"\(date)\" is not known to the day",
                hint: "give a day, such as \(ClinicalDate(date.latest)), the last that it can mean")
        }
        return date.earliest
    }
}

extension PatientID: ExpressibleByArgument {
    /// Reads a study number from the command line.
    public init?(argument: String) { self.init(argument) }
}
