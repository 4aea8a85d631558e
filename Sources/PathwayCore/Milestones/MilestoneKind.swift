/// What can happen to a patient; the raw value is its one spelling everywhere.
///
/// This vocabulary is the domain and is closed. Which of them may follow which is the protocol document's business,
/// but for those that change the patient's status (see ``track``).
public enum MilestoneKind: String, CaseIterable, Sendable, Hashable {
    case enrolled
    case courseStarted = "course-started"
    case courseEnded = "course-ended"
    case responseAssessed = "response-assessed"
    case riskAssigned = "risk-assigned"
    case randomised
    case infusionHeld = "infusion-held"
    case infusionResumed = "infusion-resumed"
    case infusionStopped = "infusion-stopped"
    case radiotherapyStarted = "radiotherapy-started"
    case radiotherapyEnded = "radiotherapy-ended"
    case donorIdentified = "donor-identified"
    case conditioningStarted = "conditioning-started"
    case transplanted
    case engrafted
    case adverseEvent = "adverse-event"
    case crossoverOffered = "crossover-offered"
    case crossoverStarted = "crossover-started"
    case offTherapy = "off-therapy"

    case seen
    case relapsed
    case secondMalignancy = "second-malignancy"
    case lostToFollowUp = "lost-to-follow-up"
    case consentWithdrawn = "consent-withdrawn"
    case offStudy = "off-study"
    case died

    /// Which of a patient's two tracks a milestone moves.
    public enum Track: Sendable, Hashable {
        /// The treatment phase, by the arrows of the protocol document.
        case phase
        /// The status, by rules that every protocol shares.
        case status
    }

    /// Which of the two tracks this milestone moves.
    public var track: Track {
        switch self {
        case .enrolled, .courseStarted, .courseEnded, .responseAssessed, .riskAssigned, .randomised, .infusionHeld,
            .infusionResumed, .infusionStopped, .radiotherapyStarted, .radiotherapyEnded, .donorIdentified,
            .conditioningStarted, .transplanted, .engrafted, .adverseEvent, .crossoverOffered, .crossoverStarted,
            .offTherapy:
            .phase
        case .seen, .relapsed, .secondMalignancy, .lostToFollowUp, .consentWithdrawn, .offStudy, .died: .status
        }
    }

    /// The fields without which the milestone is not recorded.
    public var required: [Field] {
        switch self {
        case .enrolled: [.site, .diagnosed, .relapsedOn, .relapseSites]
        case .courseStarted, .courseEnded: [.course]
        case .responseAssessed: [.marrow]
        case .riskAssigned: [.risk]
        case .randomised: [.arm]
        case .infusionHeld, .infusionStopped: [.cause]
        case .radiotherapyStarted, .radiotherapyEnded: [.irradiated]
        case .donorIdentified, .transplanted: [.donor]
        case .conditioningStarted: [.conditioning]
        case .adverseEvent: [.term, .grade]
        case .offTherapy, .offStudy: [.reason]
        case .infusionResumed, .engrafted, .crossoverOffered, .crossoverStarted, .seen, .relapsed, .secondMalignancy,
            .lostToFollowUp, .consentWithdrawn, .died:
            []
        }
    }

    /// The fields that may be given besides ``required``; `note` may always be.
    public var optional: [Field] {
        switch self {
        case .enrolled:
            [
                .born, .age, .sex, .consented, .therapyEnded, .ecog, .cytogenetics, .marrow, .blasts, .cns, .testis,
                .downSyndrome, .philadelphia, .priorTransplant, .priorBlinatumomab, .priorRelapseTherapy, .exclusion,
            ]
        case .courseStarted: [.doseMicrograms, .weight, .height, .neutrophils, .platelets]
        case .courseEnded: [.outcome, .cause, .neutrophils, .platelets]
        case .responseAssessed:
            [
                .blasts, .mrd, .mrdSensitivity, .mrdMethod, .cns, .testis, .response, .treatmentFailure, .neutrophils,
                .platelets,
            ]
        case .randomised: [.allocatedBy]
        case .infusionHeld, .infusionStopped: [.grade]
        case .infusionResumed: [.doseMicrograms]
        case .radiotherapyStarted, .radiotherapyEnded: [.gray]
        case .conditioningStarted: [.gray]
        case .transplanted: [.stemCells, .conditioning]
        case .adverseEvent: [.serious, .cause]
        case .relapsed: [.relapseSites]
        case .secondMalignancy: [.diagnosis]
        case .died: [.deathCause]
        case .riskAssigned, .donorIdentified, .engrafted, .crossoverOffered, .crossoverStarted, .offTherapy, .seen,
            .lostToFollowUp, .consentWithdrawn, .offStudy:
            []
        }
    }

    /// The field whose word tells one such milestone from another in the protocol's arrows.
    public var qualifier: Field? {
        switch self {
        case .courseStarted, .courseEnded: .course
        case .riskAssigned: .risk
        case .randomised: .arm
        default: nil
        }
    }

    /// Whether the day may be known to the month or year only.
    public var allowsPartialDate: Bool {
        switch self {
        case .relapsed, .secondMalignancy, .died, .lostToFollowUp, .consentWithdrawn, .offStudy, .adverseEvent, .seen:
            true
        default: false
        }
    }

    /// Whether the rows of one phase for this milestone must leave no combination of facts open.
    ///
    /// A course or an arm is chosen; an assessment is what it is, so that each of its answers needs a way on.
    public var mustBeCovered: Bool {
        switch self {
        case .responseAssessed, .riskAssigned, .offTherapy, .courseEnded: true
        default: false
        }
    }

    /// The position in ``allCases``, for tables indexed by milestone.
    ///
    /// An enumeration of fewer than 256 cases without payloads is stored as its case's number; a test holds this.
    @usableFromInline var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    static let count = allCases.count
}
