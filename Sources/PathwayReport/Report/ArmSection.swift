public import PathwayCore
internal import PathwayEstimates

/// What a randomisation shows, or everybody enrolled: each figure with its set, denominator, cut and reference.
struct ArmSection {
    private let report: TrialReport
    private let randomisation: Randomisation?
    private let number: Int
    private let analysis: ArmAnalysis?

    init(_ report: TrialReport, _ randomisation: Randomisation?, number: Int) {
        self.report = report
        self.randomisation = randomisation
        self.number = number
        analysis =
            randomisation.map { report.analysis.randomised(by: $0.name, .randomisedAndEligible) }
            ?? report.analysis.allEnrolled
    }

    private var treatment: TreatmentProtocol { report.context.treatment }

    /// The arms with patients; `nil` stands for everybody.
    private var arms: [String?] { randomisation.map { $0.arms.map { $0 } } ?? [nil] }

    var html: String {
        guard let analysis else { return HTML.paragraph("The protocol has no such randomisation.") }
        if let partial = analysis.partial { return HTML.paragraph("Nothing is shown: \(partial.message).") }
        guard analysis.patients > 0 else {
            return HTML.paragraph("Nobody is in this analysis set at the cut \(report.context.cut.through).")
        }
        var html = HTML.paragraph(
            "Analysis set: \(analysis.set.title)\(randomisation == nil ? "" : ", by the arm allocated, whatever was given"); \(analysis.patients.patients)\(analysis.population == .enrolled ? "" : ", of a snapshot of the population \"\(analysis.population.text)\""). Days count from the \(randomisation == nil ? "enrolment" : "randomisation"). Who is without an event is \(analysis.followUpRule.words).",
            class: "note")
        for endpoint in analysis.endpoints { html += survival(analysis, endpoint) }
        html += occupation(analysis)
        if let randomisation {
            html += response(analysis) + transplants(analysis, randomisation)
            html += monitoring(analysis) + swimmer(randomisation)
        }
        return html
    }

    // MARK: survival

    private func survival(_ analysis: ArmAnalysis, _ endpoint: Endpoint) -> String {
        let (curves, missing) = TrialReport.curves(analysis, endpoint, arms)
        let id = "\(endpoint.name)-\(number)"
        var html = HTML.heading(3, "\(endpoint.title) (\(endpoint.abbreviation))")
        html += HTML.paragraph(
            "From the \(endpoint.from.rawValue) to the first of: \(endpoint.components.map { $0.title.lowercased() }.joined(separator: ", ")). Source: \(endpoint.provenance.citation).",
            class: "note")
        if !curves.isEmpty {
            html += HTML.figure(
                .survival(
                    id: id, title: endpoint.title, curves, missing: missing,
                    scaleTitle: endpoint.isSurvival ? "alive" : "free of event"),
                caption: curves.map { "\($0.name): \($0.figure)" }.joined(separator: "; "))
        }
        for words in missing { html += HTML.paragraph(words) }
        let partial = analysis.partlyDated(endpoint)
        if partial > 0 {
            html += HTML.paragraph(
                "\(partial) of these \(analysis.patients) times rest\(partial == 1 ? "s" : "") on a date that is known to the month or year alone, and counted as its first day, but not before what came earlier on the path.",
                class: "note")
        }
        html += estimates(analysis, endpoint, curves) + comparison(analysis, endpoint)
        if endpoint.components.count > 1 { html += incidence(analysis, endpoint, id) }
        return html
    }

    private func estimates(_ analysis: ArmAnalysis, _ endpoint: Endpoint, _ curves: [NamedCurve]) -> String {
        // One median follow-up, of survival where there is such an endpoint.
        let tellsFollowUp = endpoint == analysis.endpoints.first(where: \.isSurvival) ?? analysis.endpoints.first
        let rows = curves.map { curve -> [String?] in
            let value = curve.figure.value
            let years = AnalysisYear.customary.map { year in TrialReport.estimate(value, year: year) }
            return [curve.name, String(curve.figure.denominator), String(value.events)] + years
                + [TrialReport.years(value.median())]
                + (tellsFollowUp ? [followUp(analysis, endpoint, curve.name)] : [])
        }
        guard !rows.isEmpty else { return "" }
        return HTML.table(
            "Kaplan-Meier estimates in percent ± Greenwood's standard error, 95 % interval on the log-log scale, also of the median; a year is 365.25 days; \(setAndCut(analysis))",
            ["Arm", "Patients", "Events"] + AnalysisYear.customary.map { "\($0) y" } + ["Median, years"]
                + (tellsFollowUp
                    ? ["Median follow-up, years (reverse Kaplan-Meier of \(endpoint.title.lowercased()))"] : []),
            rows,
            numbers: Set(1...8))
    }

    private func followUp(_ analysis: ArmAnalysis, _ endpoint: Endpoint, _ name: String) -> String? {
        let arm = arms.first { ($0 ?? Group.everyone.name) == name } ?? nil
        return (try? analysis.followUp(endpoint, arm: arm).get()).map { TrialReport.years($0.value.median()) }
    }

    private func comparison(_ analysis: ArmAnalysis, _ endpoint: Endpoint) -> String {
        guard let plan = analysis.comparison else { return "" }
        switch analysis.compare(endpoint) {
        case .failure(let error): return HTML.paragraph("Not compared: \(error.message).")
        case .success(let found):
            let strata =
                found.test.value.strata.map {
                    "stratified by \($0.count) strat\($0.count == 1 ? "um" : "a") as used"
                } ?? "not stratified"
            var html = HTML.paragraph(
                "Log-rank test, \(strata): z = \(fixed(found.z, 2)) (above 0: fewer events in arm \(found.arm) than expected), \(found.isOneSided ? "one" : "two")-sided \(pText(found.pValue)) (\(found.test))."
            )
            if let ratio = found.hazardRatio {
                html += HTML.paragraph(
                    "Hazard ratio of arm \(found.arm) against \(ratio.reference?.name ?? "the reference"): \(TrialReport.text(ratio)), 95 % interval; below 1 favours arm \(found.arm). Cox model, Efron's ties, \(strata) (\(found.hazards))."
                )
                if let reciprocal = found.reciprocal {
                    html += HTML.paragraph(
                        "Seen from the reference the same ratio is \(TrialReport.text(reciprocal)).", class: "note")
                }
            } else {
                html += HTML.paragraph(
                    "The events do not bound the hazard ratio: one arm has none where it could be told.")
            }
            html += HTML.paragraph(
                "Sides, reference and strata are those of the plan. Source: \(plan.provenance.citation).", class: "note"
            )
            return html
        }
    }

    private func incidence(_ analysis: ArmAnalysis, _ endpoint: Endpoint, _ id: String) -> String {
        var panels: [NamedIncidence] = []
        for arm in arms {
            if case .success(let figure) = analysis.incidence(endpoint, by: .separate, arm: arm) {
                panels.append(
                    NamedIncidence(name: arm ?? "everyone", title: TrialReport.title(arm, treatment), figure: figure))
            }
        }
        guard !panels.isEmpty else { return "" }
        let states = endpoint.components.map { (state: State($0.name), title: $0.title) }
        let last = panels.map(\.figure.value.lastDay).max()
        let highest = panels.map { $0.highest(states, until: last ?? 0) }.max()
        let drawings = panels.map { panel in
            SVG.incidence(
                id: "incidence-\(id)-\(panel.name)", title: "Cumulative incidence of the first event", [panel],
                states: states, lastDay: last, highest: highest)
        }
        let basis = panels.map { "\($0.name): \($0.figure)" }.joined(separator: "; ")
        let rows = states.flatMap { state in
            panels.map { panel in
                [state.title, panel.name]
                    + AnalysisYear.customary.map { TrialReport.estimate(panel.figure.value, of: state.state, year: $0) }
            }
        }
        return HTML.figure(drawings, caption: "Aalen-Johansen estimates, the other first events competing. \(basis)")
            + HTML.table(
                "Cumulative incidence of the first event in percent ± standard error (infinitesimal jackknife), 95 % interval on the log-log scale; a year is 365.25 days; \(setAndCut(analysis))",
                ["First event", "Arm"] + AnalysisYear.customary.map { "\($0) y" }, rows, numbers: Set(2...5))
    }

    /// Who is counted, and up to when.
    private func setAndCut(_ analysis: ArmAnalysis) -> String {
        (try? analysis.basis("figure")).map { "\($0.analysisSet); cut \($0.cut)" } ?? analysis.cut
    }

    // MARK: response, transplant

    private func response(_ analysis: ArmAnalysis) -> String {
        var rows: [[String?]] = []
        for point in analysis.responseTimePoints {
            for arm in arms.compactMap(\.self) {
                guard let count = analysis.response(at: point, arm: arm) else { continue }
                let answers = MRDAnswer.allCases.map { String(count.answers[$0] ?? 0) }
                rows.append(
                    [point.title, arm] + answers + [
                        TrialReport.text(count.amongAll), TrialReport.text(count.amongEvaluable),
                    ])
            }
        }
        guard let limit = treatment.plan.mrdNegative, !rows.isEmpty else { return "" }
        return HTML.heading(3, "Residual disease")
            + HTML.table(
                "Negative is surely below \(limit.level.percent) % (\(limit.provenance.citation)); of all in the set, where everything else counts as not negative, and of those with an answer; 95 % Clopper-Pearson intervals; \(setAndCut(analysis))",
                ["Time point", "Arm"]
                    + MRDAnswer.allCases.map { $0.rawValue.split(separator: "-").joined(separator: " ") }
                    + ["Negative of all", "Negative of evaluable"], rows, numbers: Set(2...9))
    }

    private func transplants(_ analysis: ArmAnalysis, _ randomisation: Randomisation) -> String {
        let first = analysis.comparison.flatMap { plan in analysis.endpoints.first { $0.name == plan.endpoint } }
        let rows = randomisation.arms.map { arm -> [String?] in
            [
                arm, TrialReport.text(analysis.transplanted(arm: arm)),
                first.map { TrialReport.text(analysis.transplanted(before: $0, arm: arm)) },
            ]
        }
        return HTML.heading(3, "Transplants")
            + HTML.table(
                "Transplanted after the randomisation, of all in the set; 95 % Clopper-Pearson intervals; \(setAndCut(analysis))",
                ["Arm", "Transplanted", first.map { "Before any event of \($0.abbreviation)" } ?? "Before any event"],
                rows,
                numbers: [1, 2]) + (first.map { hazardOnceTransplanted(analysis, $0) } ?? "")
    }

    private func hazardOnceTransplanted(_ analysis: ArmAnalysis, _ endpoint: Endpoint) -> String {
        guard case .success(let found) = analysis.hazardOnceTransplanted(endpoint),
            let ratio = found.value.estimates?.coefficients.first?.hazardRatio()
        else { return "" }
        return HTML.paragraph(
            "Exploratory, in no plan: the hazard of an event of \(endpoint.abbreviation) once transplanted against not yet or never transplanted, the transplant as a covariate that changes with time: \(TrialReport.text(ratio)), 95 % interval. Who is transplanted had lived until then without an event and was chosen for it: it is no effect of the transplant. Cox model, Efron's ties, stratified (\(setAndCut(analysis)))."
        )
    }

    /// Where patients are at named times, in states that follow one another.
    private func occupation(_ analysis: ArmAnalysis) -> String {
        var rows: [[String?]] = []
        for arm in arms {
            guard case .success(let figure) = analysis.occupation(arm: arm) else { continue }
            for outcome in Outcome.allCases {
                rows.append(
                    [arm ?? Group.everyone.name, outcome.title]
                        + AnalysisYear.customary.map {
                            TrialReport.estimate(figure.value, of: State(outcome.rawValue), year: $0)
                        })
            }
        }
        guard !rows.isEmpty else { return "" }
        return HTML.heading(3, "States")
            + HTML.table(
                "Probability of being in each state in percent ± standard error (Aalen-Johansen, infinitesimal jackknife), 95 % interval on the log-log scale; failure or relapse stays until a second malignancy or death; a year is 365.25 days; \(setAndCut(analysis))",
                ["Arm", "State"] + AnalysisYear.customary.map { "\($0) y" }, rows, numbers: Set(2...5))
    }

    // MARK: monitoring, swimmers

    private func monitoring(_ analysis: ArmAnalysis) -> String {
        guard let comparison = analysis.comparison, let plan = comparison.monitoring else { return "" }
        var html = HTML.heading(3, "Interim monitoring")
        switch analysis.monitoring() {
        case .failure(let error): html += HTML.paragraph("Not monitored: \(error.message).")
        case .success(let found):
            html += HTML.figure(
                .monitoring(
                    id: "monitoring-\(number)",
                    title: "Looks at \(comparison.endpoint.split(separator: "-").joined(separator: " "))", found),
                caption:
                    "Planned: \(plan.events) events, looks at \(plan.looks.map(String.init).joined(separator: " and ")), \(TrialReport.words(plan.spending)); \(found.basis.analysisSet), cut \(found.basis.cut). Source: \(plan.provenance.citation)."
            )
            let rows = found.looks.map { look -> [String?] in
                [
                    look.planned.map { "at \($0) events" } ?? "at the cut, not a planned look", String(look.events),
                    fixed(look.design.fraction * 100, 1), fixed(look.design.boundary, 3),
                    pValue(look.design.nominalPValue, 4), fixed(look.z, 3), pValue(look.pValue, 4),
                    look.verdict.map { TrialReport.words($0) } ?? "none: an earlier look had crossed a boundary",
                ]
            }
            if rows.isEmpty {
                html += HTML.paragraph("No look was reached.")
            } else {
                html += HTML.table(
                    "Looks, \(comparison.isOneSided ? "one" : "two")-sided \(fixed(Double(comparison.alphaTenThousandths) / 10_000, 4)), against arm \(comparison.reference), \(TrialReport.words(plan.spending)); plan: \(plan.provenance.citation); comparison: \(comparison.provenance.citation); \(setAndCut(analysis))",
                    [
                        "Look", "Events", "Information, %", "Boundary z", "Nominal p", "Observed z", "Observed p",
                        "Verdict",
                    ], rows,
                    numbers: Set(1...6))
            }
            if !found.ahead.isEmpty {
                html += HTML.paragraph(
                    "Planned looks not reached by the cut: \(found.ahead.map { "at \($0) events" }.joined(separator: ", "))."
                )
            }
        }
        return html
    }

    private func swimmer(_ randomisation: Randomisation) -> String {
        guard let swimmer = report.swimmers.first(where: { $0.randomisation == randomisation }) else { return "" }
        return HTML.heading(3, "Patients along time")
            + HTML.figure(
                .swimmer(id: "swimmer-\(number)", title: "Courses and events from the randomisation", swimmer),
                caption:
                    "The first \(swimmer.most) of each arm in the order of their study numbers, not a sample of them; \(swimmer.set.title), \(randomisation.name); cut \(report.context.cut.through)."
            )
    }
}

extension Endpoint {
    /// Whether death alone ends the time.
    fileprivate var isSurvival: Bool { components.allSatisfy { $0.trigger == .milestone(.died) } }
}

extension TrialReport {
    /// The curves of an endpoint, and why an arm has none.
    public static func curves(
        _ analysis: ArmAnalysis, _ endpoint: Endpoint, _ arms: [String?]
    ) -> (curves: [NamedCurve], missing: [String]) {
        var (curves, missing): ([NamedCurve], [String]) = ([], [])
        for arm in arms {
            switch analysis.survival(endpoint, arm: arm) {
            case .success(let figure):
                curves.append(
                    NamedCurve(
                        name: arm ?? Group.everyone.name, title: title(arm, analysis.treatment), figure: figure))
            case .failure(let error): missing.append(error.message)
            }
        }
        return (curves, missing)
    }

    static func title(_ arm: String?, _ treatment: TreatmentProtocol) -> String {
        arm.flatMap { name in treatment.arms.first { $0.name == name }?.title } ?? "everybody enrolled"
    }

    /// Survival at a year: `54.4 ± 4.9`, and `(44.2 to 63.5)` below.
    static func estimate(_ curve: KaplanMeier, year: Int) -> String? {
        guard let found = try? curve.estimate(at: AnalysisYear.day(year)) else { return nil }
        return text(found.survival, found.standardError) + text(found.limits)
    }

    /// Cumulative incidence at a year, as survival is written.
    static func estimate(_ model: AalenJohansen, of state: State, year: Int) -> String? {
        let day = AnalysisYear.day(year)
        guard day <= model.lastDay else { return nil }
        // Nobody had it: there is no such state.
        guard model.states.contains(state) else { return percent(0) }
        guard let found = try? model.estimate(of: state, at: day) else { return nil }
        return text(found.probability, found.standardError) + text(found.limits)
    }

    /// A share with its error: without one where nothing has happened yet, or to everybody.
    static func text(_ share: Double, _ error: Double?) -> String {
        percent(share) + (error.map { $0 > 0 ? " ± \(percent($0))" : "" } ?? "")
    }

    /// Limits in percent on a line of their own.
    private static func text(_ limits: ConfidenceLimits?) -> String {
        limits.map { "\n(\(percent($0.lower)) to \(percent($0.upper)))" } ?? ""
    }

    /// A median in years with its interval.
    static func years(_ median: MedianSurvival) -> String {
        func years(_ day: Double?) -> String { day.map { fixed($0 / 365.25, 2) } ?? "not reached" }
        return years(median.day) + (median.lower == nil ? "" : "\n(\(years(median.lower)) to \(years(median.upper)))")
    }

    static func text(_ ratio: HazardRatio) -> String {
        "\(fixed(ratio.ratio, 2)) (\(fixed(ratio.limits.lower, 2)) to \(fixed(ratio.limits.upper, 2)))"
    }

    /// A share: `79/105, 75.2 %`, and `(65.9 to 83.1)` below.
    static func text(_ figure: Estimated<Proportion>, interval: Bool = true) -> String {
        guard case .success(let figure) = figure else { return "nobody" }
        let share = figure.value
        let limits = share.clopperPearson()
        return "\(share.count)/\(share.denominator), \(percent(share.share)) %"
            + (interval ? "\n(\(percent(limits.lower)) to \(percent(limits.upper)))" : "")
    }

    static func words(_ spending: Comparison.Spending) -> String {
        switch spending {
        case .obrienFleming: "Lan-DeMets spending of O'Brien-Fleming type"
        case .pocock: "Lan-DeMets spending of Pocock type"
        }
    }

    static func words(_ verdict: GroupSequentialDesign.Verdict) -> String {
        switch verdict {
        case .goesOn: "goes on"
        case .crossed: "boundary crossed"
        case .crossedBelow: "lower boundary crossed"
        case .endedWithout: "ended without crossing"
        }
    }
}
