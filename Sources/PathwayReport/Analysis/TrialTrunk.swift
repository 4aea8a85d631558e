internal import PathwayCore

/// What patients pass on their way through a trial, in the order of the protocol's own arrows: the assignment of a risk, and the randomisations.
///
/// Decisions are ordered by their distance from the enrolment. Randomisations of which neither can follow the other stand on one level; one that
/// follows another stands on a level below it.
struct TrialTrunk: Sendable {
    /// What is decided of a patient.
    enum Decision: Sendable, Hashable {
        case risk
        case randomisation(Randomisation)
    }

    /// Decisions of which a patient meets one.
    struct Level: Sendable {
        let decisions: [Decision]
        /// The phases from which planned arrows lead to one of them.
        let before: Set<Int>
        /// The phases of treatment into which the plan leads away from them, by their numbers.
        let branches: [Int]

        var randomisations: [Randomisation] {
            decisions.compactMap { if case .randomisation(let randomisation) = $0 { randomisation } else { nil } }
        }
    }

    /// What took a patient off the way to a level.
    struct Departure {
        /// The reason that was given, else the milestone; of who is treated on, the phase.
        let reason: String
        /// The position of the milestone.
        let position: Int
    }

    let levels: [Level]
    private let treatment: TreatmentProtocol

    init(_ treatment: TreatmentProtocol) {
        self.treatment = treatment
        let arrows = treatment.transitions.filter { $0.answer == .planned }
        let graph = PhaseGraph(arrows.map { ($0.source, $0.target) })
        let decisions = [Decision.risk] + treatment.randomisations.map { .randomisation($0) }
        let distances = graph.distances(from: [0])
        let found = decisions.compactMap { decision -> (decision: Decision, arrows: [Transition], distance: Int)? in
            let own = arrows.filter { decision.isMet(by: $0.kind, $0.qualifier) }
            return own.compactMap { distances[$0.source] }.min().map { (decision, own, $0) }
        }.sorted { $0.distance < $1.distance }
        var groups: [[(decision: Decision, arrows: [Transition], distance: Int)]] = []
        for node in found {
            let behind = (groups.last ?? []).flatMap(\.arrows).map(\.target)
            let follows = node.arrows.contains { graph.distances(from: behind)[$0.source] != nil }
            if let last = groups.last, !follows, node.decision != .risk, !last.contains(where: { $0.decision == .risk })
            {
                groups[groups.count - 1].append(node)
            } else {
                groups.append([node])
            }
        }
        var origins = [0]
        levels = groups.map { group in
            let own = group.flatMap(\.arrows)
            let before = Set(graph.reversed.distances(from: own.map(\.source)).keys)
            let here = before.intersection(graph.distances(from: origins).keys)
            let away = arrows.filter { arrow in
                here.contains(arrow.source) && !before.contains(arrow.target) && !treatment.phases[arrow.target].ends
                    && !own.contains { $0 === arrow }
            }
            origins = own.map(\.target)
            return Level(
                decisions: group.map(\.decision), before: before, branches: Set(away.map(\.target)).sorted())
        }
    }

    /// The level of a decision; `nil` if the protocol does not make it.
    func level(of decision: Decision) -> Int? { levels.firstIndex { $0.decisions.contains(decision) } }

    /// The level that everybody of a population has met; `nil` for everybody enrolled.
    func level(of population: Population) -> Int? {
        switch population {
        case .enrolled: nil
        case .riskAssigned: level(of: .risk) ?? levels.count
        case .randomised: levels.firstIndex { !$0.randomisations.isEmpty } ?? levels.count
        case .randomisedBy(let name):
            levels.firstIndex { $0.randomisations.contains { $0.name == name } } ?? levels.count
        }
    }

    /// Whether a population holds everybody who was there at a time zero. Whoever belongs to it for what came later had to live until then.
    func holds(_ zero: TimeZero, in population: Population) -> Bool {
        guard let own = level(of: population) else { return true }
        guard case .randomisation(let randomisation) = zero, let level = level(of: .randomisation(randomisation)) else {
            return false
        }
        return own <= level
    }

    /// The courses that the plan can lead to from some phases before the next decision, in the order of the protocol's phases.
    /// - Parameter arm: the arm whose own phases count besides those of no arm.
    func courses(from phases: [Int], arm: String? = nil) -> [Course] {
        let isOpen = treatment.phases.map { $0.arm == nil || $0.arm == arm }
        let arrows = treatment.transitions.filter {
            $0.answer == .planned && $0.kind != .randomised && isOpen[$0.target]
        }
        let reached = PhaseGraph(arrows.map { ($0.source, $0.target) }).distances(from: phases)
        var words: [String] = []
        for (number, phase) in treatment.phases.enumerated() where reached[number] != nil {
            if let course = phase.course, !words.contains(course) { words.append(course) }
        }
        return words.compactMap { word in treatment.courses.first { $0.name == word } }
    }

    /// The courses that the plan can lead to in an arm.
    func courses(of arm: String) -> [Course] {
        courses(
            from: treatment.transitions.filter {
                $0.answer == .planned && $0.kind == .randomised && $0.qualifier == arm
            }.map(\.target), arm: arm)
    }

    /// The last level that a subject met, with the place of the milestone; -1 and the enrolment if none.
    func reached(by subject: Subject) -> (level: Int, place: Int) {
        for (number, level) in levels.enumerated().reversed() {
            let place = subject.milestones.firstIndex { step in
                level.decisions.contains { $0.isMet(by: step.milestone.kind, step.milestone.qualifier) }
            }
            if let place { return (number, place) }
        }
        return (-1, 0)
    }

    /// The first thing that took a subject off the way to a level; `nil` for who is still on it.
    func departure(of subject: Subject, before level: Int, from place: Int) -> Departure? {
        // Whoever came back into sight had not left.
        let back = subject.milestones.lastIndex { $0.statusBefore.isGone && !$0.statusAfter.isGone } ?? 0
        for (number, step) in subject.milestones.enumerated().dropFirst(place) {
            let reason = step.milestone.facts.text(.reason) ?? step.milestone.kind.rawValue
            if step.statusAfter.isGone, number > back { return Departure(reason: reason, position: step.position) }
            let phase = treatment.phase(named: step.phaseAfter)
            if let phase, levels[level].before.contains(phase) { continue }
            let isTreated = step.milestone.kind != .offTherapy && !(phase.map { treatment.phases[$0].ends } ?? false)
            return Departure(reason: isTreated ? step.phaseAfter : reason, position: step.position)
        }
        return nil
    }
}

extension TrialTrunk.Decision {
    func isMet(by kind: MilestoneKind, _ qualifier: String?) -> Bool {
        switch self {
        case .risk: kind == .riskAssigned
        case .randomisation(let randomisation):
            kind == .randomised && qualifier.map(randomisation.arms.contains) ?? false
        }
    }
}

extension Status {
    /// Whether no further step of treatment can come.
    fileprivate var isGone: Bool {
        switch self {
        case .dead, .lost, .withdrawn, .offStudy: true
        case .inStudy, .relapsed, .secondMalignancy: false
        }
    }
}

/// Arrows between phases, by their numbers.
struct PhaseGraph: Sendable {
    private let arrows: [(source: Int, target: Int)]
    private let targets: [Int: [Int]]

    init(_ arrows: [(source: Int, target: Int)]) {
        self.arrows = arrows
        targets = Dictionary(grouping: arrows, by: \.source).mapValues { $0.map(\.target) }
    }

    var reversed: PhaseGraph { PhaseGraph(arrows.map { ($0.target, $0.source) }) }

    /// How many arrows lead to each phase that can be reached.
    func distances(from phases: [Int]) -> [Int: Int] {
        var distances: [Int: Int] = [:]
        var (next, steps) = (phases, 0)
        while !next.isEmpty {
            let new = next.filter { distances[$0] == nil }
            for phase in new { distances[phase] = steps }
            next = new.flatMap { targets[$0] ?? [] }
            steps += 1
        }
        return distances
    }
}
