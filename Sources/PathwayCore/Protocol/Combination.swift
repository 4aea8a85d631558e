/// One made-up combination of facts, for checking guards and for generating their boundary tests.
public struct Combination: Situation, Sendable {
    /// How months are counted.
    package let months: MonthCount
    private(set) var values: [Field: Value] = [:]
    private(set) var intervals: [ClockPair: (Day, Day)] = [:]
    private(set) var words: [Standing.Word: String] = [:]
    private(set) var agents: [String: Bool] = [:]
    private(set) var kinds: [MilestoneKind: Bool] = [:]
    package private(set) var today: ClinicalDate?

    struct ClockPair: Hashable, Sendable {
        let from: Clock
        let to: Clock

        var words: (String, String) { (from.rawValue, to.rawValue) }
    }

    init(months: MonthCount) { self.months = months }

    package func value(_ field: Field) -> Value? { values[field] }

    package func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) {
        guard let (first, last) = intervals[ClockPair(from: start, to: end)] else { return (nil, nil) }
        return (ClinicalDate(first), ClinicalDate(last))
    }

    package func stands(_ word: Standing.Word, in accepted: [String]) -> Bool {
        words[word].map(accepted.contains) ?? false
    }

    package func received(_ agent: String) -> Truth { Truth(agents[agent] ?? false) }

    package func happened(_ kind: MilestoneKind) -> Bool { kinds[kind] ?? false }

    /// The facts of the combination that are fields.
    public var facts: [Field: Value] { values }

    /// The combination in words, for a fault or a test's name.
    public var text: String {
        var parts = values.sorted { $0.key.index < $1.key.index }.map { "\($0.rawValue) \($0.text($1))" }
        parts += intervals.map { "\($1.1.days(since: $1.0)) days from \($0.from.rawValue) to \($0.to.rawValue)" }
            .sorted()
        parts += words.map { "\($0.rawValue) \($1)" }.sorted()
        parts += kinds.map { "\($0.rawValue) \($1 ? "recorded" : "not recorded") before" }.sorted()
        if let today { parts.append("on \(today)") }
        parts += agents.map { "\($0) \($1 ? "received" : "not received")" }.sorted()
        return parts.isEmpty ? "always" : parts.joined(separator: ", ")
    }

    /// One choice in one dimension.
    enum Choice: Sendable {
        case value(Field, Value?)
        case interval(ClockPair, Day, Day)
        case word(Standing.Word, String?)
        case agent(String, Bool)
        case kind(MilestoneKind, Bool)
        case today(Day)
    }

    mutating func choose(_ choice: Choice) {
        switch choice {
        case .value(let field, let value): values[field] = value
        case .interval(let pair, let start, let end): intervals[pair] = (start, end)
        case .word(let word, let value): words[word] = value
        case .agent(let agent, let received): agents[agent] = received
        case .kind(let kind, let happened): kinds[kind] = happened
        case .today(let day): today = ClinicalDate(day)
        }
    }
}

extension TreatmentProtocol {
    /// Combinations of facts on each side of every limit of the guards, and with each word of every list they name.
    ///
    /// Guards are data, so these finitely many combinations stand for all: checking them is checking every patient.
    /// - Returns: `nil` if there would be more than `limit`.
    public func combinations(of guards: [Guard], limit: Int = 200_000) -> [Combination]? {
        let dimensions = dimensions(of: guards.flatMap(\.atoms))
        let count = dimensions.reduce(1) { product, choices in
            product > limit ? product : product * choices.count
        }
        guard count <= limit else { return nil }
        return dimensions.reduce([Combination(months: months)]) { combinations, choices in
            combinations.flatMap { combination in
                choices.map { choice in
                    var next = combination
                    next.choose(choice)
                    return next
                }
            }
        }
    }

    private func dimensions(of atoms: [Guard]) -> [[Combination.Choice]] {
        var dimensions: [[Combination.Choice]] = []
        let known = Set(atoms.compactMap { if case .known(let field) = $0 { field } else { nil } })
        for field in Field.allCases {
            let values = edges(of: field, in: atoms)
            var choices = values.map { Combination.Choice.value(field, $0) }
            if known.contains(field) {
                if choices.isEmpty, let example = field.exampleValue { choices.append(.value(field, example)) }
                choices.append(.value(field, nil))
            }
            if !choices.isEmpty { dimensions.append(choices) }
        }
        var spans: [Combination.ClockPair: [Span]] = [:]
        for case .elapsed(let from, let to, _, let span) in atoms {
            spans[Combination.ClockPair(from: from, to: to), default: []].append(span)
        }
        let start = Day(validYear: 2015, month: 1, day: 31)
        for (pair, spans) in spans.sorted(by: { $0.key.words < $1.key.words }) {
            let ends = spans.flatMap { span -> [Day] in
                let limit = months.day(span, after: start)
                return [limit.adding(days: -1), limit, limit.adding(days: 1)]
            }
            dimensions.append(Set(ends).sorted().map { .interval(pair, start, $0) })
        }
        for word in Standing.Word.allCases {
            let named = atoms.flatMap { atom -> [String] in
                if case .standing(word, let accepted) = atom { accepted } else { [] }
            }.uniqued()
            if !named.isEmpty {
                // Every patient has some risk group or phase, but not every one an arm.
                let all = word == .risk ? risks.map(\.name) : named
                dimensions.append(all.map { .word(word, $0) } + [.word(word, nil)])
            }
        }
        let agents = atoms.flatMap { atom -> [String] in if case .received(let agents) = atom { agents } else { [] } }
        dimensions += agents.uniqued().map { [.agent($0, true), .agent($0, false)] }
        let kinds = atoms.flatMap { atom -> [MilestoneKind] in if case .happened(let kinds) = atom { kinds } else { [] }
        }
        dimensions += kinds.uniqued().map { [.kind($0, true), .kind($0, false)] }
        let limits = atoms.compactMap { atom -> Day? in if case .day(_, let limit) = atom { limit } else { nil } }
        let days = Set(limits.flatMap { [$0.adding(days: -1), $0, $0.adding(days: 1)] }).sorted()
        if !days.isEmpty { dimensions.append(days.map { .today($0) }) }
        return dimensions
    }

    /// The values of a field just below, at and just above every limit, or all its words.
    private func edges(of field: Field, in atoms: [Guard]) -> [Value] {
        var values: [Value] = []
        for atom in atoms {
            switch atom {
            case .oneOf(field, let words):
                switch field.type {
                case .choice(let all): values += all.map(Value.word)
                case .choices(let all): values += (1..<UInt32(1 << all.count)).map(Value.words)
                case .word(let list): values += self.words(list).map(Value.word)
                default: values += words.map(Value.text) + [.text("anything else")]
                }
            case .flag(field, _): values += [.flag(true), .flag(false)]
            case .number(field, _, let limit): values += [limit - 1, limit, limit + 1].map(Value.number)
            case .level(field, _, let limit):
                values += (-1...1).compactMap { MRD.Level(partsPerBillion: limit.partsPerBillion + $0) }
                    .map(Value.level)
            case .mrd(_, let limit) where field == .mrd:
                values += (-1...1).compactMap { MRD.Level(partsPerBillion: limit.partsPerBillion + $0) }
                    .map { .mrd(.level($0)) }
                values += [.mrd(.below(limit)), .mrd(.atLeast(limit)), .mrd(.notDone), .mrd(.inadequate)]
                if let above = MRD.Level(partsPerBillion: limit.partsPerBillion + 1) {
                    values.append(.mrd(.below(above)))
                }
            default: break
            }
        }
        return values.uniqued()
    }
}

extension Field {
    /// Some value of the field, for checks and examples; `nil` for words that only a protocol knows.
    var exampleValue: Value? {
        switch type {
        case .choice(let words): words.first.map(Value.word)
        case .choices: .words(1)
        case .word(let list) where list.isListed: .word(ListedWord.other.name)
        case .word: nil
        case .integer(let range, _), .decimal(let range, _, _): .number(range.lowerBound)
        case .flag: .flag(true)
        case .percentage: .level(.none)
        case .mrd: .mrd(.notDone)
        case .date: .date(ClinicalDate(Day(validYear: 2015, month: 1, day: 31)))
        case .code, .text: .text("example")
        }
    }
}
