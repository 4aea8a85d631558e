public import PathwayCore

/// One patient of a snapshot: the path as it stood at the cut, and the record behind it.
///
/// It holds the dates as they are; what leaves the building goes through a ``Disguise``. Birth dates, free text and names are not here at all.
public struct Subject: Sendable {
    /// The study number.
    public let id: PatientID
    /// The patient's site at the cut.
    public let site: String
    /// Whether the patient is made up.
    public let isSynthetic: Bool
    /// The path as it stood at the cut.
    public let path: Path
    /// The milestones that stand, in the order of the path; never empty, the first is the enrolment.
    public let milestones: [SubjectMilestone]
    /// Every milestone ever recorded up to the cut, also what a correction took off the path, in the order of recording.
    public let record: [RecordedEntry]

    /// Makes a subject.
    /// - Precondition: `milestones` begins with an enrolment.
    public init(
        id: PatientID, site: String, isSynthetic: Bool, path: Path, milestones: [SubjectMilestone],
        record: [RecordedEntry]
    ) {
        precondition(milestones.first?.milestone.kind == .enrolled, "a path begins with an enrolment")
        self.id = id
        self.site = site
        self.isSynthetic = isSynthetic
        self.path = path
        self.milestones = milestones
        self.record = record
    }

    /// The version of the protocol under which the path ends.
    public var treatment: TreatmentProtocol { path.treatment }

    /// Day 0 of everything that is counted in days: the enrolment.
    public var enrolledOn: Day { milestones[0].day }

    /// The enrolment.
    public var enrolment: Milestone { milestones[0].milestone }

    /// Days from the enrolment to a day.
    public func days(to day: Day) -> Int { day.days(since: enrolledOn) }

    /// The first milestone of a kind that stands.
    public func first(_ kind: MilestoneKind) -> SubjectMilestone? { milestones.first { $0.milestone.kind == kind } }

    /// The randomisations, in their order.
    public var randomisations: [SubjectMilestone] { milestones.filter { $0.milestone.kind == .randomised } }

    /// The day that an entry of the record counts from, as ``SubjectMilestone/day`` on the path as it stood when the entry was recorded.
    func day(of entry: RecordedEntry) -> Day {
        let earliest = entry.milestone.on.earliest
        guard entry.milestone.on.precision != .day, entry.milestone.kind != .adverseEvent else { return earliest }
        let before = record.filter { other in
            other.position < entry.position && other.rewoundBy ?? .max > entry.position
                && other.milestone.kind != .adverseEvent
        }
        return max(earliest, before.map(\.milestone.on.earliest).max() ?? earliest)
    }
}

/// A milestone that stands on the path.
public struct SubjectMilestone: Sendable {
    /// Its position in the record.
    public let position: Int
    /// What happened, completed by what the protocol determined.
    public let milestone: Milestone
    /// The day that it counts from: of a date known to the month or year the first, but not before what came earlier on the path. An adverse event
    /// can be dated back.
    public let day: Day
    /// The version of the protocol that judged it.
    public let version: Int
    /// The phase before, by its word; `outside` before the enrolment.
    public let phaseBefore: String
    /// The phase after.
    public let phaseAfter: String
    /// The status before.
    public let statusBefore: Status
    /// The status after.
    public let statusAfter: Status
    /// Whether the protocol planned it.
    public let answer: Transition.Answer
    /// The stratum as used, for a randomisation.
    public let stratum: String?
    /// Which rules it left, with their sources; empty for what was planned.
    public let deviations: [Deviation]
    /// What was odd about it.
    public let warnings: [Warning]
    /// When it was first recorded, in another log if it was imported: a correction that only states it again leaves this as it was.
    public let recordedAt: Instant

    /// Makes a milestone of a subject.
    public init(
        position: Int, milestone: Milestone, day: Day, version: Int, phaseBefore: String, phaseAfter: String,
        statusBefore: Status, statusAfter: Status, answer: Transition.Answer, stratum: String?, deviations: [Deviation],
        warnings: [Warning], recordedAt: Instant
    ) {
        self.position = position
        self.milestone = milestone
        self.day = day
        self.version = version
        self.phaseBefore = phaseBefore
        self.phaseAfter = phaseAfter
        self.statusBefore = statusBefore
        self.statusAfter = statusAfter
        self.answer = answer
        self.stratum = stratum
        self.deviations = deviations
        self.warnings = warnings
        self.recordedAt = recordedAt
    }
}

extension SubjectMilestone {
    /// Whether an adverse event was serious: what the site said, and any of grade 5, which is a death (ICH E2A, II.B); `nil` if nothing says so.
    var isSerious: Bool? {
        if case .number(5)? = milestone.facts[.grade] { return true }
        if case .flag(let isSerious)? = milestone.facts[.serious] { return isSerious }
        return nil
    }
}

/// A milestone as it was recorded once, whether or not it still stands.
public struct RecordedEntry: Sendable {
    /// How it stands with a recorded milestone; the raw value is its one spelling.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It stands as it was first recorded.
        case original
        /// It stands, stated again or added by a correction.
        case restated
        /// A correction took it off the path.
        case rewound
    }

    /// The correction that took a milestone off the path.
    public struct Rewinding: Sendable, Hashable {
        /// When it was recorded.
        public let recordedAt: Instant
        /// A word for whoever recorded it, as in ``RecordedEntry/recordedBy``.
        public let recordedBy: String
        /// A word for whoever imported it, as in ``RecordedEntry/importedBy``.
        public let importedBy: String?

        /// Makes one.
        public init(recordedAt: Instant, recordedBy: String, importedBy: String? = nil) {
            self.recordedAt = recordedAt
            self.recordedBy = recordedBy
            self.importedBy = importedBy
        }
    }

    /// Its position in the record.
    public let position: Int
    /// What was recorded.
    public let milestone: Milestone
    /// How it stands.
    public let state: State
    /// The position that it states again.
    public let restates: Int?
    /// The position of the correction that took it off the path.
    public let rewoundBy: Int?
    /// Who took it off the path and when; `nil` if it stands.
    public let rewinding: Rewinding?
    /// Whether the protocol planned it.
    public let answer: Transition.Answer
    /// When it was recorded, in another log if it was imported.
    public let recordedAt: Instant
    /// A word for whoever recorded it that names nobody, the same throughout the log.
    public let recordedBy: String
    /// A word for whoever imported it; `nil` if it was recorded here first.
    public let importedBy: String?

    /// Makes an entry.
    public init(
        position: Int, milestone: Milestone, state: State, restates: Int?, rewoundBy: Int?,
        rewinding: Rewinding? = nil, answer: Transition.Answer, recordedAt: Instant, recordedBy: String,
        importedBy: String? = nil
    ) {
        self.position = position
        self.milestone = milestone
        self.state = state
        self.restates = restates
        self.rewoundBy = rewoundBy
        self.rewinding = rewinding
        self.answer = answer
        self.recordedAt = recordedAt
        self.recordedBy = recordedBy
        self.importedBy = importedBy
    }
}
