import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Testing

/// Databases that are filled once and copied for each test.
enum Template {
    /// The schema with AALL1331 as edition 1.
    static let trial = TemplateDatabase("trial") { conninfo in try await fill(conninfo, protocols: 1) }
    /// The schema with AALL1331 as edition 1 and IntReALL as edition 2.
    static let twoProtocols = TemplateDatabase("two_protocols") { conninfo in try await fill(conninfo, protocols: 2) }
    /// Two protocols and the patients of ``History``, recorded through the library.
    static let histories = TemplateDatabase("histories") { conninfo in
        try await fill(conninfo, protocols: 2)
        let log = try await PathwayLog.open(service(conninfo))
        for line in History.toDeath { try await log.mustRecord(attempt(line, protocol: "aall1331")) }
        for line in History.offProtocol {
            let planned = try attempt(line, protocol: "aall1331")
            let outcome = try await log.record(planned, by: "anna")
            guard outcome.deviations != nil else { continue }
            try await log.mustRecord(attempt(line, protocol: "aall1331", deviation: "the family moved abroad"))
        }
        log.close()
    }

    private static func fill(_ conninfo: String, protocols: Int) async throws {
        var connection = try await Connection.open(conninfo)
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(serviceLogin, on: &connection)
        let log = try await PathwayLog.open(service(conninfo), connections: 2)
        for text in BundledProtocols.all.prefix(protocols).map(\.text) {
            try await log.add(ProtocolDocument(text), by: "trial office")
        }
        log.close()
    }
}

/// Milestones in the short form that ``attempt(_:protocol:deviation:request:)`` reads.
enum History {
    /// An enrolment that every rule of AALL1331 accepts: first remission of four years, so low or intermediate risk.
    static func enrolment(_ patient: String, on day: String = "2016-03-01", site: String = "S-01") -> String {
        """
        \(patient) enrolled \(day) site=\(site) born=2006-05-04 diagnosed=2012-02-10 relapsed-on=2016-02-20 therapy-ended=2014-03-01 \
        relapse-sites=marrow down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no \
        prior-relapse-therapy=no ecog=1 consented=2016-02-28
        """
    }

    /// From enrolment to the day before randomisation; `mrd` of 0.5 makes the risk intermediate, <0.01 low.
    static func untilRandomisation(_ patient: String, mrd: String = "0.5", site: String = "S-01") -> [String] {
        [
            enrolment(patient, site: site),
            "\(patient) course-started 2016-03-02 course=block-1",
            "\(patient) course-ended 2016-03-30 course=block-1",
            "\(patient) response-assessed 2016-04-01 marrow=m1 mrd=\(mrd) treatment-failure=no",
            "\(patient) risk-assigned 2016-04-05",
        ]
    }

    /// Patient P-001: eleven events, the ninth with a day known to the month only.
    static let toDeath =
        untilRandomisation("P-001") + [
            "P-001 randomised 2016-04-08 arm=A allocated-by=centre",
            "P-001 course-started 2016-04-12 course=block-2",
            "P-001 adverse-event 2016-04-10 term=fever grade=2",
            "P-001 relapsed 2016-04",
            "P-001 off-therapy 2016-05-10 reason=relapse",
            "P-001 died 2016-06-01 death-cause=disease",
        ]

    /// Patient P-002: the second event leaves the protocol.
    static let offProtocol = [enrolment("P-002"), "P-002 off-therapy 2016-03-09 reason=completed"]
}

/// Reads `P-001 course-started 2016-03-02 course=block-1`.
func attempt(
    _ line: String, protocol name: String? = nil, version: Int? = nil, deviation: String? = nil,
    request: RequestID? = nil
) throws -> Attempt {
    let words = line.split(separator: " ").map(String.init)
    var entries = zip(["patient", "milestone", "on"], words).map { (name: $0, value: $1) }
    for word in words.dropFirst(3) {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        entries.append((parts[0], parts[1]))
    }
    var attempt = try Attempt(entries: entries)
    attempt.edition = name.map { EditionName(name: $0, version: version) }
    attempt.deviation = deviation
    attempt.request = request
    return attempt
}

func patient(_ text: String) throws -> PatientID { try #require(PatientID(text)) }

func day(_ text: String) throws -> Day { try #require(Day(text)) }

/// The login that may do what the service does, in every database of these tests.
let serviceLogin = "pathway_test"

/// The connection string of the service's login.
func service(_ conninfo: String) throws -> String { try connecting(as: serviceLogin, conninfo) }

/// The connection string of a login.
func connecting(as login: String, _ conninfo: String) throws -> String {
    try ConnectionString.replacing(["user": login], in: conninfo)
}

/// Opens the log of a copy of a template as the service and lends it with the connection string of the superuser.
func withLog(
    _ template: TemplateDatabase = Template.trial, _ body: (PathwayLog, String) async throws -> Void
) async throws {
    try await withScratchDatabase(template: template) { conninfo in
        let log = try await PathwayLog.open(service(conninfo))
        defer { log.close() }
        try await body(log, conninfo)
    }
}

/// The connection string with which a session of the service's login has the rights of a role alone.
func acting(as role: String, _ conninfo: String) throws -> String {
    try ConnectionString.replacing(["options": "-c role=\(role)"], in: service(conninfo))
}

struct NotRecorded: Error { let outcome: Outcome }

extension PathwayLog {
    /// The one name under which this login acts, or any, where it speaks for others.
    func named(_ other: String) -> String { ownName ?? other }

    /// Records what a test takes for granted.
    @discardableResult
    func mustRecord(_ attempt: Attempt, by person: String? = nil) async throws -> Receipt {
        let outcome = try await record(attempt, by: person ?? named("coordinator"))
        guard case .recorded(let receipt, _) = outcome else { throw NotRecorded(outcome: outcome) }
        return receipt
    }

    func mustRecord(_ lines: [String]) async throws {
        for line in lines { try await mustRecord(attempt(line)) }
    }

    /// The whole log as text.
    func exported() async throws -> String {
        var bytes: [UInt8] = []
        _ = try await export(by: named("auditor")) { piece in bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Outcome {
    var receipt: Receipt? { if case .recorded(let receipt, _) = self { receipt } else { nil } }
    var isRepetition: Bool { if case .recorded(_, isRepetition: true) = self { true } else { false } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var meanwhile: [Entry]? { if case .conflict(let entries) = self { entries } else { nil } }
    var deviations: [Deviation]? { if case .needsReason(let step) = self { step.deviations } else { nil } }
}

extension Entry {
    var event: Event? { if case .milestone(let event) = self { event } else { nil } }
    var act: RecordAct? { if case .act(let act) = self { act } else { nil } }
}

/// SplitMix64: the same walk for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A seed that the output names, so that a failure can be seen again: put it here in place of the random one.
func printedSeed(_ function: String = #function) -> UInt64 {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed of \(function): \(seed)")
    return seed
}
