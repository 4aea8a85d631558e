internal import PathwayCore

/// Everything that is said of one subject.
struct SubjectResources {
    let subject: Subject
    let disguise: Disguise
    let study: ResourceName
    let patient: ResourceName

    init(_ subject: Subject, _ context: ExportContext) {
        self.subject = subject
        disguise = context.disguise
        study = StudyResources.studyName(context.treatment)
        patient = ResourceName(.patient, subject.treatment.name, subject.id.description)
    }

    /// Writes the resources, the patient first.
    func add(to files: ResourceFiles) throws(ExportError) {
        try files.add(patient) { text in
            text.origin(isSynthetic: subject.isSynthetic)
            writePatient(&text)
        }
        try add(.researchSubject, "subject", to: files, writeSubject)
        for milestone in subject.milestones { try addFindings(of: milestone, to: files) }
        try addProcedures(to: files)
        for exposure in subject.exposures { try addAdministrations(of: exposure, to: files) }
    }

    /// Writes a resource about the patient; `key` tells it from the patient's others of its kind.
    func add(
        _ kind: ResourceKind, _ key: String, to files: ResourceFiles, _ write: (inout ResourceText) -> Void
    ) throws(ExportError) {
        let name = ResourceName(kind, subject.treatment.name, subject.id.description, key)
        try files.add(name) { text in
            text.origin(isSynthetic: subject.isSynthetic)
            write(&text)
        }
    }

    /// The day of a milestone as it may be shown.
    func date(_ milestone: SubjectMilestone) -> DateText {
        let on = milestone.milestone.on
        return DateText(
            shown: disguise.date(on, of: subject), studyDay: subject.days(to: milestone.day), precision: on.precision)
    }

    /// A date among the facts of a milestone as it may be shown; of one known to the month or year, the day counted is the first.
    func date(_ field: Field, of milestone: SubjectMilestone) -> DateText? {
        guard case .date(let date)? = milestone.milestone.facts[field] else { return nil }
        return DateText(
            shown: disguise.date(date, of: subject), studyDay: subject.days(to: date.earliest),
            precision: date.precision)
    }

    // MARK: - Patient

    private func writePatient(_ text: inout ResourceText) {
        text.one("identifier") { identifier in
            identifier.text("system", "urn:pathway:study-number:\(subject.treatment.name)")
            identifier.text("value", subject.id.description)
        }
        // The log's words for the sex are FHIR's administrative genders: female, male, unknown.
        text.text("gender", subject.enrolment.facts.word(.sex))
        guard let death = subject.first(.died).map(date) else { return }
        if death.shown != nil {
            text.date("deceasedDateTime", death)
        } else {
            text.literal("deceasedBoolean", "true")
            text.object("_deceasedBoolean") { $0.extensions(death.days) }
        }
    }

    // MARK: - Research subject

    private func writeSubject(_ text: inout ResourceText) {
        text.extensions(particulars)
        text.text("status", status)
        if case .shifted = disguise { text.period("period", period) }
        text.reference("study", to: study)
        text.reference("individual", to: patient)
        text.text("assignedArm", subject.path.standing.arms.joined(separator: ", "))
        text.text("actualArm", subject.armReceived)
    }

    private var status: String {
        switch subject.path.standing.status {
        case .withdrawn: "withdrawn"
        case .lost, .offStudy, .dead: "off-study"
        case .inStudy, .relapsed, .secondMalignancy:
            subject.first(.offTherapy) != nil || subject.path.phase.ends ? "follow-up" : "on-study-intervention"
        }
    }

    private var period: PeriodText {
        let last = subject.milestones.last { milestone in
            [.died, .offStudy, .consentWithdrawn].contains(milestone.milestone.kind)
        }
        return PeriodText(start: date(subject.milestones[0]), end: last.map(date))
    }

    private var particulars: [Extension] {
        let treatment = subject.treatment
        let standing = subject.path.standing
        var extensions = [
            Extension("site", .text(subject.site)), Extension("status", .code(standing.status.rawValue)),
            Extension(
                "phase", .coding(.word("phase", subject.path.phase.name, of: treatment, subject.path.phase.title))),
        ]
        if let risk = standing.risk {
            extensions.append(Extension("risk", .coding(.word("risk", risk, of: treatment))))
        }
        for stratum in subject.randomisations.compactMap(\.stratum) {
            extensions.append(Extension("stratum", .coding(.word("stratum", stratum, of: treatment))))
        }
        if let age = subject.enrolment.facts.years(.age).map(Disguise.age) {
            extensions.append(
                Extension("age", .amount(String(age.years), unit: "a", comparator: age.andOver ? ">=" : nil)))
        }
        return extensions
    }
}
