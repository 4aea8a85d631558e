internal import PathwayCore

/// One row a subject: who, where, which risk and arm, and the days that matter.
enum SubjectRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let treatment = context.treatment
        return [
            .id, Column("site", "Site at the cut", .text), .flag("synthetic", "Made up, not a patient"),
            Column("age", "Age at enrolment; ages of 90 and over are 90", .integer, unit: "years"),
            .flag("age_and_over", "Whether the age stands for all from there on"),
            .field(.sex, "Sex", treatment), .field(.relapseSites, "Sites of the first relapse", treatment),
            Column("days_to_relapse", "From first diagnosis to first relapse", .integer, unit: "days"),
            .field(.cytogenetics, "Cytogenetics", treatment),
            Column("version", "Version of the protocol at the enrolment", .integer),
            .field(.risk, "Risk group assigned last", treatment),
            Column(
                "randomisation", "First randomisation", .code,
                codes: treatment.randomisations.map { Column.Code($0.name, $0.name.inWords) },
                source: treatment.randomisationCitation),
            Column(
                "stratum", "Stratum as used at the first randomisation", .code,
                codes: treatment.randomisations.flatMap(\.strata).map { Column.Code($0.name, $0.name.inWords) },
                source: treatment.randomisationCitation),
            .field(
                .arm, "Arm assigned at the first randomisation, whatever was given later", treatment, as: "arm_assigned"
            ),
            Column(
                "arm_received",
                "Arm of the first course given after the first randomisation; other: a course of no arm's plan", .code,
                codes: treatment.arms.map { Column.Code($0.name, $0.title) } + [Column.Code("other", "Other")],
                source: treatment.citation(of: .arm)),
        ] + context.dayColumns("randomised", "First randomisation")
            + context.dayColumns("transplant", "First transplant") + context.dayColumns("off_therapy", "Off therapy")
            + [
                .field(.reason, "Why off therapy", treatment, as: "off_therapy_reason")
            ] + context.partialDayColumns("relapse", "First relapse after enrolment")
            + context.partialDayColumns("second_malignancy", "Second malignancy")
            + context.partialDayColumns("death", "Death") + [
                .field(.deathCause, "Cause of death", treatment)
            ] + context.partialDayColumns("lost", "Lost to follow-up; empty also for who was found again")
            + context.partialDayColumns("withdrawn", "Consent withdrawn")
            + context.partialDayColumns("off_study", "Left the study")
            + [
                .field(.reason, "Why off study", treatment, as: "off_study_reason")
            ]
            + context.partialDayColumns(
                "last_known_alive", "Last day on which the subject was known to be alive: what censoring uses")
            + context.partialDayColumns("last_record", "Last day under which anything was recorded, a loss included")
            + [
                Column(
                    "phase", "Treatment phase at the cut", .code, codes: treatment.phaseCodes,
                    source: treatment.phaseCitation),
                Column(
                    "status", "Status at the cut", .code,
                    codes: Status.allCases.map { Column.Code($0.rawValue, $0.rawValue.inWords) }),
                .flag("set_risk_assigned", "In the set of those with a risk group"),
                .flag("set_randomised", "In the set of those randomised, by intention to treat"),
                .flag(
                    "set_randomised_eligible",
                    "In the set that the report analyses: randomised, and not found ineligible afterwards"),
                .eligible,
                .flag("set_treated", "In the safety set: began a course after the first randomisation"),
            ]
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        let facts = subject.enrolment.facts
        let age = facts.years(.age).map { Disguise.age($0) }
        let randomised = subject.randomisations.first
        let offTherapy = subject.first(.offTherapy)
        let death = subject.first(.died)
        let received = subject.armReceived
        let lost =
            subject.path.standing.status == .lost ? subject.milestones.last { $0.statusAfter != $0.statusBefore } : nil
        let offStudy = subject.first(.offStudy)
        let row: [String?] =
            [
                subject.id.description, subject.site, yesNo(subject.isSynthetic), age.map { String($0.years) },
                age.map { yesNo($0.andOver) }, facts.text(.sex), facts.text(.relapseSites), facts.daysToRelapse,
                facts.text(.cytogenetics), String(subject.milestones[0].version), subject.path.standing.risk,
                randomised.flatMap { subject.randomisation(of: $0)?.name }, randomised?.stratum,
                randomised?.milestone.qualifier, received,
            ] + context.dayCells(randomised, of: subject) + context.dayCells(subject.first(.transplanted), of: subject)
            + context.dayCells(offTherapy, of: subject) + [offTherapy?.milestone.facts.text(.reason)]
            + context.partialDayCells(subject.first(.relapsed), of: subject)
            + context.partialDayCells(subject.first(.secondMalignancy), of: subject)
            + context.partialDayCells(death, of: subject) + [
                death?.milestone.facts.text(.deathCause)
            ] + context.partialDayCells(lost, of: subject)
            + context.partialDayCells(subject.first(.consentWithdrawn), of: subject)
            + context.partialDayCells(offStudy, of: subject) + [offStudy?.milestone.facts.text(.reason)]
            + context.partialDayCells(subject.lastSeen, of: subject)
            + context.partialDayCells(subject.milestones.latest, of: subject)
            + [
                subject.path.phase.name, subject.path.standing.status.rawValue,
                yesNo(subject.first(.riskAssigned) != nil), yesNo(randomised != nil),
                yesNo(randomised != nil && subject.isEligible), yesNo(subject.isEligible), yesNo(received != nil),
            ]
        return [row]
    }
}

/// One row a randomisation: what was allocated, in which stratum, by whom.
enum RandomisationRow: SubjectRows {
    static func columns(_ context: ExportContext) -> [Column] {
        let treatment = context.treatment
        return [
            .id,
            Column(
                "randomisation", "Randomisation", .code,
                codes: treatment.randomisations.map { Column.Code($0.name, $0.name.inWords) },
                source: treatment.randomisationCitation),
            .field(.arm, "Arm allocated", treatment),
            Column(
                "stratum", "Stratum as used", .code,
                codes: treatment.randomisations.flatMap(\.strata).map { Column.Code($0.name, $0.name.inWords) },
                source: treatment.randomisationCitation),
            Column(
                "allocated_by", "What allocated", .code,
                codes: [Column.Code("pathway", "Drawn here"), Column.Code("other system", "Another system")]),
            .eligible,
        ] + context.dayColumns("randomised", "Randomisation")
    }

    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        subject.randomisations.map { step in
            [
                subject.id.description, subject.randomisation(of: step)?.name, step.milestone.qualifier, step.stratum,
                step.milestone.facts.text(.allocatedBy), yesNo(subject.isEligible),
            ] + context.dayCells(step, of: subject)
        }
    }
}

extension Subject {
    /// The randomisation that a milestone belongs to.
    func randomisation(of step: SubjectMilestone) -> Randomisation? {
        treatment.randomisations.first { $0.arms.contains(step.milestone.qualifier ?? "") }
    }

    /// The arm whose course was begun first after the first randomisation; `other` for a course of no arm's plan, `nil` if none was begun.
    var armReceived: String? {
        guard let start = milestones.firstIndex(where: { $0.milestone.kind == .randomised }),
            let course = milestones[(start + 1)...].first(where: { $0.milestone.kind == .courseStarted })
        else { return nil }
        return treatment.phases.first { $0.name == course.phaseAfter }?.arm ?? "other"
    }
}

extension Facts {
    /// A whole number of years.
    func years(_ field: Field) -> Int? { if case .number(let years)? = self[field] { years } else { nil } }

    /// Days from the first diagnosis to the first relapse, where both are known to the day.
    var daysToRelapse: String? {
        guard case .date(let diagnosed)? = self[.diagnosed], case .date(let relapsed)? = self[.relapsedOn],
            diagnosed.precision == .day, relapsed.precision == .day
        else { return nil }
        return String(relapsed.earliest.days(since: diagnosed.earliest))
    }
}
