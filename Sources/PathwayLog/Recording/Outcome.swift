public import PathwayCore

/// What became of an attempt.
public enum Outcome: Sendable {
    /// It is in the log; `isRepetition` says that it was there already under the same request.
    case recorded(Receipt, isRepetition: Bool)
    /// It leaves the protocol and needs a reason; nothing is recorded.
    case needsReason(Step)
    /// It cannot be recorded.
    case refused(Refusal)
    /// Somebody added these entries to the patient's record meanwhile; nothing is recorded.
    case conflict([Entry])
}

/// What is known of an event that was just recorded.
public struct Receipt: Sendable {
    /// Whose it is.
    public let patient: PatientID
    /// Its place in the patient's record.
    public let position: Int
    /// When it was recorded, by the database's clock.
    public let recordedAt: Instant
    /// What it did.
    public let step: Step
    /// The phase that the patient is in now, by its name.
    public let phase: String
    /// The title of that phase.
    public let phaseTitle: String
}
