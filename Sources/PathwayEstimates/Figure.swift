/// What has a denominator: the patients that it was computed from.
public protocol Counted {
    /// How many patients.
    var observations: Int { get }
    /// The arm that others are compared with, if it compares.
    var comparedWith: Group? { get }
}

/// A result with everything beside it that it means nothing without.
///
/// Two results of one trial differ by cut and analysis set: MRD negative in 79 % and in 75 % have both been printed of one
/// arm. The denominator and the reference arm come from the result itself, so that they cannot be misquoted.
public struct Figure<Value> {
    /// The result.
    public let value: Value
    /// Of what, in whom and when.
    public let basis: Basis
    /// How many patients it was computed from.
    public let denominator: Int
    /// The arm that others are compared with, if it compares.
    public let reference: Group?
}

/// Of what, in whom and when.
public struct Basis: Sendable, Hashable {
    /// The endpoint, such as `disease-free survival`.
    public let endpoint: String
    /// Who is counted, such as `randomised`.
    public let analysisSet: String
    /// The clinical cut, such as `2020-09-30`: what happened later is not counted.
    public let cut: String

    /// Names the basis.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/outOfBounds`` if a name is empty.
    public init(endpoint: String, analysisSet: String, cut: String) throws(EstimateError) {
        for (name, words) in [("endpoint", endpoint), ("analysis set", analysisSet), ("cut", cut)] where words.isEmpty {
            throw EstimateError(.outOfBounds, "cannot give a figure without its \(name)")
        }
        (self.endpoint, self.analysisSet, self.cut) = (endpoint, analysisSet, cut)
    }
}

extension Figure where Value: Counted {
    /// Puts a result on its basis.
    public init(_ value: Value, on basis: Basis) {
        (self.value, self.basis) = (value, basis)
        (denominator, reference) = (value.observations, value.comparedWith)
    }
}

extension Figure: Sendable where Value: Sendable {}
extension Figure: Equatable where Value: Equatable {}
extension Figure: Hashable where Value: Hashable {}

extension Figure: CustomStringConvertible {
    /// The basis in words, for a caption.
    public var description: String {
        "\(basis.endpoint), \(basis.analysisSet), n = \(denominator), cut \(basis.cut)"
            + (reference.map { ", against \($0)" } ?? "")
    }
}

extension Counted {
    /// Nothing is compared.
    public var comparedWith: Group? { nil }
}

extension KaplanMeier: Counted {}
extension AalenJohansen: Counted {}

extension CoxFit: Counted {
    /// The reference, if the covariates are groups.
    public var comparedWith: Group? { reference }
}

extension LogRank: Counted {
    /// The reference.
    public var comparedWith: Group? { reference }
}

extension Proportion: Counted {
    /// The denominator.
    public var observations: Int { denominator }
}
