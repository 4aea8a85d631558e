/// The boundaries of a trial that is looked at while it runs.
///
/// The statistic of each look is taken as normal with independent increments, as the log-rank z is in the limit. The
/// boundary of each look is found by integrating over what all looks before it left open: Armitage, McPherson and Rowe,
/// Journal of the Royal Statistical Society A 132:235, 1969; Jennison and Turnbull, Group Sequential Methods, chapter 19.
public struct GroupSequentialDesign: Sendable, Hashable {
    /// One look at the results.
    public struct Look: Sendable, Hashable {
        /// The share of the planned information, such as events, that is in.
        public let fraction: Double
        /// The probability of having crossed a boundary up to this look if the arms are alike.
        public let spent: Double
        /// The z that a result has to reach.
        public let boundary: Double
        /// The p-value of a z at the boundary, with as many sides as the design has.
        public let nominalPValue: Double
    }

    /// What a look led to.
    public enum Verdict: Sendable, Hashable {
        /// The boundary was not reached; the trial goes on.
        case goesOn
        /// The boundary was reached in favour of the experimental arm.
        case crossed
        /// The lower boundary of a two-sided design was reached: the experimental arm does worse.
        case crossedBelow
        /// All information is in and the boundary was not reached.
        case endedWithout
    }

    /// Whether one direction counts or both.
    public let sides: Sides
    /// The probability of a false alarm, over all looks and sides.
    public let alpha: Double
    /// How it is spent.
    public let spending: Spending
    /// The looks, in order.
    public let looks: [Look]

    /// The most looks that a design has.
    public static let mostLooks = 10

    /// Computes the boundaries for looks at these shares of the information.
    ///
    /// The last look need not be at 1: a trial in progress has the looks it had, and the rest of alpha is unspent.
    /// Throws ``EstimateError`` with ``EstimateError/Code/outOfBounds`` for an alpha outside 0.0001 to 0.5, and
    /// ``EstimateError/Code/badDesign`` unless there are from 1 to 10 rising shares from 0.02 to 1, each at least 0.001
    /// above the one before it.
    /// - Parameters:
    ///   - fractions: the share of the information at each look.
    ///   - alpha: the probability of a false alarm, over all looks and sides.
    ///   - sides: whether one direction counts or both.
    ///   - spending: how alpha is spent.
    public init(
        fractions: [Double], alpha: Double, sides: Sides, spending: Spending
    ) throws(EstimateError) {
        try Self.check(fractions, alpha)
        let share = sides == .one ? alpha : alpha / 2
        let spent = fractions.map { spending.spent(at: $0, alpha: share) }
        var walk = BoundaryWalk(fractions: fractions, sides: sides)
        looks = fractions.indices.map { number in
            let increment = spent[number] - (number == 0 ? 0 : spent[number - 1])
            let boundary = walk.boundary(forSpending: sides == .one ? increment : 2 * increment)
            return Look(
                fraction: fractions[number], spent: sides == .one ? spent[number] : 2 * spent[number],
                boundary: boundary, nominalPValue: Self.pValue(of: boundary, sides))
        }
        (self.alpha, self.sides, self.spending) = (alpha, sides, spending)
    }

    /// Computes the boundaries for looks after these numbers of events.
    ///
    /// Throws like ``init(fractions:alpha:sides:spending:)``.
    public init(
        events: [Int], planned: Int, alpha: Double, sides: Sides, spending: Spending
    ) throws(EstimateError) {
        guard planned > 0 else {
            throw EstimateError(.badDesign, "cannot plan looks: \(planned) events are planned")
        }
        let fractions = events.map { Double($0) / Double(planned) }
        try self.init(fractions: fractions, alpha: alpha, sides: sides, spending: spending)
    }

    private static func check(_ fractions: [Double], _ alpha: Double) throws(EstimateError) {
        guard alpha >= 0.0001, alpha <= 0.5 else {
            throw EstimateError(.outOfBounds, "cannot spend an alpha of \(alpha): it is not from 0.0001 to 0.5")
        }
        guard (1...mostLooks).contains(fractions.count) else {
            throw EstimateError(
                .badDesign, "cannot plan \(fractions.count) looks: a design has from 1 to \(mostLooks)")
        }
        guard fractions.allSatisfy({ $0 >= 0.02 && $0 <= 1 }) else {
            throw EstimateError(
                .badDesign, "cannot plan looks: a share of the information is not from 0.02 to 1",
                hint: "count a look with more events than planned as one with all of them")
        }
        guard zip(fractions, fractions.dropFirst()).allSatisfy({ $1 - $0 >= 0.001 }) else {
            throw EstimateError(
                .badDesign, "cannot plan looks: each has to come with at least 0.001 more of the information")
        }
    }

    /// The p-value of a z, with as many sides as the design has.
    public func pValue(of z: Double) -> Double { Self.pValue(of: z, sides) }

    private static func pValue(of z: Double, _ sides: Sides) -> Double {
        switch sides {
        case .one: NormalDistribution.upperTail(z)
        case .two: NormalDistribution.twoTails(z)
        }
    }

    /// What the looks so far led to; those after a boundary was reached are not judged.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/badDesign`` for more results than looks and
    /// ``EstimateError/Code/outOfBounds`` for one that is not a number.
    /// - Parameter observed: the z of each look so far, above 0 in favour of the experimental arm, such as
    ///   ``LogRank/z(forFewerEventsIn:)`` for that arm.
    public func verdicts(observed: [Double]) throws(EstimateError) -> [Verdict] {
        guard observed.count <= looks.count else {
            throw EstimateError(.badDesign, "cannot judge \(observed.count) results of \(looks.count) looks")
        }
        guard observed.allSatisfy(\.isFinite) else {
            throw EstimateError(.outOfBounds, "cannot judge a result that is not a finite number")
        }
        var verdicts: [Verdict] = []
        for (look, z) in zip(looks, observed) {
            verdicts.append(verdict(at: look, z))
            switch verdicts.last {
            case .crossed, .crossedBelow: return verdicts
            case .goesOn, .endedWithout, nil: continue
            }
        }
        return verdicts
    }

    private func verdict(at look: Look, _ z: Double) -> Verdict {
        if z >= look.boundary { return .crossed }
        if sides == .two, z <= -look.boundary { return .crossedBelow }
        return look.fraction == 1 ? .endedWithout : .goesOn
    }
}
