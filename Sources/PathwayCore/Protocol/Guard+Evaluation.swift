/// What a guard asks of: a milestone on top of a patient's standing, or a combination that a check makes up.
package protocol Situation: ~Copyable {
    func value(_ field: Field) -> Value?
    func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?)
    func stands(_ word: Standing.Word, in accepted: [String]) -> Bool
    func received(_ agent: String) -> Truth
    func happened(_ kind: MilestoneKind) -> Bool
    var today: ClinicalDate? { get }
    var months: MonthCount { get }
}

extension Situation where Self: ~Copyable {
    var mrd: MRD? {
        guard case .mrd(let result)? = value(.mrd) else { return nil }
        guard case .level(let sensitivity)? = value(.mrdSensitivity) else { return MRD(result) }
        return MRD(result, sensitivity: sensitivity)
    }
}

extension Guard {
    /// Whether the guard holds; unknown where the facts do not decide it.
    package func holds(in situation: borrowing some Situation & ~Copyable) -> Truth {
        switch self {
        case .oneOf(let field, let words):
            switch situation.value(field) {
            case .word(let word)?, .text(let word)?: return Truth(words.contains(word))
            case .words(let bits)?:
                guard case .choices(let all) = field.type else { return .unknown }
                return Truth(
                    words.contains { word in
                        all.firstIndex(of: word).map { bits & (1 << UInt32($0)) != 0 } ?? false
                    })
            default: return .unknown
            }
        case .flag(let field, let expected):
            guard case .flag(let value)? = situation.value(field) else { return .unknown }
            return Truth(value == expected)
        case .number(let field, let comparison, let limit):
            guard case .number(let value)? = situation.value(field) else { return .unknown }
            return Truth(comparison.holds(value, limit))
        case .level(let field, let comparison, let limit):
            guard case .level(let value)? = situation.value(field) else { return .unknown }
            return Truth(comparison.holds(value, limit))
        case .mrd(let side, let limit):
            return situation.mrd.map { Truth(side.takes($0, limit)) } ?? .unknown
        case .elapsed(let from, let to, let comparison, let span):
            guard case (let start?, let end?) = situation.interval(from: from, to: to) else { return .unknown }
            return situation.months.holds(comparison, from: start, to: end, span)
        case .standing(let word, let accepted):
            return Truth(situation.stands(word, in: accepted))
        case .received(let agents):
            return agents.reduce(.no) { $0.or(situation.received($1)) }
        case .happened(let kinds):
            return Truth(kinds.contains { situation.happened($0) })
        case .day(let comparison, let limit):
            guard let today = situation.today else { return .unknown }
            return comparison.holds(today, limit)
        case .known(let field):
            return Truth(situation.value(field) != nil)
        case .all(let guards):
            var truth = Truth.yes
            for part in guards {
                truth = truth.and(part.holds(in: situation))
                if truth == .no { break }
            }
            return truth
        case .any(let guards):
            var truth = Truth.no
            for part in guards {
                truth = truth.or(part.holds(in: situation))
                if truth == .yes { break }
            }
            return truth
        case .not(let negated):
            return negated.holds(in: situation).negated
        }
    }

    /// What would have to be known to decide the guard: fields, and clocks without a day.
    func missing(in situation: borrowing some Situation & ~Copyable) -> [String] {
        guard holds(in: situation) == .unknown else { return [] }
        switch self {
        case .oneOf(let field, _), .flag(let field, _), .number(let field, _, _), .level(let field, _, _):
            return [field.rawValue]
        case .mrd: return [Field.mrd.rawValue]
        case .elapsed(let from, let to, _, _):
            let (start, end) = situation.interval(from: from, to: to)
            return [(from, start), (to, end)].filter { $0.1?.precision != .day }.map(\.0.missingName)
        case .day: return ["the exact day"]
        case .received, .happened, .standing, .known: return []
        case .all(let guards), .any(let guards):
            return guards.flatMap { $0.missing(in: situation) }.uniqued()
        case .not(let negated): return negated.missing(in: situation)
        }
    }

    /// Every guard inside this one that is not itself a combination.
    var atoms: [Guard] {
        switch self {
        case .all(let guards), .any(let guards): guards.flatMap(\.atoms)
        case .not(let negated): negated.atoms
        default: [self]
        }
    }
}

extension Clock {
    /// The field that gives the clock its day, or its own name.
    public var missingName: String { field?.rawValue ?? "the day of \(rawValue)" }

    /// The field of the enrolment that gives the clock its day.
    public var field: Field? {
        switch self {
        case .birth: .born
        case .diagnosis: .diagnosed
        case .relapse: .relapsedOn
        case .endOfTherapy: .therapyEnded
        case .consent: .consented
        case .enrolment, .randomisation, .phase, .course, .hold, .transplant, .today: nil
        }
    }
}

extension Array where Element: Hashable {
    /// The elements without repetitions, in their order.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
