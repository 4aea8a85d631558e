/// How the probability of a false alarm is spent as information comes in (Lan and DeMets, Biometrika 70:659, 1983).
public enum Spending: String, Sendable, Hashable, CaseIterable {
    /// 2 - 2 Φ(z(α/2) / √t): almost nothing at first, as the boundary of O'Brien and Fleming does.
    case obrienFleming = "obrien-fleming"
    /// α · log(1 + (e - 1) t): about evenly, as the boundary of Pocock does.
    case pocock

    /// What is spent up to a share of the information, on one side.
    /// - Parameters:
    ///   - fraction: the share, above 0 and up to 1.
    ///   - alpha: what is spent on this side in the end.
    func spent(at fraction: Double, alpha: Double) -> Double {
        if fraction == 1 { return alpha }
        switch self {
        case .obrienFleming:
            let z = -NormalDistribution.quantile(alpha / 2)
            return NormalDistribution.twoTails(z / fraction.squareRoot())
        case .pocock:
            return alpha * logarithmOfOnePlus((exponential(1) - 1) * fraction)
        }
    }
}

/// Which differences end a trial.
public enum Sides: Sendable, Hashable, CaseIterable {
    /// Only one in favour of the experimental arm, whose z is above 0.
    case one
    /// One in either direction, with the same boundary and half of alpha for each.
    case two
}
