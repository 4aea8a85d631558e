import PathwayEstimates
import Testing

/// What cannot be said is refused in words, and what can be said at the edge is said.
@Suite struct DegenerateTests {
    private static func patients(_ rows: [(Int, Bool, Group)]) throws -> [Observation] {
        try rows.map { try Observation(exit: $0.0, event: $0.1, group: $0.2) }
    }

    @Test func `nobody gives no figure`() throws {
        let refusal = refused(.noObservations) { _ = try KaplanMeier([]) }
        #expect(refusal == "cannot estimate survival: the analysis set has no patients")
        _ = refused(.noObservations) { _ = try KaplanMeier.byGroup([]) }
        _ = refused(.noObservations) { _ = try LogRank([], reference: "old") }
        _ = refused(.noObservations) { _ = try CoxFit(comparing: [], reference: "old") }
        _ = refused(.noObservations) { _ = try AalenJohansen([]) }
        _ = refused(.noObservations) { _ = try Proportion(0, of: 0) }
        _ = refused(.noObservations) { _ = try Answers([.unknown]).proportion(.unknownIsLeftOut) }
    }

    @Test func `a follow-up runs forward from day 0`() throws {
        let refusal = refused(.emptyInterval) { _ = try Observation(entry: 5, exit: 5, event: true) }
        #expect(
            refusal == "cannot count a follow-up from day 5 to day 5: a late entry must lie before the exit\n"
                + "hint: leave out whoever had left before being seen")
        _ = refused(.emptyInterval) { _ = try Observation(entry: 5, exit: 4, event: false) }
        _ = refused(.negativeDay) { _ = try Observation(exit: -1, event: true) }
        _ = refused(.negativeDay) { _ = try StateInterval(subject: "P", start: -1, stop: 2, from: "a", to: nil) }
        // Randomised and lost on the same day: at risk on day 0.
        #expect(try KaplanMeier([Observation(exit: 0, event: false)]).atRisk(on: 0) == 1)
    }

    @Test func `one patient makes a curve`() throws {
        let event = try KaplanMeier([Observation(exit: 4, event: true)])
        #expect((event.steps[0].survival, event.steps[0].standardError, event.median().day) == (0, nil, 4))
        let censored = try KaplanMeier([Observation(exit: 4, event: false)])
        #expect((censored.steps[0].survival, censored.steps[0].standardError, censored.median().day) == (1, 0, nil))
    }

    @Test func `nothing is said beyond the follow-up`() throws {
        let curve = try KaplanMeier(Self.patients([(3, true, "a"), (8, false, "a")]))
        #expect(try curve.estimate(at: 8).survival == 0.5)
        let refusal = refused(.beyondFollowUp) { _ = try curve.estimate(at: 9) }
        #expect(
            refusal == "cannot estimate survival at day 9: nobody was followed longer than to day 8\n"
                + "hint: ask for a day up to 8")
        _ = refused(.beyondFollowUp) { _ = try curve.restrictedMean(to: 9) }
        _ = refused(.negativeDay) { _ = try curve.estimate(at: -1) }
        let states = try AalenJohansen([.competing(subject: "A", exit: 4, cause: "death")])
        _ = refused(.beyondFollowUp) { _ = try states.estimate(of: "death", at: 5) }
        _ = refused(.missingGroup) { _ = try states.estimate(of: "relapse", at: 1) }
    }

    @Test func `a curve that runs out of patients before others enter says so`() throws {
        let early = [try Observation(exit: 2, event: true), try Observation(entry: 3, exit: 9, event: false)]
        #expect(try KaplanMeier(early).exhausted == 2)
        #expect(try KaplanMeier(SmallCohorts.six()).exhausted == nil)
    }

    @Test func `a comparison needs two groups, an event and somebody to compare with at it`() throws {
        let refusal = refused(.missingGroup) {
            _ = try LogRank(Self.patients([(1, true, "b"), (2, true, "c")]), reference: "a")
        }
        #expect(
            refusal == "cannot compare with \"a\": the analysis set has nobody in it\nhint: groups with patients: b, c")
        let alone = try Self.patients([(1, true, "a"), (2, true, "a")])
        _ = refused(.wrongNumberOfGroups) { _ = try LogRank(alone, reference: "a") }
        _ = refused(.wrongNumberOfGroups) { _ = try CoxFit(comparing: alone, reference: "a") }
        let quiet = try Self.patients([(1, false, "a"), (2, false, "b")])
        #expect(
            refused(.noEvents) { _ = try LogRank(quiet, reference: "a") }
                == "cannot compare 2 groups: none of 2 patients had an event")
        _ = refused(.noEvents) { _ = try CoxFit(comparing: quiet, reference: "a") }
        let apart = try Self.patients([(1, false, "a"), (2, true, "b"), (3, true, "b")])
        _ = refused(.noInformation) { _ = try LogRank(apart, reference: "a") }
        _ = refused(.noInformation) { _ = try CoxFit(comparing: apart, reference: "a") }
        let three = try Self.patients([(1, true, "a"), (2, true, "b"), (3, true, "c")])
        _ = refused(.wrongNumberOfGroups) {
            _ = try LogRank(three, reference: "a").z(forFewerEventsIn: "b")
        }
    }

    @Test func `arms in strata of their own cannot be compared within them`() throws {
        let apart = try [("a", 1), ("b", 2), ("a", 3), ("b", 4)].map { arm, day in
            try Observation(exit: day, event: true, group: Group(arm), stratum: Stratum(arm))
        }
        _ = refused(.noInformation) { _ = try LogRank(apart, reference: "a", stratified: true) }
        _ = refused(.noInformation) { _ = try CoxFit(comparing: apart, reference: "a", stratified: true) }
    }

    @Test func `an arm without events has no hazard ratio, and its tests hold`() throws {
        let patients = try Self.patients([
            (1, true, "old"), (2, true, "old"), (3, false, "new"), (4, true, "old"), (5, false, "new"),
        ])
        let fit = try CoxFit(comparing: patients, reference: "old")
        guard case .separated(let separations, let ratio) = fit.outcome else {
            Issue.record("a hazard ratio of 0 was estimated")
            return
        }
        #expect(separations.map(\.name) == ["new"])
        #expect(separations.map(\.reference) == ["old"])
        #expect(separations.map(\.isRising) == [false])
        // 1/(3 + 2r) · 1/(2 + 2r) · 1/(1 + r) at r = 0 and r = 1: the likelihood rises from 1/40 to 1/6.
        expectClose([ratio.chiSquare], [2 * 1.897_119_984_885_881_3], within: 1e-6)
        #expect(fit.score.chiSquare > 0)
        #expect(fit.estimates == nil)
        let reverse = try CoxFit(comparing: patients, reference: "new")
        guard case .separated(let rising, _) = reverse.outcome else {
            Issue.record("an infinite hazard ratio was estimated")
            return
        }
        #expect(rising.map(\.isRising) == [true])
    }

    @Test func `a covariate that separates is named, and the others are not`() throws {
        let cohort = try Cohort.random(11, patients: 60, days: 40, groups: 2, truncated: false)
        // All events come among those with a mark, so that its hazard ratio has no bound.
        let mark = cohort.observations.enumerated().map { $1.event || $0.isMultiple(of: 3) ? 1.0 : 0 }
        let fit = try CoxFit(
            cohort.observations, covariates: [Covariate("measure", cohort.measures), Covariate("mark", mark)])
        guard case .separated(let separations, _) = fit.outcome else {
            Issue.record("an infinite hazard ratio was estimated")
            return
        }
        #expect(separations.map(\.name) == ["mark"])
    }

    @Test func `covariates that say the same are refused, and so is one that is no number`() throws {
        let cohort = try Cohort.random(12, patients: 60, days: 40, groups: 2, truncated: false)
        let doubled = try Covariate("doubled", cohort.measures.map { 2 * $0 + 3 })
        let refusal = refused(.collinear) {
            _ = try CoxFit(cohort.observations, covariates: [Covariate("measure", cohort.measures), doubled])
        }
        #expect(
            refusal == "cannot fit the hazard ratio of \"doubled\": it follows from the other covariates\n"
                + "hint: leave one of them out")
        let level = try Covariate("level", cohort.measures.map { _ in 7.3 })
        _ = refused(.noInformation) { _ = try CoxFit(cohort.observations, covariates: [level]) }
        _ = refused(.outOfBounds) { _ = try Covariate("age", [1, .nan]) }
    }

    @Test func `a path without overlap, gap or leap is required`() throws {
        func walk(_ second: Int, _ from: State) throws -> [StateInterval] {
            [
                try StateInterval(subject: "P", start: 0, stop: 5, from: "well", to: "ill"),
                try StateInterval(subject: "P", start: second, stop: 9, from: from, to: nil),
            ]
        }
        #expect(try AalenJohansen(walk(5, "ill")).transitions == 1)
        let overlap = refused(.brokenPath) { _ = try AalenJohansen(walk(4, "ill")) }
        #expect(overlap == "cannot follow a patient's states: two intervals overlap on day 4")
        let gap = refused(.brokenPath) { _ = try AalenJohansen(walk(6, "ill")) }
        #expect(gap == "cannot follow a patient's states: nothing is known between day 5 and day 6")
        let leap = refused(.brokenPath) { _ = try AalenJohansen(walk(5, "well")) }
        #expect(leap == "cannot follow a patient's states: on day 5 it goes on in \"well\" without having entered it")
        _ = refused(.brokenPath) { _ = try StateInterval(subject: "P", stop: 5, from: "ill", to: "ill") }
    }

    @Test(arguments: [-0.1, 0, 1, 1.1, .nan])
    func `a confidence level lies between 0 and 1`(share: Double) {
        _ = refused(.outOfBounds) { _ = try ConfidenceLevel(share) }
    }
}

/// The words of a refusal, which is required to be of this kind.
func refused(
    _ code: EstimateError.Code, at location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> String {
    do {
        try body()
        Issue.record("nothing was refused", sourceLocation: location)
    } catch let error as EstimateError {
        #expect(error.code == code, sourceLocation: location)
        return error.description
    } catch {
        Issue.record(error, sourceLocation: location)
    }
    return ""
}
