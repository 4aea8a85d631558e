import PathwayCore
import PathwayReport
import Testing

/// A patient's record in the making, as the log would hold it: milestones, and corrections that rewind and restate.
struct PatientRecord {
    let id: PatientID
    let treatment: TreatmentProtocol
    /// The site, where it is not that of the enrolment.
    var site: String?
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

    /// A record of lines such as `2015-03-02 enrolled site=Basel sex=female`, under AALL1331 unless another protocol is given.
    init(_ id: String, under treatment: TreatmentProtocol? = nil, _ lines: [String] = []) throws {
        self.id = try #require(PatientID(id))
        self.treatment = try treatment ?? Protocols.aall1331
        for line in lines { try record(line) }
    }

    mutating func record(_ lines: String...) throws {
        for line in lines { record(try Milestone.written(line)) }
    }

    mutating func record(_ milestone: Milestone, by: String = "user-1") { append(milestone, by: by) }

    private mutating func append(_ milestone: Milestone, restates: Int? = nil, correction: Int? = nil, by: String) {
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
                append(milestone, restates: entries[index].position, correction: correction, by: "user-2")
            }
        }
    }

    /// The subject that a snapshot at a clinical cut has; `nil` if nothing had happened by then.
    func subject(through cut: Day) throws -> Subject? {
        var known = self
        known.entries = Array(entries.prefix { $0.milestone.on.earliest <= cut })
        return known.entries.isEmpty ? nil : try known.subject()
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
            id: id, site: site ?? entries.first?.milestone.facts[.site].map { Field.site.text($0) } ?? "",
            isSynthetic: isSynthetic, path: path, milestones: standing,
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

extension Milestone {
    /// The milestone of a line such as `2019-03-01 randomised arm=X`; `_` in a value stands for a space.
    static func written(_ text: String) throws -> Milestone {
        let parts = text.split(separator: " ")
        let kind = try #require(parts.count > 1 ? MilestoneKind(rawValue: String(parts[1])) : nil, "\(text)")
        var facts = Facts()
        for part in parts.dropFirst(2) {
            let pair = part.split(separator: "=", maxSplits: 1)
            let field = try #require(Field(rawValue: String(pair[0])), "\(text)")
            let value = String(pair[1]).replacing("_", with: " ")
            // A site is called here as it could be in another script: the files must hold it.
            facts[field] = field == .site ? .text(value) : try field.value(value)
        }
        return try Milestone(kind, on: try #require(ClinicalDate(parts[0]), "\(text)"), facts: facts)
    }
}
