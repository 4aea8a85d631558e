internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayDocument
internal import PathwayLog
internal import PathwaySimulation

/// `pathway demo`: a synthetic trial of 661 patients, kept on their paths.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep a synthetic trial of 661 patients on their paths, and show it beside the published counts.",
        discussion: """
            It works in a database of its own on the private server; what is there already is recognised. Exits 70 if a count differs \
            from the published one.

            Example: pathway demo
            """)

    @Option(
        help: ArgumentHelp(
            "A connection string of libpq (default: the database pathway_demo of the private server).",
            valueName: "conninfo"))
    var database: String?

    func run() async throws {
        let conninfo: String
        if let database {
            conninfo = database
        } else {
            conninfo = try await PrivateDatabase.ready(named: PrivateDatabase.demonstration)
        }
        let log = try await PathwayLog.open(conninfo)
        defer { log.close() }
        try await log.add(try SyntheticCohort.document(), by: Demo.person)
        try await takeIn(log)
        let (agrees, example) = try await showFlow(log)
        guard let example else { throw Failure(.ourFault, "no patient of the synthetic cohort is in treatment") }
        if database == nil {
            let quoted = conninfo.replacing(/[\\"$`]/) { "\\" + $0.output }
            Terminal.line("\nTo repeat what follows, once:\n$ export DATABASE_URL=\"\(quoted)\"")
        } else {
            Terminal.line("\nTo repeat what follows, set DATABASE_URL to the connection string given here.")
        }
        try await showPatient(example, log)
        try await showRefusal(example, log)
        guard agrees else { throw Failure(.ourFault, "a count differs from the published one") }
    }

    private static let person = "demo"

    /// Makes the cohort and takes it in through the same guard as a coordinator's milestone.
    private func takeIn(_ log: PathwayLog) async throws {
        let path = NSTemporaryDirectory() + "/pathway-demo-\(ProcessInfo.processInfo.processIdentifier).ndjson"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try WholeFile(path)
        try SyntheticCohort.write(patients: 661, seed: Simulation.defaultSeed) { bytes in try file.write(bytes) }
        try file.commit()
        var reader = try LineReader(path: path)
        var importer = Importer(into: log, by: Demo.person, format: .ndjson)
        let start = ContinuousClock.now
        let report = try await importer.run(&reader) { number, _, remark in
            if case .refused(let why, _) = remark { Terminal.say("line \(number): \(why)") }
        } progress: { _, _ in
        }
        guard report.refused == 0 else {
            throw Failure(
                .ourFault,
                "\(report.refused.of("milestone")) of the synthetic cohort \(report.refused == 1 ? "was" : "were") refused"
            )
        }
        let elapsed = String(format: "%.1f s", (ContinuousClock.now - start) / .seconds(1))
        Terminal.line(
            "661 synthetic patients, \(report.lines.of("milestone")): \(report.recorded) recorded, \(report.repeated) there before, in \(elapsed)"
        )
    }

    private func showFlow(_ log: PathwayLog) async throws -> (agrees: Bool, example: PatientPath?) {
        var flow = Flow(try BundledShapes.published(under: try SyntheticCohort.document().treatment))
        var example: PatientPath?
        try await log.forEachPath { path in
            guard path.isSynthetic else { return }
            flow.count(path.steps)
            if example == nil, path.path.standing.status == .inStudy,
                !path.path.expected.isEmpty || path.path.phase.course != nil
            {
                example = path
            }
        }
        var table = TextTable(["The flow of patients", "published", "here", "source"], rightAligned: [1, 2])
        for row in flow.rows {
            table.add([
                String(repeating: "  ", count: row.level) + row.name, row.published.map { String($0) } ?? "",
                String(row.counted) + (row.agrees ? "" : " differs"), row.source,
            ])
        }
        Terminal.line("\n" + table.text)
        let differing = flow.rows.count { !$0.agrees }
        Terminal.line(
            differing == 0
                ? "every published count is reproduced (\(flow.rows.count { $0.published != nil }) counts; the patients are synthetic)"
                : "\(differing) counts differ from the published ones")
        return (differing == 0, example)
    }

    private func showPatient(_ patient: PatientPath, _ log: PathwayLog) async throws {
        Terminal.line("\n$ pathway status \(patient.patient)\n" + StatusReport(patient).text)
        Terminal.line("$ pathway next \(patient.patient)\n" + NextReport(patient, on: DayArgument.today).text)
    }

    /// Tries to randomise the patient once more, through the same door as everybody.
    private func showRefusal(_ patient: PatientPath, _ log: PathwayLog) async throws {
        guard let arm = patient.path.treatment.arms.first?.name else { return }
        let milestone = try RecordingOptions.milestone(
            .randomised, on: ClinicalDate(DayArgument.today), facts: ["arm=\(arm)", "allocated-by=demo"])
        let outcome = try await log.record(
            Attempt(patient: patient.patient, milestone: milestone), by: Demo.person, door: .commandLine)
        guard case .refused(let refusal) = outcome else {
            throw Failure(.ourFault, "a milestone that is not allowed was not refused")
        }
        Terminal.line("$ pathway log \(patient.patient) randomised \(arm) allocated-by=demo")
        Terminal.line(
            "error: cannot record \"\(refusal.milestone)\" for patient \(patient.patient): \(refusal.explanation)")
        if let hint = refusal.hint { Terminal.line("hint: \(hint)") }
    }
}
