/// How many times the hazard of the reference another group has, or one more unit of a covariate makes.
///
/// It names what it is relative to, because 0.70 and its reciprocal 1.43 have both been printed of one trial.
public struct HazardRatio: Sendable, Hashable {
    /// The group, or the covariate, whose hazard stands above the line.
    public let of: String
    /// The group whose hazard stands below the line; `nil` for one unit of a covariate.
    public let reference: Group?
    /// The ratio; below 1 if the reference fares worse.
    public let ratio: Double
    /// The interval, symmetric on the scale of the logarithm (Wald).
    public let limits: ConfidenceLimits
    /// The level of the interval.
    public let level: ConfidenceLevel

    /// The same comparison seen from the other group; `nil` without one.
    public var reciprocal: HazardRatio? {
        reference.map { reference in
            HazardRatio(
                of: reference.name, reference: Group(of), ratio: 1 / ratio,
                limits: ConfidenceLimits(lower: 1 / limits.upper, upper: 1 / limits.lower), level: level)
        }
    }
}

/// One estimated coefficient of a Cox model: the logarithm of a hazard ratio.
public struct CoxCoefficient: Sendable, Hashable {
    /// The covariate's name.
    public let name: String
    /// The group that an indicator compares with.
    public let reference: Group?
    /// The estimate.
    public let value: Double
    /// Its standard error, from the inverse of the observed information.
    public let standardError: Double

    /// The estimate in standard errors.
    public var z: Double { value / standardError }
    /// The two-sided p-value of z.
    public var pValue: Double { NormalDistribution.twoTails(z) }
    /// The one-sided p-value for a hazard below that of the reference.
    public var pValueForLowerHazard: Double { NormalDistribution.lowerTail(z) }

    /// The hazard ratio and its interval.
    public func hazardRatio(level: ConfidenceLevel = .ninetyFive) -> HazardRatio {
        let reach = level.z * standardError
        return HazardRatio(
            of: name, reference: reference, ratio: exponential(value),
            limits: ConfidenceLimits(lower: exponential(value - reach), upper: exponential(value + reach)),
            level: level)
    }
}
