internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog

/// `pathway status`: where a patient stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show where a patient stands.", discussion: "Example: pathway status P-017")

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            let report = StatusReport(try await log.standingPath(of: patient, at: point))
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
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            let report = NextReport(try await log.standingPath(of: patient, at: point), on: point.dayToJudgeBy)
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway history`: a patient's events.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a patient's events: what, when, who, and where each led.",
        discussion: """
            Without --all the path as it stands; with it also what corrections took off the path, the corrections themselves, \
            signatures and locks. --through leaves out the milestones that happened later; the others have no clinical day.

            Example: pathway history P-017 --all
            """)

    @Flag(help: "The whole record: also what was corrected, by whom and why.") var all = false
    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            let path = try await all ? log.path(of: patient, at: point) : log.standingPath(of: patient, at: point)
            let report = HistoryReport(path, all: all)
            try output.print(report, text: report.text)
        }
    }
}

/// `pathway timeline`: a patient's courses and milestones along time.
struct Timeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a patient's courses and milestones along time.", discussion: "Example: pathway timeline P-017")

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            let drawing = TimelineDrawing(try await log.standingPath(of: patient, at: point))
            try output.print(drawing, text: drawing.text(width: Terminal.width))
        }
    }
}

/// `pathway cohort`: patients by phase and status.
struct Cohort: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count patients by phase and status.", discussion: "Example: pathway cohort --site H-04")

    @Option(help: "Only this site.") var site: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            try await log.mustKnow(site, at: point)
            var damage = Damage()
            let rows = try await log.cohort(at: point) { damage.say($0) }
            let report = CohortReport(rows.filter { site == nil || $0.site == site })
            try output.print(report, text: report.text)
            try damage.finish()
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
    @Option(
        help: "The day to judge by, of what had happened by then (default: that of --through or --as-of, else today).")
    var on: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        var given = try reading.point()
        let day = try on.map { try DayArgument.day($0) } ?? given.dayToJudgeBy
        // Nobody knew on that day what came later.
        if on != nil, given.through == nil { given.through = day }
        let point = given
        try await database.withLog(at: point) { log in
            try await log.mustKnow(site, at: point)
            var report = WorklistReport(day: day)
            var damage = Damage()
            try await log.forEachPath(at: point) { path in
                guard site == nil || path.site == site, !path.isLocked else { return }
                report.add(path) { timing in
                    switch timing {
                    case .overdue: true
                    case .due: !overdue
                    case .upcoming: upcoming && !overdue
                    }
                }
            } damaged: {
                damage.say($0)
            }
            report.sort()
            try output.print(report, text: report.text)
            try damage.finish()
        }
    }
}

/// Up to which moment the log is read, for what has no clinical day.
struct MomentOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the log as it was at this moment (2026-11-23T05:52:29Z, +01:00 or the like instead of Z, or a day: its end in UTC, or now).",
            valueName: "instant"))
    var asOf: String?

    func point() throws -> ReadingPoint { ReadingPoint(asOf: try ReadingOptions.moment(asOf)) }
}

/// Up to which moment the log is read, and up to which day what happened counts.
struct ReadingOptions: ParsableArguments {
    @OptionGroup var moment: MomentOption
    @Option(help: ArgumentHelp("Leave out what happened after this day.", valueName: "date")) var through: String?

    func point() throws -> ReadingPoint {
        ReadingPoint(asOf: try moment.point().asOf, through: try through.map { try DayArgument.day($0) })
    }

    /// What is read as of; a day that is not over is read until now.
    static func moment(_ text: String?) throws -> Instant? {
        // The database's clock says what now is: no moment of this machine's may lie ahead of it.
        if text == "now" || text.flatMap({ Day($0) }) == DayArgument.todayInUTC { return nil }
        return try instant(text, "--as-of")
    }

    static func instant(_ text: String?, _ name: String) throws -> Instant? {
        guard let text else { return nil }
        if text == "now" { return Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        if let instant = Instant(text) { return instant }
        guard let day = Day(text) else {
            throw Failure(
                .badInput, "\"\(text)\" of \(name) is no moment",
                hint: "write 2026-11-23T05:52:29Z, 2026-11-23T06:52:29+01:00, a day such as 2026-11-23, or now")
        }
        return Instant(microseconds: (Int64(day.number) + 1) * 86_400_000_000 - 1)
    }
}

extension PathwayLog {
    /// Refuses a site at which nobody is, of those that the login sees.
    func mustKnow(_ site: String?, at point: ReadingPoint) async throws {
        guard let site else { return }
        let known = Set(try await cohort(at: ReadingPoint(asOf: point.asOf)) { _ in }.map(\.site))
        guard !known.contains(site) else { return }
        throw Failure(
            .badInput, "nobody is at site \"\(site)\"",
            hint: nearest(site, among: known.sorted()).map { "did you mean \"\($0)\"?" })
    }

    /// The path of a patient of whom something stands.
    func standingPath(of patient: PatientID, at point: ReadingPoint) async throws -> PatientPath {
        let path = try await path(of: patient, at: point)
        guard !path.events.isEmpty else {
            throw Failure(
                .badInput, "nothing stands in the record of patient \"\(patient)\"",
                hint: "\"pathway history \(patient) --all\" shows what was recorded")
        }
        return path
    }
}
