internal import PathwayCore

/// One row an assessment of residual disease.
enum MRDRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let treatment = context.treatment
        let negative = treatment.plan.mrdNegative
        return [
            .id,
            Column(
                "timepoint", "The phase in which it was assessed", .code, codes: treatment.phaseCodes,
                source: treatment.phaseCitation),
            .field(.course, "The course before it", treatment),
        ] + context.dayColumns("assessed", "Assessment") + [
            .field(.mrdMethod, "Method", treatment),
            Column(
                "operator", "Relation of the result to the value", .code,
                codes: [
                    Column.Code("=", "This value; 0: nothing was found"), Column.Code("<", "Less"),
                    Column.Code(">=", "This value or more"), Column.Code(">", "More"),
                ]),
            Column("value", "Leukaemic cells among marrow cells", .decimal, unit: "%"),
            Column("sensitivity", "The smallest share that the assay sees", .decimal, unit: "%"),
            Column(
                "not_obtained", "Why there is no result", .code,
                codes: [Column.Code("not-done", "Not done"), Column.Code("inadequate", "Inadequate sample")]),
            Column(
                "cutoff", "The cut-off of \"negative\" that was applied", .decimal, unit: "%",
                source: negative?.provenance.citation ?? "the protocol names none"),
            Column(
                "negative", "Whether the result lies below that cut-off", .code,
                codes: [
                    Column.Code("yes", "Yes"), Column.Code("no", "No"),
                    Column.Code("unknown", "The assay does not see so far, or there is no result"),
                ]),
            .field(.marrow, "Marrow", treatment),
        ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.milestones.compactMap { step in
            guard step.milestone.kind == .responseAssessed, let mrd = step.milestone.mrd else { return nil }
            let (relation, value, reason): (String?, MRD.Level?, String?) =
                switch mrd.result {
                case .level(let level): ("=", level, nil)
                case .below(let level): ("<", level, nil)
                case .atLeast(let level): (">=", level, nil)
                case .above(let level): (">", level, nil)
                case .notDone: (nil, nil, "not-done")
                case .inadequate: (nil, nil, "inadequate")
                }
            let cutoff = context.treatment.plan.mrdNegative?.level
            let negative = cutoff.map { limit in
                switch mrd.isBelow(limit) {
                case .yes: "yes"
                case .no: "no"
                case .unknown: "unknown"
                }
            }
            let cells: [String?] = [
                subject.id.description, step.phaseBefore, subject.exposure(on: step.day)?.course,
            ]
            return cells + context.dayCells(step, of: subject) + [
                step.milestone.facts.text(.mrdMethod), relation, value?.percent, mrd.sensitivity?.percent, reason,
                cutoff?.percent, negative, step.milestone.facts.text(.marrow),
            ]
        }
    }
}

/// One row a course of treatment.
enum ExposureRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let treatment = context.treatment
        return [
            .id, Column("number", "Which of the subject's courses", .integer), .field(.course, "Course", treatment),
            Column("agents", "Agents of the course", .text, source: treatment.citation(of: .course)),
            Column(
                "phase", "Treatment phase of the course", .code, codes: treatment.phaseCodes,
                source: treatment.phaseCitation),
        ] + context.dayColumns("start", "Start") + context.partialDayColumns("end", "End") + [
            Column(
                "ended_by", "What ended it; empty: it goes on at the cut", .code, codes: MilestoneKind.codes),
            .field(.outcome, "How it ended", treatment), .field(.cause, "Why it was modified or stopped", treatment),
            Column("interruptions", "Interruptions of the infusion", .integer),
            Column(
                "infused_days",
                "Days of infusion up to the end, or to the last day on which the subject was known to be alive",
                .integer, unit: "days"),
        ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.exposures.map { exposure in
            let cells: [String?] = [
                subject.id.description, String(exposure.number), exposure.course,
                exposure.definition?.agents.joined(separator: "+"), exposure.started.phaseAfter,
            ]
            return cells + context.dayCells(exposure.started, of: subject)
                + context.partialDayCells(exposure.ended, of: subject) + [
                    exposure.ended?.milestone.kind.rawValue, exposure.outcome, exposure.cause,
                    String(exposure.interruptions.count),
                    exposure.infusedDays(through: subject.lastKnown).map(String.init),
                ]
        }
    }
}

/// One row an endpoint of a subject: the time, how it ended, and why no event was seen.
enum EndpointRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let plan = context.treatment.plan
        let components = plan.endpoints.flatMap(\.components).reduce(into: [Column.Code]()) { codes, component in
            if !codes.contains(where: { $0.value == component.name }) {
                codes.append(Column.Code(component.name, component.title))
            }
        }
        return [
            .id,
            Column(
                "endpoint", "Endpoint", .code, codes: plan.endpoints.map { Column.Code($0.name, $0.title) },
                source: context.treatment.endpointCitation),
            Column(
                "randomisation", "The randomisation at which the time begins; empty: the enrolment", .code,
                codes: context.treatment.randomisations.map { Column.Code($0.name, $0.name.inWords) },
                source: context.treatment.randomisationCitation),
            .field(.arm, "Arm assigned", context.treatment),
            Column("stratum", "Stratum as used", .text, source: context.treatment.randomisationCitation), .eligible,
            Column("origin_day", "Day on which the time begins", .day, unit: "days since enrolment"),
            Column("time", "Time to the event, or until which none was seen", .integer, unit: "days"),
            .precision("time_precision", "How much is known of the date on which the time ends"),
            Column(
                "event", "Whether an event was seen", .integer,
                codes: [Column.Code("0", "Censored"), Column.Code("1", "Event")],
                source: context.treatment.endpointCitation),
            Column(
                "event_description", "Which event came first", .code, codes: components,
                source: context.treatment.endpointCitation),
            Column(
                "censoring", "Why no event was seen", .code,
                codes: [
                    Column.Code("last-contact", "Without an event when last heard of"),
                    Column.Code("lost-to-follow-up", "Lost to follow-up"),
                    Column.Code("consent-withdrawn", "Consent withdrawn"), Column.Code("off-study", "Off study"),
                ]),
        ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        context.treatment.plan.endpoints.flatMap { endpoint -> [[String?]] in
            switch endpoint.from {
            case .enrolment: row(subject, endpoint, nil).map { [$0] } ?? []
            case .randomisation:
                context.treatment.randomisations.compactMap { row(subject, endpoint, $0) }
            }
        }
    }

    private static func row(_ subject: Subject, _ endpoint: Endpoint, _ randomisation: Randomisation?) -> [String?]? {
        guard let time = subject.time(to: endpoint, from: randomisation) else { return nil }
        let step = randomisation.flatMap { wanted in
            subject.randomisations.first { wanted.arms.contains($0.milestone.qualifier ?? "") }
        }
        return [
            subject.id.description, endpoint.name, randomisation?.name, step?.milestone.qualifier, step?.stratum,
            yesNo(subject.isEligible), String(subject.days(to: time.origin)), String(time.days),
            time.precision.rawValue, time.isEvent ? "1" : "0",
            time.isEvent ? time.word : nil, time.isEvent ? nil : time.word,
        ]
    }
}

/// One row an adverse event.
enum AdverseRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let treatment = context.treatment
        return [
            .id, .field(.term, "What it was (CTCAE)", treatment), .field(.grade, "Grade", treatment),
            .flag(
                "serious", "Whether it was serious; any of grade 5 is, also where the site did not say so",
                source: "the log, field serious; ICH E2A, II.B"), .field(.cause, "Cause", treatment),
            Column(
                "period", "Into which part of treatment it fell, by what was begun last before it", .code,
                codes: [
                    Column.Code("course", "A course"), Column.Code("transplant", "Conditioning and transplant"),
                    Column.Code("outside", "Before any course"),
                ]),
            .field(.course, "The course of that period", treatment),
            .field(.arm, "The arm allocated last before that period began", treatment),
        ]
            + context.partialDayColumns("event", "When it happened")
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.milestones.compactMap { step in
            guard step.milestone.kind == .adverseEvent else { return nil }
            let facts = step.milestone.facts
            let period = subject.treatmentPeriod(on: step.day)
            let cells: [String?] = [
                subject.id.description, facts.text(.term), facts.text(.grade), step.isSerious.map(yesNo),
                facts.text(.cause), period.kind.word, period.course, period.arm,
            ]
            return cells + context.partialDayCells(step, of: subject)
        }
    }
}
