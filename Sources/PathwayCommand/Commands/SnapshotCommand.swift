internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import PathwayReport

/// `pathway snapshot`: the cut as an object.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Freeze a cut of the log, and export it.",
        discussion: """
            A snapshot names both clocks: the clinical cut, after which nothing counts, and the moment as of which the log is read. Exported today \
            or in a year it gives the same bytes.

            Example: pathway snapshot take interim-1 --through 2019-06-30
            """,
        subcommands: [Take.self, List.self, Show.self, Diff.self, Export.self, Key.self])

    /// `pathway snapshot take`.
    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Freeze both clocks under a name.",
            discussion: "Example: pathway snapshot take interim-1 --through 2019-06-30 --population randomised")

        @Argument(help: "Its name: lower-case letters, digits, hyphens, dots.") var name: String
        @Option(help: ArgumentHelp("The clinical cut: what happened after this day is left out.", valueName: "date"))
        var through: String
        @Option(
            help: ArgumentHelp(
                "Read the log as it was at this moment (default: now).", valueName: "instant"))
        var asOf: String?
        @Option(help: "Whose paths: enrolled, risk-assigned, randomised, or a randomisation of the protocol.")
        var population = "enrolled"
        @Option(name: .customLong("protocol"), help: "The protocol, where the log holds several.")
        var protocolName: String?
        @OptionGroup var person: PersonOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let request = SnapshotRequest(
                name: name, protocolName: protocolName, population: population, through: try DayArgument.day(through),
                asOf: try ReadingOptions.moment(asOf))
            try await database.withLog(seals: true) { log in
                let by = try person.name(log.ownName)
                if log.maySeal { try await log.sealPresent() } else { try await log.sayWhatWaits() }
                let taken = try await log.takeSnapshot(request, by: by)
                if taken.leftOut > 0 {
                    let entries = taken.leftOut.of("entry has", "entries have")
                    Terminal.say("warning: what was recorded last is not in it: \(entries) no place in the proof yet")
                    if log.maySeal { try await log.sayWhatWaits(longerThan: .zero) }
                }
                let report = SnapshotReport(taken.snapshot)
                try output.print(report, text: report.text)
            }
        }
    }

    /// `pathway snapshot list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the snapshots, the oldest first.",
            discussion:
                "It has no --through: each snapshot has a cut of its own.\n\nExample: pathway snapshot list")

        @OptionGroup var moment: MomentOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let point = try moment.point()
            try await database.withLog(at: point) { log in
                let reports = try await log.snapshots().filter { snapshot in
                    point.asOf.map { snapshot.takenAt <= $0 } ?? true
                }.map { SnapshotReport($0) }
                try output.print(reports, text: SnapshotReport.table(reports))
            }
        }
    }

    /// `pathway snapshot show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a snapshot froze.", discussion: "Example: pathway snapshot show interim-1")

        @Argument(help: "The snapshot.") var name: String
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            try await database.withLog { log in
                let report = SnapshotReport(try await log.snapshot(named: name))
                try output.print(report, text: report.text)
            }
        }
    }

    /// `pathway snapshot diff`.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what differs between two snapshots, patient by patient.",
            discussion: "Example: pathway snapshot diff interim-1 interim-2")

        @Argument(help: "The earlier snapshot.") var first: String
        @Argument(help: "The later one.") var second: String
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            try await database.withLog { log in
                let (one, other) = (try await log.snapshot(named: first), try await log.snapshot(named: second))
                var report = DifferenceReport(one.cut, other.cut)
                try await log.forEachDifference(between: one.cut, and: other.cut) { report.add($0) }
                try output.print(report, text: report.text)
            }
        }
    }

    /// `pathway snapshot export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a snapshot into a folder, without what identifies.",
            discussion: """
                Dates leave as days since the enrolment, or moved by a secret number of days per patient to where they could as well lie.

                Example: pathway snapshot export interim-1 --out interim-1 --format csv
                """)

        @Argument(help: "The snapshot.") var name: String
        @Option(help: "The folder to make.", completion: .directory) var out: String
        @Option(
            name: .long, parsing: .upToNextOption,
            help:
                "The formats: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")). odm needs --dates shifted."
        )
        var format: [ExportFormat] = [.csv]
        @Option(help: "How dates are shown: study-days, or shifted with --key.") var dates = DateDisguise.studyDays
        @Option(help: "The secret behind shifted dates: see \"pathway snapshot key\".", completion: .file()) var key:
            String?
        @OptionGroup var person: PersonOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let key = try dates.key(key)
            let formats = ExportFormat.allCases.filter { format.contains($0) }
            let (database, name, out, person) = (database, name, out, person)
            try await Interruption.cancelling(leaving: "nothing was written") {
                try await database.withLog(seals: true) { log in
                    let snapshot = try await log.snapshot(named: name)
                    let export = SnapshotExport(snapshot: snapshot, formats: formats, key: key, path: out)
                    let digest = try await export.run(log, by: try person.name(log.ownName))
                    Terminal.say(
                        "\(snapshot.cut.patients.of("patient")) in \(out), SHA-256 of its manifest \(digest)")
                }
            }
        }
    }

    /// `pathway snapshot key`.
    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the secret behind shifted dates.",
            discussion: """
                Whoever has it can undo the shift: keep it apart from the exports. The same key moves a patient's dates by the same days in every export of a snapshot.

                Example: pathway snapshot key --out shift.key
                """)

        @Option(help: "The file to write; only its owner can read it.", completion: .file()) var out: String

        func run() throws {
            guard !FileManager.default.fileExists(atPath: out) else {
                throw Failure(.badInput, "\"\(out)\" exists", hint: "a key is never written over: name another file")
            }
            let key = ShiftKey()
            let file = try WholeFile(out)
            try file.write(Array((key.text + "\n").utf8))
            try file.commit()
            Terminal.say("the key \(key.identifier) is in \(out)")
        }
    }
}

/// How an export shows dates.
enum DateDisguise: String, ExpressibleByArgument, CaseIterable {
    case studyDays = "study-days"
    case shifted

    /// The key to move dates under; `nil` for study days.
    func key(_ path: String?) throws -> ShiftKey? {
        switch (self, path) {
        case (.studyDays, nil): return nil
        case (.studyDays, .some):
            throw Failure(.usage, "--key goes with --dates shifted", hint: "study days need no key")
        case (.shifted, nil):
            throw Failure(
                .usage, "--dates shifted needs --key", hint: "make one with \"pathway snapshot key --out FILE\"")
        case (.shifted, let path?):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw Failure(.badInput, "cannot read \"\(path)\"")
            }
            guard let key = ShiftKey(String(decoding: bytes, as: UTF8.self)) else {
                throw Failure(
                    .badInput, "\"\(path)\" holds no key for shifting dates",
                    hint: "make one with \"pathway snapshot key --out FILE\"")
            }
            return key
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}
