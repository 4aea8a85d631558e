internal import PathwayCore

/// A question about a patient's steps.
indirect enum Criterion: Sendable {
    /// A step like this was taken.
    case took(StepPattern)
    /// Of several kinds of event, the first one after a step was of this kind.
    case first(of: [StepPattern], after: StepPattern, is: StepPattern)
    case all([Criterion])
    case any([Criterion])
    case not(Criterion)

    func holds(for steps: [Step], months: MonthCount) -> Bool {
        switch self {
        case .took(let pattern): steps.contains { pattern.fits($0, months: months) }
        case .first(let events, let origin, let wanted):
            Criterion.first(of: events, after: origin, in: steps, months: months)
                .map { wanted.fits($0, months: months) } ?? false
        case .all(let criteria): criteria.allSatisfy { $0.holds(for: steps, months: months) }
        case .any(let criteria): criteria.contains { $0.holds(for: steps, months: months) }
        case .not(let criterion): !criterion.holds(for: steps, months: months)
        }
    }

    private static func first(
        of events: [StepPattern], after origin: StepPattern, in steps: [Step], months: MonthCount
    ) -> Step? {
        guard let start = steps.firstIndex(where: { origin.fits($0, months: months) }) else { return nil }
        return steps[(start + 1)...].first { step in events.contains { $0.fits(step, months: months) } }
    }
}

/// What a step must be like.
struct StepPattern: Sendable {
    let kind: MilestoneKind
    /// The phases in which it was taken, as numbers; empty is any.
    let phases: [Int]
    /// The strata of a randomisation; empty is any.
    let strata: [String]
    /// What its own facts must say.
    let condition: Guard?

    func fits(_ step: Step, months: MonthCount) -> Bool {
        guard step.milestone.kind == kind else { return false }
        if !phases.isEmpty, !phases.contains(step.phaseBefore) { return false }
        if !strata.isEmpty, !(step.stratum.map(strata.contains) ?? false) { return false }
        return condition.map { $0.holds(in: LoneMilestone(milestone: step.milestone, months: months)) == .yes } ?? true
    }
}

/// What one milestone says by itself, without the path it stands in.
private struct LoneMilestone: Situation {
    let milestone: Milestone
    let months: MonthCount

    var today: ClinicalDate? { milestone.on }

    func value(_ field: Field) -> Value? { milestone.facts[field] }

    func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (date(start), date(end)) }

    /// A condition's `arm` and `risk` ask the path; here they are what this milestone itself gave.
    func stands(_ word: Standing.Word, in accepted: [String]) -> Bool {
        switch word {
        case .arm: milestone.facts.word(.arm).map(accepted.contains) ?? false
        case .risk: milestone.facts.word(.risk).map(accepted.contains) ?? false
        case .phase, .status: false
        }
    }

    func received(_ agent: String) -> Truth { .unknown }

    func happened(_ kind: MilestoneKind) -> Bool { false }

    private func date(_ clock: Clock) -> ClinicalDate? {
        if clock == .today || clock == .enrolment && milestone.kind == .enrolled { return milestone.on }
        guard let field = clock.field, case .date(let date)? = milestone.facts[field] else { return nil }
        return date
    }
}
