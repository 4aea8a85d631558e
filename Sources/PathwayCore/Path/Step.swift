/// What an accepted milestone does to a patient's standing.
public struct Step: Sendable, Hashable {
    /// The milestone, completed by what the protocol's rules determine.
    public let milestone: Milestone
    /// The row of the table that was taken; `nil` for a milestone that moves the status alone.
    public let transition: Int?
    /// Whether that row is a planned one; a rule can make a deviation of a planned arrow.
    public let arrow: Transition.Answer
    /// The phase before, as a number in ``TreatmentProtocol/phases``.
    public let phaseBefore: Int
    /// The phase after.
    public let phaseAfter: Int
    /// The status before.
    public let statusBefore: Status
    /// The status after.
    public let statusAfter: Status
    /// The stratum, for a randomisation.
    public let stratum: String?
    /// Why it leaves the protocol; empty if it does not.
    public let deviations: [Deviation]
    /// What to tell whoever records it.
    public let warnings: [Warning]

    /// Whether the protocol plans it.
    public var answer: Transition.Answer { deviations.isEmpty ? .planned : .offProtocol }

    func move(under treatment: TreatmentProtocol) -> Move {
        Move(
            milestone.kind, treatment.lists.number(of: milestone), phase: phaseAfter, status: statusAfter,
            under: treatment)
    }
}

/// Why a milestone is off protocol: possible, but recorded only with a reason.
public struct Deviation: Sendable, Hashable {
    /// What the protocol would have wanted, in words.
    public let rule: String
    /// Where that comes from.
    public let source: String
}

/// Something odd about a milestone that is recorded all the same.
public struct Warning: Sendable, Hashable {
    /// What is odd, in words.
    public let text: String
    /// Where the expectation comes from, with the mark of what nobody has checked.
    public let source: String
}

/// The answer to an attempt to record a milestone.
public enum Judgement: Sendable, Hashable {
    /// The protocol plans it.
    case planned(Step)
    /// It can happen, but only with a reason.
    case offProtocol(Step)
    /// It cannot have happened.
    case refused(Refusal)
}
