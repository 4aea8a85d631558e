import PathwayCore

/// The phases of a protocol as elements of a trial: code, title and epoch.
struct TrialElements {
    /// An element.
    struct Element {
        let phase: String
        let code: String
        let title: String
        let epoch: String
        /// The arrows that lead to it and from it, in words, and how long it is planned to last.
        let startRule: String?
        let endRule: String?
        let duration: String?
    }

    private var codes = ElementCodes()
    private var known: Set<Int> = []
    private(set) var elements: [Element] = []
    private var places: [String: Int] = [:]

    init(_ treatment: TreatmentProtocol) { learn(treatment) }

    /// Takes the phases of a version that are not known yet.
    mutating func learn(_ treatment: TreatmentProtocol) {
        guard known.insert(treatment.version).inserted else { return }
        let beforeTreatment = treatment.phasesBeforeTreatment
        for (number, phase) in treatment.phases.enumerated() where number > 0 {
            guard element(phase.name) == nil else { continue }
            let arriving = treatment.transitions.filter { $0.isPlanned && $0.target == number && $0.source != number }
            // Where no planned arrow leads, nobody is but by leaving the plan: that is no element.
            guard !arriving.isEmpty else { continue }
            let leaving = treatment.transitions.filter { $0.isPlanned && $0.source == number && $0.target != number }
            let days = phase.course.flatMap { word in treatment.courses.first { $0.name == word }?.days }
            places[phase.name] = elements.count
            elements.append(
                Element(
                    phase: phase.name, code: codes.code(for: phase.name), title: phase.title,
                    epoch: phase.ends ? "FOLLOW-UP" : beforeTreatment.contains(number) ? "SCREENING" : "TREATMENT",
                    startRule: RuleText.text(arriving.map { ($0.words, $0.milestoneWords) }),
                    endRule: RuleText.text(leaving.map { ($0.words, $0.milestoneWords) }),
                    duration: days.map { "P\($0)D" }))
        }
    }

    /// The element of a phase, by its word.
    func element(_ phase: String) -> Element? { places[phase].map { elements[$0] } }

    /// The epoch of a phase; one that nobody is planned to enter is treatment.
    func epoch(_ phase: String) -> String { element(phase)?.epoch ?? "TREATMENT" }
}

extension TreatmentProtocol {
    /// The phases that can be reached before any course has started.
    fileprivate var phasesBeforeTreatment: Set<Int> {
        var reached: Set<Int> = [0]
        var waiting = [0]
        while let phase = waiting.popLast() {
            for arrow in transitions where arrow.source == phase && arrow.isPlanned && arrow.kind != .courseStarted {
                if reached.insert(arrow.target).inserted { waiting.append(arrow.target) }
            }
        }
        return reached
    }
}

extension Transition {
    var isPlanned: Bool { answer == .planned }
}

extension Sequence where Element: Hashable {
    /// Each element once, where it stood first.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
