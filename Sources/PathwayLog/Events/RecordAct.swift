public import PathwayCore

/// Something done to a patient's record that is no milestone of the patient's: it moves neither phase nor status.
public struct RecordAct: Sendable {
    /// What was done.
    public enum Kind: Sendable, Hashable {
        /// A correction: of the milestones after this position nothing stands; 0 is the beginning of the path.
        case rewound(to: Int)
        /// Somebody stands for the record as it was then.
        case signed(Signature)
        /// Nothing may be recorded before it is unlocked.
        case locked
        /// Recording goes on.
        case unlocked
        /// The key of what identifies the patient was destroyed.
        case erased
    }

    /// What a signature says.
    public struct Signature: Sendable, Hashable {
        /// What it means.
        public let meaning: SignatureMeaning
        /// The digest of the patient's chain up to the entry before the signature, in hexadecimal: what was signed.
        public let digest: String

        /// Makes a signature of a record.
        public init(meaning: SignatureMeaning, digest: String) {
            self.meaning = meaning
            self.digest = digest
        }
    }

    /// Whose record it is.
    public let patient: PatientID
    /// Its place in the record, from 1.
    public let position: Int
    /// The log's number of the version under which the patient was.
    public let edition: Int
    /// The patient's site.
    public let site: String
    /// What was done.
    public let kind: Kind
    /// Why; `nil` for a signature, for whoever may not read it, and once it was erased.
    public let reason: String?
    /// What in the source records supports a correction.
    public let source: String?
    /// Whether the patient is made up.
    public let isSynthetic: Bool
    /// Who did it.
    public let recordedBy: String
    /// The login of the database through which it was done.
    public let login: String
    /// When, by the database's clock.
    public let recordedAt: Instant
    /// Who did it in the log that it was exported from.
    public let originBy: String?
    /// When it was done in the log that it was exported from.
    public let originAt: Instant?
    /// The key under which a repetition is recognised; `nil` for whoever reads without what identifies.
    public let request: RequestID?
    /// Whether it holds a sealed reason that the patient's key does not open: it was erased, or the key is not the one that sealed it.
    let hidesReason: Bool

    /// Whether it was done in another log, by what an import said. The digest of a signature is then that of the record there, which
    /// cannot be computed here.
    public var isFromElsewhere: Bool { originBy != nil || originAt != nil }
}

/// What whoever signs a record stands for; the raw value is its one spelling.
public enum SignatureMeaning: String, Sendable, Hashable, CaseIterable {
    /// The record is mine.
    case authorship
    /// I have read it beside its sources.
    case review
    /// I accept it.
    case approval
    /// I answer for it.
    case responsibility
}

extension RecordAct.Kind {
    /// Its one spelling in the database, in files and in the terminal.
    public var word: String {
        switch self {
        case .rewound: "rewound"
        case .signed: "signed"
        case .locked: "locked"
        case .unlocked: "unlocked"
        case .erased: "erased"
        }
    }
}

/// One entry of a patient's record.
public enum Entry: Sendable {
    /// Something that happened to the patient.
    case milestone(Event)
    /// Something done to the record.
    case act(RecordAct)

    /// Its place in the record.
    public var position: Int {
        switch self {
        case .milestone(let event): event.position
        case .act(let act): act.position
        }
    }

    /// Whose it is.
    public var patient: PatientID {
        switch self {
        case .milestone(let event): event.patient
        case .act(let act): act.patient
        }
    }

    /// When it was recorded.
    public var recordedAt: Instant {
        switch self {
        case .milestone(let event): event.recordedAt
        case .act(let act): act.recordedAt
        }
    }

    /// Who recorded it.
    public var recordedBy: String {
        switch self {
        case .milestone(let event): event.recordedBy
        case .act(let act): act.recordedBy
        }
    }

    /// The key under which a repetition is recognised; `nil` for whoever reads without what identifies.
    public var request: RequestID? {
        switch self {
        case .milestone(let event): event.request
        case .act(let act): act.request
        }
    }

    /// The patient's site, as it was known then.
    public var site: String {
        switch self {
        case .milestone(let event): event.site
        case .act(let act): act.site
        }
    }

    /// Whether the patient is made up.
    public var isSynthetic: Bool {
        switch self {
        case .milestone(let event): event.isSynthetic
        case .act(let act): act.isSynthetic
        }
    }

    /// What is said where a place is taken and nothing can be shown that took it: its record is at a site of others.
    public static let outOfSight = "the study number is taken, and its record is not at one of this login's sites"

    /// What it is, in one word: the kind of the milestone or of the act.
    public var word: String {
        switch self {
        case .milestone(let event): event.milestone.kind.rawValue
        case .act(let act): act.kind.word
        }
    }
}
