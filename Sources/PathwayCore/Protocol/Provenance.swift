/// Where a row comes from and whether anybody has checked it.
public struct Provenance: Sendable, Hashable {
    /// How sure the document is of a row; the raw value is its spelling there.
    public enum Certainty: String, Sendable, Hashable, CaseIterable {
        /// Read in the source named.
        case read
        /// Follows from what was read.
        case derived
        /// From memory, about 95 % sure.
        case memoryHigh = "M-high"
        /// From memory, about 75 % sure.
        case memoryMedium = "M-med"
        /// From memory, about 50 % sure.
        case memoryLow = "M-low"
        /// An assumption of the document's author.
        case assumed = "A"
    }

    /// The citation, as written.
    public let source: String
    /// How sure it is.
    public let certainty: Certainty
    /// The line of the document.
    public let line: Int

    /// Makes a provenance.
    public init(source: String, certainty: Certainty, line: Int) {
        self.source = source
        self.certainty = certainty
        self.line = line
    }

    /// Whether the row was read or derived; what is not may only warn.
    public var isVerified: Bool { certainty == .read || certainty == .derived }

    /// The citation with the mark of what nobody has checked.
    public var citation: String { isVerified ? source : "\(source) [unverified: \(certainty.rawValue)]" }
}
