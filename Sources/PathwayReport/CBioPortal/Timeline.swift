internal import PathwayCore

/// One track of cBioPortal's timeline: a file of events, each from a day to a day since the enrolment.
enum Timeline: String, CaseIterable {
    case status, specimen, treatment
    case labTest = "lab_test"
    case adverseEvent = "adverse_event"

    /// The columns behind the four that every track has.
    var columns: [String] {
        switch self {
        case .status: ["STATUS", "DETAIL", "PHASE", "PLANNED", "DATE_PRECISION"]
        case .specimen: ["SAMPLE_ID", "SPECIMEN_SITE", "DATE_PRECISION"]
        case .treatment: ["TREATMENT_TYPE", "SUBTYPE", "AGENT", "COURSE_NUMBER", "OUTCOME", "CAUSE", "DAYS_INFUSED"]
        case .labTest: ["TEST", "RESULT", "UNIT", "METHOD", "SENSITIVITY", "PHASE"]
        case .adverseEvent: ["TERM", "GRADE", "SERIOUS", "CAUSE", "PHASE", "DATE_PRECISION"]
        }
    }

    /// What cBioPortal calls the events.
    var eventType: String { rawValue.uppercased() }

    /// The rows of a subject.
    func rows(_ subject: Subject) -> [Row] {
        switch self {
        case .status: Timeline.statuses(subject)
        case .specimen: Timeline.specimens(subject)
        case .treatment: Timeline.treatments(subject)
        case .labTest: Timeline.tests(subject)
        case .adverseEvent: Timeline.adverseEvents(subject)
        }
    }

    /// An event: the days since the enrolment on which it begins and ends, and what its track says of it.
    struct Row {
        let start: Int
        let stop: Int?
        let cells: [String?]

        init(_ start: Int, to stop: Int? = nil, _ cells: [String?]) {
            self.start = start
            self.stop = stop
            self.cells = cells
        }
    }

    private static func statuses(_ subject: Subject) -> [Row] {
        subject.milestones.compactMap { milestone in
            let facts = milestone.milestone.facts
            let detail: String?
            switch milestone.milestone.kind {
            case .enrolled, .relapsed: detail = facts.text(.relapseSites)
            case .riskAssigned: detail = facts.word(.risk)
            case .randomised: detail = facts.word(.arm)
            case .responseAssessed: detail = facts.word(.response)
            case .secondMalignancy:
                detail = milestone.milestone.listedTitle(.diagnosis, under: subject.treatment)
            case .offTherapy, .offStudy: detail = facts.word(.reason)
            case .died: detail = facts.word(.deathCause)
            case .donorIdentified: detail = facts.word(.donor)
            case .crossoverOffered, .crossoverStarted, .engrafted, .seen, .lostToFollowUp, .consentWithdrawn:
                detail = nil
            // These are treatments, tests or adverse events, each on a track of its own.
            case .courseStarted, .courseEnded, .infusionHeld, .infusionResumed, .infusionStopped,
                .radiotherapyStarted, .radiotherapyEnded, .conditioningStarted, .transplanted, .adverseEvent:
                return nil
            }
            return Row(
                subject.days(to: milestone.day),
                [
                    milestone.milestone.kind.rawValue, detail, milestone.phaseAfter, milestone.answer.rawValue,
                    precision(milestone),
                ])
        }
    }

    private static func specimens(_ subject: Subject) -> [Row] {
        guard case .date(let relapse)? = subject.enrolment.facts[.relapsedOn] else { return [] }
        return [
            Row(
                subject.days(to: relapse.earliest),
                [
                    ClinicalColumn.sample(of: subject),
                    subject.enrolment.facts.text(.relapseSites),
                    relapse.precision.rawValue,
                ])
        ]
    }

    private static func tests(_ subject: Subject) -> [Row] {
        let tests: [(field: Field, unit: String?)] = [
            (.marrow, nil), (.blasts, "%"), (.mrd, "%"), (.cns, nil), (.testis, nil), (.neutrophils, "per µl"),
            (.platelets, "×10⁹/l"),
        ]
        return subject.milestones.flatMap { milestone in
            tests.compactMap { field, unit in
                guard let value = milestone.milestone.facts[field] else { return nil }
                let isMRD = field == .mrd
                return Row(
                    subject.days(to: milestone.day),
                    [
                        field.rawValue, field.text(value), unit,
                        isMRD ? milestone.milestone.facts.word(.mrdMethod) : nil,
                        isMRD ? milestone.milestone.mrd?.sensitivity?.percent : nil, milestone.phaseBefore,
                    ])
            }
        }
    }

    private static func adverseEvents(_ subject: Subject) -> [Row] {
        subject.milestones.filter { $0.milestone.kind == .adverseEvent }.map { milestone in
            let facts = milestone.milestone.facts
            return Row(
                subject.days(to: milestone.day),
                [
                    milestone.milestone.listedTitle(.term, under: subject.treatment), facts.text(.grade),
                    milestone.isSerious.map(yesNo), facts.word(.cause), milestone.phaseBefore,
                    precision(milestone),
                ])
        }
    }

    private static func precision(_ milestone: SubjectMilestone) -> String { milestone.milestone.on.precision.rawValue }
}
