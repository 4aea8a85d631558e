import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import PathwayProof
import PathwaySimulation
import Postgres
import Testing

/// A log with every kind of entry: recorded, sealed, signed over by one old checkpoint, recorded further and sealed again.
///
/// It is made once; each test works on a copy.
actor AuditedLog {
    static let shared = AuditedLog()

    /// What is known of it outside the database.
    struct Witness: Sendable {
        /// The checkpoint that left the machine.
        let checkpoint: Checkpoint
        /// The leaves that were kept with it.
        let leaves: [WitnessedLeaf]
        /// The database itself.
        let template: String
        /// A backup of it from before the checkpoint.
        let backup: String
    }

    /// The login that the product uses; the tampering is the superuser's.
    static let login = "pathway_test"

    private var making: Task<Witness, any Error>?

    func witness() async throws -> Witness {
        let task = making ?? Task { try await AuditedLog.make() }
        making = task
        return try await task.value
    }

    private static func make() async throws -> Witness {
        let backup = uniqueName("backup")
        try await create(backup, template: nil)
        let conninfo = try TestServer.conninfo(database: backup)
        do {
            var superuser = try await Connection.open(conninfo)
            try await Migrator.migrate(&superuser)
            try await Migrator.grantLogin(login, on: &superuser)
        }
        let treatment = try #require(BundledProtocols.all.first { $0.name == "aall1331" })
        let document = try ProtocolDocument(treatment.text)
        try await withLog(conninfo) { log in
            try await log.add(document, by: "trial office")
            try await sealAll(log)
            try await record(0..<8, into: log, document.treatment)
            try await sealAll(log)
        }
        let template = uniqueName("audited")
        try await create(template, template: backup)
        let copied = try TestServer.conninfo(database: template)
        let signer = try NoteSigner(name: "centre.example/aall1331")
        var leaves: [WitnessedLeaf] = []
        var note: SignedNote?
        try await withLog(copied) { log in
            try await sealAll(log)
            try await record(8..<20, into: log, document.treatment)
            try await actOnRecords(log)
            try await sealAll(log)
            note = try await log.checkpoint(origin: signer.verifier.name, signer: signer, by: "anna") {
                leaves.append($0)
            }
            try await record(20..<26, into: log, document.treatment)
            try await sealAll(log)
        }
        return Witness(
            checkpoint: try Checkpoint(#require(note).text), leaves: leaves, template: template, backup: backup)
    }

    /// Seals until nothing waits: whoever writes anywhere on the server, such as another test, holds the sealer back.
    private static func sealAll(_ log: PathwayLog) async throws {
        repeat { try await log.seal() } while try await log.audit().unsealed > 0
    }

    /// Records patients of the simulated cohort.
    private static func record(_ numbers: Range<Int>, into log: PathwayLog, _ treatment: TreatmentProtocol) async throws
    {
        var simulation = try Simulation(
            shape: BundledShapes.cohort(), treatment: treatment, patients: numbers.upperBound)
        var number = 0
        while let patient = try simulation.next() {
            defer { number += 1 }
            guard numbers.contains(number) else { continue }
            for attempt in patient.attempts {
                guard case .recorded = try await log.record(attempt, by: attempt.by ?? "anna") else {
                    Issue.record("\(attempt) was not recorded")
                    return
                }
            }
        }
    }

    /// A signature, locks, an erasure and a correction, each of a patient of its own.
    private static func actOnRecords(_ log: PathwayLog) async throws {
        var patients: [PatientPath] = []
        try await log.forEachPath { patients.append($0) }
        _ = try await log.act(.sign(.review), on: patients[0].patient, reason: nil, by: "doctor Boll")
        _ = try await log.act(.lock, on: patients[1].patient, reason: "end of study", by: "anna")
        _ = try await log.act(.unlock, on: patients[1].patient, reason: "a query came in", by: "anna")
        _ = try await log.act(.erase, on: patients[2].patient, reason: "on request", by: "data protection")
        var correction = Correction()
        let last = try #require(patients[3].events.last)
        correction.removed = [last.position]
        _ = try await log.correct(
            patients[3].patient, correction, reason: "recorded for another patient", source: "source record 4711",
            by: "anna")
    }

    // MARK: Databases

    static func uniqueName(_ label: String) -> String {
        "\(label)_\(UInt64.random(in: 0 ... .max))"
    }

    static func create(_ name: String, template: String?) async throws {
        var maintenance = try await Connection.open(TestServer.conninfo())
        let copying: Query = template.map { " TEMPLATE \(identifier: $0)" } ?? ""
        try await maintenance.execute("CREATE DATABASE \(identifier: name)\(copying)")
    }

    /// Opens the log as the product's login.
    static func withLog(_ conninfo: String, _ body: (PathwayLog) async throws -> Void) async throws {
        let log = try await PathwayLog.open(ConnectionString.replacing(["user": login], in: conninfo), connections: 2)
        defer { log.close() }
        try await body(log)
    }
}

extension AuditReport {
    /// What it names: patients with positions.
    var named: Set<Place> {
        Set(
            findings.compactMap { finding in
                guard let patient = finding.patient, let position = finding.position else { return nil }
                return Place(patient, position)
            })
    }

    /// What was found apart from missing guards.
    var findingsInRecords: [AuditFinding] { findings.filter { $0.kind != .unguarded } }
}

/// A place of the log: an event of a patient, or with an empty patient an entry of the journal.
struct Place: Hashable, CustomStringConvertible {
    let patient: String
    let position: Int

    init(_ patient: String, _ position: Int) { (self.patient, self.position) = (patient, position) }

    var description: String { "\(patient.isEmpty ? "journal" : patient) \(position)" }
}

extension PathwayLog {
    /// An audit against the one old checkpoint, with the leaves that were kept with it or without them.
    func audit(_ witness: AuditedLog.Witness, leaves: Bool) async throws -> AuditReport {
        var kept = witness.leaves.makeIterator()
        return try await audit([witness.checkpoint], witness: leaves ? { kept.next() } : nil)
    }
}
