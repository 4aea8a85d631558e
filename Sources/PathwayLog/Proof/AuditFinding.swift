/// Something in the log that is not as it was recorded.
public struct AuditFinding: Sendable, Hashable {
    /// What was found; the raw value is its one spelling.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// What an entry says is not what was sealed.
        case edited
        /// An entry that was sealed, or what follows from the log and is kept beside it, is not there.
        case removed
        /// An entry is there that was never sealed, though its time has passed, or a key that was destroyed.
        case inserted
        /// An entry bears a time long before the log had come to it.
        case backdated
        /// A number of the proof is missing or doubled.
        case misnumbered
        /// The digests are not those that a checkpoint was signed over.
        case rewritten
        /// The log ends before a checkpoint that it signed.
        case cut
        /// The history contradicts the protocol, or a signature the record before it.
        case contradiction
        /// Something that guards the tables is missing or switched off.
        case unguarded
    }

    /// What was found.
    public let kind: Kind
    /// Whose record; `nil` if it is known of none, empty for the journal.
    public let patient: String?
    /// The position in it; `nil` if it is known of none.
    public let position: Int?
    /// The entry's number in the proof, from 1; `nil` if it has none.
    public let number: Int?
    /// What is wrong, in words.
    public let words: String
}

/// What an audit looked at and found.
public struct AuditReport: Sendable {
    /// How many entries of patients were read.
    public internal(set) var entries = 0
    /// How many are sealed, with those of the journal.
    public internal(set) var sealed = 0
    /// How many wait for the sealer.
    public internal(set) var unsealed = 0
    /// The root hash over all that are sealed, in base64.
    public internal(set) var root = ""
    /// The sizes of the checkpoints that were compared and agree.
    public internal(set) var agreed: [Int] = []
    /// What is wrong; at most ten thousand, and ``findingsLeftOut`` says how many more.
    public internal(set) var findings: [AuditFinding] = []
    /// How many findings were left out.
    public internal(set) var findingsLeftOut = 0

    /// Whether everything is as it was recorded.
    public var isSound: Bool { findings.isEmpty }

    mutating func add(_ finding: AuditFinding) {
        if findings.count < 10_000 { findings.append(finding) } else { findingsLeftOut += 1 }
    }

    mutating func add(
        _ kind: AuditFinding.Kind, _ words: String, of chain: String? = nil, at position: Int? = nil, number: Int? = nil
    ) {
        add(AuditFinding(kind: kind, patient: chain, position: position, number: number, words: words))
    }
}
