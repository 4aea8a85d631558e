import PathwayEstimates
import Testing

/// Every curve, test and model that R's `survival` judged, key for key.
@Suite struct SurvivalAgreementTests {
    @Test func `Kaplan-Meier curves, medians and means are those of survfit`() throws {
        let judge = try Judge.shared()
        #expect(judge.cohorts.count == 22)
        for (name, cohort) in judge.cohorts {
            var ours = try curve("km/all", KaplanMeier(cohort.observations))
            for (group, estimate) in try KaplanMeier.byGroup(cohort.observations) {
                ours.merge(try curve("km/\(group)", estimate)) { $1 }
            }
            ours.merge(try curve("followup", .followUp(of: cohort.observations))) { $1 }
            expect(ours, toBe: judge.verdicts(of: name) { $0.hasPrefix("km/") || $0.hasPrefix("followup/") }, of: name)
        }
    }

    @Test func `log-rank tests are those of survdiff, and with late entries the exact score test`() throws {
        let judge = try Judge.shared()
        for (name, cohort) in judge.comparable {
            let isLate = cohort.observations.contains { $0.entry > 0 }
            var ours: [String: Double?] = [:]
            for (key, stratified) in [("logrank/plain", false), ("logrank/strata", true)] {
                let test = try LogRank(cohort.observations, reference: cohort.reference, stratified: stratified)
                ours["\(key)/chi"] = test.chiSquare
                if isLate { continue }
                ours["\(key)/p"] = test.pValue
                if test.tallies.count == 2 { ours["\(key)/variance"] = test.variance }
                for (number, tally) in test.tallies.enumerated() {
                    ours["\(key)/\(number)/observed"] = Double(tally.observed)
                    ours["\(key)/\(number)/expected"] = tally.expected
                }
            }
            expect(ours, toBe: judge.verdicts(of: name) { $0.hasPrefix("logrank/") }, of: name)
        }
    }

    @Test(arguments: Ties.allCases)
    func `Cox models are those of coxph`(ties: Ties) throws {
        let judge = try Judge.shared()
        for (name, cohort) in judge.comparable where name != "cohort-six" && name != "cohort-late-four" {
            let key = "cox/\(ties.rawValue)"
            let (patients, reference) = (cohort.observations, cohort.reference)
            var ours = try model(
                "\(key)/plain", CoxFit(comparing: patients, reference: reference, ties: ties), name)
            ours.merge(
                try model(
                    "\(key)/strata", CoxFit(comparing: patients, reference: reference, ties: ties, stratified: true),
                    name)
            ) { $1 }
            let covariates =
                try Covariate.indicators(of: patients, reference: reference) + [Covariate("measure", cohort.measures)]
            ours.merge(
                try model(
                    "\(key)/measure", CoxFit(patients, covariates: covariates, ties: ties, stratified: true), name)
            ) { $1 }
            expect(ours, toBe: judge.verdicts(of: name) { $0.hasPrefix(key + "/") }, of: name)
        }
    }

    @Test func `state occupation and its standard errors are those of survfit`() throws {
        let judge = try Judge.shared()
        #expect(judge.walks.count == 5)
        for (name, walks) in judge.walks {
            let estimate = try AalenJohansen(walks.intervals)
            var ours: [String: Double?] = [:]
            for (number, state) in estimate.states.enumerated() {
                for step in estimate.steps {
                    let key = "aj/\(state)/\(step.day)"
                    let named = try estimate.estimate(of: state, at: step.day)
                    #expect(named.probability == step.probability[number])
                    ours["\(key)/probability"] = step.probability[number]
                    ours["\(key)/error"] = step.standardError[number]
                    ours["\(key)/risk"] = Double(step.atRisk[number])
                    ours["\(key)/lower"] = .some(named.limits?.lower)
                    ours["\(key)/upper"] = .some(named.limits?.upper)
                }
            }
            expect(ours, toBe: judge.verdicts(of: name) { $0.hasPrefix("aj/") }, of: name)
        }
    }
}

private func curve(_ key: String, _ estimate: KaplanMeier) throws -> [String: Double?] {
    var ours: [String: Double?] = [:]
    let scales: [(String, ConfidenceScale)] = [("log-log", .logLog), ("log", .log), ("plain", .plain)]
    for step in estimate.steps {
        let day = "\(key)/\(step.day)"
        ours["\(day)/survival"] = step.survival
        ours["\(day)/error"] = .some(step.standardError)
        ours["\(day)/risk"] = Double(step.atRisk)
        ours["\(day)/events"] = Double(step.events)
        ours["\(day)/censored"] = Double(step.censored)
        for (name, scale) in scales {
            let limits = estimate.limits(at: step, scale: scale)
            ours["\(day)/\(name)/lower"] = .some(limits?.lower)
            ours["\(day)/\(name)/upper"] = .some(limits?.upper)
        }
    }
    for (name, scale) in scales {
        let median = estimate.median(scale: scale)
        ours["\(key)/median/\(name)"] = .some(median.day)
        ours["\(key)/median/\(name)/lower"] = .some(median.lower)
        ours["\(key)/median/\(name)/upper"] = .some(median.upper)
    }
    let mean = try estimate.restrictedMean(to: estimate.lastDay / 2)
    ours["\(key)/mean"] = mean.days
    ours["\(key)/mean/error"] = mean.standardError
    return ours
}

private func model(_ key: String, _ fit: CoxFit, _ name: String) throws -> [String: Double?] {
    let estimates = try #require(fit.estimates, "\(name) \(key) separates")
    var ours: [String: Double?] = [
        "\(key)/zero": fit.logLikelihoodAtZero, "\(key)/summit": estimates.logLikelihood,
        "\(key)/score": fit.score.chiSquare, "\(key)/wald": estimates.wald.chiSquare,
        "\(key)/ratio/p": estimates.likelihoodRatio.pValue,
    ]
    for (number, coefficient) in estimates.coefficients.enumerated() {
        let ratio = coefficient.hazardRatio()
        ours["\(key)/\(number)/value"] = coefficient.value
        ours["\(key)/\(number)/error"] = coefficient.standardError
        ours["\(key)/\(number)/p"] = coefficient.pValue
        ours["\(key)/\(number)/lower"] = ratio.limits.lower
        ours["\(key)/\(number)/upper"] = ratio.limits.upper
    }
    return ours
}

extension Judge {
    /// The cohorts with two or more groups and an event.
    fileprivate var comparable: [(String, Cohort)] {
        cohorts.filter { cohort in
            Set(cohort.value.observations.map(\.group)).count > 1 && cohort.value.observations.contains { $0.event }
        }.map { ($0.key, $0.value) }
    }

    func verdicts(of subject: String, where belongs: (String) -> Bool) -> [String: Double?] {
        (verdicts[subject] ?? [:]).filter { belongs($0.key) }
    }
}

extension Cohort {
    /// The first group by name, as R takes it.
    fileprivate var reference: Group { observations.map(\.group).min() ?? .everyone }
}
