internal import PathwayCore

/// The trial as a resource: its registry number, its arms, its protocol.
struct StudyResources {
    private let context: ExportContext

    init(_ context: ExportContext) { self.context = context }

    static func studyName(_ treatment: TreatmentProtocol) -> ResourceName {
        ResourceName(.researchStudy, treatment.name)
    }

    static func planName(_ treatment: TreatmentProtocol) -> ResourceName {
        ResourceName(.planDefinition, treatment.name, String(treatment.version))
    }

    /// Writes the trial.
    func study(_ text: inout ResourceText) {
        let treatment = context.treatment
        text.list("identifier", identifiers(treatment)) { identifier, pair in
            identifier.text("system", pair.system)
            identifier.text("value", pair.value)
        }
        text.text("title", treatment.title)
        text.references("protocol", to: [StudyResources.planName(treatment)])
        text.text("status", status)
        text.text("description", description)
        text.list("arm", treatment.arms) { arm, definition in
            arm.text("name", definition.name)
            if references.contains(definition.name) {
                arm.concept("type", [.own("arm-type", "reference", "reference arm")])
            }
            arm.text("description", words(of: definition))
        }
    }

    private func identifiers(_ treatment: TreatmentProtocol) -> [(system: String, value: String)] {
        // ClinicalTrials.gov's numbers are known by their letters; of another registry only the number is certain.
        let registry = treatment.registry.map { number in
            (number.hasPrefix("NCT") ? "https://clinicaltrials.gov" : "urn:pathway:registry", number)
        }
        return [("urn:pathway:protocol", treatment.name)] + (registry.map { [$0] } ?? [])
    }

    /// Closed to accrual when every arm had closed by the cut; a protocol without arms says nothing of it and counts as active.
    private var status: String {
        let closes = context.treatment.arms.map(\.closes)
        let isClosed = !closes.isEmpty && closes.allSatisfy { day in day.map { $0 < context.cut.through } ?? false }
        return isClosed ? "closed-to-accrual" : "active"
    }

    private var description: String {
        let cut = context.cut
        let patients = cut.isSynthetic ? "patients, some or all of them made up" : "patients"
        return
            "Snapshot \"\(cut.name)\" through \(cut.through) of \(cut.patients) \(patients), population \"\(cut.population.text)\"; "
            + "\(context.disguise.rule)."
    }

    private var references: [String] { context.treatment.plan.comparisons.map(\.reference) }

    private func words(of arm: Arm) -> String {
        let opens = arm.opens.map { ", opened \($0)" } ?? ""
        let closes = arm.closes.map { ", last allocated \($0)" } ?? ""
        return arm.title + opens + closes
    }
}
