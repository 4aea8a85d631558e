/// How often an interval made in this way holds the true value: above 0 and below 1.
public struct ConfidenceLevel: Sendable, Hashable {
    /// The share, such as 0.95.
    public let share: Double

    /// Takes a share.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/outOfBounds`` unless it lies between 0 and 1.
    public init(_ share: Double) throws(EstimateError) {
        guard share > 0, share < 1 else {
            throw EstimateError(
                .outOfBounds, "cannot use \"\(share)\" as a confidence level: it is not between 0 and 1")
        }
        self.share = share
    }

    private init(known share: Double) { self.share = share }

    /// The customary 95 %.
    public static let ninetyFive = ConfidenceLevel(known: 0.95)

    /// How many standard errors a two-sided normal interval reaches to either side: 1.96 for 95 %.
    public var z: Double { -NormalDistribution.quantile((1 - share) / 2) }
}

/// Two numbers that an interval lies between.
public struct ConfidenceLimits: Sendable, Hashable {
    /// The lower limit.
    public let lower: Double
    /// The upper limit.
    public let upper: Double
}

/// The scale on which a probability's interval is made symmetric.
public enum ConfidenceScale: Sendable, Hashable, CaseIterable {
    /// log(-log p): stays between 0 and 1, the usual choice of protocols; says nothing at p = 0 and p = 1 (Kalbfleisch
    /// and Prentice, The Statistical Analysis of Failure Time Data, 2002, section 1.4).
    case logLog
    /// log p, cut at 1: the default of R's `survfit`; says nothing at p = 0.
    case log
    /// p itself, cut at 0 and 1.
    case plain

    /// The limits; `nil` where this scale says nothing, or where the standard error is unknown.
    func limits(of probability: Double, standardError: Double?, level: ConfidenceLevel) -> ConfidenceLimits? {
        guard let standardError else { return nil }
        let reach = level.z * standardError
        switch self {
        case .logLog:
            guard probability > 0, probability < 1 else { return nil }
            let center = logarithm(-logarithm(probability))
            let half = -reach / (probability * logarithm(probability))
            return ConfidenceLimits(
                lower: exponential(-exponential(center + half)), upper: exponential(-exponential(center - half)))
        case .log:
            guard probability > 0 else { return nil }
            let factor = exponential(reach / probability)
            return ConfidenceLimits(lower: probability / factor, upper: min(probability * factor, 1))
        case .plain:
            return ConfidenceLimits(lower: max(probability - reach, 0), upper: min(probability + reach, 1))
        }
    }
}
