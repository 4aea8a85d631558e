/// A milestone that somebody wants to record, as every door hands it in.
public struct Attempt: Sendable, Hashable {
    /// Whose milestone it is.
    public var patient: PatientID
    /// What happened, when, with which facts.
    public var milestone: Milestone
    /// The protocol a new patient enters, where it is said; and the version that shall judge.
    public var edition: EditionName?
    /// Why the protocol was left, if it was.
    public var deviation: String?
    /// Who records it; `nil` is whoever runs the command.
    public var by: String?
    /// When another log recorded it first, in microseconds since 1970, UTC.
    public var recordedElsewhereAt: Int64?
    /// The key under which a repetition is recognised: 16 bytes.
    public var request: RequestID?
    /// Whether the patient is made up.
    public var isSynthetic: Bool
    /// The position that it states again, in the record of a correction.
    public var restates: Int?

    /// Makes an attempt.
    public init(
        patient: PatientID, milestone: Milestone, edition: EditionName? = nil, deviation: String? = nil,
        by: String? = nil, recordedElsewhereAt: Int64? = nil, request: RequestID? = nil, isSynthetic: Bool = false
    ) {
        self.patient = patient
        self.milestone = milestone
        self.edition = edition
        self.deviation = deviation
        self.by = by
        self.recordedElsewhereAt = recordedElsewhereAt
        self.request = request
        self.isSynthetic = isSynthetic
    }
}

/// A protocol, or one version of it.
public struct EditionName: Sendable, Hashable {
    /// The protocol's word.
    public let name: String
    /// The version; `nil` is whichever is in force.
    public let version: Int?

    /// Makes a name.
    public init(name: String, version: Int?) {
        self.name = name
        self.version = version
    }
}

/// The key under which a repeated attempt is recognised, written like a UUID.
public struct RequestID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// Makes a key of 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes a key that nobody has used: 128 random bits.
    public static func random() -> RequestID {
        RequestID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
    }

    /// Reads a UUID; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// Lower case hexadecimal with hyphens.
    public var description: String {
        var text = ""
        text.reserveCapacity(36)
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            let half = index < 16 ? high : low
            let digit = Int((half >> UInt64(60 - (index % 16) * 4)) & 15)
            text.unicodeScalars.append(Unicode.Scalar(UInt8(digit < 10 ? 48 + digit : 87 + digit)))
        }
        return text
    }
}
