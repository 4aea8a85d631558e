/// One row of the table: an arrow of the diagram.
///
/// It belongs to the table of its protocol and is shared, not copied, whenever a milestone is judged.
public final class Transition: Sendable {
    /// Whether the protocol plans it; the raw value is its name in the database.
    public enum Answer: String, Sendable, Hashable, CaseIterable {
        /// The protocol plans it.
        case planned
        /// It happens although the protocol does not plan it, and needs a reason.
        case offProtocol = "off-protocol"
    }

    /// The row's number, from 1.
    public let number: Int
    /// The phase it leads from.
    public let source: Int
    /// The milestone it is taken on.
    public let kind: MilestoneKind
    /// The course, arm or risk group it is narrowed to.
    public let qualifier: String?
    /// The condition under which it is taken; `nil` is always.
    public let condition: Guard?
    /// The phase it leads to.
    public let target: Int
    /// Whether the protocol plans it.
    public let answer: Answer
    /// What to say whenever it is taken.
    public let warning: String?
    /// When it is expected.
    public let window: Window?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a row.
    public init(
        number: Int, source: Int, kind: MilestoneKind, qualifier: String?, condition: Guard?, target: Int,
        answer: Answer, warning: String?, window: Window?, provenance: Provenance
    ) {
        self.number = number
        self.source = source
        self.kind = kind
        self.qualifier = qualifier
        self.condition = condition
        self.target = target
        self.answer = answer
        self.warning = warning
        self.window = window
        self.provenance = provenance
    }
}

/// When a milestone is expected, counted from a named day.
public struct Window: Sendable, Hashable {
    /// The day that is counted from.
    public let from: Clock
    /// The earliest expected day is so long after it.
    public let opens: Span?
    /// The latest expected day is so long after it.
    public let closes: Span
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a window.
    public init(from: Clock, opens: Span?, closes: Span, provenance: Provenance) {
        self.from = from
        self.opens = opens
        self.closes = closes
        self.provenance = provenance
    }
}
