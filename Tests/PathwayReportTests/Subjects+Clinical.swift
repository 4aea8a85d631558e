import PathwayCore
import PathwayDocument
import PathwayReport
import PathwaySimulation
import Testing

/// Subjects without a database: a few made by hand, and the synthetic cohort.
enum Subjects {
    static let treatment: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(#require(BundledProtocols.all.first { $0.name == "aall1331" }).text).treatment
    }

    /// The 661 synthetic patients of the default seed.
    static let cohort: Result<[Subject], any Error> = Result {
        var simulation = try Simulation(shape: BundledShapes.cohort(), treatment: treatment.get(), patients: 661)
        var subjects: [Subject] = []
        while let patient = try simulation.next() {
            subjects.append(try made(patient.patient.description, patient.attempts.map(\.milestone), isSynthetic: true))
        }
        return subjects.sorted { $0.id < $1.id }
    }

    /// A subject of lines such as `2015-03-02 enrolled site=Basel sex=female`; `_` in a value stands for a space.
    static func made(_ id: String, _ lines: [String], isSynthetic: Bool = false) throws -> Subject {
        try made(id, lines.map(milestone), isSynthetic: isSynthetic)
    }

    static func milestone(_ line: String) throws -> Milestone {
        let words = line.split(separator: " ").map(String.init)
        var facts = Facts()
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let field = try #require(Field(rawValue: parts[0]))
            let text = parts[1].replacing("_", with: " ")
            // A site is called here as it could be in another script: the files must hold it.
            facts[field] = field == .site ? .text(text) : try field.value(text)
        }
        return try Milestone(
            #require(MilestoneKind(rawValue: words[1])), on: #require(ClinicalDate(words[0])), facts: facts)
    }

    static func made(_ id: String, _ milestones: [Milestone], isSynthetic: Bool) throws -> Subject {
        let treatment = try treatment.get()
        var path = Path(under: treatment)
        var standing: [SubjectMilestone] = []
        var floor: Day?
        for (index, given) in milestones.enumerated() {
            let step = try path.replay(given, offProtocol: true)
            // As a log's reading counts: of a date known to the month or year the first day, but not before what came earlier.
            let earliest = given.on.earliest
            let day = given.on.precision == .day ? earliest : max(floor ?? earliest, min(earliest, given.on.latest))
            floor = max(floor ?? day, day)
            standing.append(
                SubjectMilestone(
                    position: index + 1, milestone: step.milestone, day: day, version: treatment.version,
                    phaseBefore: treatment.phases[step.phaseBefore].name,
                    phaseAfter: treatment.phases[step.phaseAfter].name, statusBefore: step.statusBefore,
                    statusAfter: step.statusAfter, answer: step.answer, stratum: step.stratum,
                    deviations: step.deviations, warnings: step.warnings, recordedAt: Instant(microseconds: 0)))
        }
        var site = ""
        if case .text(let text)? = standing[0].milestone.facts[.site] { site = text }
        return Subject(
            id: try #require(PatientID(id)), site: site, isSynthetic: isSynthetic, path: path, milestones: standing,
            record: [])
    }

    static func context(
        _ subjects: [Subject], _ disguise: Disguise, name: String = "final", under other: TreatmentProtocol? = nil
    ) throws -> ExportContext {
        ExportContext(
            cut: Cut(
                name: name, protocolName: "aall1331", versions: [.init(version: 1, digest: "00")],
                population: .enrolled,
                through: try #require(Day("2021-06-30")), asOf: try #require(Instant("2026-11-23T10:00:00Z")), size: 1,
                root: "00", patients: subjects.count, entries: 1, digest: "00",
                isSynthetic: subjects.contains(where: \.isSynthetic)),
            treatment: try other ?? treatment.get(), disguise: disguise)
    }

    /// Dates moved under a key that is the same whenever the tests run.
    static func shifted() throws -> Disguise {
        let key = try #require(ShiftKey("pathway-date-shift:" + String(repeating: "0123456789abcdef", count: 4)))
        return .shifted(DateShift(key, of: try context([], .studyDays).cut, under: [try treatment.get()]))
    }
}
