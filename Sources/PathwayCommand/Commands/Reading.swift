internal import ArgumentParser
internal import PathwayCore
internal import PathwayLog

/// `pathway status`: where a patient stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where a patient stands.", discussion: "Example: pathway status P-017")

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let report = StatusReport(try await log.path(of: patient))
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway next`: what may come now.
struct Next: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what may come next, by when, and which rule says so.", discussion: "Example: pathway next P-017"
    )

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let report = NextReport(try await log.path(of: patient), on: DayArgument.today)
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway history`: a patient's events.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a patient's events: what, when, who, and where each led.",
        discussion: "Example: pathway history P-017")

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let report = HistoryReport(try await log.path(of: patient))
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway timeline`: a patient's courses and milestones along time.
struct Timeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a patient's courses and milestones along time.", discussion: "Example: pathway timeline P-017")

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let drawing = TimelineDrawing(try await log.path(of: patient))
            try output.print(drawing, text: drawing.text(width: Terminal.width))
        }
    }
}

/// `pathway cohort`: patients by phase and status.
struct Cohort: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count patients by phase and status.", discussion: "Example: pathway cohort --site H-04")

    @Option(help: "Only this site.") var site: String?
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        try await database.withLog { log in
            let rows = try await log.cohort().filter { site == nil || $0.site == site }
            let report = CohortReport(rows)
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway worklist`: what is due and overdue.
struct Worklist: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what is due and overdue, by site.",
        discussion:
            "A milestone is overdue from the day after its window closes.\n\nExample: pathway worklist --site H-04 --overdue"
    )

    @Option(help: "Only this site.") var site: String?
    @Flag(help: "Only what is overdue.") var overdue = false
    @Flag(help: "Also what is not due yet.") var upcoming = false
    @Option(help: "The day to judge by (default: today).") var on: String?
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let day = try DayArgument.day(on)
        try await database.withLog { log in
            var report = WorklistReport(day: day)
            try await log.forEachPath { path in
                guard site == nil || path.site == site else { return }
                report.add(path) { timing in
                    switch timing {
                    case .overdue: true
                    case .due: !overdue
                    case .upcoming: upcoming && !overdue
                    }
                }
            }
            report.sort()
            try output.print(report, text: report.text)
        }
    }
}
