public import PathwayCore

/// The record of a milestone in the log.
public struct Event: Sendable {
    /// Whose it is.
    public let patient: PatientID
    /// Its place in the patient's record, from 1.
    public let position: Int
    /// The position that a correction states again with it; `nil` for what was recorded first.
    public let restates: Int?
    /// The log's number of the version that judged it.
    public let edition: Int
    /// The patient's site.
    public let site: String
    /// What happened; what identifies the patient is missing for whoever may not read it, and once it was erased.
    public let milestone: Milestone
    /// The phase before, by its name.
    public let phaseBefore: String
    /// The phase after.
    public let phaseAfter: String
    /// The status before.
    public let statusBefore: Status
    /// The status after.
    public let statusAfter: Status
    /// Whether the protocol planned it.
    public let answer: Transition.Answer
    /// Why the protocol was left, if it was; empty for whoever may not read it, and once it was erased.
    public let deviation: String?
    /// The stratum of a randomisation.
    public let stratum: String?
    /// Whether the patient is made up.
    public let isSynthetic: Bool
    /// Who recorded it here.
    public let recordedBy: String
    /// The login of the database through which it was recorded.
    public let login: String
    /// When it was recorded here, by the database's clock.
    public let recordedAt: Instant
    /// Who recorded it in the log that it was exported from.
    public let originBy: String?
    /// When it was recorded in the log that it was exported from.
    public let originAt: Instant?
    /// The key under which a repetition is recognised; `nil` for whoever reads without what identifies.
    public let request: RequestID?
    /// Whether it holds sealed facts that the patient's key does not open: they were erased, or the key is not the one that sealed them.
    let hidesFacts: Bool
    /// Whether it holds a sealed reason that the patient's key does not open.
    let hidesReason: Bool
}

extension Event {
    /// Whether it says that a service drew the allocation: this log's, or that of the log in which it was recorded first.
    var isOwnAllocation: Bool { milestone.facts[.allocatedBy] == .text(PathwayLog.ownAllocation) }

    /// What a correction that states it again needs of it.
    var restatement: Restatement { Restatement(phaseAfter: phaseAfter, stratum: stratum) }
}
