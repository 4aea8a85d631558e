internal import ArgumentParser
internal import PathwayCore
internal import PathwayEstimates
internal import PathwayLog
internal import PathwayReport

/// `pathway report`: what the trial shows, as one page.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write what the trial shows at a snapshot, as one page of HTML.",
        discussion: """
            The page holds everything that it needs, prints, and shows nobody's dates. Without a snapshot it shows the log as it is now, or \
            with --as-of and --through as it was; only a snapshot can be reproduced with its digest.

            Example: pathway report interim-1 --out interim-1.html
            """)

    @Argument(help: "The snapshot (default: the log as it is now).") var snapshot: String?
    @Option(help: "The file to write.", completion: .file()) var out: String
    @OptionGroup var existing: ForceOption
    @Option(name: .customLong("protocol"), help: "Without a snapshot: the protocol, where the log holds several.")
    var protocolName: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var person: PersonOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let command = self
        try await Interruption.cancelling(leaving: "nothing was written") { try await command.write() }
    }

    private func write() async throws {
        try await database.withLog(seals: true) { log in
            let by = try person.name(log.ownName)
            let cut = try await log.cut(snapshot, protocolName: protocolName, at: reading.point())
            let file = try WholeFile(out, replacing: existing.force)
            let context = ExportContext(cut: cut, treatment: try await log.treatment(of: cut), disguise: .studyDays)
            var report = TrialReport(
                context, tool: Pathway.configuration.version, published: .bundled(for: context.treatment),
                isFrozen: snapshot != nil)
            try await log.noteExportBegun("report \(cut.name)", [("format", "html")], by: by)
            try await log.forEachSubject(of: cut) { subject, earlier in try report.add(subject, earlier: earlier) }
            try Task.checkCancellation()
            try file.write(Array(report.html.utf8))
            try file.commit()
            try await log.noteExportEnded(
                "report \(cut.name)", [("format", "html"), ("patients", String(cut.patients))], by: by)
            Terminal.say("\(cut.patients.of("patient")) in \(out)")
        }
    }
}

/// `pathway curve`: survival in the terminal.
struct CurveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve", abstract: "Draw survival by arm in the terminal.",
        discussion: "Example: pathway curve disease-free-survival --snapshot interim-1")

    @Argument(help: "The endpoint of the protocol's plan (default: its first).") var endpoint: String?
    @Option(help: "The snapshot (default: the log as it is now).") var snapshot: String?
    @Option(help: "The randomisation, where the protocol has several.") var randomisation: String?
    @Option(name: .customLong("protocol"), help: "Without a snapshot: the protocol, where the log holds several.")
    var protocolName: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let cut = try await log.cut(snapshot, protocolName: protocolName, at: reading.point())
            let treatment = try await log.treatment(of: cut)
            let endpoint = try chosenEndpoint(treatment)
            let randomisation = try endpoint.from == .enrolment ? nil : chosenRandomisation(treatment)
            var analysis = CohortAnalysis(
                of: treatment, cut: cut.through.description, through: cut.through, population: cut.population)
            var synthetic = 0
            try await log.forEachSubject(of: cut) { subject, _ in
                analysis.add(subject)
                if subject.isSynthetic { synthetic += 1 }
            }
            let set =
                randomisation.flatMap { analysis.randomised(by: $0.name, .randomisedAndEligible) }
                ?? analysis.allEnrolled
            let report = CurveReport(set, endpoint, SyntheticShare(synthetic, of: cut.patients))
            guard !report.arms.isEmpty else { throw Failure(.badInput, report.missing.joined(separator: "; ")) }
            try output.print(report, text: report.text(width: Terminal.width))
        }
    }

    private func chosenEndpoint(_ treatment: TreatmentProtocol) throws -> Endpoint {
        let all = treatment.plan.endpoints
        guard let name = endpoint else {
            guard let first = all.first else {
                throw Failure(.badInput, "protocol \"\(treatment.name)\" has no endpoints")
            }
            return first
        }
        guard let found = all.first(where: { $0.name == name || $0.abbreviation == name }) else {
            throw Failure(
                .badInput, "\"\(name)\" is no endpoint of protocol \"\(treatment.name)\"",
                hint: "it has \(all.map(\.name).joined(separator: ", "))")
        }
        return found
    }

    private func chosenRandomisation(_ treatment: TreatmentProtocol) throws -> Randomisation? {
        let names = treatment.randomisations.map(\.name)
        guard let name = randomisation else { return treatment.randomisations.first }
        guard let found = treatment.randomisations.first(where: { $0.name == name }) else {
            throw Failure(
                .badInput, "\"\(name)\" is no randomisation of protocol \"\(treatment.name)\"",
                hint: "it has \(names.joined(separator: ", "))")
        }
        return found
    }
}

extension PathwayLog {
    /// The cut of a snapshot, or the log as it is now or was at a moment, up to today or a day.
    func cut(_ name: String?, protocolName: String?, at point: ReadingPoint) async throws -> Cut {
        if let name {
            guard protocolName == nil else {
                throw Failure(.usage, "--protocol goes without a snapshot", hint: "a snapshot is of one protocol")
            }
            guard point.asOf == nil, point.through == nil else {
                throw Failure(
                    .usage, "--as-of and --through go without a snapshot", hint: "a snapshot has both clocks in it")
            }
            return try await snapshot(named: name).cut
        }
        // What was recorded gets its place in the proof first, where the login may give it.
        _ = try? await seal()
        return try await presentCut(of: protocolName, at: point)
    }

    /// Goes through the subjects of a cut.
    /// - Parameter body: is given each subject, and the same at an earlier day.
    func forEachSubject(
        of cut: Cut, _ body: (Subject, (Day) throws -> Subject?) throws -> Void
    ) async throws {
        var bar = ProgressBar(total: cut.patients)
        var done = 0
        defer { bar.clear() }
        try await forEachPath(in: cut) { found in
            try Task.checkCancellation()
            let subject = try Subject(found.path, in: found.editions, through: cut.through)
            try body(subject) { day in
                try found.through(day).map { try Subject($0, in: found.editions, through: day) }
            }
            done += 1
            if done.isMultiple(of: 500) { bar.show(done, "\(done) of \(cut.patients.of("patient"))") }
        }
    }
}

/// The curves of an endpoint, for the terminal and for programs.
struct CurveReport: Encodable {
    struct Arm: Encodable {
        struct Step: Encodable {
            let day: Int
            let atRisk: Int
            let events: Int
            let censored: Int
            let survival: Double
            let standardError: Double?
        }

        let arm: String
        let title: String
        let patients: Int
        let events: Int
        let basis: String
        let steps: [Step]
    }

    let endpoint: String
    /// How many of the cut's patients are made up.
    let synthetic: Int
    let arms: [Arm]
    let missing: [String]
    private let curves: [NamedCurve]
    private let share: SyntheticShare

    enum CodingKeys: CodingKey {
        case endpoint, synthetic, arms, missing
    }

    init(_ analysis: ArmAnalysis, _ endpoint: Endpoint, _ share: SyntheticShare) {
        let words = analysis.arms.map(\.arm)
        let found = TrialReport.curves(analysis, endpoint, words.isEmpty ? [nil] : words)
        self.endpoint = endpoint.title
        self.share = share
        synthetic = share.synthetic
        curves = found.curves
        missing = found.missing
        arms = found.curves.map { curve in
            let value = curve.figure.value
            return Arm(
                arm: curve.name, title: curve.title, patients: curve.figure.denominator, events: value.events,
                basis: "\(curve.figure)",
                steps: value.steps.map {
                    Arm.Step(
                        day: $0.day, atRisk: $0.atRisk, events: $0.events, censored: $0.censored,
                        survival: $0.survival, standardError: $0.standardError)
                })
        }
    }

    func text(width: Int) -> String {
        var text = "\(endpoint)\(share.mark)\n"
        if !curves.isEmpty {
            let narrow = min(max(width, TerminalCurves.widths.lowerBound), TerminalCurves.widths.upperBound)
            text += TerminalCurves(curves).text(width: narrow)
        }
        for words in missing { text += "\(words)\n" }
        for arm in arms { text += Wrapped.line("\(arm.arm): \(arm.basis)") + "\n" }
        return text
    }
}
