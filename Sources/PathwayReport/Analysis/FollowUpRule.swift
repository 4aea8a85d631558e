/// Up to when a subject without an event counts as followed; the raw value is its one spelling.
public enum FollowUpRule: String, Sendable, Hashable, CaseIterable {
    /// To the last day on which anything was recorded of the subject. Right where visits are recorded as regularly as events; where events are known
    /// at once and visits are not, whoever is well leaves the risk set early, and survival comes out too low.
    case lastContact = "last-contact"
    /// To the cut, unless lost, withdrawn or off study: right where an event would have been known by then, and too high where it would not.
    case cut

    /// It in words, as a basis names it.
    public var words: String {
        switch self {
        case .lastContact: "followed to the last contact"
        case .cut: "followed to the cut unless lost"
        }
    }
}
