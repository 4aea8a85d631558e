import PathwayCore

/// The way that a protocol plans for each arm, derived from its arrows alone.
///
/// An arm of the tabulation model is a whole way through the trial: where two randomisations follow each other, each combination of their
/// arms is one, and so is the way of those who are not randomised again.
struct TrialPlan {
    /// A planned way.
    struct Way {
        /// The arms allocated on it, in their order.
        let arms: [String]
        let code: String
        let title: String
        /// The phases in their order, by their words.
        let phases: [String]
        /// The arrow that leads from each phase to the next one.
        let arrows: [Transition]
        /// The version that plans it.
        let treatment: TreatmentProtocol
    }

    private(set) var ways: [Way] = []
    private var known: Set<Int> = []

    init(_ treatment: TreatmentProtocol) { learn(treatment) }

    /// Takes the arms of a version that no version before had.
    mutating func learn(_ treatment: TreatmentProtocol) {
        guard known.insert(treatment.version).inserted else { return }
        let arrows = Dictionary(grouping: treatment.transitions.filter { $0.isOnPlannedWay(treatment) }, by: \.source)
        for arms in TrialPlan.combinations(treatment, arrows) where way(of: arms) == nil {
            guard let path = TrialPlan.first(treatment, arrows, arms) else { continue }
            let titles = arms.map { arm in treatment.arms.first { $0.name == arm }?.title ?? arm }
            ways.append(
                Way(
                    arms: arms, code: code(arms), title: titles.joined(separator: ", then "),
                    phases: path.map { treatment.phases[$0.target].name }, arrows: Array(path.dropFirst()),
                    treatment: treatment))
        }
    }

    /// The way of these arms.
    func way(of arms: [String]) -> Way? { ways.first { $0.arms == arms } }

    /// The arms' own words, where the model has room for them and no other way is called so.
    private func code(_ arms: [String]) -> String {
        let code = arms.joined(separator: "-")
        let isFree = !ways.contains { $0.code == code }
        return code.utf8.count <= 20 && isFree ? code : "ARM\(ways.count + 1)"
    }

    /// A place on a way: the phase, and the arms allocated before it.
    private struct Place: Hashable {
        let phase: Int
        let arms: [String]

        func after(_ arrow: Transition, _ treatment: TreatmentProtocol) -> Place? {
            var arms = arms
            if arrow.kind == .randomised, let arm = arrow.qualifier {
                let rivals = treatment.randomisation(of: arm)?.arms ?? []
                guard !arms.contains(where: rivals.contains) else { return nil }
                arms.append(arm)
            }
            if let arm = treatment.phases[arrow.target].arm, !arms.contains(arm) { return nil }
            return Place(phase: arrow.target, arms: arms)
        }
    }

    private typealias Arrows = [Int: [Transition]]

    /// The arms of every way that ends, in the document's order.
    private static func combinations(_ treatment: TreatmentProtocol, _ arrows: Arrows) -> [[String]] {
        var found: [[String]] = []
        var seen: Set<Place> = []
        func visit(_ place: Place) {
            guard seen.insert(place).inserted else { return }
            if treatment.phases[place.phase].ends, !place.arms.isEmpty, !found.contains(place.arms) {
                found.append(place.arms)
            }
            for arrow in arrows[place.phase] ?? [] {
                if let next = place.after(arrow, treatment) { visit(next) }
            }
        }
        visit(Place(phase: 0, arms: []))
        let order = treatment.arms.map(\.name)
        func rank(_ arms: [String]) -> [Int] { arms.map { order.firstIndex(of: $0) ?? order.count } }
        return found.sorted { rank($0).lexicographicallyPrecedes(rank($1)) }
    }

    /// The first way with these arms, where each phase is left by the earliest arrow of the document that can still lead to its end.
    private static func first(_ treatment: TreatmentProtocol, _ arrows: Arrows, _ arms: [String]) -> [Transition]? {
        var seen: Set<Place> = []
        func walk(_ place: Place) -> [Transition]? {
            if treatment.phases[place.phase].ends { return place.arms == arms ? [] : nil }
            guard seen.insert(place).inserted else { return nil }
            for arrow in arrows[place.phase] ?? [] {
                guard let next = place.after(arrow, treatment), arms.starts(with: next.arms) else { continue }
                if let rest = walk(next) { return [arrow] + rest }
            }
            return nil
        }
        return walk(Place(phase: 0, arms: []))
    }
}

extension Transition {
    /// Whether it leads on as planned: no interruption, no crossing over, no end but the one of completed treatment.
    fileprivate func isOnPlannedWay(_ treatment: TreatmentProtocol) -> Bool {
        guard answer == .planned, warning == nil, target != source, !treatment.phases[target].isHeld else {
            return false
        }
        switch kind {
        case .infusionHeld, .infusionResumed, .infusionStopped, .crossoverOffered, .crossoverStarted: return false
        case .offTherapy:
            switch condition {
            case nil: return true
            case .oneOf(.reason, let reasons)?: return reasons.contains("completed")
            default: return false
            }
        default: return true
        }
    }
}
