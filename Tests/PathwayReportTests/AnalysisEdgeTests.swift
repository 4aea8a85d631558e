import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// What has no figure says why, and never gives a number that is none.
@Suite(.apart) struct AnalysisEdgeTests {
    private func censored() throws -> [Subject] {
        try ["X", "X", "Y", "Y"].enumerated().map { number, arm in
            try SmallTrial.patient("C\(number)", arm, [(10 * (number + 1), "seen")])
        }
    }

    /// All events on one day.
    private func tied() throws -> [Subject] {
        try ["X", "X", "X", "Y", "Y", "Y"].enumerated().map { number, arm in
            try SmallTrial.patient("T\(number)", arm, [(50, number % 3 == 2 ? "seen" : "died")])
        }
    }

    private func refused<Value>(
        _ result: Result<Value, EstimateError>, _ code: EstimateError.Code, _ words: String,
        at location: SourceLocation = #_sourceLocation
    ) {
        switch result {
        case .success: Issue.record("a figure was given", sourceLocation: location)
        case .failure(let error):
            #expect(error.code == code, sourceLocation: location)
            #expect(error.message == words, sourceLocation: location)
        }
    }

    @Test func `an arm without patients is named, with how many the others have`() throws {
        let main = try SmallTrial.main([SmallTrial.patient("S1", "X", [(20, "relapsed")])])
        let endpoint = try SmallTrial.endpoint()
        #expect(main.arms.map(\.patients) == [1, 0] && main.arms.map(\.isReference) == [true, false])
        let words = "cannot give a figure of arm \"Y\": the analysis set has nobody in it"
        refused(main.survival(endpoint, arm: "Y"), .missingGroup, words)
        refused(main.followUp(endpoint, arm: "Y"), .missingGroup, words)
        refused(main.incidence(endpoint, by: .separate, arm: "Y"), .missingGroup, words)
        refused(main.occupation(arm: "Y"), .missingGroup, words)
        refused(main.transplanted(arm: "Y"), .missingGroup, words)
        refused(main.compare(endpoint), .wrongNumberOfGroups, "cannot compare \"X\" with nobody")
        let response = try #require(main.response(at: main.responseTimePoints[1], arm: "Y"))
        refused(response.amongAll, .missingGroup, words)
        #expect(response.answers.values.allSatisfy { $0 == 0 })
        let toxicity = try SmallTrial.analysis([]).toxicity(in: "cycle", arm: "Y")
        #expect(toxicity.started == 0)
        refused(toxicity.severe, .noObservations, "cannot give a share of nobody: the denominator is 0")
        guard case .failure(let error) = main.survival(endpoint, arm: "Y") else { return }
        #expect(error.hint == "all randomised at the cut 2018-12-31: 1 in arm X, 0 in arm Y")
    }

    @Test func `a cohort of nobody has no figures`() throws {
        let analysis = try SmallTrial.analysis([])
        #expect(analysis.enrolled == 0)
        let main = try #require(analysis.randomised(by: "main", .randomisedAndEligible))
        refused(
            main.survival(try SmallTrial.endpoint()), .noObservations,
            "cannot give a figure: the analysis set has no patients")
        refused(
            main.compare(try SmallTrial.endpoint()), .noObservations,
            "cannot compare groups: the analysis set has no patients")
        let monitoring = try main.monitoring().get()
        #expect(monitoring.looks.isEmpty && monitoring.ahead == [2, 4])
        refused(
            analysis.allEnrolled.survival(try SmallTrial.endpoint("overall-survival")), .noObservations,
            "cannot give a figure: the analysis set has no patients")
    }

    @Test func `without events survival is 1 and nothing is compared`() throws {
        let main = try SmallTrial.main(censored())
        let endpoint = try SmallTrial.endpoint()
        let curve = try main.survival(endpoint, arm: "X").get().value
        let estimate = try curve.estimate(at: 20)
        #expect(estimate.survival == 1 && estimate.standardError == 0 && estimate.limits == nil)
        refused(
            main.compare(endpoint), .noEvents, "cannot compare 2 groups: none of 4 patients had an event")
        #expect(try main.incidence(endpoint, by: .separate).get().value.states == ["event-free"])
        #expect(try main.monitoring().get().looks.isEmpty)
        #expect(try main.followUp(endpoint).get().value.median().day == 25)
    }

    @Test func `a year that nobody was followed to has no survival`() throws {
        let curve = try SmallTrial.main(censored()).survival(SmallTrial.endpoint()).get().value
        let found = Result { () throws(EstimateError) in try curve.estimate(at: AnalysisYear.day(1)) }
        refused(
            found, .beyondFollowUp,
            "cannot estimate survival at day 365: nobody was followed longer than to day 40")
    }

    @Test func `a year is 365.25 days, and survival at it is that after the last whole day`() {
        #expect(AnalysisYear.customary.map(AnalysisYear.day) == [365, 730, 1095, 1461])
    }

    @Test func `one patient is a cohort`() throws {
        let main = try SmallTrial.main([SmallTrial.patient("S1", "Y", [(20, "died")])])
        let curve = try main.survival(SmallTrial.endpoint(), arm: "Y").get()
        #expect(curve.denominator == 1 && curve.value.steps.map(\.survival) == [0])
        #expect(curve.value.steps[0].standardError == nil)
        refused(
            main.compare(try SmallTrial.endpoint()), .missingGroup,
            "cannot compare with \"X\": the analysis set has nobody in it")
    }

    @Test func `events of one day are ties by Efron's method`() throws {
        let main = try SmallTrial.main(tied())
        let compared = try main.compare(SmallTrial.endpoint()).get()
        // Two of three in each arm on day 50: nothing tells the arms apart.
        #expect(compared.z == 0 && compared.pValue == 0.5)
        let ratio = try #require(compared.hazardRatio)
        #expect(abs(ratio.ratio - 1) < 1e-12 && compared.hazards.value.ties == .efron)
    }

    @Test func `an arm without any event has no hazard ratio, and says so`() throws {
        let subjects = [
            try SmallTrial.patient("A", "X", [(20, "died")]), try SmallTrial.patient("B", "X", [(30, "died")]),
            try SmallTrial.patient("C", "Y", [(40, "seen")]), try SmallTrial.patient("D", "Y", [(50, "seen")]),
        ]
        let compared = try SmallTrial.main(subjects).compare(SmallTrial.endpoint()).get()
        #expect(compared.hazardRatio == nil && compared.reciprocal == nil)
        guard case .separated(let separations, _) = compared.hazards.value.outcome else {
            Issue.record("an estimate was given")
            return
        }
        #expect(separations.map(\.isRising) == [false])
        #expect(compared.z > 0)
    }

    @Test func `an event on the day of the transplant comes before it`() throws {
        let subjects = [
            try SmallTrial.patient("A", "X", [(30, "transplanted donor=sibling"), (31, "died")]),
            try SmallTrial.patient("B", "X", [(50, "transplanted donor=sibling"), (50, "died")]),
            try SmallTrial.patient("C", "X", [(50, "transplanted donor=sibling"), (50, "seen")]),
        ]
        let main = try SmallTrial.main(subjects)
        #expect(try main.transplanted(arm: "X").get().value == Proportion(3, of: 3))
        #expect(try main.transplanted(before: SmallTrial.endpoint(), arm: "X").get().value == Proportion(2, of: 3))
    }

    @Test func `a time that rests on a month or a year alone is counted as such, one with an exact day is not`() throws
    {
        let subjects = [
            try SmallTrial.patient("A", "X", [(30, "seen")], then: ["2016 died"]),
            try SmallTrial.patient("B", "X", [(30, "seen")], then: ["2016-05 seen"]),
            // The month began before the last exact contact: that is the day that censors.
            try SmallTrial.patient("C", "Y", [(30, "seen")], then: ["2016-02 seen"]),
            try SmallTrial.patient("D", "Y", [(40, "died")]),
        ]
        #expect(try SmallTrial.main(subjects).partlyDated(SmallTrial.endpoint()) == 2)
    }

    @Test func `a report without a result does not take an earlier result back`() throws {
        let subject = try SmallTrial.patient(
            "A", "X",
            before: [
                "2016-01-03 response-assessed marrow=m1 mrd=<0.01",
                "2016-01-05 response-assessed marrow=inadequate mrd=inadequate",
            ],
            [
                (28, "course-ended course=block"), (30, "response-assessed marrow=m1 mrd=not-done"),
                (40, "response-assessed marrow=m1 mrd=<0.01"),
            ])
        let main = try SmallTrial.main([subject])
        let answers = main.responseTimePoints.compactMap { main.response(at: $0, arm: "X")?.answers }
        #expect(answers.map { $0[.negative] } == [1, 0])
        // The later one was taken in another phase, and belongs to no evaluation.
        #expect(answers[1][.notDone] == 1)
    }

    @Test func `an endpoint is analysed from where it begins alone`() throws {
        let main = try SmallTrial.main(SmallTrial.both())
        refused(
            main.survival(try SmallTrial.endpoint("overall-survival")), .outOfBounds,
            "cannot analyse \"overall-survival\" from the main: it does not begin there")
    }

    @Test func `a protocol that compares nothing says so`() throws {
        let all = try SmallTrial.analysis(SmallTrial.both()).allEnrolled
        refused(
            all.compare(try SmallTrial.endpoint("overall-survival")), .wrongNumberOfGroups,
            "cannot compare arms: the protocol's analyses compare none from the enrolment")
    }

    @Test func `followed to the cut, the lost leave on their last contact and the others on the cut`() throws {
        // The cut is day 100: A was seen on day 10, B relapsed on day 40, C was seen on day 20 and lost on day 50, D was found again.
        let subjects = [
            try SmallTrial.patient("A", "X", [(10, "seen")]), try SmallTrial.patient("B", "X", [(40, "relapsed")]),
            try SmallTrial.patient("C", "X", [(20, "seen"), (50, "lost-to-follow-up")]),
            try SmallTrial.patient(
                "D", "X", [(50, "lost-to-follow-up"), (60, "seen"), (70, "transplanted donor=sibling")]),
        ]
        let day = try #require(Day("2016-01-10")).adding(days: 100)
        let analysis = CohortAnalysis(of: try SmallTrial.treatment(), cut: "\(day)", through: day, followUp: .cut)
        let main = try #require(analysis.with(subjects).randomised(by: "main", .randomised))
        let curve = try main.survival(SmallTrial.endpoint(), arm: "X").get().value
        #expect(curve.steps.map(\.day) == [20, 40, 100] && curve.steps.map(\.atRisk) == [4, 3, 2])
        #expect(curve.steps.map(\.censored) == [1, 0, 2])
        let states = try main.occupation(arm: "X").get().value
        #expect(states.lastDay == 100)
        #expect(abs(try states.estimate(of: "failed", at: 90).probability - 1 / 3) < 1e-12)
        #expect(try states.estimate(of: "transplanted", at: 90).atRisk == 3)
    }
}
