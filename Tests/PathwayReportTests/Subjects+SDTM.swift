import PathwayCore
import PathwayDocument
import PathwayReport
import PathwaySimulation
import Testing

/// A patient's record in the making, as the log would hold it: milestones, and corrections that rewind and restate.
struct Recorder {
    let id: PatientID
    let treatment: TreatmentProtocol
    var site = "701"
    var isSynthetic = false
    private var position = 0
    private var entries: [Entry] = []

    private struct Entry {
        let position: Int
        let milestone: Milestone
        let restates: Int?
        let correction: Int?
        let by: String
        var rewoundBy: Int?
    }

    init(_ id: String, _ treatment: TreatmentProtocol) throws {
        self.id = try #require(PatientID(id))
        self.treatment = treatment
    }

    /// Records a milestone; facts are written as on the command line.
    mutating func record(_ kind: MilestoneKind, _ on: String, _ facts: [Field: String] = [:]) throws {
        take(try Recorder.milestone(kind, on, facts))
    }

    mutating func take(_ milestone: Milestone, restates: Int? = nil, correction: Int? = nil, by: String = "user-1") {
        position += 1
        entries.append(
            Entry(
                position: position, milestone: milestone, restates: restates, correction: correction, by: by,
                rewoundBy: nil))
    }

    /// Takes the path back to before a position, and states again what stands from there on: `nil` is left out.
    mutating func correct(from first: Int, _ change: (Int, Milestone) throws -> Milestone?) rethrows {
        position += 1
        let correction = position
        for index in entries.indices where entries[index].position >= first && entries[index].rewoundBy == nil {
            entries[index].rewoundBy = correction
            if let milestone = try change(entries[index].position, entries[index].milestone) {
                take(milestone, restates: entries[index].position, correction: correction, by: "user-2")
            }
        }
    }

    static func milestone(_ kind: MilestoneKind, _ on: String, _ facts: [Field: String]) throws -> Milestone {
        var values = Facts()
        for (field, text) in facts { values[field] = try field.value(text) }
        return try Milestone(kind, on: #require(ClinicalDate(on)), facts: values)
    }

    /// The subject as a snapshot has it.
    func subject() throws -> Subject {
        var path = Path(under: treatment)
        var standing: [SubjectMilestone] = []
        var answers: [Int: Transition.Answer] = [:]
        var floor: Day?
        for entry in entries where entry.rewoundBy == nil {
            let step = try path.replay(entry.milestone, offProtocol: true)
            answers[entry.position] = step.answer
            // An adverse event may be dated back; anything else counts from what came before it.
            let earliest = step.milestone.on.earliest
            let isDatedBack = step.milestone.kind == .adverseEvent
            let day = isDatedBack ? earliest : max(earliest, floor ?? earliest)
            if !isDatedBack { floor = day }
            standing.append(
                SubjectMilestone(
                    position: entry.position, milestone: step.milestone, day: day,
                    version: treatment.version, phaseBefore: treatment.phases[step.phaseBefore].name,
                    phaseAfter: treatment.phases[step.phaseAfter].name, statusBefore: step.statusBefore,
                    statusAfter: step.statusAfter, answer: step.answer, stratum: step.stratum,
                    deviations: step.deviations, warnings: step.warnings, recordedAt: moment(entry.position)))
        }
        return Subject(
            id: id, site: site, isSynthetic: isSynthetic, path: path, milestones: standing,
            record: entries.map { entry in
                RecordedEntry(
                    position: entry.position, milestone: entry.milestone,
                    state: entry.rewoundBy != nil ? .rewound : entry.correction == nil ? .original : .restated,
                    restates: entry.restates, rewoundBy: entry.rewoundBy,
                    rewinding: entry.rewoundBy.map { .init(recordedAt: moment($0), recordedBy: "user-2") },
                    answer: answers[entry.position] ?? .planned, recordedAt: moment(entry.position),
                    recordedBy: entry.by)
            })
    }

    /// Ten o'clock on a day of 2020 for each position.
    private func moment(_ position: Int) -> Instant {
        Instant(microseconds: (18_262 + Int64(position)) * 86_400_000_000 + 36_000_000_000)
    }
}

/// The bundled protocols and the synthetic cohort, made once.
enum Cohort {
    static func text(_ name: String) throws -> String {
        try #require(BundledProtocols.all.first { $0.name == name }).text
    }

    static let aall1331: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(text("aall1331")).treatment
    }
    static let intreall: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(text("intreall-sr-2010")).treatment
    }

    /// The 661 patients of the default seed.
    static let subjects: Result<[Subject], any Error> = Result {
        let treatment = try aall1331.get()
        var simulation = try Simulation(shape: BundledShapes.cohort(), treatment: treatment)
        var subjects: [Subject] = []
        while let patient = try simulation.next() {
            var recorder = try Recorder(patient.patient.description, treatment)
            recorder.isSynthetic = true
            for attempt in patient.attempts { recorder.take(attempt.milestone) }
            if case .text(let site)? = patient.attempts.first?.milestone.facts[.site] { recorder.site = site }
            subjects.append(try recorder.subject())
        }
        return subjects
    }
}
