/// How many of how many: transplanted, or MRD negative at a time point.
public struct Proportion: Sendable, Hashable {
    /// How many have what is counted.
    public let count: Int
    /// How many could have had it.
    public let denominator: Int

    /// Takes a count and its denominator.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/noObservations`` for a denominator of 0 and
    /// ``EstimateError/Code/outOfBounds`` for a count outside it.
    public init(_ count: Int, of denominator: Int) throws(EstimateError) {
        guard denominator != 0 else {
            throw EstimateError(.noObservations, "cannot give a share of nobody: the denominator is 0")
        }
        guard denominator > 0, (0...denominator).contains(count) else {
            throw EstimateError(.outOfBounds, "cannot give the share of \(count) of \(denominator)")
        }
        (self.count, self.denominator) = (count, denominator)
    }

    /// The share, from 0 to 1.
    public var share: Double { Double(count) / Double(denominator) }

    /// The exact interval, which holds the true share at least as often as the level says (Clopper and Pearson,
    /// Biometrika 26:404, 1934).
    public func clopperPearson(level: ConfidenceLevel = .ninetyFive) -> ConfidenceLimits {
        let (yes, no) = (Double(count), Double(denominator - count))
        let tail = (1 - level.share) / 2
        return ConfidenceLimits(
            lower: count == 0 ? 0 : BetaDistribution.quantile(tail, yes, no + 1),
            upper: count == denominator ? 1 : 1 - BetaDistribution.quantile(tail, no, yes + 1))
    }

    /// The score interval, which holds the true share about as often as the level says (Wilson, Journal of the American
    /// Statistical Association 22:209, 1927), without a correction for continuity.
    public func wilson(level: ConfidenceLevel = .ninetyFive) -> ConfidenceLimits {
        let (z, total) = (level.z, Double(denominator))
        let shrink = 1 + z * z / total
        let center = (share + z * z / (2 * total)) / shrink
        let reach = z / shrink * (share * (1 - share) / total + z * z / (4 * total * total)).squareRoot()
        return ConfidenceLimits(
            lower: count == 0 ? 0 : max(center - reach, 0), upper: count == denominator ? 1 : min(center + reach, 1))
    }
}

/// Answers to a question that cannot always be answered.
///
/// An MRD below 0.1 % by an assay that sees no less is unknown at 0.01 %, and so is a sample that was not taken.
public struct Answers: Sendable, Hashable {
    /// How many were answered with yes.
    public let yes: Int
    /// How many were answered with no.
    public let no: Int
    /// How many could not be answered.
    public let unknown: Int

    /// What becomes of those that could not be answered.
    public enum Rule: Sendable, Hashable, CaseIterable {
        /// They stay in the denominator and are no yes, as in the primary analysis of AALL1331 (Brown et al., JAMA
        /// 325:833, 2021, table 2).
        case unknownIsNo
        /// They leave the denominator.
        case unknownIsLeftOut
    }

    /// Counts the answers.
    public init(_ answers: some Sequence<Answer>) {
        var (yes, no, unknown) = (0, 0, 0)
        for answer in answers {
            switch answer {
            case .yes: yes += 1
            case .no: no += 1
            case .unknown: unknown += 1
            }
        }
        (self.yes, self.no, self.unknown) = (yes, no, unknown)
    }

    /// The share of yes under a rule, which has to be named beside it.
    ///
    /// Throws like ``Proportion/init(_:of:)``.
    public func proportion(_ rule: Rule) throws(EstimateError) -> Proportion {
        switch rule {
        case .unknownIsNo: try Proportion(yes, of: yes + no + unknown)
        case .unknownIsLeftOut: try Proportion(yes, of: yes + no)
        }
    }
}

/// One answer.
public enum Answer: Sendable, Hashable, CaseIterable {
    /// So it is.
    case yes
    /// So it is not.
    case no
    /// Nobody can tell.
    case unknown
}
