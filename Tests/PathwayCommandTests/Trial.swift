import DatabaseTesting
import Foundation
import PathwayCore
import PathwayDocument
import PathwayLog
import PathwaySimulation
import Postgres
import Testing

/// Databases that are filled once and copied for each test.
enum Template {
    /// The schema, and no protocol.
    static let schema = TemplateDatabase("command_schema") { conninfo in
        var connection = try await Connection.open(conninfo)
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(login, on: &connection)
    }
    /// The schema with AALL1331.
    static let trial = TemplateDatabase("command_trial") { conninfo in try await fill(conninfo) { _ in } }
    /// A clinic with patient P-017, who is on the way through arm D.
    static let clinic = TemplateDatabase("command_clinic") { conninfo in
        try await fill(conninfo) { log in try await take(Clinic.lines, into: log) }
    }
    /// The whole synthetic cohort of 661 patients.
    static let cohort = TemplateDatabase("command_cohort") { conninfo in
        try await fill(conninfo) { log in try await take(Template.cohortLines(), into: log) }
    }

    /// A login with the rights of the service, and no more.
    static let login = "pathway_command_tests"

    /// The cohort of the default seed as NDJSON.
    static func cohortLines(patients: Int = 661) throws -> [UInt8] {
        let treatment = try bundled().treatment
        var simulation = try Simulation(
            shape: BundledShapes.cohort(), treatment: treatment, patients: patients, seed: Simulation.defaultSeed)
        var bytes: [UInt8] = []
        while let patient = try simulation.next() {
            for attempt in patient.attempts { attempt.appendLine(to: &bytes) }
        }
        return bytes
    }

    /// The document that comes with the program.
    static func text() throws -> String { try #require(BundledProtocols.all.first { $0.name == "aall1331" }).text }

    static func bundled() throws -> ProtocolDocument { try ProtocolDocument(text()) }

    private static func fill(_ conninfo: String, _ body: (PathwayLog) async throws -> Void) async throws {
        var connection = try await Connection.open(conninfo)
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(login, on: &connection)
        let log = try await PathwayLog.open(ConnectionString.replacing(["user": login], in: conninfo), connections: 2)
        try await log.add(bundled(), by: "trial office")
        try await body(log)
        log.close()
    }

    private static func take(_ lines: [UInt8], into log: PathwayLog) async throws {
        let path = NSTemporaryDirectory() + "/pathway-\(UUID().uuidString).ndjson"
        try Data(lines).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try LineReader(path: path)
        var importer = Importer(into: log, by: "anna", format: .ndjson)
        _ = try await importer.run(&reader) { number, _, remark in
            if case .refused(let why, _) = remark { Issue.record("line \(number): \(why)") }
        } progress: { _, _ in
        }
    }
}

/// A patient whose history every test of reading knows.
enum Clinic {
    static let enrolment = """
        site=H-04 born=2008-07-14 sex=female diagnosed=2014-06-02 relapsed-on=2018-01-03 relapse-sites=marrow \
        down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no prior-relapse-therapy=no ecog=1 \
        consented=2018-01-09
        """

    static let text = """
        P-017 enrolled 2018-01-10 \(enrolment)
        P-017 course-started 2018-01-11 course=block-1
        P-017 course-ended 2018-02-08 course=block-1 outcome=completed
        P-017 response-assessed 2018-02-10 marrow=m1 mrd=0.05 cns=cns1 treatment-failure=no
        P-017 risk-assigned 2018-02-12
        P-017 randomised 2018-02-13 arm=D allocated-by=centre
        P-017 course-started 2018-02-14 course=block-2
        P-017 adverse-event 2018-02-20 term=fever grade=3
        P-017 course-ended 2018-03-14 course=block-2 outcome=completed
        """

    /// The history as NDJSON.
    static let lines: [UInt8] = ndjson(text)

    static func ndjson(_ text: String) -> [UInt8] {
        text.split(separator: "\n").flatMap { line in
            let words = line.split(separator: " ").map(String.init)
            var entries = zip(["patient", "milestone", "on"], words).map { "\"\($0)\":\"\($1)\"" }
            for word in words.dropFirst(3) {
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                entries.append("\"\(parts[0])\":\"\(parts[1])\"")
            }
            return Array("{\(entries.joined(separator: ","))}\n".utf8)
        }
    }
}

/// Lends a folder that is removed afterwards. Its name is short, because a socket's path holds 107 bytes.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/pw-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// Lends the program in a folder of its own, without a database.
func withTool(_ body: (Tool) async throws -> Void) async throws {
    try await withFolder { folder in
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        try await body(
            Tool(
                folder: folder,
                environment: [
                    "PATH": path, "HOME": folder, "PATHWAY_HOME": "\(folder)/home", "PATHWAY_USER": "anna",
                    "LC_ALL": "C.UTF-8",
                ]))
    }
}

/// Lends the program with a copy of a template as its database, reached with the rights of a coordinator.
func withTool(
    _ template: TemplateDatabase, _ body: (Tool, _ administrator: String) async throws -> Void
) async throws {
    try await withScratchDatabase(template: template) { conninfo in
        try await withTool { tool in
            let login = try ConnectionString.replacing(["user": Template.login], in: conninfo)
            try await body(tool.with(["DATABASE_URL": login]), conninfo)
        }
    }
}

/// How many events the log holds.
func eventCount(_ conninfo: String) async throws -> Int {
    var connection = try await Connection.open(conninfo)
    return try await connection.row("SELECT count(*) FROM pathway.event", as: Int.self)
}

/// Runs a statement as the administrator.
func execute(_ query: Query, _ conninfo: String) async throws {
    var connection = try await Connection.open(conninfo)
    try await connection.execute(query)
}

/// What differs from run to run, replaced: moments, keys, digests, process numbers, today, and the folder.
func normalised(_ text: String, folder: String = "") -> String {
    var text = text
    if !folder.isEmpty { text = text.replacingOccurrences(of: folder, with: "FOLDER") }
    for (pattern, replacement) in [
        ("on Earth it is [0-9]{4}-[0-9]{2}-[0-9]{2}", "on Earth it is TODAY"),
        ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z?", "MOMENT"),
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"), ("[0-9a-f]{64}", "SHA-256"),
        ("process [0-9]+", "process N"), ("the key [0-9a-f]{16}", "the key ID"),
        // A public key, a signature, a digest.
        ("\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}", "+KEY"), ("[A-Za-z0-9+/]{60,}=*", "SIGNATURE"),
        ("[A-Za-z0-9+/]{43}=", "DIGEST"),
    ] {
        text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
    }
    return text
}

extension Tool.Answer {
    /// Exit code, data and talk together, as one snapshot.
    var everything: String {
        (output.isEmpty ? "" : output) + (talk.isEmpty ? "" : talk.split(separator: "\n").map { "! \($0)\n" }.joined())
            + (code == 0 ? "" : "= \(code)\n")
    }

    func json() throws -> JSON { try JSONDecoder().decode(JSON.self, from: bytes) }
}
