import PathwayCore

/// What every row about a subject needs: who, and how dates and days are shown.
struct SubjectFrame {
    /// A stay in a phase.
    struct Stay {
        let phase: String
        let entered: SubjectMilestone
        /// When the next stay began, or the subject's participation ended; `nil` while it goes on.
        var end: ClinicalDate?

        /// Whether the protocol did not plan the way into it.
        var leavesPlan: Bool { entered.answer == .offProtocol }
    }

    let study: String
    let subject: Subject
    let disguise: Disguise
    let stays: [Stay]
    private let epochs: [String]

    init(_ subject: Subject, _ elements: TrialElements, _ context: ExportContext) {
        study = context.cut.studyIdentifier
        self.subject = subject
        disguise = context.disguise
        stays = SubjectFrame.stays(subject)
        epochs = stays.map { elements.epoch($0.phase) }
    }

    /// The identifier that no other study has.
    var identifier: String { "\(study)-\(subject.id)" }

    /// A date as it may be shown, as precise as it is known.
    func date(_ date: ClinicalDate?) -> String? { date.flatMap { disguise.date($0, of: subject) }?.description }

    /// The study day: the enrolment is day 1, the day before it day -1, and there is no day 0. A date that is not known to the day has none.
    func day(_ date: ClinicalDate?) -> Int? {
        guard let date, date.precision == .day else { return nil }
        let days = subject.days(to: date.earliest)
        return days >= 0 ? days + 1 : days
    }

    /// The epoch in which a day lies.
    func epoch(_ date: ClinicalDate?) -> String? {
        guard let date, date.precision == .day else { return nil }
        return stays.lastIndex { $0.entered.day <= date.earliest }.map { epochs[$0] }
    }

    /// The epoch of a stay.
    func epoch(ofStay place: Int) -> String { epochs[place] }

    private static func stays(_ subject: Subject) -> [Stay] {
        var stays: [Stay] = []
        for milestone in subject.milestones where milestone.phaseAfter != milestone.phaseBefore {
            if !stays.isEmpty { stays[stays.count - 1].end = ClinicalDate(milestone.day) }
            stays.append(Stay(phase: milestone.phaseAfter, entered: milestone, end: nil))
        }
        if !stays.isEmpty { stays[stays.count - 1].end = subject.participationEnd }
        return stays
    }
}

extension Subject {
    /// When the participation ended; `nil` while it goes on.
    var participationEnd: ClinicalDate? {
        switch path.standing.status {
        case .dead, .withdrawn, .offStudy, .lost:
            milestones.last { $0.statusAfter == path.standing.status && $0.statusBefore != $0.statusAfter }?.milestone
                .on
        case .inStudy, .relapsed, .secondMalignancy: nil
        }
    }

    /// When the subject was last heard of.
    var lastContact: ClinicalDate {
        let last = milestones.max { $0.day < $1.day } ?? milestones[0]
        return participationEnd ?? last.milestone.on
    }

    /// The place among the milestones before which no course had started.
    var firstExposure: Int { milestones.firstIndex { $0.milestone.kind == .courseStarted } ?? milestones.count }
}
