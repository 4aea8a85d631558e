/// What patients are compared by: an arm, as a rule.
public struct Group: Sendable, Hashable {
    /// The name, as the protocol spells it.
    public let name: String

    /// Names a group.
    public init(_ name: String) { self.name = name }

    /// The group of those who are not compared.
    public static let everyone: Group = "everyone"
}

/// What patients are compared within, because they were randomised within it.
public struct Stratum: Sendable, Hashable {
    /// The name, as it was used at randomisation.
    public let name: String

    /// Names a stratum.
    public init(_ name: String) { self.name = name }

    /// The stratum of a trial without strata.
    public static let whole: Stratum = "whole"
}

extension Group: ExpressibleByStringLiteral, Comparable, CustomStringConvertible {
    /// Names a group.
    public init(stringLiteral name: String) { self.init(name) }
    /// In the order of the names.
    public static func < (left: Group, right: Group) -> Bool { left.name < right.name }
    /// The name.
    public var description: String { name }
}

extension Stratum: ExpressibleByStringLiteral, Comparable, CustomStringConvertible {
    /// Names a stratum.
    public init(stringLiteral name: String) { self.init(name) }
    /// In the order of the names.
    public static func < (left: Stratum, right: Stratum) -> Bool { left.name < right.name }
    /// The name.
    public var description: String { name }
}
