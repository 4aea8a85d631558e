internal import PathwayCore

/// One row a stay in a treatment phase with a status: intervals that abut, from the enrolment to the last day known.
///
/// Of several changes on one day the last stands; a stay without a day of its own has no row, nor has a loss behind the last day known.
enum PhaseRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let phases = context.treatment.phaseCodes
        let statuses = Status.allCases.map { Column.Code($0.rawValue, $0.rawValue.inWords) }
        return [
            .id, Column("tstart", "First day of the stay", .day, unit: "days since enrolment"),
            Column(
                "tstop", "Day of the next change, or the last one on which the subject was known to be alive", .day,
                unit: "days since enrolment"),
            Column(
                "phase", "Treatment phase", .code, codes: phases,
                source: context.treatment.phaseCitation),
            Column("status", "Status", .code, codes: statuses),
            Column(
                "phase_after", "Treatment phase after the stay; empty: nothing is known after it", .code, codes: phases,
                source: context.treatment.phaseCitation),
            Column("status_after", "Status after the stay; empty: nothing is known after it", .code, codes: statuses),
            Column("milestone", "What ended the stay", .code, codes: MilestoneKind.codes),
        ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        // What each day ends with, where it differs from what the day before ended with.
        var stays: [(start: Int, step: SubjectMilestone)] = []
        let end = subject.days(to: subject.lastKnown)
        for step in subject.milestones where step.milestone.kind == .enrolled || step.changesStanding {
            let day = subject.days(to: step.day)
            guard day <= end else { continue }
            if stays.last?.start == day { stays.removeLast() }
            if let last = stays.last?.step, last.phaseAfter == step.phaseAfter, last.statusAfter == step.statusAfter {
                continue
            }
            stays.append((day, step))
        }
        return stays.enumerated().compactMap { index, stay in
            let next = index + 1 < stays.count ? stays[index + 1] : nil
            guard next != nil || end > stay.start else { return nil }
            return [
                subject.id.description, String(stay.start), String(next?.start ?? end), stay.step.phaseAfter,
                stay.step.statusAfter.rawValue, next?.step.phaseAfter, next?.step.statusAfter.rawValue,
                next?.step.milestone.kind.rawValue,
            ]
        }
    }
}

extension SubjectMilestone {
    fileprivate var changesStanding: Bool { phaseAfter != phaseBefore || statusAfter != statusBefore }
}

/// One row an entry of the record: also what a correction took off the path.
enum EventRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        [
            .id, Column("position", "Place in the record", .integer),
            Column("milestone", "What happened", .code, codes: MilestoneKind.codes),
            Column("word", "The course, arm or risk group that it names", .text),
        ] + context.partialDayColumns("event", "When it happened") + [
            Column(
                "recorded_lag",
                "How long after that day it was recorded; \(Disguise.longestLag): that long or longer",
                .integer, unit: "days")
        ]
            + (context.showsDates
                ? [
                    Column(
                        "recorded_at",
                        "The day on which it was recorded, moved, and no later than the longest lag; always midnight: position tells the order",
                        .instant)
                ]
                : []) + [
                Column("recorded_by", "Who recorded it: a word that names nobody", .text),
                Column("imported_by", "Who imported it, as such a word; empty: it was recorded here first", .text),
                Column(
                    "state", "How it stands with it at the snapshot", .code,
                    codes: [
                        Column.Code("original", "Stands as first recorded"),
                        Column.Code("restated", "Stands, stated again or added by a correction"),
                        Column.Code("rewound", "Taken off the path by a correction"),
                    ]),
                Column("restates", "The position that it states again", .integer),
                Column("rewound_by", "The position of the correction that took it off the path", .integer),
                Column(
                    "answer", "Whether the protocol planned it", .code,
                    codes: [Column.Code("planned", "Planned"), Column.Code("off-protocol", "Off protocol")]),
            ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.record.map { entry in
            let recorded =
                context.showsDates
                ? [context.disguise.recordedAt(entry, of: subject)?.description] : []
            let cells: [String?] = [
                subject.id.description, String(entry.position), entry.milestone.kind.rawValue,
                entry.milestone.qualifier,
            ]
            return cells + context.partialDayCells(subject.day(of: entry), entry.milestone.on, of: subject) + [
                String(Disguise.lag(of: entry, of: subject))
            ] + recorded + [
                entry.recordedBy, entry.importedBy, entry.state.rawValue, entry.restates.map(String.init),
                entry.rewoundBy.map(String.init), entry.answer.rawValue,
            ]
        }
    }
}

/// One row a milestone that left the protocol, for each rule that it left.
enum DeviationRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        [
            .id, Column("position", "Place in the record", .integer),
            Column("milestone", "What happened", .code, codes: MilestoneKind.codes),
            Column("word", "The course, arm or risk group that it names", .text),
        ] + context.partialDayColumns("event", "When it happened") + [
            Column(
                "phase_before", "Treatment phase before it", .code, codes: context.treatment.phaseCodes,
                source: context.treatment.phaseCitation),
            Column("rule", "What the protocol would have wanted", .text, source: "the protocol, as rule_source says"),
            Column("rule_source", "Where that comes from", .text),
        ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.milestones.flatMap { step in
            step.deviations.map { deviation in
                let cells: [String?] = [
                    subject.id.description, String(step.position), step.milestone.kind.rawValue,
                    step.milestone.qualifier,
                ]
                return cells + context.partialDayCells(step, of: subject) + [
                    step.phaseBefore, deviation.rule, deviation.source,
                ]
            }
        }
    }
}

extension MilestoneKind {
    /// The closed vocabulary, with labels.
    static var codes: [Column.Code] { allCases.map { Column.Code($0.rawValue, $0.rawValue.inWords) } }
}
