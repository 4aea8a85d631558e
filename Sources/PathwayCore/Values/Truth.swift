/// What is known about a condition: it holds, it does not, or the facts do not say.
///
/// Kleene's strong logic. "Not known" is kept apart from "no", because a missing fact must never
/// choose a patient's path.
public enum Truth: Sendable, Hashable {
    /// The condition holds.
    case yes
    /// The condition does not hold.
    case no
    /// The facts do not decide it.
    case unknown

    /// Makes `yes` of true and `no` of false.
    public init(_ value: Bool) { self = value ? .yes : .no }

    /// `no` if either is, `unknown` if the rest is.
    public func and(_ other: Truth) -> Truth {
        if self == .no || other == .no { return .no }
        return self == .yes && other == .yes ? .yes : .unknown
    }

    /// `yes` if either is, `unknown` if the rest is.
    public func or(_ other: Truth) -> Truth {
        if self == .yes || other == .yes { return .yes }
        return self == .no && other == .no ? .no : .unknown
    }

    /// The opposite; what is not known stays so.
    public var negated: Truth {
        switch self {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }
}
