import PathwayEstimates
import Testing

/// The same answer by two ways through this module, on cohorts whose seeds are in the names of the cases.
@Suite struct TwoRouteTests {
    @Test(arguments: 21...28 as ClosedRange<UInt64>)
    func `with one cause of failure the states are those of Kaplan and Meier`(seed: UInt64) throws {
        let cohort = try Cohort.random(seed, patients: 70, days: 30, groups: 2, truncated: seed.isMultiple(of: 2))
        let curve = try KaplanMeier(cohort.observations)
        let states = try AalenJohansen(
            cohort.observations.enumerated().map { number, patient in
                try .competing(
                    subject: "\(number)", entry: patient.entry, exit: patient.exit,
                    cause: patient.event ? "failed" : nil)
            })
        let free = try #require(states.states.firstIndex(of: .eventFree))
        #expect(states.steps.map(\.day) == curve.steps.map(\.day))
        expectClose(states.steps.map { $0.probability[free] }, curve.steps.map(\.survival))
        for (step, one) in zip(states.steps, curve.steps) {
            // Where nobody enters late, the infinitesimal jackknife of this curve is Greenwood's formula.
            if !seed.isMultiple(of: 2), let greenwood = one.standardError {
                expectClose([step.standardError[free]], [greenwood])
            }
            expectClose([step.probability.reduce(0, +)], [1])
        }
    }

    @Test(arguments: 31...36 as ClosedRange<UInt64>)
    func `without ties the score test is the log-rank test`(seed: UInt64) throws {
        let cohort = try Cohort.random(seed, patients: 60, days: 50, groups: 3, truncated: seed.isMultiple(of: 2))
        // Every exit on a day of its own.
        let patients = try cohort.observations.enumerated().map { number, patient in
            try Observation(
                entry: patient.entry * 100, exit: patient.exit * 100 + number + 1, event: patient.event,
                group: patient.group, stratum: patient.stratum)
        }
        for stratified in [false, true] {
            let test = try LogRank(patients, reference: "arm0", stratified: stratified)
            for ties in Ties.allCases {
                let fit = try CoxFit(comparing: patients, reference: "arm0", ties: ties, stratified: stratified)
                expectClose([fit.score.chiSquare], [test.chiSquare], within: 1e-10)
            }
        }
    }

    @Test func `which arm is the reference does not change the test`() throws {
        let patients = try Cohort.random(41, patients: 80, days: 30, groups: 3, truncated: false).observations
        let tests = try ["arm0", "arm1", "arm2"].map { try LogRank(patients, reference: Group($0), stratified: true) }
        expectClose([tests[1].chiSquare, tests[2].chiSquare], [tests[0].chiSquare, tests[0].chiSquare], within: 1e-10)
    }

    @Test func `one stratum for all is no stratum`() throws {
        let patients = try Cohort.random(42, patients: 80, days: 30, groups: 2, truncated: true).observations.map {
            try Observation(entry: $0.entry, exit: $0.exit, event: $0.event, group: $0.group)
        }
        let test = try LogRank(patients, reference: "arm0", stratified: true)
        #expect(test.strata == [.whole])
        #expect(try test.chiSquare == LogRank(patients, reference: "arm0").chiSquare)
    }

    @Test func `the order of patients does not matter`() throws {
        var dice = SplitMix64(43)
        let patients = try Cohort.random(43, patients: 80, days: 20, groups: 2, truncated: true).observations
        let shuffled = patients.shuffled(using: &dice)
        #expect(try KaplanMeier(patients) == KaplanMeier(shuffled))
        #expect(try LogRank(patients, reference: "arm0") == LogRank(shuffled, reference: "arm0"))
    }
}
