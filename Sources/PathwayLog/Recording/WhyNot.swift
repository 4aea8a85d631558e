internal import PathwayCore
internal import Postgres

/// Why an attempt was not recorded, in words that the register may keep: nothing in them identifies, since it could not be erased there.
struct WhyNot {
    /// The kind of answer, as the register spells it.
    enum Answer: String {
        case refused
        case offProtocol = "off-protocol"
        case conflict
        case notAllowed = "not-allowed"
    }

    let answer: Answer
    let explanation: String
    var citation: String?
    /// What the pathway said, if it was that.
    private(set) var refusal: Refusal?
    /// What to throw in its place: words for a right that is missing.
    private(set) var told: LogError?
    /// Whether the words of the attempt could not be read: a study number that nobody knows may be a name in the wrong place.
    private(set) var isUnreadable = false

    init(_ answer: Answer = .refused, _ explanation: String, _ citation: String? = nil) {
        (self.answer, self.explanation, self.citation) = (answer, explanation, citation)
    }

    init(_ refusal: Refusal) {
        self.init(.refused, refusal.explanationWithoutIdentity, refusal.source)
        self.refusal = refusal
    }

    /// That a step needs a reason.
    init(unplanned step: Step) {
        self.init(
            .offProtocol, step.deviations.map(\.rule).joined(separator: "; "), step.deviations.first?.source)
    }

    /// That somebody else added these entries first.
    init(meanwhile entries: [Entry]) {
        self.init(
            .conflict,
            entries.isEmpty
                ? Entry.outOfSight : "recorded meanwhile: " + entries.map(\.word).joined(separator: ", "))
    }

    /// `nil` if it was recorded.
    init?(_ outcome: Outcome) {
        switch outcome {
        case .recorded: return nil
        case .needsReason(let step): self.init(unplanned: step)
        case .refused(let refusal): self.init(refusal)
        case .conflict(let entries): self.init(meanwhile: entries)
        }
    }

    /// What an error says of an attempt; `nil` if it says nothing: the database cannot be asked, or somebody interrupted.
    init?(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self.init(refusal)
        case let fault as LineFault:
            self.init(.refused, fault.messageWithoutQuote)
            isUnreadable = true
        case let error as LogError: self.init(error.code.answer, error.messageWithoutIdentity)
        case let error as PostgresError where error.sqlState == .insufficientPrivilege:
            let missing = LogError(missingRightToRecord: error)
            self.init(.notAllowed, missing.message)
            told = missing
        case let error as PostgresError where error.isRowFault:
            let why = error.constraint ?? "SQLSTATE \(error.sqlState?.rawValue ?? "unknown")"
            self.init(.refused, "the database refused it: \(why)")
        default: return nil
        }
    }
}

extension LogError.Code {
    fileprivate var answer: WhyNot.Answer {
        switch self {
        case .notAllowed: .notAllowed
        case .busy: .conflict
        default: .refused
        }
    }
}

extension LogError {
    /// The message for the register, without what somebody typed, or what a damaged record says.
    fileprivate var messageWithoutIdentity: String {
        switch code {
        case .unknownProtocol: "the log has no such protocol for the patient"
        case .contradiction: "the record cannot be read, or contradicts the protocol it was judged under"
        default: message
        }
    }
}

extension Refusal {
    /// The explanation for the register, from which a day of birth, or a name given as a word, could not be erased.
    fileprivate var explanationWithoutIdentity: String {
        switch reason {
        case .unknownWord(let list, _, _): "the protocol has no such \(list.title)"
        case .beforeBirth: "\(on) is before the patient's birth"
        case .datesContradict(let first, _, let second, _) where first.isIdentifying || second.isIdentifying:
            "\(first.rawValue) is after \(second.rawValue)"
        case .afterMilestone(let field, _) where field.isIdentifying:
            "\(field.rawValue) is after the milestone itself (\(on))"
        default: explanation
        }
    }
}
