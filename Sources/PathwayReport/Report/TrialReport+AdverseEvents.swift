internal import PathwayCore
internal import PathwayEstimates

extension TrialReport {
    /// Every adverse event once, in the period of treatment into which it fell: what came before or without a randomisation, then arm by arm.
    var adverseEvents: String {
        let whole = analysis.toxicityAtAnyTime
        guard whole.started > 0 else { return HTML.paragraph("The snapshot holds nobody. \(basis).") }
        let grades = (3...5).reversed().map { "grade \($0) in \(count(whole.worst[$0]))" }.joined(separator: ", ")
        var html = HTML.paragraph(
            "\(whole.events) adverse event\(whole.events == 1 ? "" : "s") of \(whole.started.patients): the worst of a patient at any time was of \(grades). Each event stands in one row of these tables, in the period that was begun last before it, eligible or not; an arm is the one allocated before that period began, whatever was given. \(basis).",
            class: "note")
        if context.cut.population != .enrolled {
            html += HTML.paragraph(
                "Who belongs to the population \"\(context.cut.population.text)\" had to live until then: before it, these shares are too low."
            )
        }
        let tables = analysis.toxicity
        var arms: [String?] = []
        for table in tables where !arms.contains(table.period.arm) { arms.append(table.period.arm) }
        for arm in arms {
            let own = tables.filter { $0.period.arm == arm }
            html += periods(of: arm, own) + terms(of: arm, own.filter { !$0.terms.isEmpty })
        }
        return html
    }

    private func periods(of arm: String?, _ tables: [ToxicityTable]) -> String {
        HTML.heading(3, arm.map { "Arm \($0)" } ?? "Before or without a randomisation")
            + HTML.table(
                "\(words(arm)): patients by the worst grade in a period, of those who began it; cut \(context.cut.through)",
                ["Period", "Began it", "Events", "No event"] + (1...5).map { "Grade \($0)" } + ["Grade 3 or more"],
                tables.map { table in
                    [table.title, String(table.started), String(table.events)]
                        + (table.worst + [table.severe]).map { TrialReport.countAndShare($0) }
                }, numbers: Set(1...9))
    }

    private func terms(of arm: String?, _ tables: [ToxicityTable]) -> String {
        guard !tables.isEmpty else { return "" }
        let rows = Set(tables.flatMap { $0.terms.map(\.term) }).sorted().map { word -> [String?] in
            [context.treatment.title(of: word, in: .adverseEvent)]
                + tables.map { table in
                    let patients = table.terms.first { $0.term == word }?.patients(from: 3) ?? 0
                    return "\(patients) (\(percent(Double(patients) / Double(table.started))) %)"
                }
        }
        return HTML.table(
            "\(words(arm)): patients with a grade of 3 or more, of those who began the period; cut \(context.cut.through)",
            ["Adverse event"] + tables.map { "\($0.title), n = \($0.started)" }, rows, numbers: Set(1...tables.count))
    }

    private func words(_ arm: String?) -> String {
        arm.map { "Arm \($0)" } ?? "Before or without a randomisation"
    }

    private func count(_ figure: Estimated<Proportion>) -> Int { (try? figure.get())?.value.count ?? 0 }

    /// `79 (75.2 %)`.
    static func countAndShare(_ figure: Estimated<Proportion>) -> String? {
        (try? figure.get()).map { "\($0.value.count) (\(percent($0.value.share)) %)" }
    }
}
