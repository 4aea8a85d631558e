import PathwayCore

/// A milestone of the protocol, the end of something, or another event of note: a row of DS.
struct Disposition: SubjectRecord {
    /// CDISC's codelist "Category for Disposition Event".
    enum Category: String {
        case milestone = "PROTOCOL MILESTONE"
        case end = "DISPOSITION EVENT"
        case other = "OTHER EVENT"
    }

    /// What is said of a milestone.
    struct Term: Hashable {
        let category: Category
        /// CDISC's term where there is one, else the sponsor's own.
        let standard: String
        /// `STUDY PARTICIPATION` or `STUDY TREATMENT`, for an end.
        var part: String?
    }

    let frame: SubjectFrame
    let sequence: Int
    /// The event in the record's own words.
    let reported: String
    let term: Term
    let on: ClinicalDate

    static let dataset = Dataset<Disposition>.ofSubjects(
        "DS", "Disposition",
        [
            .text("DSTERM", "Reported Term for the Disposition Event") { $0.reported },
            .text("DSDECOD", "Standardized Disposition Term") { $0.term.standard },
            .text("DSCAT", "Category for Disposition Event") { $0.term.category.rawValue },
            .text("DSSCAT", "Subcategory for Disposition Event") { $0.term.part },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.on) },
            .date("DSSTDTC", "Start Date/Time of Disposition Event") { $0.frame.date($0.on) },
            .integer("DSSTDY", "Study Day of Start of Disposition Event") { $0.frame.day($0.on) },
        ])

    static func rows(_ frame: SubjectFrame) -> [Disposition] {
        var rows: [Disposition] = []
        func add(_ reported: String, _ term: Term, _ on: ClinicalDate) {
            rows.append(
                Disposition(frame: frame, sequence: rows.count + 1, reported: reported, term: term, on: on))
        }
        if let consented = frame.subject.enrolment.date(.consented) {
            add("consented", Term(category: .milestone, standard: "INFORMED CONSENT OBTAINED"), consented)
        }
        for step in frame.subject.milestones {
            let milestone = step.milestone
            guard let term = Disposition.term(milestone) else { continue }
            let detail = milestone.qualifier ?? milestone.facts.word(.reason) ?? milestone.facts.word(.deathCause)
            add(milestone.kind.rawValue + (detail.map { ": \($0)" } ?? ""), term, milestone.on)
        }
        return rows
    }

    /// Where a milestone stands in DS; `nil` for what has a dataset of its own.
    static func term(_ milestone: Milestone) -> Term? {
        switch milestone.kind {
        case .enrolled: Term(category: .milestone, standard: "ENROLLED")
        case .riskAssigned: Term(category: .milestone, standard: "RISK GROUP ASSIGNED")
        case .randomised: Term(category: .milestone, standard: "RANDOMIZED")
        case .crossoverOffered: Term(category: .milestone, standard: "CROSSOVER OFFERED")
        case .crossoverStarted: Term(category: .milestone, standard: "CROSSOVER STARTED")
        case .donorIdentified: Term(category: .other, standard: "DONOR IDENTIFIED")
        case .engrafted: Term(category: .other, standard: "ENGRAFTED")
        case .relapsed: Term(category: .other, standard: "DISEASE RELAPSE")
        case .secondMalignancy: Term(category: .other, standard: "SECOND MALIGNANCY")
        case .seen: Term(category: .other, standard: "SUBJECT SEEN")
        case .offTherapy: end(milestone.reason, "STUDY TREATMENT")
        case .offStudy: end(milestone.reason, "STUDY PARTICIPATION")
        case .lostToFollowUp: end("LOST TO FOLLOW-UP", "STUDY PARTICIPATION")
        case .consentWithdrawn: end("WITHDRAWAL BY SUBJECT", "STUDY PARTICIPATION")
        case .died: end("DEATH", "STUDY PARTICIPATION")
        case .courseStarted, .courseEnded, .responseAssessed, .infusionHeld, .infusionResumed, .infusionStopped,
            .radiotherapyStarted, .radiotherapyEnded, .conditioningStarted, .transplanted, .adverseEvent:
            nil
        }
    }

    private static func end(_ standard: String, _ part: String) -> Term {
        Term(category: .end, standard: standard, part: part)
    }
}

extension Milestone {
    /// The reason of an end in CDISC's codelist "Completion/Reason for Non-Completion", or the sponsor's own word in capitals.
    fileprivate var reason: String {
        switch facts.word(.reason) {
        case "completed": "COMPLETED"
        case "relapse": "DISEASE RELAPSE"
        case "treatment-failure": "LACK OF EFFICACY"
        case "toxicity": "ADVERSE EVENT"
        case "physician-decision": "PHYSICIAN DECISION"
        case "refusal": "WITHDRAWAL BY SUBJECT"
        case "pregnancy": "PREGNANCY"
        case "died": "DEATH"
        case "follow-up-ended": "COMPLETED"
        case "second-malignancy": "SECOND MALIGNANCY"
        case "not-randomised": "NOT RANDOMISED"
        case "arm-closed": "ARM CLOSED"
        case "ineligible": "INELIGIBLE"
        case "other-study": "ENTERED ANOTHER STUDY"
        default: "OTHER"
        }
    }
}
