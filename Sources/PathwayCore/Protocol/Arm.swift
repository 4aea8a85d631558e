/// An arm of a randomisation.
public struct Arm: Sendable, Hashable {
    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The first day on which it may be allocated.
    public let opens: Day?
    /// The last day on which it may be allocated.
    public let closes: Day?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes an arm.
    public init(name: String, title: String, opens: Day?, closes: Day?, provenance: Provenance) {
        self.name = name
        self.title = title
        self.opens = opens
        self.closes = closes
        self.provenance = provenance
    }

    /// Whether the arm may be allocated on a day.
    public func isOpen(on day: Day) -> Bool {
        (opens.map { day >= $0 } ?? true) && (closes.map { day <= $0 } ?? true)
    }
}
