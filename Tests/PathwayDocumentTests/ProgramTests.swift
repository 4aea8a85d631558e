import Testing

@testable import PathwayCore

/// The compiled conditions beside the trees that they were compiled from: the same truth in every situation.
@Suite struct ProgramTests {
    /// A combination of facts as the program asks for it.
    private struct Numbered: CodedSituation {
        let combination: Combination
        let lists: WordLists

        var months: MonthCount { combination.months }
        var today: ClinicalDate? { combination.today }
        func value(_ field: Field) -> Value? { combination.value(field) }
        func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) {
            combination.interval(from: start, to: end)
        }
        func stands(_ word: Standing.Word, in accepted: [String]) -> Bool { combination.stands(word, in: accepted) }
        func received(_ agent: String) -> Truth { combination.received(agent) }
        func happened(_ kind: MilestoneKind) -> Bool { combination.happened(kind) }

        func code(_ field: Field) -> FactCode { value(field).map { FactCode($0, of: field) } ?? .unknown }
        func knows(_ field: Field) -> Bool { value(field) != nil }
        func numbers(_ word: Standing.Word) -> UInt64 {
            lists[word].knownBits(lists[word].filter { combination.stands(word, in: [$0]) })
        }
        var agents: UInt64 { lists.agents.knownBits(lists.agents.filter { combination.received($0) == .yes }) }
        var kinds: UInt64 {
            MilestoneKind.allCases.filter { combination.happened($0) }.reduce(0) { $0 | 1 << UInt64($1.index) }
        }
    }

    /// Every condition of a protocol's arrows, rules and strata, with its place in the program.
    private static func conditions(_ treatment: TreatmentProtocol) -> [(tree: Guard, entry: Program.Entry)] {
        let table = treatment.table
        let arrows = table.arrows.map { (treatment.transitions[$0.transition].condition, $0.condition) }
        let rules = table.checks.flatMap { check in
            let rule = treatment.rules[check.rule]
            return [(rule.appliesWhen, check.appliesWhen), (rule.requirement, check.requirement)]
        }
        let strata = zip(treatment.randomisations, table.draws.map(\.strata)).flatMap { randomisation, entries in
            zip(randomisation.strata.map(\.condition), entries).map { (Guard?.some($0), $1) }
        }
        return (arrows + rules + strata).map { ($0.0 ?? .all([]), $0.1) }
    }

    @Test(arguments: Bundled.names)
    func `a compiled condition has the truth of its tree on every side of every limit`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        var truths: [Truth: Int] = [:]
        for (tree, entry) in ProgramTests.conditions(treatment) {
            for combination in try #require(treatment.combinations(of: [tree])) {
                let situation = Numbered(combination: combination, lists: treatment.lists)
                let truth = tree.holds(in: situation)
                let compiled = treatment.table.program.truth(entry, in: situation)
                #expect(compiled == truth, "\(tree.text): \(combination.text)")
                truths[truth, default: 0] += 1
            }
        }
        #expect(truths[.yes, default: 0] > 100 && truths[.no, default: 0] > 100)
    }

    @Test(arguments: Bundled.names)
    func `a compiled condition has the truth of its tree whatever happens to whom`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        let travellers = try Walker.walk(name).travellers
        let conditions = ProgramTests.conditions(treatment)
        let limits = ProgramTests.limits(conditions.map(\.tree), treatment)
        let seed: UInt64 = 20_150_615
        print("random situations of \(name): seed \(seed)")
        var random = SplitMix64(seed)
        var truths: [Truth: Int] = [:]
        for _ in 0..<1500 {
            let traveller = try #require(travellers.randomElement(using: &random))
            let kind = try #require(MilestoneKind.allCases.randomElement(using: &random))
            let floor = traveller.path.standing.floor ?? Day(number: 16_000)
            let day = floor.adding(days: Int.random(in: -1...9, using: &random))
            let precision = ClinicalDate.Precision.allCases.randomElement(using: &random) ?? .day
            var facts = Facts()
            for field in kind.fields where Bool.random(using: &random) {
                facts[field] = ProgramTests.value(field, limits[field] ?? [], treatment, using: &random)
            }
            let date = ClinicalDate(containing: day, precision: precision)
            let bench = Bench(
                standing: traveller.path.standing, milestone: Milestone(judged: kind, on: date, facts: facts),
                treatment: treatment)
            for (tree, entry) in conditions {
                let truth = tree.holds(in: bench)
                #expect(treatment.table.program.truth(entry, in: bench) == truth, "\(tree.text) of \(bench.milestone)")
                truths[truth, default: 0] += 1
            }
        }
        #expect(Set(truths.keys) == [.yes, .no, .unknown] && truths.values.allSatisfy { $0 > 1000 })
    }

    /// By field the values below, at and above each limit that a condition names.
    private static func limits(_ trees: [Guard], _ treatment: TreatmentProtocol) -> [Field: [Value]] {
        var values: [Field: Set<Value>] = [:]
        for atom in trees.flatMap(\.atoms).uniqued() {
            for combination in treatment.combinations(of: [atom]) ?? [] {
                for (field, value) in combination.facts { values[field, default: []].insert(value) }
            }
        }
        return values.mapValues { $0.sorted { "\($0)" < "\($1)" } }
    }

    private static func value(
        _ field: Field, _ limits: [Value], _ treatment: TreatmentProtocol, using random: inout SplitMix64
    ) -> Value? {
        if Bool.random(using: &random), let limit = limits.randomElement(using: &random) { return limit }
        switch field.type {
        case .word(let list): return treatment.words(list).randomElement(using: &random).map(Value.word)
        case .date:
            let day = Day(number: Int32.random(in: 14_000...16_700, using: &random))
            let precision = ClinicalDate.Precision.allCases.randomElement(using: &random) ?? .day
            return .date(ClinicalDate(containing: day, precision: precision))
        case .mrd:
            return ["0", "<0.01", "0.05", "0.1", "<0.5", ">=1", ">10", "not-done", "inadequate"]
                .randomElement(using: &random).flatMap { MRD.Result($0) }.map(Value.mrd)
        case .percentage:
            return ["0", "0.001", "0.01", "0.1", "5"].randomElement(using: &random).flatMap { MRD.Level(percent: $0) }
                .map(Value.level)
        case .choice(let words): return words.randomElement(using: &random).map(Value.word)
        default: return field.exampleValue
        }
    }

    @Test(arguments: Field.allCases)
    func `every value has a code that tells it from every other value of its field`(field: Field) {
        let values: [Value]
        switch field.type {
        case .choice(let words): values = words.map(Value.word)
        case .choices(let words): values = (1..<(1 << UInt32(words.count))).map(Value.words)
        case .word: values = ["A", "B", "block-1", "block-2", "blinatumomab-1", "high"].map(Value.word)
        case .integer(let range, _), .decimal(let range, _, _): values = range.map(Value.number)
        case .flag: values = [.flag(false), .flag(true)]
        case .percentage: values = (0...9).compactMap { MRD.Level(partsPerBillion: $0) }.map(Value.level)
        case .mrd:
            let levels = [0, 1, 100_000, 1_000_000_000].compactMap { MRD.Level(partsPerBillion: $0) }
            let results: [MRD.Result] =
                [.notDone, .inadequate] + levels.flatMap { [.level($0), .below($0), .atLeast($0), .above($0)] }
            for result in results { #expect(FactCode(result: result).result == result) }
            values = results.map(Value.mrd)
        case .date:
            let days = ["1000-01-01", "1969-12-31", "1970-01-01", "2016-02-29", "9999-12-31", "2015", "2015-03"]
            let dates = days.compactMap { ClinicalDate($0) }
            #expect(dates.count == days.count)
            for date in dates { #expect(FactCode(date: date).date == date) }
            values = dates.map(Value.date)
        case .code, .text: return #expect(FactCode(.text("a site"), of: field) == .unknown)
        }
        let codes = values.map { FactCode($0, of: field) }
        #expect(Set(codes).count == values.count && !codes.contains(.unknown))
    }
}
