import PathwayEstimates
import Testing

/// Six patients worked by hand; an asterisk is a censoring:
///
///     new:  3   6*  9
///     old:  1   3   4*
@Suite struct SixPatientTests {
    @Test func `the curve is the product of what each day leaves`() throws {
        // day 1: 6 at risk, 1 event:        5/6
        // day 3: 5 at risk, 2 events:       5/6 · 3/5 = 1/2
        // day 4: 3 at risk, 1 censored:     1/2
        // day 6: 2 at risk, 1 censored:     1/2
        // day 9: 1 at risk, 1 event:        1/2 · 0/1 = 0
        let curve = try KaplanMeier(SmallCohorts.six())
        #expect(curve.steps.map(\.day) == [1, 3, 4, 6, 9])
        #expect(curve.steps.map(\.atRisk) == [6, 5, 3, 2, 1])
        #expect(curve.steps.map(\.events) == [1, 2, 0, 0, 1])
        #expect(curve.steps.map(\.censored) == [0, 0, 1, 1, 0])
        expectClose(curve.steps.map(\.survival), [5.0 / 6, 0.5, 0.5, 0.5, 0])
        #expect((curve.observations, curve.events, curve.censored) == (6, 4, 2))
    }

    @Test func `the standard error is Greenwood's`() throws {
        // day 1: 1/(6·5) = 1/30, and 5/6 · √(1/30) = 0.1521452
        // day 3: 1/30 + 2/(5·3) = 5/30 = 1/6, and 1/2 · √(1/6) = 0.2041241
        // day 9: 1/(1·0): nothing can be said
        let steps = try KaplanMeier(SmallCohorts.six()).steps
        expectClose(steps.compactMap(\.standardError), [0.1521452, 0.2041241, 0.2041241, 0.2041241], within: 5e-8)
        #expect(steps.last?.standardError == nil)
    }

    @Test func `intervals are made on the scale that is asked for`() throws {
        let curve = try KaplanMeier(SmallCohorts.six())
        // log-log: log(-log 0.5) = -0.3665129; 1.959964 · 0.2041241 / (0.5 · 0.6931472) = 1.1543750;
        // exp(-exp(-0.3665129 + 1.1543750)) = 0.1109483 and exp(-exp(-0.3665129 - 1.1543750)) = 0.8037092
        let logLog = try #require(curve.estimate(at: 3).limits)
        expectClose([logLog.lower, logLog.upper], [0.1109483, 0.8037092], within: 5e-8)
        // plain: 0.5 ± 1.959964 · 0.2041241 = 0.5 ± 0.4000760
        let plain = try #require(curve.estimate(at: 3, scale: .plain).limits)
        expectClose([plain.lower, plain.upper], [0.0999240, 0.9000760], within: 5e-8)
        // log: 0.5 · exp(±0.8001519): 0.2246303, and 1.112940, which is cut at 1
        let log = try #require(curve.estimate(at: 3, scale: .log).limits)
        expectClose([log.lower, log.upper], [0.2246305, 1], within: 5e-6)
        // 90 %: 0.5 ± 1.644854 · 0.2041241 = 0.5 ± 0.3357543
        let ninety = try #require(curve.estimate(at: 3, scale: .plain, level: ConfidenceLevel(0.9)).limits)
        expectClose([ninety.lower, ninety.upper], [0.1642457, 0.8357543], within: 5e-8)
    }

    @Test func `named days lie on the curve`() throws {
        let curve = try KaplanMeier(SmallCohorts.six())
        let before = try curve.estimate(at: 0)
        #expect((before.survival, before.standardError, before.atRisk, before.events) == (1, 0, 6, 0))
        // Log-log has nothing to say of certainty.
        #expect(before.limits == nil)
        let between = try curve.estimate(at: 5)
        #expect((between.atRisk, between.events, between.censored) == (2, 3, 1))
        expectClose([between.survival], [0.5])
        // Nobody is left after day 9, and none of them is free of an event.
        #expect(try curve.estimate(at: 10_000).survival == 0)
    }

    @Test func `the median lies in the middle of the while that half survive`() throws {
        // The curve is 1/2 from day 3 to day 9, so the median is day 6.
        #expect(try KaplanMeier(SmallCohorts.six()).median().day == 6)
    }

    @Test func `the restricted mean is the area under the curve`() throws {
        // to day 6: 1 · 1 + 2 · 5/6 + 3 · 1/2 = 25/6
        // variance: (2 · 5/6 + 3 · 1/2)² / (6·5) + (3 · 1/2)² · 2 / (5·3) = (19/6)²/30 + 3/10 = 0.6342593
        let mean = try KaplanMeier(SmallCohorts.six()).restrictedMean(to: 6)
        expectClose([mean.days, mean.standardError * mean.standardError], [25.0 / 6, 361.0 / 1080 + 0.3])
    }

    @Test func `the median follow-up waits for censorings`() throws {
        // Deaths on days 1, 3, 3 end the follow-up; day 4: 3 at risk, 1 censored: 2/3; day 6: 2 at risk, 1 censored: 1/3.
        let followUp = try KaplanMeier.followUp(of: SmallCohorts.six())
        expectClose(followUp.steps.map(\.survival), [1, 1, 2.0 / 3, 1.0 / 3, 1.0 / 3])
        #expect(followUp.median().day == 6)
    }

    @Test func `the log-rank test sets observed against expected`() throws {
        // new, day 1: 3 of 6 at risk, 1 event:  expected 1/2, variance 1 · 1/2 · 1/2 · 5/5 = 0.25
        //      day 3: 3 of 5 at risk, 2 events: expected 6/5, variance 2 · 3/5 · 2/5 · 3/4 = 0.36
        //      day 9: 1 of 1 at risk, 1 event:  expected 1,   variance 0
        // observed 2, expected 2.7, variance 0.61: chi-square 0.7² / 0.61, z = 0.7 / √0.61 = 0.8962582
        let test = try LogRank(SmallCohorts.six(), reference: "old")
        #expect(test.tallies.map(\.group) == ["old", "new"])
        #expect(test.tallies.map(\.observed) == [2, 2])
        #expect(test.tallies.map(\.patients) == [3, 3])
        expectClose(test.tallies.map(\.expected), [1.3, 2.7])
        expectClose([test.variance, test.chiSquare], [0.61, 0.49 / 0.61])
        let z = (try test.z(forFewerEventsIn: "new"), try test.z(forFewerEventsIn: "old"))
        expectClose([z.0, z.1], [0.8962582, -0.8962582], within: 5e-8)
        // One-sided is half of two-sided on the side that it is on, and the rest on the other.
        let (fewer, more) = (
            try test.oneSidedPValue(forFewerEventsIn: "new"), try test.oneSidedPValue(forFewerEventsIn: "old")
        )
        expectClose([fewer, more], [test.pValue / 2, 1 - test.pValue / 2])
    }

    @Test func `the hazard ratio solves the equation of its ties`() throws {
        // r is the hazard of new over that of old. Day 1: 1 / (3 + 3r). Day 3, one of each arm dies, Efron:
        // r / ((3r + 2) (3r + 2 - (r + 1)/2)). Day 9: 1. The slope of the logarithm is
        // 1 - r/(1+r) - 3r/(3r+2) - 5r/(5r+3) = 0, which is 15r³ + 17r² - 3 = 0: r = 0.3653.
        let efron = try #require(CoxFit(comparing: SmallCohorts.six(), reference: "old").estimates)
        let ratio = efron.coefficients[0].hazardRatio()
        let r = ratio.ratio
        expectClose([15 * r * r * r + 17 * r * r - 3], [0])
        expectClose([r], [0.3653], within: 5e-5)
        #expect((ratio.of, ratio.reference) == ("new", "old"))
        // The curvature is the sum of p(1-p) for the three fractions above.
        let shares = [r / (1 + r), 3 * r / (3 * r + 2), 5 * r / (5 * r + 3)]
        let information = shares.map { $0 * (1 - $0) }.reduce(0, +)
        expectClose([1 / efron.covariance[0][0]], [information], within: 1e-10)
        // Breslow: day 3 is r / (3r + 2)², so that 6r² + 3r - 2 = 0: r = (-3 + √57) / 12.
        let breslow = try #require(CoxFit(comparing: SmallCohorts.six(), reference: "old", ties: .breslow).estimates)
        expectClose([breslow.coefficients[0].hazardRatio().ratio], [(-3 + Double(57).squareRoot()) / 12])
    }

    @Test func `late entries join the risk set after their day`() throws {
        // (0,2] event, (0,5] event, (2,5] censored, (4,7] event.
        // day 2: 2 at risk: 1/2; day 5: 3 at risk, 1 event: 1/2 · 2/3 = 1/3; day 7: 1 at risk: 0
        let curve = try KaplanMeier(SmallCohorts.late())
        #expect(curve.steps.map(\.atRisk) == [2, 3, 1])
        expectClose(curve.steps.map(\.survival), [0.5, 1.0 / 3, 0])
        #expect((0...8).map(curve.atRisk(on:)) == [2, 2, 2, 2, 2, 3, 1, 1, 0])
    }

    @Test func `relapse and death share what the other leaves`() throws {
        // A relapses on day 2, B dies on day 3, C is censored on day 4, D relapses on day 5.
        // day 2: 4 free, relapse 1/4. day 3: 3 free, death 3/4 · 1/3 = 1/4. day 5: 1 free, relapse 1/4 + 1/2 = 3/4.
        let fates: [(String, Int, State?)] = [
            ("A", 2, "relapse"), ("B", 3, "death"), ("C", 4, nil), ("D", 5, "relapse"),
        ]
        let estimate = try AalenJohansen(
            fates.map { try StateInterval.competing(subject: $0.0, exit: $0.1, cause: $0.2) })
        #expect(estimate.states == ["death", "event-free", "relapse"])
        #expect(estimate.steps.map(\.day) == [2, 3, 4, 5])
        expectClose(estimate.steps.map { $0.probability[0] }, [0, 0.25, 0.25, 0.25])
        expectClose(estimate.steps.map { $0.probability[1] }, [0.75, 0.5, 0.5, 0])
        expectClose(estimate.steps.map { $0.probability[2] }, [0.25, 0.25, 0.25, 0.75])
        // Before anybody is censored the error is that of a share: √(1/4 · 3/4 / 4) and √(1/2 · 1/2 / 4).
        expectClose([try estimate.estimate(of: "relapse", at: 2).standardError], [Double(3).squareRoot() / 8])
        expectClose([try estimate.estimate(of: .eventFree, at: 3).standardError], [0.25])
        #expect(try estimate.estimate(of: "relapse", at: 3).atRisk == 3)
    }
}

/// Requires that numbers agree but for rounding, or for the digits that were written down.
func expectClose(
    _ ours: [Double], _ expected: [Double], within tolerance: Double = 1e-12,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(ours.count == expected.count, sourceLocation: location)
    for (our, value) in zip(ours, expected) {
        #expect(abs(our - value) <= tolerance, "\(our) instead of \(value)", sourceLocation: location)
    }
}
