import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// What was misread in print about AALL1331, on its synthetic cohort: each figure has a cut, an analysis set, a denominator and a reference.
///
/// The counts expected are those that were published (Brown et al., JAMA 2021;325:833, tables 2 and 3), which the cohort was made to have.
@Suite(.apart) struct TrialTrapAnalysisTests {
    private func high(_ cut: String = "none", _ set: AnalysisSet = .randomisedAndEligible) throws -> ArmAnalysis {
        try #require(try SyntheticCohort.analysis(cut: cut).randomised(by: "high-and-intermediate", set))
    }

    private func endpoint(_ name: String = "disease-free-survival") throws -> Endpoint {
        try #require(try Protocols.aall1331.plan.endpoint(named: name))
    }

    @Test func `471 were randomised and 463 are analysed`() throws {
        let analysis = try SyntheticCohort.analysis(cut: "none")
        func patients(_ set: AnalysisSet) -> [Int] {
            ["high-and-intermediate", "low"].flatMap { analysis.randomised(by: $0, set)?.arms.map(\.patients) ?? [] }
        }
        #expect(analysis.enrolled == 661)
        #expect(patients(.randomised) == [105, 107, 130, 129])
        #expect(patients(.randomised).reduce(0, +) == 471)
        #expect(patients(.randomisedAndEligible) == [103, 105, 128, 127])
    }

    @Test func `two cuts give two figures that name them`() throws {
        let figures = try ["2019-06-30", "2020-09-30"].map { cut in
            try high(cut).survival(endpoint(), arm: "B").get()
        }
        #expect(figures.map(\.value.events) == [41, 48])
        #expect(figures[0].basis.cut == "2019-06-30" && figures[1].basis.cut == "2020-09-30")
        #expect(
            figures[1].description
                == "Disease-free survival, randomised and eligible, high-and-intermediate, arm B, n = 105, cut 2020-09-30"
        )
    }

    @Test func `survival after two years is within two points of the paper`() throws {
        for (arm, diseaseFree, overall) in [("B", 54.4, 71.3), ("A", 39.0, 58.4)] {
            let day = AnalysisYear.day(2)
            let dfs = try high().survival(endpoint(), arm: arm).get().value.estimate(at: day)
            let os = try high().survival(endpoint("overall-survival"), arm: arm).get().value.estimate(at: day)
            #expect(abs(dfs.survival * 100 - diseaseFree) < 2 && abs(os.survival * 100 - overall) < 2)
        }
    }

    @Test func `first events are 1, 35 and 12 in arm B and 9, 32 and 18 in arm A`() throws {
        for (arm, counts) in [("B", [1, 35, 12]), ("A", [9, 32, 18])] {
            let incidence = try high().incidence(endpoint(), by: .separate, arm: arm).get().value
            let entered = ["late-treatment-failure", "relapse", "death"].map { cause in
                incidence.states.firstIndex(of: State(cause)).map { place in
                    incidence.steps.reduce(0) { $0 + $1.entered[place] }
                }
            }
            #expect(entered == counts)
        }
    }

    @Test func `the hazard ratio has chemotherapy as its reference, and 1.43 is 0.70 seen from there`() throws {
        let compared = try high("2020-09-30").compare(endpoint()).get()
        let ratio = try #require(compared.hazardRatio)
        #expect(ratio.of == "B" && ratio.reference == "A" && ratio.ratio < 1)
        let turned = try #require(compared.reciprocal)
        #expect(turned.of == "A" && turned.reference == "B" && abs(turned.ratio * ratio.ratio - 1) < 1e-12)
        #expect(abs(turned.limits.lower * ratio.limits.upper - 1) < 1e-12)
        #expect(compared.test.reference == "A")
    }

    @Test func `the monitors look at 80 of 131 events, and the cut comes before the last look`() throws {
        let monitoring = try high().monitoring().get()
        #expect(monitoring.looks.map(\.planned) == [80, nil] && monitoring.ahead == [131])
        #expect(monitoring.looks.map(\.events) == [80, 107])
        #expect(monitoring.looks[0].day == Day("2019-02-18"))
        // The published p of 0.03 is above the level of either look: z 1.881 reaches neither boundary.
        #expect(monitoring.looks.allSatisfy { $0.design.boundary > 1.881 && $0.design.nominalPValue < 0.025 })
        #expect(!monitoring.plan.provenance.isVerified)
    }

    /// Where visits are recorded every three months, the two rules tell much the same. Where they are not, and events are known at once, who is censored
    /// at the last contact leaves the risk set while others' events still come: survival after a year falls from two fifths to a tenth or less.
    @Test func `at an early cut the rule of follow-up is named, for it can decide the figure`() throws {
        func survival(_ rule: FollowUpRule, without kind: MilestoneKind? = nil) throws -> (Figure<KaplanMeier>, Double)
        {
            let analysis = try SyntheticCohort.analysis(followedTo: "2019-06-30", rule, without: kind)
            let main = try #require(analysis.randomised(by: "high-and-intermediate", .randomisedAndEligible))
            let figure = try main.survival(endpoint(), arm: "A").get()
            return (figure, try figure.value.estimate(at: AnalysisYear.day(1)).survival)
        }
        let (last, cut) = (try survival(.lastContact), try survival(.cut))
        #expect(last.0.denominator == cut.0.denominator && last.0.value.events == cut.0.value.events)
        #expect(abs(last.1 - cut.1) < 0.03 && cut.1 > 0.35 && cut.1 < 0.5)
        #expect(!last.0.basis.analysisSet.contains("followed"))
        #expect(cut.0.basis.analysisSet.hasSuffix("arm A, followed to the cut unless lost"))
        let unseen = (last: try survival(.lastContact, without: .seen).1, cut: try survival(.cut, without: .seen).1)
        #expect(unseen.last < 0.1 && abs(unseen.cut - cut.1) < 0.03)
    }

    @Test func `residual disease is negative in 75 per cent of 105, and in more of those with a result`() throws {
        let main = try high()
        let points = main.responseTimePoints
        #expect(
            points.map(\.title) == [
                "before randomisation", "after course 1 (Block 2 or Blinatumomab cycle 1)",
                "after course 2 (Block 3 or Blinatumomab cycle 2)",
            ])
        for (arm, patients, counts) in [("B", 105, [26, 79, 69]), ("A", 103, [31, 33, 33])] {
            let found = try points.map { try #require(main.response(at: $0, arm: arm)) }
            #expect(try found.map { try $0.amongAll.get().value.count } == counts)
            #expect(try found.map { try $0.amongAll.get().denominator } == [patients, patients, patients])
            for response in found {
                let evaluable = try response.amongEvaluable.get()
                let known = (response.answers[.negative] ?? 0) + (response.answers[.notNegative] ?? 0)
                #expect(evaluable.denominator == known && known < patients)
                #expect(evaluable.basis.analysisSet.hasSuffix("unknown left out"))
                #expect(response.answers.values.reduce(0, +) == patients)
            }
        }
    }

    /// "<0.1 %" by an assay that sees one cell in a thousand assigns low risk, and is not negative.
    @Test func `who is below 0.1 per cent need not be negative`() throws {
        let main = try high()
        let before = try ["A", "B"].map { try #require(main.response(at: main.responseTimePoints[0], arm: $0)) }
        #expect(before.map { $0.answers[.indeterminate] } == [1, 1])
        #expect(before.reduce(0) { $0 + ($1.answers[.notNegative] ?? 0) } > 0)
        #expect(before.allSatisfy { $0.limit.level.percent == "0.01" })
    }

    @Test func `74 of 105 and 44 of 103 were transplanted before any event`() throws {
        for (arm, count, patients) in [("B", 74, 105), ("A", 44, 103)] {
            let found = try high().transplanted(before: endpoint(), arm: arm).get()
            #expect((found.value.count, found.denominator) == (count, patients))
        }
    }

    @Test func `severe adverse events are counted among those who began the cycle`() throws {
        let published = [
            ("B", "blinatumomab-1", 77, 102), ("A", "block-2", 88, 97), ("B", "blinatumomab-2", 49, 88),
            ("A", "block-3", 52, 62),
        ]
        for (arm, course, severe, started) in published {
            let found = try SyntheticCohort.analysis(cut: "none").toxicity(in: course, arm: arm)
            #expect(found.started == started)
            #expect(try found.severe.get().value.count == severe, "\(arm) \(course)")
            #expect(found.terms.allSatisfy { $0.worst.reduce(0, +) == started })
        }
        let blocks = try SyntheticCohort.analysis(cut: "none").toxicity(in: "block-2", arm: "A")
        let infections = blocks.terms.first { $0.term == "infection" }
        #expect(infections?.patients(from: 3) == 39)
    }

    /// The rows of the page are those of the table: what an analyst counts there is what the page says, fatal events included.
    @Test func `every adverse event of the export is in one row of the page`() throws {
        let tables = try SyntheticCohort.analysis(cut: "none").toxicity
        let rows = try Export(CSVFormat.self, of: SyntheticCohort.subjects()).lines("csv/adverse-events.csv")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let header = try #require(rows.first)
        func cell(_ row: [Substring], _ name: Substring) throws -> String {
            String(row[try #require(header.firstIndex(of: name))])
        }
        var events: [String: Int] = [:]
        var deaths: [String: Set<String>] = [:]
        for row in rows.dropFirst() {
            let period = try ["arm", "period", "course"].map { try cell(row, Substring($0)) }.joined(separator: " ")
            events[period, default: 0] += 1
            if try cell(row, "grade") == "5" { deaths[period, default: []].insert(try cell(row, "id")) }
        }
        var (shown, fatal): ([String: Int], [String: Int]) = ([:], [:])
        for table in tables where table.events > 0 {
            let period = "\(table.period.arm ?? "") \(table.period.kind.word) \(table.period.course ?? "")"
            shown[period] = table.events
            fatal[period] = try table.worst[5].get().value.count
        }
        #expect(shown == events && events.values.reduce(0, +) == rows.count - 1)
        #expect(fatal.filter { $0.value > 0 } == deaths.mapValues(\.count))
        #expect(deaths.values.reduce(0) { $0 + $1.count } > 20)
        // R10: of 661 who began Block 1.
        let block = try SyntheticCohort.analysis(cut: "none").toxicity(in: "block-1")
        #expect(try block.worst.suffix(3).map { try $0.get().value.count } == [297, 159, 24])
    }

    /// 28 days of infusion and 7 without are one cycle of 35 days, not two "4-week rounds".
    @Test func `a cycle of blinatumomab is 35 days with 28 of infusion`() throws {
        let exposures = try SyntheticCohort.subjects().flatMap(\.exposures).filter { $0.course == "blinatumomab-1" }
        #expect(exposures.allSatisfy { $0.definition?.days == 35 && $0.definition?.infusion?.days == 28 })
        let whole = exposures.filter { $0.outcome == "completed" && $0.interruptions.isEmpty }
        #expect(whole.count > 70)
        let infused = Set(
            whole.compactMap { exposure in exposure.ended.flatMap { exposure.infusedDays(through: $0.day) } })
        #expect(infused.isSubset(of: [28, 29]))
    }

    /// Whoever was randomised had lived until then: 88.6 % event-free after a year is no figure of everybody enrolled.
    @Test func `a population chosen by what came later gives no figure from before, and is named in those from then`()
        throws
    {
        let treatment = try Protocols.aall1331
        func analysis(_ population: Population) throws -> CohortAnalysis {
            CohortAnalysis(of: treatment, cut: "none", population: population)
                .with(try SyntheticCohort.subjects().filter { population.contains($0.path) })
        }
        let enrolment = try endpoint("event-free-survival")
        for population in [Population.riskAssigned, .randomised, .randomisedBy("low")] {
            guard case .failure(let error) = try analysis(population).allEnrolled.survival(enrolment) else {
                Issue.record("a figure from the enrolment of \(population.text)")
                continue
            }
            #expect(error.message.contains("\"\(population.text)\", who had to live until they belonged to it"))
        }
        let arms = try #require(try analysis(.randomised).randomised(by: "low", .randomisedAndEligible))
        let basis = try arms.survival(endpoint(), arm: "C").get().basis.analysisSet
        #expect(basis == "randomised and eligible of the population \"randomised\", low, arm C")
    }

    @Test func `everybody enrolled is in the figure from the enrolment, the early failures among its events`() throws {
        let all = try SyntheticCohort.analysis(cut: "none").allEnrolled
        let found = try all.incidence(endpoint("event-free-survival"), by: .separate).get()
        #expect(found.denominator == 661 && found.basis.analysisSet == "all enrolled")
        let place = try #require(found.value.states.firstIndex(of: "early-treatment-failure"))
        #expect(found.value.steps.reduce(0) { $0 + $1.entered[place] } == 42)
    }
}
