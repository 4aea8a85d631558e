public import PathwayCore
internal import PathwayEstimates

/// What a trial shows at a cut, as one page of HTML: gathered from subjects taken one after another, then written.
///
/// The page holds no dates of patients and needs no script; its drawings are SVG.
public struct TrialReport {
    /// A publication with our analyses at its cut.
    struct Beside {
        let publication: PublishedResults.Publication
        /// `nil` if its cut lies behind the snapshot's.
        var lastContact: CohortAnalysis?
        var atCut: CohortAnalysis?
    }

    let context: ExportContext
    let tool: String
    /// Whether it is of a snapshot that stays.
    let isFrozen: Bool
    var analysis: CohortAnalysis
    var consort: ConsortCount
    var phases = PhaseTally()
    var deviations = DeviationTally()
    var timeliness = TimelinessTally()
    var swimmers: [Swimmer]
    var beside: [Beside]
    /// How many subjects are made up.
    private(set) var madeUp = 0

    /// Begins a report of nobody.
    /// - Parameters:
    ///   - tool: the program and its version, as it stands at the foot of the page.
    ///   - published: what the trial has published.
    ///   - isFrozen: whether it is of a snapshot that stays, so that somebody else can write it again.
    public init(_ context: ExportContext, tool: String, published: PublishedResults?, isFrozen: Bool = true) {
        let treatment = context.treatment
        let population = context.cut.population
        self.context = context
        self.tool = tool
        self.isFrozen = isFrozen
        analysis = CohortAnalysis(
            of: treatment, cut: context.cut.through.description, through: context.cut.through, population: population)
        consort = ConsortCount(treatment)
        swimmers = treatment.randomisations.map { Swimmer($0, of: treatment, showing: 12) }
        beside = (published?.publications ?? []).map { publication in
            guard publication.through <= context.cut.through else { return Beside(publication: publication) }
            let cut = publication.through.description
            return Beside(
                publication: publication,
                lastContact: CohortAnalysis(
                    of: treatment, cut: cut, through: publication.through, population: population),
                atCut: CohortAnalysis(
                    of: treatment, cut: cut, through: publication.through, followUp: .cut, population: population))
        }
    }

    /// Takes one more subject.
    /// - Parameter earlier: the same subject at an earlier clinical cut; `nil` if it was not enrolled then.
    public mutating func add(_ subject: Subject, earlier: (Day) throws -> Subject?) rethrows {
        if subject.isSynthetic { madeUp += 1 }
        analysis.add(subject)
        consort.count(subject)
        phases.add(subject)
        deviations.add(subject)
        timeliness.add(subject)
        for index in swimmers.indices { swimmers[index].add(subject) }
        for index in beside.indices where beside[index].lastContact != nil {
            let day = beside[index].publication.through
            guard let then = try day == context.cut.through ? subject : earlier(day) else { continue }
            beside[index].lastContact?.add(then)
            beside[index].atCut?.add(then)
        }
    }

    /// The page.
    public var html: String {
        let cut = context.cut
        let title = "\(context.treatment.title): \(isFrozen ? cut.name : "the log as of \(cut.asOf)")"
        let sections = sections
        var html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTML.escaped(title))</title>
            <style>
            \(HTML.style)
            \(HTML.pageFoot("\(cut.protocolName), \(isFrozen ? "snapshot \(cut.name)" : "no snapshot"), cut \(cut.through)"))
            </style>
            </head>
            <body>
            <header>
            \(HTML.heading(1, title))
            """
        if madeUp > 0 {
            let whose = madeUp == cut.patients ? "The" : "\(madeUp) of the \(cut.patients)"
            html += HTML.paragraph(
                "\(whose) patients of this report are made up. None of its figures says anything about a treatment.",
                class: "warning")
        }
        if !isFrozen {
            html += HTML.paragraph(
                "This is the log as it was at one moment and no snapshot: no digest of it is kept by which another page could be compared.",
                class: "warning")
        }
        html += facts
        html += "<nav aria-label=\"Sections\"><ul>\n"
        for section in sections {
            html += "<li><a href=\"#\(section.id)\">\(HTML.escaped(section.title))</a></li>\n"
        }
        html += "</ul></nav>\n</header>\n<main>\n"
        for section in sections { html += HTML.section(section.id, section.title, section.body) }
        html +=
            "</main>\n<footer>\n" + HTML.paragraph("Written by \(tool).", class: "note")
            + "</footer>\n</body>\n</html>\n"
        return html
    }

    private struct Section {
        let id: String
        let title: String
        let body: String
    }

    private var sections: [Section] {
        var sections = [Section(id: "flow", title: "Flow of patients", body: flow)]
        for (number, randomisation) in context.treatment.randomisations.enumerated() {
            sections.append(
                Section(
                    id: "arms-\(number + 1)",
                    title: "Randomised: \(randomisation.name.split(separator: "-").joined(separator: " "))",
                    body: ArmSection(self, randomisation, number: number + 1).html))
        }
        if context.treatment.randomisations.isEmpty
            || context.treatment.plan.endpoints.contains(where: { $0.from == .enrolment })
        {
            sections.append(
                Section(id: "enrolled", title: "All enrolled", body: ArmSection(self, nil, number: 0).html))
        }
        sections.append(Section(id: "adverse-events", title: "Adverse events", body: adverseEvents))
        if !beside.isEmpty {
            sections.append(Section(id: "published", title: "Beside what was published", body: publishedBeside))
        }
        sections.append(Section(id: "phases", title: "Where patients stand", body: standing))
        sections.append(Section(id: "deviations", title: "Deviations by rule", body: deviationTable))
        sections.append(Section(id: "timeliness", title: "Timeliness of entry by site", body: timelinessTable))
        return sections
    }

    /// What was frozen, as the manifest says it.
    private var facts: String {
        let cut = context.cut
        let versions = cut.versions.map { "version \($0.version), SHA-256 \($0.digest)" }.joined(separator: "; ")
        let rows = [
            ("Snapshot", isFrozen ? cut.name : "none"),
            ("Clinical cut", "what happened by \(cut.through)"),
            ("Log as of", cut.asOf.description), ("Protocol", "\(cut.protocolName), \(versions)"),
            ("Population", "\(cut.population.text): \(cut.patients.patients)"),
            ("Head of the log", "\(cut.size) sealed entries, root \(cut.root)"),
            ("Entries", "\(cut.entries), SHA-256 \(cut.digest)"),
        ]
        return "<dl>\n" + rows.map { "<dt>\(HTML.escaped($0.0))</dt><dd>\(HTML.escaped($0.1))</dd>\n" }.joined()
            + "</dl>\n"
    }

    private var flow: String {
        var analysed: [String: Int] = [:]
        for randomisation in context.treatment.randomisations {
            guard let arms = analysis.randomised(by: randomisation.name, .randomisedAndEligible)?.arms else { continue }
            for arm in arms { analysed[arm.arm] = arm.patients }
        }
        let population = context.cut.population
        let isWhole = population == .enrolled
        return
            (isWhole
            ? ""
            : HTML.paragraph(
                "The snapshot holds the population \"\(population.text)\" alone: how many were enrolled, and who left before they belonged to it, is not known here."
            ))
            + HTML.figure(
                SVG.consort(
                    id: "consort", title: isWhole ? "From enrolment to the cut" : "To the cut", consort,
                    of: context.treatment, analysed: analysed, population: population),
                caption:
                    "Every reason has its count, also where nobody left for it; before a level, the first thing that took a patient off the way to it. \(basis)."
            )
    }

    /// Whose paths are counted, and up to when.
    var basis: String {
        "Population \"\(context.cut.population.text)\", n = \(context.cut.patients), cut \(context.cut.through)"
    }

    private var standing: String {
        let rows = context.treatment.phases.filter { phases.patients(in: $0.name) > 0 }.map { phase -> [String?] in
            [phase.title]
                + Status.allCases.map { phases.counts[phase.name]?[$0].map(String.init) ?? "0" }
                + [String(phases.patients(in: phase.name))]
        }
        return HTML.figure(
            SVG.phases(id: "protocol", of: context.treatment, phases.patients(in:)),
            caption:
                "The protocol, with the patients in each phase, \(phases.patients) in all. Arrows lead to the box below, numbers to the others; ways that are open from most phases are left out. An interrupted infusion is counted with its course. \(basis)."
        )
            + HTML.table(
                "Patients by treatment phase and status. \(basis)", ["Phase"] + Status.allCases.map(\.text) + ["all"],
                rows,
                numbers: Set(1...Status.allCases.count + 1))
    }

    private var deviationTable: String {
        let rows = deviations.rows
        guard !rows.isEmpty else {
            return HTML.paragraph("No milestone on a path that stands left the protocol. \(basis).")
        }
        return HTML.table(
            "Milestones on paths that stand which left a rule. \(basis)", ["Rule", "Source", "Times", "Patients"],
            rows.map { [$0.rule, $0.source, String($0.times), String($0.patients)] }, numbers: [2, 3])
    }

    private var timelinessTable: String {
        HTML.table(
            "Days from a milestone to its first recording, in the log that it was imported from if it was. \(basis)",
            ["Site", "Milestones", "Median days", "Within 7 days", "After more than 30", "Imported"],
            timeliness.rows.map { row in
                [
                    row.site, String(row.entries), String(row.median),
                    "\(row.withinWeek) (\(percent(Double(row.withinWeek) / Double(row.entries))) %)",
                    "\(row.overMonth) (\(percent(Double(row.overMonth) / Double(row.entries))) %)",
                    String(row.imported),
                ]
            }, numbers: [1, 2, 3, 4, 5])
    }
}
