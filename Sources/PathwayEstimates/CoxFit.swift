/// How a Cox model treats events of one day.
public enum Ties: String, Sendable, Hashable, CaseIterable {
    /// Each event of the day as if the others were at risk in part (Efron, Journal of the American Statistical
    /// Association 72:557, 1977); the default of R's `coxph`.
    case efron
    /// All others as if they were at risk in whole (Breslow, Biometrics 30:89, 1974).
    case breslow
}

/// A statistic that is chi-square if no covariate matters.
public struct ChiSquareTest: Sendable, Hashable {
    /// The statistic.
    public let chiSquare: Double
    /// How many coefficients are tested.
    public let degreesOfFreedom: Int
    /// The probability of a statistic at least this large by chance.
    public var pValue: Double { ChiSquareDistribution.upperTail(chiSquare, degreesOfFreedom: degreesOfFreedom) }
}

/// A proportional hazards model, fitted to what was observed.
///
/// Source: Cox, Journal of the Royal Statistical Society B 34:187, 1972. The likelihood is climbed by Newton's method with
/// halved steps until a step would be less than 1e-10 standard errors. The same as `coxph` of R's `survival` when that is
/// asked for as many digits.
public struct CoxFit: Sendable, Hashable {
    /// What the climb led to.
    public enum Outcome: Sendable, Hashable {
        /// To a summit.
        case estimated(CoxEstimates)
        /// Nowhere: the likelihood rises for ever as these coefficients grow, because events separate (Heinze and
        /// Schemper, Biometrics 57:114, 2001). There is no estimate and no standard error of it; the likelihood ratio
        /// and the score test still hold.
        case separated([Separation], likelihoodRatio: ChiSquareTest)
    }

    /// A coefficient that the data do not bound.
    public struct Separation: Sendable, Hashable {
        /// The covariate's name.
        public let name: String
        /// The group that an indicator compares with.
        public let reference: Group?
        /// Whether the hazard ratio tends to infinity; if not, to 0.
        public let isRising: Bool
    }

    /// How many patients the model is fitted to: the denominator.
    public let observations: Int
    /// How many of them had the event.
    public let events: Int
    /// How ties were treated.
    public let ties: Ties
    /// The strata, each with a baseline hazard of its own; `nil` if there is one for all.
    public let strata: [Stratum]?
    /// The group that the others are compared with, if the covariates are indicators of groups.
    public let reference: Group?
    /// The logarithm of the partial likelihood if no covariate matters.
    public let logLikelihoodAtZero: Double
    /// The score test. Without ties and with one indicator it is the log-rank test.
    public let score: ChiSquareTest
    /// What the fit led to.
    public let outcome: Outcome

    /// The estimates, if there are any.
    public var estimates: CoxEstimates? {
        switch outcome {
        case .estimated(let estimates): estimates
        case .separated: nil
        }
    }

    /// Fits the hazard ratio of each group to the reference.
    ///
    /// Throws like ``init(_:covariates:ties:stratified:)``, and like ``LogRank/init(_:reference:stratified:)`` if there
    /// is nothing to compare.
    public init(
        comparing observations: [Observation], reference: Group, ties: Ties = .efron, stratified: Bool = false
    ) throws(EstimateError) {
        let indicators = try Covariate.indicators(of: observations, reference: reference)
        try self.init(observations, covariates: indicators, ties: ties, stratified: stratified)
    }

    /// Fits a model with any covariates; those for groups are made by ``Covariate/indicators(of:reference:)``.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/noObservations``, ``EstimateError/Code/noEvents``,
    /// ``EstimateError/Code/noInformation`` for a covariate that never varies among those at risk,
    /// ``EstimateError/Code/collinear`` for one that repeats others, and ``EstimateError/Code/notConverged``.
    /// - Parameters:
    ///   - observations: the patients.
    ///   - covariates: one or more columns, each as long as the patients are many.
    ///   - ties: how events of one day are treated.
    ///   - stratified: whether each stratum has a baseline hazard of its own.
    public init(
        _ observations: [Observation], covariates: [Covariate], ties: Ties = .efron, stratified: Bool = false
    ) throws(EstimateError) {
        precondition(
            !covariates.isEmpty && covariates.allSatisfy { $0.values.count == observations.count },
            "every covariate has a value for each patient")
        guard !observations.isEmpty else {
            throw EstimateError(.noObservations, "cannot fit hazards: the analysis set has no patients")
        }
        guard observations.contains(where: \.event) else {
            throw EstimateError(
                .noEvents, "cannot fit hazards: none of \(observations.count) patients had an event")
        }
        let likelihood = CoxLikelihood(observations, covariates, ties: ties, stratified: stratified)
        let climb = try CoxClimb(likelihood, covariates)
        self.observations = observations.count
        events = observations.count { $0.event }
        self.ties = ties
        strata = stratified ? Set(observations.map(\.stratum)).sorted() : nil
        reference = covariates.lazy.compactMap(\.reference).first
        logLikelihoodAtZero = climb.start.logLikelihood
        score = ChiSquareTest(chiSquare: climb.scoreStatistic, degreesOfFreedom: covariates.count)
        outcome = climb.outcome
    }
}

/// The summit of a Cox model's likelihood.
public struct CoxEstimates: Sendable, Hashable {
    /// The coefficients, in the order of the covariates.
    public let coefficients: [CoxCoefficient]
    /// Their variances and covariances, from the inverse of the observed information.
    public let covariance: [[Double]]
    /// The logarithm of the partial likelihood at the summit.
    public let logLikelihood: Double
    /// Twice the rise of the logarithm of the likelihood.
    public let likelihoodRatio: ChiSquareTest
    /// The test of the coefficients by their standard errors.
    public let wald: ChiSquareTest
    /// How many steps the climb took.
    public let iterations: Int
}
