public import PathwayCore
public import PathwayEstimates

/// What is known at a time point about whether residual disease is negative; the raw value is its one spelling.
public enum MRDAnswer: String, Sendable, Hashable, CaseIterable {
    /// Surely below the limit.
    case negative
    /// Surely not below it.
    case notNegative = "not-negative"
    /// The assay does not see so far: `<0.1 %` from an assay that sees one cell in a thousand says nothing at 0.01 %.
    case indeterminate
    /// No test was made.
    case notDone = "not-done"
    /// The sample did not allow a result.
    case inadequate
    /// No result was recorded, or the time point was not reached.
    case missing

    /// The answer of a result at a limit.
    public init(_ mrd: MRD?, below limit: MRD.Level) {
        guard let mrd else {
            self = .missing
            return
        }
        switch mrd.result {
        case .notDone: self = .notDone
        case .inadequate: self = .inadequate
        case .level, .below, .atLeast, .above:
            switch mrd.isBelow(limit) {
            case .yes: self = .negative
            case .no: self = .notNegative
            case .unknown: self = .indeterminate
            }
        }
    }

    /// Whether it can be told that residual disease is negative or not.
    public var answer: Answer {
        switch self {
        case .negative: .yes
        case .notNegative: .no
        case .indeterminate, .notDone, .inadequate, .missing: .unknown
        }
    }
}
