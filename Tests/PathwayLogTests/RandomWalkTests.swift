import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Testing

@Suite struct RandomWalkTests {
    @Test(arguments: [0, 1])
    func `a random walk is the same in memory and in PostgreSQL at each step`(_ protocolNumber: Int) async throws {
        let seed = printedSeed()
        let treatment = try ProtocolDocument(BundledProtocols.all[protocolNumber].text).treatment
        try await withLog(Template.twoProtocols) { log, _ in
            var met: (phases: Set<String>, recorded: Int, reasons: Int, refused: Int) = ([], 0, 0, 0)
            for walk in 0..<12 {
                var walker = Walker(treatment, SeededGenerator(seed: seed &+ UInt64(walk)))
                var path = Path(under: treatment)
                let id = try patient("P-\(walk)")
                for _ in 0..<50 {
                    guard let milestone = walker.milestone(on: path) else { continue }
                    let reason = walker.chance(0.4) ? "as it happened" : nil
                    let outcome = try await log.record(
                        Attempt(
                            patient: id, milestone: milestone,
                            edition: EditionName(name: treatment.name, version: nil), deviation: reason), by: "walker")
                    switch path.judge(milestone, today: log.now.day.adding(days: 1)) {
                    case .planned where reason != nil:
                        #expect(outcome.refusal?.reason == .reasonNotNeeded)
                        met.refused += 1
                    case .planned(let step):
                        path.take(step)
                        #expect(outcome.receipt?.step == step)
                        met.recorded += 1
                    case .offProtocol(let step) where reason != nil:
                        path.take(step)
                        #expect(outcome.receipt?.step == step)
                        met.recorded += 1
                    case .offProtocol(let step):
                        #expect(outcome.deviations == step.deviations)
                        met.reasons += 1
                    case .refused(let refusal):
                        #expect(outcome.refusal == refusal)
                        met.refused += 1
                    }
                    guard let receipt = outcome.receipt else { continue }
                    #expect(receipt.position == path.standing.position)
                    let event = try #require(try await log.path(of: id).events.last)
                    #expect(event.position == path.standing.position)
                    #expect(event.phaseAfter == path.phase.name)
                    #expect(event.statusAfter == path.standing.status)
                    #expect(event.answer == receipt.step.answer)
                    #expect(event.milestone == receipt.step.milestone)
                    met.phases.insert(path.phase.name)
                }
                guard path.standing.position > 0 else { continue }
                #expect(try await log.path(of: id).path.standing == path.standing)
            }
            // A walk that stands still would prove nothing.
            #expect(met.recorded > 60 && met.reasons + met.refused > 5 && met.phases.count > 5, "\(met)")

            var patients = 0
            try await log.forEachPath { _ in patients += 1 }
            var folded: [(PatientID, Standing, [Step])] = []
            try await log.forEachPath { folded.append(($0.patient, $0.path.standing, $0.steps)) }
            #expect(folded.map(\.0) == folded.map(\.0).sorted())
            for (id, standing, steps) in folded {
                let single = try await log.path(of: id)
                #expect(single.path.standing == standing)
                #expect(single.steps == steps)
            }
        }
    }
}

/// Proposes milestones: mostly what the path offers, sometimes anything, with facts drawn from the fields' own types.
private struct Walker {
    private let treatment: TreatmentProtocol
    private var generator: SeededGenerator

    init(_ treatment: TreatmentProtocol, _ generator: SeededGenerator) {
        (self.treatment, self.generator) = (treatment, generator)
    }

    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

    private mutating func one<Element>(of choices: [Element]) -> Element? { choices.randomElement(using: &generator) }

    mutating func milestone(on path: Path) -> Milestone? {
        guard path.standing.position > 0 else { return try? attempt(History.enrolment("P-0")).milestone }
        var kind = MilestoneKind.allCases.randomElement(using: &generator) ?? .seen
        var word: String?
        let offers = path.offers
        let leading = offers.filter { $0.target != path.phase.name && $0.answer == .planned }
        if chance(0.85), let offer = one(of: leading.isEmpty || chance(0.3) ? offers : leading) {
            kind = offer.kind
            word = offer.qualifier
        } else if chance(0.6), let offered = one(of: path.statusOffers) {
            kind = offered
        }
        if [.died, .consentWithdrawn, .offStudy, .offTherapy, .lostToFollowUp].contains(kind), chance(0.9) {
            return nil
        }
        let floor = path.standing.floor ?? Day(number: 0)
        let day = floor.adding(days: Int.random(in: chance(0.05) ? -400 ... -1 : 0...20, using: &generator))
        let precisions: [ClinicalDate.Precision] = kind.allowsPartialDate ? [.day, .month, .year] : [.day]
        let on = ClinicalDate(containing: day, precision: one(of: precisions) ?? .day)
        var facts = Facts()
        for field in kind.required { facts[field] = value(field) }
        for field in kind.optional where chance(0.8) { facts[field] = value(field) }
        if let field = kind.qualifier, let word { facts[field] = .word(word) }
        if kind == .randomised { facts[.allocatedBy] = .text("registry") }
        if kind == .riskAssigned, chance(0.8) { facts[.risk] = nil }
        return try? Milestone(kind, on: on, facts: facts)
    }

    private mutating func value(_ field: Field) -> Value? {
        let texts: [String]
        switch field.type {
        case .choice(let words): texts = field == .marrow && chance(0.8) ? ["m1"] : words
        case .choices(let words): texts = words
        case .word(let list): texts = treatment.words(list)
        case .integer(let range, _): texts = ["\(Int.random(in: range, using: &generator))"]
        case .decimal(let range, let scale, _):
            texts = [Scaled.text(Int.random(in: range, using: &generator), scale: scale)]
        case .flag: texts = field == .treatmentFailure ? ["no", "no", "no", "yes"] : ["yes", "no"]
        case .percentage: texts = ["0.01", "0.1", "5", "60"]
        case .mrd: texts = ["0.5", "0.1", "0.05", "0.01", "<0.01", "<0.1", ">=10", "not-done"]
        case .date: texts = ["2012-02-10", "2012-02", "2012"]
        case .code: texts = ["S-01", "Centre.2", "7"]
        case .text: texts = ["a note\nwith \"quotes\", ümlauts and 🙂"]
        }
        return one(of: texts).flatMap { try? field.value($0) }
    }
}
