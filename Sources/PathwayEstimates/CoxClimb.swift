/// Newton's method on a Cox model's likelihood, and what to make of where it ends.
struct CoxClimb {
    let start: CoxLikelihood.Value
    let scoreStatistic: Double
    let outcome: CoxFit.Outcome

    /// A regular model takes fewer than 10 steps. One that separates gains about 1 on the scale of the log hazard with
    /// each, and is far out after this many.
    private static let mostSteps = 30

    init(_ likelihood: CoxLikelihood, _ covariates: [Covariate]) throws(EstimateError) {
        var place = covariates.map { _ in 0.0 }
        var value = likelihood.value(at: place)
        start = value
        try Self.requireVariation(start, covariates)
        var lastStep: [Double] = []
        var gain = Double.infinity
        scoreStatistic = dot(value.score, try Self.factor(value, covariates).solve(value.score))
        for iteration in 1...Self.mostSteps {
            // The curvature was there at the start; where it is lost on the way, the way leads out to infinity.
            guard let factor = try? Cholesky(value.information) else { break }
            lastStep = factor.solve(value.score)
            gain = dot(value.score, lastStep)
            if gain < 1e-20 {
                place = zip(place, lastStep).map(+)
                outcome = .estimated(Self.estimates(place, value, factor, start, covariates, iteration))
                return
            }
            guard let next = Self.rise(likelihood, from: place, value, by: lastStep) else { break }
            (place, value) = next
        }
        outcome = try Self.separated(place, value, start, lastStep, gain, covariates)
    }

    /// A step that does not lose likelihood, halved until it is one; `nil` if there is none.
    private static func rise(
        _ likelihood: CoxLikelihood, from place: [Double], _ value: CoxLikelihood.Value, by step: [Double]
    ) -> ([Double], CoxLikelihood.Value)? {
        var share = 1.0
        while share > 1e-6 {
            let next = zip(place, step).map { $0 + share * $1 }
            let risen = likelihood.value(at: next)
            let slack = 1e-12 * abs(value.logLikelihood)
            let isFinite = risen.logLikelihood.isFinite && risen.information.joined().allSatisfy(\.isFinite)
            if isFinite, risen.logLikelihood >= value.logLikelihood - slack { return (next, risen) }
            share /= 2
        }
        return nil
    }

    private static func estimates(
        _ place: [Double], _ value: CoxLikelihood.Value, _ factor: Cholesky, _ start: CoxLikelihood.Value,
        _ covariates: [Covariate], _ iterations: Int
    ) -> CoxEstimates {
        let covariance = factor.inverse
        let coefficients = covariates.indices.map { number in
            CoxCoefficient(
                name: covariates[number].name, reference: covariates[number].reference, value: place[number],
                standardError: covariance[number][number].squareRoot())
        }
        let curvature = value.information.map { dot($0, place) }
        return CoxEstimates(
            coefficients: coefficients, covariance: covariance, logLikelihood: value.logLikelihood,
            likelihoodRatio: ratio(value, start, covariates),
            wald: ChiSquareTest(chiSquare: dot(place, curvature), degreesOfFreedom: covariates.count),
            iterations: iterations)
    }

    private static func ratio(
        _ value: CoxLikelihood.Value, _ start: CoxLikelihood.Value, _ covariates: [Covariate]
    ) -> ChiSquareTest {
        ChiSquareTest(
            chiSquare: max(0, 2 * (value.logLikelihood - start.logLikelihood)), degreesOfFreedom: covariates.count)
    }

    /// Names the coefficients that still walk although nothing is left to gain.
    private static func separated(
        _ place: [Double], _ value: CoxLikelihood.Value, _ start: CoxLikelihood.Value, _ step: [Double], _ gain: Double,
        _ covariates: [Covariate]
    ) throws(EstimateError) -> CoxFit.Outcome {
        // Along the way out a step is at least one over the covariate's range; at a summit it is next to nothing.
        let walking = covariates.indices.filter { number in
            let values = covariates[number].values
            return abs(step[number]) * ((values.max() ?? 0) - (values.min() ?? 0)) > 0.1
        }
        guard !walking.isEmpty, gain < 1e-6 else {
            throw EstimateError(
                .notConverged, "cannot fit hazards: no summit of the likelihood was found in \(mostSteps) steps",
                hint: "bring the covariates to similar scales, or use fewer")
        }
        let separations = walking.map { number in
            CoxFit.Separation(
                name: covariates[number].name, reference: covariates[number].reference, isRising: place[number] > 0)
        }
        return .separated(separations, likelihoodRatio: ratio(value, start, covariates))
    }

    private static func requireVariation(
        _ start: CoxLikelihood.Value, _ covariates: [Covariate]
    ) throws(EstimateError) {
        for (number, covariate) in covariates.enumerated() {
            let size = covariate.values.map { abs($0) }.max() ?? 0
            // A variance of this size is what rounding leaves of none.
            if start.information[number][number] <= 1e-13 * size * size {
                throw EstimateError(
                    .noInformation,
                    "cannot fit the hazard ratio of \"\(covariate.name)\": at every event all at risk were alike in it")
            }
        }
    }

    private static func factor(
        _ value: CoxLikelihood.Value, _ covariates: [Covariate]
    ) throws(EstimateError) -> Cholesky {
        do {
            return try Cholesky(value.information)
        } catch {
            throw EstimateError(
                .collinear,
                "cannot fit the hazard ratio of \"\(covariates[error.row].name)\": it follows from the other covariates",
                hint: "leave one of them out")
        }
    }
}
