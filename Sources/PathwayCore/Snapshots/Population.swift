/// Whose paths a snapshot takes.
public enum Population: Sendable, Hashable {
    /// Everybody who was enrolled.
    case enrolled
    /// Everybody to whom a risk group was assigned.
    case riskAssigned
    /// Everybody who was randomised, by whichever randomisation.
    case randomised
    /// Everybody whom this randomisation of the protocol allocated.
    case randomisedBy(String)

    /// Reads `enrolled`, `risk-assigned`, `randomised` or the word of a randomisation of the protocol; `nil` for anything else.
    public init?(_ text: String, under treatment: TreatmentProtocol) {
        switch text {
        case "enrolled": self = .enrolled
        case "risk-assigned": self = .riskAssigned
        case "randomised": self = .randomised
        case let name where treatment.randomisations.contains { $0.name == name }: self = .randomisedBy(name)
        default: return nil
        }
    }

    /// Its one spelling.
    public var text: String {
        switch self {
        case .enrolled: "enrolled"
        case .riskAssigned: "risk-assigned"
        case .randomised: "randomised"
        case .randomisedBy(let name): name
        }
    }

    /// Whether a path belongs to it.
    public func contains(_ path: Path) -> Bool {
        switch self {
        case .enrolled: path.standing.happened(.enrolled)
        case .riskAssigned: path.standing.happened(.riskAssigned)
        case .randomised: path.standing.happened(.randomised)
        case .randomisedBy(let name):
            path.treatment.randomisations.contains { randomisation in
                randomisation.name == name && path.standing.arms.contains { randomisation.arms.contains($0) }
            }
        }
    }
}
