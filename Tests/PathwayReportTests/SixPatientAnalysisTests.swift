import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// Six patients worked by hand.
///
/// Days from the randomisation on 10 January 2016:
///
///     X1  30 failure (M2 marrow after the block), 90 died
///     X2  40 M1, 100 relapse, 130 seen
///     X3  40 M1, 60 transplanted, 200 seen
///     Y1  35 M1, 70 transplanted, 100 died
///     Y2  35 M1, 150 seen, 160 lost
///     Y3  35 M1, 250 seen
///
/// Disease-free survival: X fails on 30 and 100, X3 is censored on 200; Y has one event on 100, censored on 150 and 250.
@Suite(.apart) struct SixPatientAnalysisTests {
    private func six() throws -> [Subject] {
        [
            try SmallTrial.patient(
                "X1", "X", before: ["2016-01-05 response-assessed marrow=m1 mrd=0.05"],
                [
                    (0, "course-started course=block"), (3, "adverse-event term=fever grade=2"),
                    (9, "adverse-event term=infection grade=4"), (10, "adverse-event term=fever grade=3"),
                    (28, "course-ended course=block"), (30, "response-assessed marrow=m2 mrd=6"), (90, "died"),
                ]),
            try SmallTrial.patient(
                "X2", "X", sites: "cns",
                [
                    (0, "course-started course=block"), (28, "course-ended course=block"),
                    (40, "response-assessed marrow=m1 mrd=<0.1 mrd-sensitivity=0.1"), (100, "relapsed"), (130, "seen"),
                ]),
            try SmallTrial.patient(
                "X3", "X",
                [
                    (0, "course-started course=block"), (28, "course-ended course=block"),
                    (40, "response-assessed marrow=m1 mrd=0.05"), (60, "transplanted donor=sibling"),
                    (65, "adverse-event term=mucositis grade=3"), (200, "seen"),
                ]),
            try SmallTrial.patient(
                "Y1", "Y",
                [
                    (0, "course-started course=cycle"), (28, "course-ended course=cycle"),
                    (35, "response-assessed marrow=m1 mrd=<0.01"), (70, "transplanted donor=sibling"), (100, "died"),
                ]),
            try SmallTrial.patient(
                "Y2", "Y", sites: "cns",
                [
                    (0, "course-started course=cycle"), (28, "course-ended course=cycle"),
                    (35, "response-assessed marrow=m1 mrd=0 mrd-sensitivity=0.001"), (150, "seen"),
                    (160, "lost-to-follow-up"),
                ]),
            try SmallTrial.patient(
                "Y3", "Y",
                [
                    (1, "adverse-event term=fever grade=3"), (28, "course-ended course=cycle"),
                    (35, "response-assessed marrow=m1 mrd=not-done"), (250, "seen"),
                ]),
        ]
    }

    @Test func `survival is the product of shares that lived on`() throws {
        let main = try SmallTrial.main(six())
        // X: 3 at risk on day 30, 2 on day 100: 2/3, then 2/3 · 1/2 = 1/3. Y: 3 at risk on day 100: 2/3.
        let x = try main.survival(SmallTrial.endpoint(), arm: "X").get()
        #expect(x.value.steps.map(\.day) == [30, 100, 200] && x.value.steps.map(\.atRisk) == [3, 2, 1])
        expectNear(x.value.steps.map(\.survival), [0.666_667, 0.333_333, 0.333_333], within: 1e-6)
        // Greenwood on day 30: 2/3 · √(1/(3·2)) = 0.272166; on day 100: 1/3 · √(1/6 + 1/2) = 0.272166.
        expectNear(x.value.steps.compactMap(\.standardError), [0.272_166, 0.272_166, 0.272_166], within: 1e-6)
        let y = try main.survival(SmallTrial.endpoint(), arm: "Y").get()
        #expect(y.value.steps.map(\.day) == [100, 150, 250] && y.denominator == 3)
        expectNear(y.value.steps.map(\.survival), [0.666_667, 0.666_667, 0.666_667], within: 1e-6)
        #expect(
            y.description == "Disease-free survival, all randomised, main, arm Y, n = 3, cut 2018-12-31")
    }

    @Test func `the log-rank test sets observed against expected events`() throws {
        let compared = try SmallTrial.main(six()).compare(SmallTrial.endpoint()).get()
        // Day 30: 6 at risk, 3 in each arm: 0.5 expected in Y, variance 1 · 1/2 · 1/2 = 0.25.
        // Day 100: 5 at risk, 3 in Y, 2 events: 2 · 3/5 = 1.2 expected, variance 2 · 3/5 · 2/5 · (5-2)/(5-1) = 0.36.
        // Y: 1 observed, 1.7 expected; z = (1.7 - 1)/√0.61 = 0.896258, one-sided p 0.185057.
        #expect(compared.arm == "Y" && compared.isOneSided)
        expectNear(
            [compared.test.value.variance, compared.z, compared.pValue], [0.61, 0.896_258, 0.185_057], within: 1e-6)
        #expect(compared.test.reference == "X" && compared.test.denominator == 6)
    }

    @Test func `the hazard ratio names its reference, and its reciprocal the other`() throws {
        let compared = try SmallTrial.main(six()).compare(SmallTrial.endpoint()).get()
        // Efron's likelihood, with r the ratio: 1/(3+3r) on day 30 and r/((2+3r)(2+3r-(1+r)/2)) on day 100. By b = log r its logarithm has the slope
        // 1 - r/(1+r) - 3r/(2+3r) - 2.5r/(1.5+2.5r), which at r = 0.365313 is 1 - 0.267567 - 0.353993 - 0.378440 = 0.
        let ratio = try #require(compared.hazardRatio)
        #expect(ratio.of == "Y" && ratio.reference == "X" && ratio.ratio < 1)
        expectNear([ratio.ratio], [0.365_313], within: 1e-6)
        let turned = try #require(compared.reciprocal)
        #expect(turned.of == "X" && turned.reference == "Y")
        expectNear([turned.ratio], [2.737_377], within: 1e-5)
    }

    @Test func `incidence of failure and of death add up to what survival lost`() throws {
        let main = try SmallTrial.main(six())
        let endpoint = try SmallTrial.endpoint()
        // X: failure 1/3 on day 30, relapse 2/3 · 1/2 = 1/3 on day 100.
        let x = try main.incidence(endpoint, by: .separate, arm: "X").get().value
        expectNear(
            try [x.estimate(of: "failure", at: 150).probability, x.estimate(of: "relapse", at: 150).probability],
            [1 / 3, 1 / 3], within: 1e-12)
        let joined = try main.incidence(endpoint, by: .failureAgainstDeath, arm: "X").get()
        expectNear([try joined.value.estimate(of: "failure", at: 150).probability], [2 / 3], within: 1e-12)
        #expect(joined.basis.endpoint.contains("failure, relapse and second malignancy joined"))
        let y = try main.incidence(endpoint, by: .failureAgainstDeath, arm: "Y").get().value
        expectNear([try y.estimate(of: "death", at: 150).probability], [1 / 3], within: 1e-12)
    }

    @Test func `states follow each other, the transplant among them`() throws {
        let main = try SmallTrial.main(six())
        // X at day 130: X1 dead, X2 failed, X3 transplanted.
        let x = try main.occupation(arm: "X").get().value
        for (state, share) in [("dead", 1.0 / 3), ("failed", 1.0 / 3), ("transplanted", 1.0 / 3)] {
            expectNear([try x.estimate(of: State(state), at: 130).probability], [share], within: 1e-12)
        }
        let zero = TimeZero.randomisation(main.treatment.randomisations[0])
        let periods = try six().map { $0.states(.outcomes, from: zero) }
        #expect(periods[0].map(\.state) == ["event-free", "failed"] && periods[0].map(\.stop) == [30, 90])
        #expect(periods[0].map(\.next) == ["failed", "dead"])
        #expect(periods[2].map(\.state) == ["event-free", "transplanted"] && periods[2].map(\.stop) == [60, 200])
        #expect(periods[2].last?.next == nil)
        // Whoever was lost on day 160 was known to be well on day 150.
        #expect(periods[4] == periods[4].filter { $0.stop == 150 && $0.next == nil })
    }

    @Test func `median follow-up counts the censored, not the dead`() throws {
        // Censored on 150, 200 and 250; events leave on 30, 100 and 100: on 150 3 at risk, 2/3; on 200 1/3; so the median is 200.
        let followUp = try SmallTrial.main(six()).followUp(SmallTrial.endpoint()).get()
        #expect(followUp.value.median().day == 200 && followUp.denominator == 6)
    }

    @Test func `transplants are counted among all randomised`() throws {
        let main = try SmallTrial.main(six())
        let y = try main.transplanted(arm: "Y").get()
        #expect((y.value.count, y.denominator) == (1, 3))
        #expect(y.basis.endpoint == "transplanted, whatever came before")
        #expect(try main.transplanted(before: SmallTrial.endpoint()).get().value == Proportion(2, of: 6))
    }

    @Test func `residual disease has one limit for risk and another for negative, and five ways to be unknown`() throws
    {
        let main = try SmallTrial.main(six())
        let points = main.responseTimePoints
        #expect(points.map(\.title) == ["before randomisation", "after course 1 (Block or Cycle)"])
        // X: 6 %, "<0.1 %" by an assay that sees 0.1 %, and 0.05 %: below 0.1 %, and not negative.
        let x = try #require(main.response(at: points[1], arm: "X"))
        #expect(x.answers[.notNegative] == 2 && x.answers[.indeterminate] == 1 && x.answers[.negative] == 0)
        #expect(try x.amongAll.get().value == Proportion(0, of: 3))
        #expect(try x.amongEvaluable.get().value == Proportion(0, of: 2))
        // Y: "<0.01 %", nothing found by an assay that sees 0.001 %, and not done.
        let y = try #require(main.response(at: points[1], arm: "Y"))
        #expect(y.answers[.negative] == 2 && y.answers[.notDone] == 1)
        #expect(try y.amongAll.get().value == Proportion(2, of: 3))
        #expect(try y.amongEvaluable.get().value == Proportion(2, of: 2))
        let before = try #require(main.response(at: points[0], arm: "X"))
        #expect(before.answers[.notNegative] == 1 && before.answers[.missing] == 2)
    }

    @Test func `adverse events count once, by the worst grade, among those who began the course`() throws {
        let analysis = try SmallTrial.analysis(six())
        let block = analysis.toxicity(in: "block", arm: "X")
        #expect(block.started == 3 && block.events == 3)
        #expect(try block.worst.map { try $0.get().value.count } == [2, 0, 0, 0, 1, 0])
        #expect(try block.severe.get().value == Proportion(1, of: 3))
        #expect(block.terms.map(\.term) == ["fever", "infection"])
        // Fever of grade 2 and 3 in one patient is one fever of grade 3; mucositis came after the transplant.
        #expect(block.terms.map(\.worst) == [[2, 0, 0, 1, 0, 0], [2, 0, 0, 0, 1, 0]])
        // Y3 never began the cycle: neither the patient nor the fever is in the safety set.
        let cycle = analysis.toxicity(in: "cycle", arm: "Y")
        #expect(cycle.started == 2 && cycle.terms.isEmpty)
        #expect(try cycle.severe.get().value == Proportion(0, of: 2))
    }

    @Test func `every adverse event is in one period, after the transplant and before any course too`() throws {
        let tables = try SmallTrial.analysis(six()).toxicity
        let rows = tables.map {
            "\($0.period.arm ?? "-") \($0.period.course ?? $0.period.kind.word) \($0.started) \($0.events)"
        }
        #expect(
            rows == [
                "- outside 6 0", "X block 3 3", "X transplant 1 1", "X outside 3 0", "Y cycle 2 0", "Y transplant 1 0",
                "Y outside 3 1",
            ])
        let whole = try SmallTrial.analysis(six()).toxicityAtAnyTime
        #expect(whole.events == 5)
        #expect(try whole.worst.map { try $0.get().value.count } == [3, 0, 0, 2, 1, 0])
    }

    @Test func `the monitors look when the second event has happened, and know what was known then`() throws {
        let monitoring = try SmallTrial.main(six()).monitoring().get()
        // The second event falls on day 100, together with the third: 3 of 4 events.
        #expect(monitoring.looks.map(\.planned) == [2] && monitoring.ahead == [4])
        let look = monitoring.looks[0]
        #expect(look.day == Day("2016-04-19") && look.events == 3)
        // By then X3 was last heard of on day 65, Y2 and Y3 on day 35: on day 100 X2 and Y1 alone are at risk, and both have the event. Expected in Y are
        // 0.5 + 1, observed 1, and the variance is that of day 30 alone: z = 0.5/√0.25 = 1.
        expectNear([look.design.fraction, look.z], [0.75, 1], within: 1e-12)
        #expect(look.verdict == .goesOn)
        #expect(look.test.basis.analysisSet == "all randomised, main, as known on 2016-04-19")
        #expect(monitoring.planned.looks.map(\.fraction) == [0.5, 1])
    }

    @Test func `a figure from the enrolment counts everybody enrolled`() throws {
        let all = try SmallTrial.analysis(six()).allEnrolled
        // Randomised on the tenth day: X1 dies on day 99, Y1 on day 109.
        let survival = try all.survival(SmallTrial.endpoint("overall-survival")).get()
        #expect(survival.denominator == 6 && survival.basis.analysisSet == "all enrolled")
        #expect(survival.value.steps.filter { $0.events > 0 }.map(\.day) == [99, 109])
    }
}

func expectNear(
    _ found: [Double], _ expected: [Double], within tolerance: Double,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, sourceLocation: location)
    for (found, expected) in zip(found, expected) {
        #expect(abs(found - expected) <= tolerance, "\(found), not \(expected)", sourceLocation: location)
    }
}
