/// What must hold for a milestone to be recorded, besides the arrows.
public final class Rule: Sendable {
    /// What follows when it does not hold; the raw value is its spelling in the document.
    public enum Otherwise: String, Sendable, Hashable, CaseIterable {
        /// The milestone is refused.
        case refused
        /// It is recorded only with a reason.
        case offProtocol = "off-protocol"
        /// It is recorded with a warning.
        case warned
    }

    /// Its name for people.
    public let name: String
    /// The milestone it is about.
    public let kind: MilestoneKind
    /// The courses, arms or risk groups it is narrowed to; empty is all.
    public let qualifiers: [String]
    /// The phases it is narrowed to; empty is all.
    public let phases: [Int]
    /// When it applies; `nil` is always.
    public let appliesWhen: Guard?
    /// What must hold.
    public let requirement: Guard
    /// What follows when it does not hold.
    public let otherwise: Otherwise
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a rule.
    public init(
        name: String, kind: MilestoneKind, qualifiers: [String], phases: [Int], appliesWhen: Guard?,
        requirement: Guard, otherwise: Otherwise, provenance: Provenance
    ) {
        self.name = name
        self.kind = kind
        self.qualifiers = qualifiers
        self.phases = phases
        self.appliesWhen = appliesWhen
        self.requirement = requirement
        self.otherwise = otherwise
        self.provenance = provenance
    }
}
