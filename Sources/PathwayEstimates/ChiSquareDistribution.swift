/// The chi-square distribution with a whole number of degrees of freedom.
public enum ChiSquareDistribution {
    /// The probability of a value above `value`, which keeps its digits where it is tiny.
    ///
    /// A finite sum of positive terms, because the degrees of freedom are whole (Abramowitz and Stegun, Handbook of
    /// Mathematical Functions, 26.4.4 and 26.4.5), so that nothing cancels.
    /// - Parameters:
    ///   - value: from 0.
    ///   - degreesOfFreedom: from 1.
    public static func upperTail(_ value: Double, degreesOfFreedom: Int) -> Double {
        precondition(degreesOfFreedom >= 1 && value >= 0, "chi-square has degrees of freedom and no negative values")
        if value == 0 { return 1 }
        let half = value / 2
        let isOdd = !degreesOfFreedom.isMultiple(of: 2)
        var tail = isOdd ? complementaryError(half.squareRoot()) : exponential(-half)
        var shape = isOdd ? 0.5 : 1
        while shape < Double(degreesOfFreedom) / 2 {
            tail += exponential(shape * logarithm(half) - half - logGamma(shape + 1))
            shape += 1
        }
        return min(tail, 1)
    }
}
