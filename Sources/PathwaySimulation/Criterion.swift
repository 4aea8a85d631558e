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
        return condition.map { step.milestone.says($0, months: months) == .yes } ?? true
    }
}

extension Milestone {
    /// Whether the facts of this milestone alone say so; what they do not tell is unknown.
    fileprivate func says(_ condition: Guard, months: MonthCount) -> Truth {
        switch condition {
        case .oneOf(let field, let words):
            guard let value = facts[field] else { return .unknown }
            if case .words(let bits) = value, case .choices(let all) = field.type {
                let given = all.enumerated().filter { bits & 1 << UInt32($0.offset) != 0 }.map(\.element)
                return Truth(given.contains(where: words.contains))
            }
            return Truth(words.contains(field.text(value)))
        case .flag(let field, let expected):
            guard case .flag(let value)? = facts[field] else { return .unknown }
            return Truth(value == expected)
        case .number(let field, let comparison, let limit):
            guard case .number(let value)? = facts[field] else { return .unknown }
            return Truth(comparison.holds(value, limit))
        case .level(let field, let comparison, let limit):
            guard case .level(let value)? = facts[field] else { return .unknown }
            return Truth(comparison.holds(value, limit))
        case .mrd(let side, let limit):
            guard let below = mrd?.isBelow(limit) else { return .unknown }
            switch side {
            case .below: return Truth(below == .yes)
            case .atLeast: return Truth(below == .no)
            case .undetermined: return Truth(below == .unknown)
            }
        case .elapsed(let from, let to, let comparison, let span):
            guard let start = date(from), let end = date(to) else { return .unknown }
            let shortest = months.holds(comparison, from: start.latest, to: end.earliest, span)
            let longest = months.holds(comparison, from: start.earliest, to: end.latest, span)
            return shortest == longest ? Truth(shortest) : .unknown
        case .known(let field): return Truth(facts[field] != nil)
        // A condition's `arm` and `risk` ask the path; here they are what this milestone itself gave.
        case .standing(.arm, let words): return facts.word(.arm).map { Truth(words.contains($0)) } ?? .unknown
        case .standing(.risk, let words): return facts.word(.risk).map { Truth(words.contains($0)) } ?? .unknown
        case .standing(.phase, _), .standing(.status, _), .received: return .unknown
        case .all(let parts): return parts.reduce(.yes) { $0.and(says($1, months: months)) }
        case .any(let parts): return parts.reduce(.no) { $0.or(says($1, months: months)) }
        case .not(let part): return says(part, months: months).negated
        }
    }

    private func date(_ clock: Clock) -> ClinicalDate? {
        if clock == .today || clock == .enrolment && kind == .enrolled { return on }
        guard let field = clock.field, case .date(let date)? = facts[field] else { return nil }
        return date
    }
}
