import PathwayEstimates
import Testing

/// What has been misread in print about the trial AALL1331, as figures that cannot be misread.
@Suite struct TrialTrapTests {
    @Test func `the interim look after 80 of 131 events crosses nothing at a one-sided p of 0.05`() throws {
        let design = try GroupSequentialDesign(
            events: [80, 107], planned: 131, alpha: 0.025, sides: .one, spending: .obrienFleming)
        expectClose(design.looks.map(\.boundary), [2.6414132, 2.2611300], within: 5e-7)
        // p 0.050 is z 1.645; the final paper's p 0.03, after 107 events, is z 1.881.
        #expect(try design.verdicts(observed: [1.645, 1.881]) == [.goesOn, .goesOn])
        #expect(design.pValue(of: 1.881) > 0.025)
    }

    @Test func `a p-value of 0.03 does not pass a one-sided level of 0.025 with all events in`() throws {
        let design = try GroupSequentialDesign(
            events: [131], planned: 131, alpha: 0.025, sides: .one, spending: .obrienFleming)
        #expect(try design.verdicts(observed: [1.881]) == [.endedWithout])
    }

    @Test func `79 of 105 are 75 per cent while a missing result counts as not negative`() throws {
        // After cycle 1: 79 negative of 105 randomised (JAMA 2021, table 2); 79 % of the 100 with a result.
        let answers = Answers(
            Array(repeating: .yes, count: 79) + Array(repeating: .no, count: 21) + Array(repeating: .unknown, count: 5))
        let all = try answers.proportion(.unknownIsNo)
        let assessed = try answers.proportion(.unknownIsLeftOut)
        #expect((all.count, all.denominator) == (79, 105))
        #expect((assessed.count, assessed.denominator) == (79, 100))
        expectClose([all.share, assessed.share], [0.752_381, 0.79], within: 5e-7)
    }

    @Test func `0.70 and 1.43 are one hazard ratio with two references`() throws {
        let patients = try Cohort.random(51, patients: 120, days: 300, groups: 2, truncated: false).observations
        let one = try #require(CoxFit(comparing: patients, reference: "arm0").estimates).coefficients[0].hazardRatio()
        let other = try #require(CoxFit(comparing: patients, reference: "arm1").estimates).coefficients[0].hazardRatio()
        #expect((one.of, one.reference) == ("arm1", "arm0"))
        #expect((other.of, other.reference) == ("arm0", "arm1"))
        let turned = try #require(one.reciprocal)
        #expect((turned.of, turned.reference) == (other.of, other.reference))
        expectClose(
            [turned.ratio, turned.limits.lower, turned.limits.upper],
            [other.ratio, other.limits.lower, other.limits.upper], within: 1e-9)
    }

    @Test func `a figure names its analysis set, denominator, cut and reference arm`() throws {
        let basis = try Basis(
            endpoint: "disease-free survival", analysisSet: "randomised and eligible", cut: "2020-09-30")
        let six = try SmallCohorts.six()
        #expect(
            Figure(try LogRank(six, reference: "old"), on: basis).description
                == "disease-free survival, randomised and eligible, n = 6, cut 2020-09-30, against old")
        #expect(
            Figure(try KaplanMeier(six), on: basis).description
                == "disease-free survival, randomised and eligible, n = 6, cut 2020-09-30")
        _ = refused(.outOfBounds) { _ = try Basis(endpoint: "overall survival", analysisSet: "", cut: "2020-09-30") }
    }

    @Test func `the same share at another cut is another figure`() throws {
        let share = try Proportion(74, of: 105)
        let cuts = try ["2019-06-30", "2020-09-30"].map {
            Figure(share, on: try Basis(endpoint: "transplanted", analysisSet: "randomised", cut: $0))
        }
        #expect(cuts[0] != cuts[1])
        #expect(cuts[0].denominator == 105)
    }

    @Test func `the worst grade counts once, among those who began the cycle`() throws {
        let table = try WorstGrades(
            started: ["block-2": ["A", "B", "C"], "block-3": ["A"], "blina-1": []],
            events: [
                .init(subject: "A", cycle: "block-2", grade: 2), .init(subject: "A", cycle: "block-2", grade: 4),
                .init(subject: "A", cycle: "block-2", grade: 3), .init(subject: "B", cycle: "block-2", grade: 3),
            ])
        #expect(try (0...5).map { try table.proportion(ofWorst: $0, in: "block-2").count } == [1, 0, 0, 1, 1, 0])
        #expect(try table.proportion(from: 3, in: "block-2") == Proportion(2, of: 3))
        #expect(try table.proportion(from: 1, in: "block-3") == Proportion(0, of: 1))
        _ = refused(.noObservations) { _ = try table.proportion(from: 3, in: "blina-1") }
        _ = refused(.missingGroup) { _ = try table.proportion(from: 3, in: "blina-9") }
        let stray = WorstGrades.Event(subject: "B", cycle: "block-3", grade: 1)
        _ = refused(.missingGroup) { _ = try WorstGrades(started: ["block-3": ["A"]], events: [stray]) }
        for grade in [0, 6] {
            let event = WorstGrades.Event(subject: "A", cycle: "block-3", grade: grade)
            _ = refused(.outOfBounds) { _ = try WorstGrades(started: ["block-3": ["A"]], events: [event]) }
        }
    }

    @Test func `intervals of a proportion stay inside 0 and 1`() throws {
        // 0 of 10: the exact upper limit solves (1 - p)^10 = 0.025, which is 1 - 0.025^0.1 = 0.3084971.
        expectClose([try Proportion(0, of: 10).clopperPearson().upper], [0.3084971], within: 5e-8)
        #expect(try Proportion(0, of: 10).clopperPearson().lower == 0)
        #expect(try Proportion(10, of: 10).wilson().upper == 1)
        // 5 of 10 by Wilson: (0.5 + 3.8414588/20) / 1.3841459 = 0.5, reach 1.9599640/1.3841459 · √(0.025 + 0.0096036)
        // = 1.4160097 · 0.1860205 = 0.2634069
        let wilson = try Proportion(5, of: 10).wilson()
        expectClose([wilson.lower, wilson.upper], [0.2365931, 0.7634069], within: 5e-8)
        _ = refused(.outOfBounds) { _ = try Proportion(11, of: 10) }
        _ = refused(.outOfBounds) { _ = try Proportion(-1, of: 10) }
        _ = refused(.outOfBounds) { _ = try Proportion(1, of: -10) }
    }
}
