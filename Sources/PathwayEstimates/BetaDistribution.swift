/// The beta distribution with whole parameters, as the exact interval of a proportion needs it.
public enum BetaDistribution {
    /// The probability of a value of at most `value`: the regularised incomplete beta function.
    ///
    /// By its continued fraction (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8), evaluated as Lentz
    /// does (Press et al., Numerical Recipes, 3rd edition, section 6.4). About 12 digits for parameters up to
    /// 1000.
    /// - Parameters:
    ///   - value: from 0 to 1.
    ///   - first: the parameter that draws towards 1, above 0.
    ///   - second: the parameter that draws towards 0, above 0.
    public static func lowerTail(_ value: Double, _ first: Double, _ second: Double) -> Double {
        precondition(first > 0 && second > 0 && value >= 0 && value <= 1, "the beta distribution lies between 0 and 1")
        if value == 0 || value == 1 { return value }
        // The fraction converges fast on this side of the mean only.
        if value > (first + 1) / (first + second + 2) { return 1 - lowerTail(1 - value, second, first) }
        let front = first * logarithm(value) + second * logarithmOfOnePlus(-value)
        let beta = logGamma(first) + logGamma(second) - logGamma(first + second)
        return exponential(front - beta) / first * fraction(value, first, second)
    }

    /// The value that stays above a draw with this probability, by halving to the last bit.
    /// - Parameter probability: above 0 and below 1.
    public static func quantile(_ probability: Double, _ first: Double, _ second: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile is asked for between 0 and 1")
        var (below, above) = (0.0, 1.0)
        while true {
            let middle = (below + above) / 2
            if middle <= below || middle >= above { return middle }
            if lowerTail(middle, first, second) < probability { below = middle } else { above = middle }
        }
    }

    /// 1 / (1 + d1 / (1 + d2 / (1 + …))).
    private static func fraction(_ value: Double, _ first: Double, _ second: Double) -> Double {
        var over = 1.0
        var under = 1 / nonzero(1 + term(1, value, first, second))
        var result = under
        for step in 2..<10_000 {
            let numerator = term(step, value, first, second)
            under = 1 / nonzero(1 + numerator * under)
            over = nonzero(1 + numerator / over)
            result *= over * under
            if abs(over * under - 1) < 1e-16 { break }
        }
        return result
    }

    private static func term(_ step: Int, _ value: Double, _ first: Double, _ second: Double) -> Double {
        let half = Double(step / 2)
        if step.isMultiple(of: 2) {
            return half * (second - half) * value / ((first + 2 * half - 1) * (first + 2 * half))
        }
        return -(first + half) * (first + second + half) * value / ((first + 2 * half) * (first + 2 * half + 1))
    }

    private static func nonzero(_ number: Double) -> Double { abs(number) < 1e-300 ? 1e-300 : number }
}
