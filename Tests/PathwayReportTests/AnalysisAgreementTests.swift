import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

/// The analysis of the synthetic cohort against R's `survival` and `rpact`, at both printed cuts and without one.
@Suite(.apart) struct AnalysisAgreementTests {
    private func arms(_ one: AnalysisJudge.Case) throws -> (ArmAnalysis, Endpoint) {
        let analysis = try #require(
            try SyntheticCohort.analysis(cut: one.cut).randomised(by: one.randomisation, one.set))
        return (analysis, try #require(analysis.treatment.plan.endpoint(named: one.endpoint)))
    }

    private func values(_ curve: KaplanMeier) -> [String: Double?] {
        var values: [String: Double?] = [:]
        for step in curve.steps {
            let limits = curve.limits(at: step)
            values["\(step.day)/survival"] = step.survival
            values["\(step.day)/error"] = .some(step.standardError)
            values["\(step.day)/risk"] = Double(step.atRisk)
            values["\(step.day)/lower"] = .some(limits?.lower)
            values["\(step.day)/upper"] = .some(limits?.upper)
        }
        for year in AnalysisYear.customary {
            guard let at = try? curve.estimate(at: AnalysisYear.day(year)), AnalysisYear.day(year) <= curve.lastDay
            else { continue }
            values["year\(year)/survival"] = at.survival
            values["year\(year)/error"] = .some(at.standardError)
            values["year\(year)/lower"] = .some(at.limits?.lower)
            values["year\(year)/upper"] = .some(at.limits?.upper)
        }
        return values
    }

    private func values(_ hazards: CoxFit) throws -> [String: Double?] {
        let coefficient = try #require(hazards.estimates?.coefficients.first)
        let ratio = coefficient.hazardRatio()
        return [
            "value": coefficient.value, "error": coefficient.standardError, "ratio": ratio.ratio,
            "lower": ratio.limits.lower, "upper": ratio.limits.upper,
        ]
    }

    private func values(_ states: AalenJohansen, isCompeting: Bool) -> [String: Double?] {
        var values: [String: Double?] = [:]
        var last: Int?
        for step in states.steps {
            // R takes no interval without length, and was given half a day.
            let day = step.day == last || step.day == 0 && !isCompeting ? "\(step.day).5" : "\(step.day)"
            last = step.day
            for (place, state) in states.states.enumerated() {
                values["\(state)/\(day)/probability"] = step.probability[place]
                values["\(state)/\(day)/error"] = step.standardError[place]
            }
        }
        return values
    }

    @Test(arguments: AnalysisJudge.cases)
    func `survival, its errors and log-log limits by arm are those of survfit`(one: AnalysisJudge.Case) throws {
        let judge = try AnalysisJudge.shared()
        let (arms, endpoint) = try arms(one)
        for arm in arms.arms {
            judge.expect(values(try arms.survival(endpoint, arm: arm.arm).get().value), under: "\(one)/km/\(arm.arm)")
        }
    }

    @Test(arguments: AnalysisJudge.cases)
    func `the stratified one-sided log-rank test is that of survdiff`(one: AnalysisJudge.Case) throws {
        let (arms, endpoint) = try arms(one)
        let found = try arms.compare(endpoint).get()
        try AnalysisJudge.shared().expect(
            ["chi": found.test.value.chiSquare, "z": found.z, "p": found.pValue], under: "\(one)/logrank")
    }

    @Test(arguments: AnalysisJudge.cases)
    func `hazard ratios, reciprocals and that of the transplant are those of coxph`(one: AnalysisJudge.Case) throws {
        let judge = try AnalysisJudge.shared()
        let (arms, endpoint) = try arms(one)
        let found = try arms.compare(endpoint).get()
        judge.expect(try values(found.hazards.value), under: "\(one)/cox")
        let turned = try #require(found.reciprocal)
        var theirs = judge.verdicts(under: "\(one)/reciprocal")
        (theirs["value"], theirs["error"]) = (nil, nil)
        for (key, our) in [("ratio", turned.ratio), ("lower", turned.limits.lower), ("upper", turned.limits.upper)] {
            #expect(AnalysisJudge.agree(our, try #require(theirs[key]), within: 1e-8), "\(one) \(key)")
        }
        guard one.randomisation == "high-and-intermediate" else { return }
        judge.expect(try values(try arms.hazardOnceTransplanted(endpoint).get().value), under: "\(one)/transplant")
    }

    @Test(arguments: AnalysisJudge.cases.filter { $0.endpoint == "disease-free-survival" })
    func `cumulative incidence of each cause is that of survfit`(one: AnalysisJudge.Case) throws {
        let judge = try AnalysisJudge.shared()
        let (arms, endpoint) = try arms(one)
        for arm in arms.arms {
            let found = try arms.incidence(endpoint, by: .separate, arm: arm.arm).get()
            judge.expect(values(found.value, isCompeting: true), under: "\(one)/causes/\(arm.arm)")
        }
    }

    @Test(
        arguments: AnalysisJudge.cases.filter {
            $0.endpoint == "disease-free-survival" && $0.set == .randomisedAndEligible
        })
    func `the occupation of the five states is that of survfit`(one: AnalysisJudge.Case) throws {
        let judge = try AnalysisJudge.shared()
        let (arms, _) = try arms(one)
        for arm in arms.arms {
            judge.expect(
                values(try arms.occupation(arm: arm.arm).get().value, isCompeting: false),
                under: "\(one)/states/\(arm.arm)")
        }
    }

    @Test(arguments: AnalysisJudge.cases)
    func `median follow-up is that of the reversed curve`(one: AnalysisJudge.Case) throws {
        let judge = try AnalysisJudge.shared()
        let (arms, endpoint) = try arms(one)
        var ours: [String: Double?] = [:]
        for arm in arms.arms {
            let median = try arms.followUp(endpoint, arm: arm.arm).get().value.median()
            ours[arm.arm] = .some(median.day)
            ours[arm.arm + "/lower"] = .some(median.lower)
            ours[arm.arm + "/upper"] = .some(median.upper)
        }
        judge.expect(ours, under: "\(one)/followup")
        let all = try arms.followUp(endpoint).get().value.median().day
        #expect(AnalysisJudge.agree(all, judge.verdicts["\(one)/followup"] ?? nil, within: 1e-8))
    }

    @Test(arguments: ["2019-06-30", "2020-09-30"])
    func `followed to the cut, survival and comparison are those of R`(cut: String) throws {
        let judge = try AnalysisJudge.shared()
        let key = "followed/\(cut)/high-and-intermediate/randomised-and-eligible/disease-free-survival"
        let analysis = try SyntheticCohort.analysis(followedTo: cut)
        let main = try #require(analysis.randomised(by: "high-and-intermediate", .randomisedAndEligible))
        let endpoint = try #require(main.endpoints.first)
        for arm in main.arms {
            judge.expect(values(try main.survival(endpoint, arm: arm.arm).get().value), under: "\(key)/km/\(arm.arm)")
        }
        let found = try main.compare(endpoint).get()
        judge.expect(
            ["chi": found.test.value.chiSquare, "z": found.z, "p": found.pValue], under: "\(key)/logrank")
        judge.expect(try values(found.hazards.value), under: "\(key)/cox")
    }

    @Test(arguments: SyntheticCohort.cuts)
    func `each look is what a snapshot of that day would have shown`(cut: String) throws {
        let judge = try AnalysisJudge.shared()
        let monitoring = try Looks.monitoring(cut)
        #expect(!monitoring.looks.isEmpty)
        var boundaries: [String: Double?] = [:]
        // rpact integrates on a grid, which tells between looks as near as 80 and 86 events (MonitoringTests) to 3e-6 and no better.
        var coarse: [String: Double] = [:]
        for (place, look) in monitoring.looks.enumerated() {
            judge.expect(
                ["chi": look.test.value.chiSquare, "z": look.z, "p": look.pValue], under: "look/\(cut)/\(place + 1)")
            boundaries["\(place + 1)/boundary"] = look.design.boundary
            boundaries["\(place + 1)/spent"] = look.design.spent
            boundaries["\(place + 1)/nominal"] = look.design.nominalPValue
            if place > 0, look.events - monitoring.looks[place - 1].events < 10 {
                coarse["\(place + 1)/boundary"] = 5e-6
            }
        }
        judge.expect(boundaries, under: "design/\(cut)", within: 1e-6, absolute: true, widened: coarse)
    }

    @Test func `the planned boundaries are those of rpact`() throws {
        let planned = try Looks.monitoring("none").planned
        var ours: [String: Double?] = [:]
        for (place, look) in planned.looks.enumerated() {
            ours["\(place + 1)/boundary"] = look.boundary
            ours["\(place + 1)/spent"] = look.spent
            ours["\(place + 1)/nominal"] = look.nominalPValue
        }
        try AnalysisJudge.shared().expect(ours, under: "design/planned", within: 1e-6, absolute: true)
    }

    @Test func `one event taken for a censoring is found by every comparison`() throws {
        let judge = try AnalysisJudge.shared()
        let one = AnalysisJudge.cases[0]
        let (arms, endpoint) = try arms(one)
        let found = try arms.compare(endpoint).get()
        let damaged = AnalysisJudge.damaged
        let z = judge.verdicts["\(damaged)/logrank/z"] ?? nil
        #expect(!AnalysisJudge.agree(found.z, z, within: 1e-8))
        let ratio = judge.verdicts["\(damaged)/cox/ratio"] ?? nil
        #expect(!AnalysisJudge.agree(found.hazardRatio?.ratio, ratio, within: 1e-8))
        let curves = try arms.arms.map { values(try arms.survival(endpoint, arm: $0.arm).get().value) }
        let theirs = arms.arms.map { judge.verdicts(under: "\(damaged)/km/\($0.arm)") }
        #expect(
            zip(curves, theirs).contains { our, their in
                our.contains { key, value in !AnalysisJudge.agree(value, their[key] ?? nil, within: 1e-8) }
            })
    }
}
