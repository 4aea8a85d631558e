internal import PathwayCore

extension SubjectResources {
    /// Writes what one milestone found: observations, an adverse event, a condition.
    func addFindings(of milestone: SubjectMilestone, to files: ResourceFiles) throws(ExportError) {
        for finding in ObservedField.all {
            guard let value = milestone.milestone.facts[finding.field] else { continue }
            try add(.observation, "\(milestone.position)|\(finding.field.rawValue)", to: files) { text in
                write(finding, value, of: milestone, &text)
            }
        }
        switch milestone.milestone.kind {
        case .engrafted:
            try add(.observation, "\(milestone.position)|engrafted", to: files) { text in
                write(.engraftment, .flag(true), of: milestone, &text)
            }
        case .adverseEvent:
            try add(.adverseEvent, "\(milestone.position)", to: files) { writeAdverseEvent(milestone, &$0) }
        case .enrolled, .relapsed, .secondMalignancy:
            try add(.condition, "\(milestone.position)", to: files) { writeCondition(milestone, &$0) }
        default: break
        }
    }

    private func write(
        _ finding: ObservedField, _ value: Value, of milestone: SubjectMilestone, _ text: inout ResourceText
    ) {
        text.extensions([phase(milestone)])
        text.text("status", "final")
        text.concepts("category", [finding.category])
        text.concept("code", [finding.coding])
        text.reference("subject", to: patient)
        text.date("effectiveDateTime", date(milestone))
        finding.write(value, &text)
        guard finding.field == .mrd else { return }
        if let method = milestone.milestone.facts.word(.mrdMethod) {
            text.concept("method", [.own("mrd-method", method)])
        }
        guard case .level(let sensitivity)? = milestone.milestone.facts[.mrdSensitivity] else { return }
        text.one("component") { component in
            component.concept(
                "code", [.own("observation", "mrd-sensitivity", "Smallest share of cells the assay sees")])
            component.quantity("valueQuantity", sensitivity.percent, "%")
        }
    }

    /// The phase in which something was found: what tells the end of reinduction from the end of a cycle.
    func phase(_ milestone: SubjectMilestone) -> Extension {
        Extension("phase", .coding(.word("phase", milestone.phaseBefore, of: subject.treatment)))
    }

    private func writeAdverseEvent(_ milestone: SubjectMilestone, _ text: inout ResourceText) {
        let facts = milestone.milestone.facts
        var extensions = [phase(milestone)]
        if let cause = facts.word(.cause) { extensions.append(Extension("cause", .coding(.own("cause", cause)))) }
        guard case .number(let grade)? = facts[.grade],
            let term = milestone.milestone.listedTitle(.term, under: subject.treatment)
        else { return }
        text.extensions(extensions + [.grade(grade)])
        text.text("actuality", "actual")
        text.object("event") { $0.text("text", term) }
        text.reference("subject", to: patient)
        text.date("date", date(milestone))
        if let isSerious = milestone.isSerious {
            text.concept("seriousness", [isSerious ? .serious : .notSerious])
        }
        text.concept("severity", [.severity(grade)])
        // CTCAE's grade 5 is the death that the event led to.
        if grade == 5 { text.concept("outcome", [.fatal]) }
        text.references("study", to: [study])
    }

    private func writeCondition(_ milestone: SubjectMilestone, _ text: inout ResourceText) {
        let facts = milestone.milestone.facts
        let isEnrolment = milestone.milestone.kind == .enrolled
        if isEnrolment, let first = date(.diagnosed, of: milestone) {
            text.extensions([
                Extension("first-diagnosis", .period(PeriodText(start: first, end: nil)))
            ])
        }
        text.concept(
            "code", [.own("condition", isEnrolment ? "relapse-at-enrolment" : milestone.milestone.kind.rawValue)],
            text: milestone.milestone.listedTitle(.diagnosis, under: subject.treatment))
        if case .words? = facts[.relapseSites], let sites = facts[.relapseSites] {
            text.concepts(
                "bodySite",
                Field.relapseSites.text(sites).split(separator: "+").map { .own("relapse-site", String($0)) })
        }
        text.reference("subject", to: patient)
        text.date("onsetDateTime", isEnrolment ? date(.relapsedOn, of: milestone) : date(milestone))
    }
}
