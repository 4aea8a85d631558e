public import PathwayCore
public import PathwayEstimates

/// An arm against the reference, by one endpoint.
public struct ArmComparison: Sendable {
    /// The arm that is compared.
    public let arm: String
    /// The log-rank test, within strata where the plan says so.
    public let test: Figure<LogRank>
    /// Whether the p-value has one side: fewer events in the arm than in the reference.
    public let isOneSided: Bool
    /// The statistic, above 0 if the arm had fewer events than expected.
    public let z: Double
    /// The p-value with as many sides as the plan has.
    public let pValue: Double
    /// The proportional hazards model, in the same strata, ties by Efron's method.
    public let hazards: Figure<CoxFit>

    /// The hazard of the arm over that of the reference; `nil` where the events do not bound it.
    public var hazardRatio: HazardRatio? { hazards.value.estimates?.coefficients.first?.hazardRatio() }
    /// The same seen from the reference, as some print it.
    public var reciprocal: HazardRatio? { hazardRatio?.reciprocal }
}

extension ArmAnalysis {
    /// Compares the arms by an endpoint as the protocol plans it: its reference, sides and strata.
    ///
    /// The plan names one endpoint; others are compared in the same way. A protocol that compares nothing, three arms or an arm without patients
    /// is a failure that says so.
    public func compare(_ endpoint: Endpoint) -> Result<ArmComparison, EstimateError> {
        do throws(EstimateError) {
            let comparison = try planned()
            let observations = try observations(endpoint, of: subjects)
            let basis = try basis(endpoint.title, note: comparison.isStratified ? "within strata" : nil)
            let reference = Group(comparison.reference)
            let test = try LogRank(observations, reference: reference, stratified: comparison.isStratified)
            let arm = try other(than: comparison.reference)
            let hazards = try CoxFit(
                comparing: observations, reference: reference, ties: .efron, stratified: comparison.isStratified)
            let pValue =
                comparison.isOneSided ? try test.oneSidedPValue(forFewerEventsIn: Group(arm)) : test.pValue
            return .success(
                ArmComparison(
                    arm: arm, test: Figure(test, on: basis), isOneSided: comparison.isOneSided,
                    z: try test.z(forFewerEventsIn: Group(arm)), pValue: pValue, hazards: Figure(hazards, on: basis)))
        } catch {
            return .failure(error)
        }
    }

    /// The hazard of an endpoint's event after a transplant over that before it: the transplant as a state that comes with time.
    ///
    /// Whoever is transplanted is split on that day, so that rows are counted and not patients. An event on the day of the transplant counts before it.
    public func hazardOnceTransplanted(_ endpoint: Endpoint, arm: String? = nil) -> Estimated<CoxFit> {
        estimated { () throws(EstimateError) in
            try basis(endpoint.title, arm: arm, note: "within strata, rows split at the transplant")
        } _: { () throws(EstimateError) in
            let number = try number(of: endpoint)
            var rows: [Observation] = []
            for member in try present(in: arm) { rows += try member.split(ending(number, of: member)) }
            return try CoxFit(comparing: rows, reference: "not transplanted", ties: .efron, stratified: true)
        }
    }

    func planned() throws(EstimateError) -> Comparison {
        if let partial { throw partial }
        if let comparison { return comparison }
        throw EstimateError(
            .wrongNumberOfGroups, "cannot compare arms: the protocol's analyses compare none from the \(zero.word)",
            hint: "add the randomisation to \"comparisons\" of its document")
    }

    /// The one arm besides the reference.
    func other(than reference: String) throws(EstimateError) -> String {
        let others = armNames.filter { $0 != reference }
        guard let arm = others.first, others.count == 1 else {
            throw EstimateError(
                .wrongNumberOfGroups, "cannot give a direction to a comparison of \(armNames.count) arms")
        }
        return arm
    }
}

extension AnalysedSubject {
    /// The rows before and after the transplant.
    fileprivate func split(_ ending: Ending) throws(EstimateError) -> [Observation] {
        let stratum = Stratum(stratum)
        guard let day = transplantedOn, day < ending.days else {
            return [
                try Observation(
                    exit: ending.days, event: ending.component != nil, group: "not transplanted", stratum: stratum)
            ]
        }
        let after = try Observation(
            entry: day, exit: ending.days, event: ending.component != nil, group: "transplanted", stratum: stratum)
        if day == 0 { return [after] }
        return [try Observation(exit: day, event: false, group: "not transplanted", stratum: stratum), after]
    }
}
