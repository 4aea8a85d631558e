/// How a patient is, whatever the treatment phase: the second of the two tracks.
///
/// The rules are the same for every protocol: patients off therapy still relapse and die, and nothing
/// follows a death.
public enum Status: String, CaseIterable, Sendable, Hashable {
    /// In treatment or in follow-up.
    case inStudy = "in-study"
    /// Relapsed again after enrolment.
    case relapsed
    /// With a second malignancy.
    case secondMalignancy = "second-malignancy"
    /// Lost to follow-up.
    case lost
    /// Consent to further data withdrawn.
    case withdrawn
    /// Left the study: another study, or the end of follow-up.
    case offStudy = "off-study"
    /// Dead.
    case dead

    /// The statuses a milestone can lead to; empty if it cannot come now.
    ///
    /// Only `seen` after a loss has several: the patient returns to the status held before it.
    public func next(on kind: MilestoneKind) -> [Status] {
        Status.table[index * MilestoneKind.count + kind.index]
    }

    // Judging asks for these at every milestone: they are worked out once.
    private static let table = allCases.flatMap { status in MilestoneKind.allCases.map { status.rule(for: $0) } }

    /// The position in ``allCases``.
    ///
    /// An enumeration of fewer than 256 cases without payloads is stored as its case's number; a test holds this.
    var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    private func rule(for kind: MilestoneKind) -> [Status] {
        switch self {
        case .dead, .withdrawn: []
        case .offStudy: kind == .died ? [.dead] : []
        case .lost:
            switch kind {
            case .seen: [.inStudy, .relapsed, .secondMalignancy]
            case .relapsed: [.relapsed]
            case .secondMalignancy: [.secondMalignancy]
            case .consentWithdrawn: [.withdrawn]
            case .offStudy: [.offStudy]
            case .died: [.dead]
            default: []
            }
        case .inStudy, .relapsed, .secondMalignancy:
            switch kind {
            case .relapsed: [.relapsed]
            case .secondMalignancy: [.secondMalignancy]
            case .lostToFollowUp: [.lost]
            case .consentWithdrawn: [.withdrawn]
            case .offStudy: [.offStudy]
            case .died: [.dead]
            default: [self]
            }
        }
    }

    /// The status in words: `in study`.
    public var text: String { rawValue.split(separator: "-").joined(separator: " ") }
}
