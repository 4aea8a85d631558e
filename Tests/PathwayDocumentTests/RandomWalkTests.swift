import Testing

@testable import PathwayCore

/// Patients who go wherever chance leads them, and milestones that make no sense: two routes to each standing must agree.
@Suite struct RandomWalkTests {
    @Test(arguments: Bundled.names)
    func `a path replayed from its milestones is the path that was walked, at every step`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        let walker = try Walker.walk(name)
        let enrolments = walker.travellers.filter { $0.milestones.count == 1 }
        let seed: UInt64 = 1331
        print("random walks through \(name): seed \(seed)")
        var random = SplitMix64(seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<60 {
            let first = try #require(enrolments.randomElement(using: &random))
            var path = first.path
            var history = first.milestones
            for _ in 0..<60 {
                let milestone = try milestone(after: path, walker, using: &random)
                let offers = path.offers
                switch path.judge(milestone) {
                case .refused(let refusal):
                    #expect(!refusal.explanation.isEmpty)
                    #expect(throws: refusal) {
                        var followed = path
                        try followed.follow(milestone, offProtocol: true)
                    }
                    refused += 1
                    continue
                case .planned(let step):
                    if let row = step.transition.map({ treatment.transitions[$0 - 1] }) {
                        #expect(
                            offers.contains {
                                $0.kind == row.kind && $0.qualifier == row.qualifier && $0.answer == .planned
                            })
                    } else {
                        #expect(path.statusOffers.contains(milestone.kind))
                    }
                    path.take(step)
                    history.append((step.milestone, false))
                case .offProtocol(let step):
                    #expect(!step.deviations.isEmpty)
                    var (replayed, followed) = (path, path)
                    let refusal = #expect(throws: Refusal.self) { try replayed.replay(milestone, offProtocol: false) }
                    #expect(throws: try #require(refusal)) { try followed.follow(milestone, offProtocol: false) }
                    path.take(step)
                    history.append((step.milestone, true))
                }
                accepted += 1
                var replayed = Path(under: treatment)
                var followed = Path(under: treatment)
                for (milestone, offProtocol) in history {
                    try replayed.replay(milestone, offProtocol: offProtocol)
                    try followed.follow(milestone, offProtocol: offProtocol)
                }
                #expect(replayed.standing == path.standing)
                #expect(followed.standing == path.standing)
                #expect(path.standing.position == history.count)
            }
        }
        #expect(accepted > 500 && refused > 500)
    }

    /// Mostly one that a patient in this phase took before; now and then any milestone with any of its facts.
    private func milestone(after path: Path, _ walker: Walker, using random: inout SplitMix64) throws -> Milestone {
        let floor = path.standing.floor ?? Day(number: 16_000)
        let day = floor.adding(days: Int.random(in: -1...9, using: &random))
        let rows = path.treatment.transitions.filter { $0.source == path.standing.phase }
        if Int.random(in: 0..<3, using: &random) > 0, let row = rows.randomElement(using: &random),
            let known = walker.takers[row.number]?.milestones.last?.milestone
        {
            return Milestone(judged: known.kind, on: ClinicalDate(day), facts: known.facts)
        }
        // Death and withdrawal end a walk: they come seldom.
        let kinds = MilestoneKind.allCases.filter { kind in
            ![.died, .consentWithdrawn, .offStudy].contains(kind) || Int.random(in: 0..<20, using: &random) == 0
        }
        let kind = try #require(kinds.randomElement(using: &random))
        var facts = Facts()
        for field in kind.fields where kind.required.contains(field) || Bool.random(using: &random) {
            facts[field] = value(field, path.treatment, using: &random)
        }
        if kind.derivedField != nil, Bool.random(using: &random) { facts[.risk] = nil }
        let date =
            kind.allowsPartialDate && Int.random(in: 0..<4, using: &random) == 0
            ? ClinicalDate(containing: day, precision: Bool.random(using: &random) ? .month : .year) : ClinicalDate(day)
        return Milestone(judged: kind, on: date, facts: facts)
    }

    private func value(_ field: Field, _ treatment: TreatmentProtocol, using random: inout SplitMix64) -> Value? {
        switch field.type {
        case .choice(let words): words.randomElement(using: &random).map(Value.word)
        case .choices(let words): .words(UInt32.random(in: 1..<(1 << UInt32(words.count)), using: &random))
        case .word(let list): treatment.words(list).randomElement(using: &random).map(Value.word)
        case .integer(let range, _), .decimal(let range, _, _): .number(Int.random(in: range, using: &random))
        case .flag: .flag(Bool.random(using: &random))
        case .percentage: MRD.Level(partsPerBillion: Int.random(in: 0...1_000_000_000, using: &random)).map(Value.level)
        case .mrd:
            ["<0.01", "0.05", "0.1", ">=1", "not-done"].randomElement(using: &random).flatMap { MRD.Result($0) }.map(
                Value.mrd)
        case .date: .date(ClinicalDate(Day(number: Int32.random(in: 14_000...16_000, using: &random))))
        case .code, .text: .text("example")
        }
    }
}
