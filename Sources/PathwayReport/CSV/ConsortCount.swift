public import PathwayCore

/// The flow of patients through the trial as counts, in the manner of CONSORT: zeros and reasons are shown.
///
/// It is built from the protocol, so that a group in which nobody is has its row all the same.
public struct ConsortCount: Sendable {
    /// One count.
    public struct Row: Sendable, Hashable {
        /// Of whom: `everybody`, a randomisation or an arm, by its word.
        public let group: String
        /// What is counted.
        public let item: String
        /// Why, where patients left.
        public let reason: String?
        /// How many patients.
        public fileprivate(set) var patients = 0
    }

    private struct Key: Hashable {
        let group: String
        let item: String
        let reason: String?
    }

    private let treatment: TreatmentProtocol
    private var counts: [Row] = []
    private var places: [Key: Int] = [:]

    /// Lays out the rows of a protocol, all at zero.
    public init(_ treatment: TreatmentProtocol) {
        self.treatment = treatment
        lay("everybody", "enrolled")
        for risk in treatment.risks { lay("everybody", "risk assigned: \(risk.name)") }
        leave("everybody", "left before risk was assigned")
        leave("everybody", "left with a risk group before randomisation")
        for randomisation in treatment.randomisations {
            lay(randomisation.name, "randomised")
            for arm in randomisation.arms {
                lay(arm, "allocated")
                lay(arm, "began a course")
                for course in courses(of: arm) {
                    lay(arm, "began \(course)")
                    lay(arm, "ended \(course)")
                    lay(arm, "stopped \(course)")
                }
                lay(arm, "transplanted")
                leave(arm, "ended treatment")
                for status in Status.allCases { lay(arm, "status at the cut: \(status.rawValue)") }
            }
        }
    }

    private mutating func lay(_ group: String, _ item: String, _ reason: String? = nil) {
        let key = Key(group: group, item: item, reason: reason)
        guard places[key] == nil else { return }
        places[key] = counts.count
        counts.append(Row(group: group, item: item, reason: reason))
    }

    private mutating func leave(_ group: String, _ item: String) {
        lay(group, item)
        for reason in ConsortCount.reasons { lay(group, item, reason) }
    }

    /// Why a patient leaves: the reasons of going off therapy, then what ends everything without one.
    static let reasons: [String] = {
        guard case .choice(let words) = Field.reason.type else { return [] }
        let endings = ["died", "lost-to-follow-up", "consent-withdrawn", "off-study"]
        return words.filter { !endings.contains($0) } + endings
    }()

    /// The courses of the arm's own phases, in the protocol's order.
    private func courses(of arm: String) -> [String] {
        var courses: [String] = []
        for phase in treatment.phases where phase.arm == arm && !phase.isHeld {
            if let course = phase.course, !courses.contains(course) { courses.append(course) }
        }
        return courses
    }

    private mutating func add(_ group: String, _ item: String, _ reason: String? = nil) {
        guard let place = places[Key(group: group, item: item, reason: reason)] else { return }
        counts[place].patients += 1
    }

    private mutating func add(_ group: String, leaving item: String, _ subject: Subject) {
        guard let reason = subject.reasonOfLeaving else { return }
        add(group, item)
        add(group, item, reason)
    }

    /// Counts a subject.
    public mutating func count(_ subject: Subject) {
        add("everybody", "enrolled")
        if let risk = subject.path.standing.risk, subject.first(.riskAssigned) != nil {
            add("everybody", "risk assigned: \(risk)")
            if subject.randomisations.isEmpty {
                add("everybody", leaving: "left with a risk group before randomisation", subject)
            }
        } else if subject.randomisations.isEmpty {
            add("everybody", leaving: "left before risk was assigned", subject)
        }
        for step in subject.randomisations {
            guard let arm = step.milestone.qualifier else { continue }
            if let randomisation = subject.randomisation(of: step) { add(randomisation.name, "randomised") }
            add(arm, "allocated")
            let given = subject.exposures.filter { $0.started.position > step.position }
            if !given.isEmpty { add(arm, "began a course") }
            for course in Set(given.map(\.course)) { add(arm, "began \(course)") }
            for course in Set(given.filter(\.endWasRecorded).map(\.course)) { add(arm, "ended \(course)") }
            for course in Set(given.filter { $0.outcome == "stopped" }.map(\.course)) { add(arm, "stopped \(course)") }
            if subject.first(.transplanted) != nil { add(arm, "transplanted") }
            add(arm, leaving: "ended treatment", subject)
            add(arm, "status at the cut: \(subject.path.standing.status.rawValue)")
        }
    }

    /// The counts so far, in the order of the flow.
    public var results: [Row] { counts }

    static let columns = [
        Column("group", "Of whom: everybody, a randomisation or an arm", .text),
        Column("item", "What is counted", .text), Column("reason", "Why, where patients left", .text),
        Column("patients", "How many", .integer),
    ]

    var rows: [[String?]] { counts.map { [$0.group, $0.item, $0.reason, String($0.patients)] } }
}

extension Subject {
    /// Why the subject left treatment: the reason of going off therapy, else what ended it; `nil` for who is still treated or completed it.
    var reasonOfLeaving: String? {
        if let reason = first(.offTherapy)?.milestone.facts.text(.reason) {
            return reason
        }
        return switch path.standing.status {
        case .dead: "died"
        case .lost: "lost-to-follow-up"
        case .withdrawn: "consent-withdrawn"
        case .offStudy: "off-study"
        case .inStudy, .relapsed, .secondMalignancy: nil
        }
    }
}
