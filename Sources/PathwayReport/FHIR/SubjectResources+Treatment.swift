internal import PathwayCore

extension SubjectResources {
    /// Writes conditioning, transplants and radiotherapy.
    func addProcedures(to files: ResourceFiles) throws(ExportError) {
        for (index, milestone) in subject.milestones.enumerated() {
            let later = subject.milestones[(index + 1)...]
            let key = "\(milestone.position)"
            switch milestone.milestone.kind {
            case .conditioningStarted:
                try add(.procedure, key, to: files) { writeConditioning(milestone, before: later, &$0) }
            case .transplanted: try add(.procedure, key, to: files) { writeTransplant(milestone, &$0) }
            case .radiotherapyStarted:
                let end = later.first { ends($0, milestone) }
                try add(.procedure, key, to: files) { writeRadiotherapy(started: milestone, ended: end, &$0) }
            case .radiotherapyEnded where !subject.milestones[..<index].contains(where: { starts($0, milestone) }):
                try add(.procedure, key, to: files) { writeRadiotherapy(started: nil, ended: milestone, &$0) }
            default: break
            }
        }
    }

    private func ends(_ end: SubjectMilestone, _ start: SubjectMilestone) -> Bool {
        end.milestone.kind == .radiotherapyEnded
            && end.milestone.facts.word(.irradiated) == start.milestone.facts.word(.irradiated)
    }

    private func starts(_ start: SubjectMilestone, _ end: SubjectMilestone) -> Bool {
        start.milestone.kind == .radiotherapyStarted && ends(end, start)
    }

    /// Of conditioning only the start is recorded: whether it was completed is known when a transplant follows.
    private func writeConditioning(
        _ milestone: SubjectMilestone, before later: ArraySlice<SubjectMilestone>, _ text: inout ResourceText
    ) {
        let isCompleted = later.contains { $0.milestone.kind == .transplanted }
        var extensions = [phase(milestone)]
        extensions += dose(milestone)
        text.extensions(extensions)
        text.text("status", isCompleted ? "completed" : "unknown")
        text.concept(
            "code",
            [.own("procedure", "conditioning", "Conditioning before transplant")]
                + (milestone.milestone.facts.word(.conditioning).map { [.own("conditioning", $0)] } ?? []))
        text.reference("subject", to: patient)
        text.period("performedPeriod", PeriodText(start: date(milestone), end: nil))
    }

    private func writeTransplant(_ milestone: SubjectMilestone, _ text: inout ResourceText) {
        let facts = milestone.milestone.facts
        text.extensions(
            [phase(milestone)]
                + [Field.donor, .stemCells, .conditioning].compactMap { field in
                    facts.word(field).map { Extension(field.rawValue, .coding(.own(field.rawValue, $0))) }
                })
        text.text("status", "completed")
        text.concept("code", [.transplant])
        text.reference("subject", to: patient)
        text.date("performedDateTime", date(milestone))
    }

    private func writeRadiotherapy(
        started: SubjectMilestone?, ended: SubjectMilestone?, _ text: inout ResourceText
    ) {
        guard let known = ended ?? started else { return }
        let isOver = ended != nil || subject.first(.died) != nil || subject.first(.offTherapy) != nil
        text.extensions([phase(started ?? known)] + dose(known))
        // Therapy that ended without this having been recorded may or may not have been completed.
        text.text("status", ended != nil ? "completed" : isOver ? "unknown" : "in-progress")
        text.concept("code", [.radiotherapy])
        text.reference("subject", to: patient)
        text.period("performedPeriod", PeriodText(start: started.map(date), end: ended.map(date)))
        if let place = known.milestone.facts.word(.irradiated) {
            text.concepts("bodySite", [.own("irradiated", place)])
        }
    }

    private func dose(_ milestone: SubjectMilestone) -> [Extension] {
        guard let gray = milestone.milestone.facts[.gray] else { return [] }
        return [Extension("gray", .amount(Field.gray.text(gray), unit: "Gy", comparator: nil))]
    }

    /// Writes a course, one resource for each of its agents: the log says which course was given, not which dose of which agent on which day.
    func addAdministrations(of exposure: Exposure, to files: ResourceFiles) throws(ExportError) {
        let agents = exposure.definition?.agents ?? []
        for agent in agents.isEmpty ? [exposure.course] : agents {
            try add(.medicationAdministration, "\(exposure.started.position)|\(agent)", to: files) { text in
                write(exposure, agent: agent, &text)
            }
        }
    }

    private func write(_ exposure: Exposure, agent: String, _ text: inout ResourceText) {
        let course = Coding.word("course", exposure.course, of: subject.treatment, exposure.definition?.title)
        text.extensions(
            [Extension("course", .coding(course)), Extension("course-number", .integer(exposure.number))]
                + exposure.interruptions.map(interruption))
        text.text("status", status(of: exposure))
        text.concepts("statusReason", exposure.cause.map { [.own("cause", $0)] } ?? [])
        let own = Coding.word("agent", agent, of: subject.treatment, agent)
        text.concept("medicationCodeableConcept", (Coding.ingredient(agent).map { [$0] } ?? []) + [own])
        text.reference("subject", to: patient)
        text.period(
            "effectivePeriod", PeriodText(start: date(exposure.started), end: exposure.ended.map(date)))
        // The dose recorded at a start is that of the infusion.
        guard exposure.definition?.infusion != nil,
            let dose = exposure.started.milestone.facts[.doseMicrograms]
        else { return }
        text.object("dosage") { dosage in
            dosage.quantity("rateQuantity", Field.doseMicrograms.text(dose), "ug/(m2.d)")
        }
    }

    private func status(of exposure: Exposure) -> String {
        if exposure.infusionStopped != nil { return "stopped" }
        guard exposure.ended != nil else {
            return exposure.interruptions.contains { $0.resumed == nil } ? "on-hold" : "in-progress"
        }
        switch exposure.outcome {
        case "completed", "modified": return "completed"
        case "stopped": return "stopped"
        // What ended the course does not say whether it was complete.
        default: return "unknown"
        }
    }

    private func interruption(_ interruption: Exposure.Interruption) -> Extension {
        let facts = interruption.held.milestone.facts
        var parts = [
            Extension.part(
                "period", .period(PeriodText(start: date(interruption.held), end: interruption.resumed.map(date))))
        ]
        if let cause = facts.word(.cause) { parts.append(.part("cause", .coding(.own("cause", cause)))) }
        if case .number(let grade)? = facts[.grade] { parts.append(.part("grade", .integer(grade))) }
        return Extension("interruption", .parts(parts))
    }
}
