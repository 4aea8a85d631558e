internal import PathwayCore

/// The protocol document as a plan: each phase an action, and within it an action for each planned way out.
///
/// What moves nobody and what is not planned is left out: an arrow back to its own phase, and every row of the register of deviations.
struct PlanResource {
    private let treatment: TreatmentProtocol

    init(_ treatment: TreatmentProtocol) { self.treatment = treatment }

    /// Writes the plan.
    func write(_ text: inout ResourceText) {
        text.text("url", "urn:pathway:protocol:\(treatment.name):\(treatment.version)")
        text.text("version", String(treatment.version))
        // A name for programs: a letter first, then letters, digits and underscores.
        text.text("name", "Protocol_" + treatment.name.replacing("-", with: "_"))
        text.text("title", treatment.title)
        text.concept("type", [.clinicalProtocol])
        text.text("status", "active")
        text.object("effectivePeriod") { $0.text("start", treatment.effective.description) }
        text.list("relatedArtifact", treatment.sources) { artifact, source in
            artifact.text("type", "citation")
            artifact.text("label", source.name)
            artifact.text("citation", source.text)
        }
        let arrows = Dictionary(grouping: treatment.transitions.filter(isWay), by: \.source)
        text.list("action", treatment.phases.indices) { action, number in
            phase(number, arrows[number] ?? [], &action)
        }
    }

    private func isWay(_ arrow: Transition) -> Bool { arrow.answer == .planned && arrow.source != arrow.target }

    private func phase(_ number: Int, _ arrows: [Transition], _ text: inout ResourceText) {
        let phase = treatment.phases[number]
        let course = treatment.courses.first { $0.name == phase.course }
        text.text("id", identifier(ofPhase: number))
        text.text("title", phase.title)
        text.text("description", course.map(words))
        text.list("code", codings(phase, course)) { concept, coding in concept.list("coding", [coding]) { $0.fill($1) }
        }
        text.list("documentation", course.map { [$0.provenance] } ?? []) { $0.fill($1) }
        text.list("action", arrows) { action, arrow in way(arrow, &action) }
    }

    private func codings(_ phase: Phase, _ course: Course?) -> [Coding] {
        [.word("phase", phase.name, of: treatment, phase.title)]
            + (course.map { [.word("course", $0.name, of: treatment, $0.title)] } ?? [])
            + (phase.arm.map { [.word("arm", $0, of: treatment)] } ?? [])
    }

    private func words(of course: Course) -> String {
        let infusion = course.infusion.map { ", \($0.days) days of infusion" } ?? ""
        return course.agents.joined(separator: ", ") + (course.days.map { "; \($0) days" } ?? "") + infusion
    }

    private func way(_ arrow: Transition, _ text: inout ResourceText) {
        text.text("id", "way-\(arrow.number)")
        text.text("title", arrow.kind.rawValue + (arrow.qualifier.map { " \($0)" } ?? ""))
        text.text("textEquivalent", arrow.window.map(words))
        text.list("documentation", [arrow.provenance]) { $0.fill($1) }
        text.list("condition", arrow.condition.map { [$0] } ?? []) { condition, rule in
            condition.text("kind", "applicability")
            condition.object("expression") { expression in
                // Words, for people: FHIR asks for the language of the expression, and there is no other in which it could be run.
                expression.text("language", "text/plain")
                expression.text("expression", rule.text)
            }
        }
        text.one("relatedAction") { related in
            related.text("actionId", identifier(ofPhase: arrow.target))
            related.text("relationship", "before-start")
        }
    }

    private func words(of window: Window) -> String {
        let opens = window.opens.map { "\($0.text) to " } ?? "at most "
        return "expected \(opens)\(window.closes.text) after \(window.from.rawValue)"
    }

    private func identifier(ofPhase number: Int) -> String { "phase-" + treatment.phases[number].name }
}

extension ResourceText {
    fileprivate mutating func fill(_ provenance: Provenance) {
        text("type", "citation")
        text("citation", provenance.citation)
    }
}
