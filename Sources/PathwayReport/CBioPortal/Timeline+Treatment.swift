internal import PathwayCore

extension Timeline {
    /// Courses by agent, conditioning, transplants and radiotherapy.
    static func treatments(_ subject: Subject) -> [Row] {
        // What still runs is drawn up to the last day on which anything was recorded: a day of the calendar, such as the cut's, would tell the
        // day of the enrolment.
        let last = subject.milestones.map { subject.days(to: $0.day) }.max() ?? 0
        return subject.exposures.flatMap { courses($0, of: subject, until: last) }
            + subject.milestones.indices.compactMap { other($0, of: subject) }
    }

    private static func courses(_ exposure: Exposure, of subject: Subject, until last: Int) -> [Row] {
        let title = exposure.definition?.title ?? exposure.course
        let agents = exposure.definition?.agents ?? []
        let end = exposure.ended?.day
        let outcome =
            exposure.infusionStopped != nil ? "stopped" : exposure.outcome ?? (end == nil ? "ongoing" : "not recorded")
        let infused = exposure.infusedDays(through: end ?? subject.enrolledOn.adding(days: last))
        return (agents.isEmpty ? [exposure.course] : agents).map { agent in
            Row(
                subject.days(to: exposure.started.day), to: end.map(subject.days) ?? last,
                [
                    "Medical Therapy", title, agent, String(exposure.number), outcome, exposure.cause,
                    infused.map { String($0) },
                ])
        }
    }

    private static func other(_ index: Int, of subject: Subject) -> Row? {
        let milestone = subject.milestones[index]
        let facts = milestone.milestone.facts
        let day = subject.days(to: milestone.day)
        let dose = facts[.gray].map { "\(Field.gray.text($0)) Gy" }
        switch milestone.milestone.kind {
        case .conditioningStarted:
            let transplant = subject.milestones[index...].first { $0.milestone.kind == .transplanted }
            return Row(
                day, to: transplant.map { subject.days(to: $0.day) },
                ["Conditioning", facts.word(.conditioning), dose, nil, nil, nil, nil])
        case .transplanted:
            return Row(
                day, ["Stem cell transplant", facts.word(.donor), facts.word(.stemCells), nil, nil, nil, nil])
        case .radiotherapyStarted:
            let end = subject.milestones[index...].first { later in
                later.milestone.kind == .radiotherapyEnded
                    && later.milestone.facts.word(.irradiated) == facts.word(.irradiated)
            }
            let given = end?.milestone.facts[.gray].map { "\(Field.gray.text($0)) Gy" } ?? dose
            return Row(
                day, to: end.map { subject.days(to: $0.day) },
                ["Radiation Therapy", facts.word(.irradiated), given, nil, nil, nil, nil])
        default: return nil
        }
    }
}
