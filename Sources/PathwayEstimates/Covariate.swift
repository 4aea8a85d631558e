/// A column of numbers, one for each patient, that a hazard may depend on.
public struct Covariate: Sendable, Hashable {
    /// What it is called: for an indicator of a group, the group's name.
    public let name: String
    /// For an indicator, the group that those with 0 are in.
    public let reference: Group?
    /// The values, in the order of the observations.
    public let values: [Double]

    /// Takes a column.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/outOfBounds`` if a value is not a finite number.
    public init(_ name: String, _ values: [Double]) throws(EstimateError) {
        guard values.allSatisfy(\.isFinite) else {
            throw EstimateError(
                .outOfBounds, "cannot use the covariate \"\(name)\": a value is missing or not a finite number",
                hint: "leave out the patients without a value, and say so")
        }
        self.init(name, values, reference: nil)
    }

    private init(_ name: String, _ values: [Double], reference: Group?) {
        (self.name, self.values, self.reference) = (name, values, reference)
    }

    /// A column of 0 and 1 for each group but the reference, by name.
    ///
    /// Throws like ``LogRank/init(_:reference:stratified:)`` if there is nothing to compare.
    public static func indicators(
        of observations: [Observation], reference: Group
    ) throws(EstimateError) -> [Covariate] {
        try LogRank.groups(of: observations, reference: reference).dropFirst().map { group in
            Covariate(group.name, observations.map { $0.group == group ? 1 : 0 }, reference: reference)
        }
    }
}
