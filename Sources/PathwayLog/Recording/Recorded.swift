internal import PathwayCore

/// What a milestone said when it was recorded: what comes again under its request must say the same.
struct Recorded: Sendable {
    let position: Int
    /// `nil` for an act on the record.
    private let milestone: Milestone?
    private let deviation: String?
    /// Whether what identifies the patient can still be compared: it cannot once the key was destroyed.
    private let isReadable: Bool
    private let word: String

    /// - Parameter erasedAt: the position at which the patient's key was destroyed last, 0 if it was not.
    init(_ entry: Entry, erasedAt: Int) {
        position = entry.position
        isReadable = entry.position > erasedAt
        word = entry.word
        switch entry {
        case .milestone(let event): (milestone, deviation) = (event.milestone, event.deviation)
        case .act: (milestone, deviation) = (nil, nil)
        }
    }

    init(_ entry: PendingEntry) {
        position = entry.position
        isReadable = true
        milestone = entry.step?.milestone
        deviation = milestone == nil ? nil : entry.reason?.text
        word = milestone?.kind.rawValue ?? entry.act?.word ?? ""
    }

    /// Why an attempt under the same request is no repetition; `nil` if it is.
    func difference(from attempt: Attempt) -> Refusal.Reason? {
        guard let milestone, attempt.milestone.repeats(milestone) else {
            return .requestUsed(position: position, for: word)
        }
        // An export without what identifies says less than what it was taken of.
        let isBare =
            attempt.recordedElsewhereAt != nil && attempt.milestone == attempt.milestone.withoutIdentity
        let isSame =
            (isBare || attempt.milestone.identifiesAs(milestone))
            && (attempt.deviation == deviation || attempt.deviation == Event.withheld)
        return isSame || !isReadable ? nil : .recordedOtherwise(position: position)
    }
}

extension PatientPath {
    /// What each request recorded.
    var recorded: [RequestID: Recorded] {
        Dictionary(
            entries.compactMap { entry in entry.request.map { ($0, Recorded(entry, erasedAt: lastErasure)) } }
        ) { first, _ in first }
    }

    /// The position at which the patient's key was destroyed last, 0 if it was not.
    var lastErasure: Int {
        entries.last { entry in if case .act(let act) = entry { act.kind == .erased } else { false } }?.position ?? 0
    }
}
