public import PathwayCore

/// The flow of patients through the trial as counts, in the manner of CONSORT: zeros and reasons are shown.
///
/// It is built from the protocol, so that a group in which nobody is has its row all the same: the levels come in the order of the protocol's own
/// arrows, whether risk is assigned before or after a randomisation, or several randomisations follow each other.
public struct ConsortCount: Sendable {
    /// One count.
    public struct Row: Sendable, Hashable {
        /// Of whom: `everybody`, a randomisation, an arm, or a phase into which the plan leads away from them, by its word.
        public let group: String
        /// What is counted.
        public let item: String
        /// Why, where patients left.
        public let reason: String?
        /// How many patients.
        public fileprivate(set) var patients = 0
    }

    let trunk: TrialTrunk
    private let treatment: TreatmentProtocol
    private var counts: [Row] = []

    /// Lays out the rows of a protocol, all at zero.
    public init(_ treatment: TreatmentProtocol) {
        self.treatment = treatment
        trunk = TrialTrunk(treatment)
        lay("everybody", "enrolled")
        for level in trunk.levels {
            let branches = level.branches.map { treatment.phases[$0] }
            leave("everybody", trunk.left(before: level), branches.map(\.name))
            lay("everybody", trunk.waiting(for: level))
            if level.decisions == [.risk] {
                for risk in treatment.risks { lay("everybody", "risk assigned: \(risk.name)") }
            }
            for (number, phase) in zip(level.branches, branches) {
                lay(phase.name, "entered")
                layTreatment(phase.name, trunk.courses(from: [number]))
            }
            for randomisation in level.randomisations {
                lay(randomisation.name, "randomised")
                for arm in randomisation.arms {
                    lay(arm, "allocated")
                    lay(arm, "found ineligible")
                    layTreatment(arm, trunk.courses(of: arm))
                }
            }
        }
    }

    private mutating func lay(_ group: String, _ item: String, _ reason: String? = nil) {
        guard place(group, item, reason) == nil else { return }
        let last = counts.lastIndex { $0.group == group && $0.item == item }
        counts.insert(Row(group: group, item: item, reason: reason), at: last.map { $0 + 1 } ?? counts.count)
    }

    private func place(_ group: String, _ item: String, _ reason: String?) -> Int? {
        counts.firstIndex { $0.item == item && $0.group == group && $0.reason == reason }
    }

    private mutating func leave(_ group: String, _ item: String, _ others: [String] = []) {
        lay(group, item)
        for reason in others + ConsortCount.reasons { lay(group, item, reason) }
    }

    private mutating func layTreatment(_ group: String, _ courses: [Course]) {
        lay(group, "began a course")
        for course in courses {
            for word in ["began", "ended", "stopped"] { lay(group, "\(word) \(course.name)") }
        }
        lay(group, "transplanted")
        leave(group, "ended treatment")
        for status in Status.allCases { lay(group, "status at the cut: \(status.rawValue)") }
    }

    /// Why a patient leaves: the reasons of going off therapy, then what ends everything without one.
    static let reasons: [String] = {
        guard case .choice(let words) = Field.reason.type else { return [] }
        let endings = ["died", "lost-to-follow-up", "consent-withdrawn", "off-study"]
        return words.filter { !endings.contains($0) } + endings
    }()

    private mutating func add(_ group: String, _ item: String, _ reason: String? = nil) {
        if let place = place(group, item, reason) {
            counts[place].patients += 1
        } else if reason != nil {
            // A reason that the plan does not foresee has its row when somebody leaves for it.
            lay(group, item, reason)
            add(group, item, reason)
        }
    }

    private mutating func add(_ group: String, leaving item: String, for reason: String) {
        add(group, item)
        add(group, item, reason)
    }

    /// Counts a subject.
    public mutating func count(_ subject: Subject) {
        add("everybody", "enrolled")
        if let risk = subject.path.standing.risk, subject.first(.riskAssigned) != nil {
            add("everybody", "risk assigned: \(risk)")
        }
        let (reached, place) = trunk.reached(by: subject)
        if reached + 1 < trunk.levels.count {
            let next = trunk.levels[reached + 1]
            if let departure = trunk.departure(of: subject, before: reached + 1, from: place) {
                add("everybody", leaving: trunk.left(before: next), for: departure.reason)
                if next.branches.contains(where: { treatment.phases[$0].name == departure.reason }) {
                    add(departure.reason, "entered")
                    countTreatment(departure.reason, subject, from: departure.position)
                }
            } else {
                add("everybody", trunk.waiting(for: next))
            }
        }
        for step in subject.randomisations {
            guard let arm = step.milestone.qualifier else { continue }
            if let randomisation = subject.randomisation(of: step) { add(randomisation.name, "randomised") }
            add(arm, "allocated")
            if !subject.isEligible { add(arm, "found ineligible") }
            countTreatment(arm, subject, from: step.position)
        }
    }

    private mutating func countTreatment(_ group: String, _ subject: Subject, from position: Int) {
        let given = subject.exposures.filter { $0.started.position >= position }
        if !given.isEmpty { add(group, "began a course") }
        for course in Set(given.map(\.course)) { add(group, "began \(course)") }
        for course in Set(given.filter(\.endWasRecorded).map(\.course)) { add(group, "ended \(course)") }
        for course in Set(given.filter { $0.outcome == "stopped" }.map(\.course)) { add(group, "stopped \(course)") }
        if subject.first(.transplanted) != nil { add(group, "transplanted") }
        if let reason = subject.reasonOfLeaving { add(group, leaving: "ended treatment", for: reason) }
        add(group, "status at the cut: \(subject.path.standing.status.rawValue)")
    }

    /// The counts so far, in the order of the flow.
    public var results: [Row] { counts }

    static let columns = [
        Column("group", "Of whom: everybody, a randomisation, an arm, or a phase that leads away from them", .text),
        Column("item", "What is counted", .text), Column("reason", "Why, where patients left", .text),
        Column("patients", "How many", .integer),
    ]

    var rows: [[String?]] { counts.map { [$0.group, $0.item, $0.reason, String($0.patients)] } }
}

extension TrialTrunk {
    /// The item of who left before a level.
    func left(before level: Level) -> String {
        level.decisions == [.risk] ? "left before risk was assigned" : "left before randomisation" + named(level)
    }

    /// The item of who may still come to a level.
    func waiting(for level: Level) -> String {
        level.decisions == [.risk] ? "without a risk group so far" : "not randomised so far" + named(level)
    }

    /// The names of a level's randomisations, where several follow each other.
    private func named(_ level: Level) -> String {
        guard levels.count(where: { !$0.randomisations.isEmpty }) > 1 else { return "" }
        return ": " + level.randomisations.map(\.name).joined(separator: " or ")
    }
}

extension Subject {
    /// Why the subject left treatment: the reason of going off therapy or off study, else what ended it; `nil` for who is still treated.
    var reasonOfLeaving: String? {
        let reasons = milestones.lazy.filter { [.offTherapy, .offStudy].contains($0.milestone.kind) }
            .compactMap { $0.milestone.facts.text(.reason) }
        if let reason = reasons.first { return reason }
        return switch path.standing.status {
        case .dead: "died"
        case .lost: "lost-to-follow-up"
        case .withdrawn: "consent-withdrawn"
        case .offStudy: "off-study"
        case .inStudy, .relapsed, .secondMalignancy: nil
        }
    }
}
