import Testing

@testable import PathwayCore

@Suite struct TransitionTests {
    @Test(arguments: Bundled.names)
    func `every phase of a document is entered by somebody`(name: String) throws {
        let walker = try Walker.walk(name)
        let entered = Set(walker.travellers.map(\.path.phase.name))
        #expect(walker.treatment.phases.dropFirst().map(\.name).filter { !entered.contains($0) } == [])
    }

    @Test(arguments: Bundled.names)
    func `every row of a document is taken by somebody, and again when the path is replayed`(name: String) throws {
        let walker = try Walker.walk(name)
        for row in walker.treatment.transitions {
            guard let taker = walker.takers[row.number] else {
                let phase = walker.treatment.phases[row.source].name
                Issue.record(
                    "row \(row.number) (line \(row.provenance.line)) is never taken: \(row.kind.rawValue) \(row.qualifier ?? "") in \(phase)"
                )
                continue
            }
            var path = Path(under: walker.treatment)
            var last: Step?
            for (milestone, offProtocol) in taker.milestones {
                last = try path.replay(milestone, offProtocol: offProtocol)
            }
            #expect(last?.transition == row.number)
            #expect(last?.arrow == row.answer)
            #expect(path.standing.phase == row.target)
            #expect(path.standing == taker.path.standing)
        }
    }

    @Test(arguments: Bundled.names)
    func `whatever no row draws is refused, in every phase`(name: String) throws {
        let walker = try Walker.walk(name)
        let treatment = walker.treatment
        var refused = 0
        var others: Set<String> = []
        for phase in treatment.phases.indices.dropFirst() {
            let travellers = walker.travellers(in: phase)
            for kind in MilestoneKind.allCases where kind.track == .phase && kind != .enrolled {
                guard !treatment.transitions.contains(where: { $0.source == phase && $0.kind == kind }) else {
                    continue
                }
                for traveller in travellers {
                    var facts = Facts()
                    for field in kind.required where field != kind.derivedField {
                        if case .word(let list) = field.type {
                            facts[field] = treatment.words(list).first.map(Value.word)
                        } else {
                            facts[field] = field.exampleValue
                        }
                    }
                    let day = try #require(traveller.path.standing.floor).adding(days: 1)
                    let milestone = try Milestone(kind, on: ClinicalDate(day), facts: facts)
                    guard case .refused(let refusal) = traveller.path.judge(milestone) else {
                        Issue.record("\(kind.rawValue) in \(treatment.phases[phase].name) is not refused")
                        continue
                    }
                    if refusal.reason != TransitionTests.reason(facts, traveller.path) {
                        others.insert("\(refusal.reason)")
                    }
                    refused += 1
                }
            }
        }
        #expect(others == [])
        #expect(refused > 1000)
    }

    /// A second randomisation is refused as such, everything else as not drawn.
    private static func reason(_ facts: Facts, _ path: Path) -> Refusal.Reason {
        guard let arm = facts.word(.arm), let last = path.standing.arms.last else { return .notDrawn }
        let rivals = path.treatment.randomisation(of: arm)?.arms ?? []
        return .alreadyRandomised(path.standing.arms.first(where: rivals.contains) ?? last)
    }

    /// Words that the phase has no row for: each course, arm and risk group of the protocol in each phase.
    @Test(arguments: Bundled.names)
    func `a course, arm or risk group that no row names is refused in every phase`(name: String) throws {
        let walker = try Walker.walk(name)
        let treatment = walker.treatment
        var others: Set<String> = []
        for traveller in walker.travellers {
            let phase = traveller.path.standing.phase
            for kind in [MilestoneKind.courseStarted, .randomised] {
                let field = try #require(kind.qualifier)
                guard case .word(let list) = field.type else { continue }
                let drawn = treatment.transitions.filter { $0.source == phase && $0.kind == kind }
                for word in treatment.words(list)
                where !drawn.contains(where: { $0.qualifier == nil || $0.qualifier == word }) {
                    var facts = Facts()
                    facts[field] = .word(word)
                    if kind == .randomised { facts[.allocatedBy] = .text("elsewhere") }
                    let day = try #require(traveller.path.standing.floor).adding(days: 1)
                    guard
                        case .refused(let refusal) = traveller.path.judge(
                            try Milestone(kind, on: ClinicalDate(day), facts: facts))
                    else {
                        Issue.record("\(kind.rawValue) \(word) in \(treatment.phases[phase].name) is not refused")
                        continue
                    }
                    if refusal.reason != TransitionTests.reason(facts, traveller.path) {
                        others.insert("\(refusal.reason)")
                    }
                }
            }
        }
        #expect(others == [])
    }

    @Test(arguments: Bundled.names)
    func `nobody stands in a phase of an arm without being of that arm`(name: String) throws {
        for traveller in try Walker.walk(name).travellers {
            if let arm = traveller.path.phase.arm { #expect(traveller.path.standing.arms.contains(arm)) }
        }
    }

    /// What was taken as planned had been offered as planned, with the same target.
    @Test(arguments: Bundled.names)
    func `what is accepted as planned was offered before`(name: String) throws {
        let walker = try Walker.walk(name)
        for (number, taker) in walker.takers {
            let row = walker.treatment.transitions[number - 1]
            var path = Path(under: walker.treatment)
            for (milestone, offProtocol) in taker.milestones.dropLast() {
                try path.replay(milestone, offProtocol: offProtocol)
            }
            #expect(
                path.offers.contains { offer in
                    offer.kind == row.kind && offer.answer == row.answer && offer.qualifier == row.qualifier
                        && offer.target == walker.treatment.phases[row.target].name
                }, "row \(number)")
        }
    }
}
