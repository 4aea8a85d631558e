internal import ArgumentParser
internal import PathwayCore
internal import PathwayLog

/// `pathway deviations`: what left the protocol.
struct Deviations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what left the protocol: from where to where, by which rule, why, who and when.",
        discussion: "Example: pathway deviations --site H-04 --through 2019-06-30")

    @Option(help: "Only this site.") var site: String?
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    struct Row: Encodable {
        struct Rule: Encodable {
            let rule: String
            let source: String
        }
        let site: String
        let patient: String
        let position: Int
        let on: String
        let milestone: String
        let before: String
        let after: String
        let rules: [Rule]
        let reason: RecordedReason
        let by: String
        let recordedAt: String
        let synthetic: Bool

        private enum CodingKeys: String, CodingKey {
            case site, patient, position, on, milestone, before, after, rules, reason, by, synthetic
            case recordedAt = "recorded-at"
        }

        init(_ deviation: RegisteredDeviation) {
            let event = deviation.event
            (site, patient) = (deviation.site, deviation.patient.description)
            (position, on) = (event.position, event.milestone.on.description)
            milestone = event.milestone.kind.rawValue + (event.milestone.qualifier.map { " \($0)" } ?? "")
            (before, after) = (deviation.phaseBefore, deviation.phaseAfter)
            rules = deviation.rules.map { Rule(rule: $0.rule, source: $0.source) }
            reason = RecordedReason(event.deviation, isErased: deviation.isErased)
            (by, recordedAt) = (event.originBy ?? event.recordedBy, event.recordedAt.description)
            synthetic = event.isSynthetic
        }
    }

    func run() async throws {
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            try await log.mustKnow(site, at: point)
            var rows: [Row] = []
            var damage = Damage()
            try await log.forEachDeviation(at: point) { deviation in
                if site == nil || deviation.site == site { rows.append(Row(deviation)) }
            } damaged: {
                damage.say($0)
            }
            var table = TextTable(
                ["site", "patient", "#", "on", "milestone", "from", "to", "why", "by", "recorded at (UTC)", "rule"],
                rightAligned: [2])
            for row in rows {
                table.add([
                    row.site, row.patient, String(row.position), row.on, row.milestone, row.before, row.after,
                    row.reason.words, row.by, String(row.recordedAt.prefix(19)),
                    row.rules.map { "\($0.rule) (\($0.source))" }.joined(separator: "; "),
                ])
            }
            try output.print(
                rows,
                text: table.text + rows.count.of("deviation")
                    + SyntheticShare(rows, of: \.patient, where: \.synthetic).mark + "\n")
            try damage.finish()
        }
    }
}

/// `pathway refusals`: what was attempted and not recorded.
struct Refusals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what was attempted and refused: by whom, through which door, and why not.",
        discussion: """
            The latest come first. For --through an attempt has the day on which it should have happened, or where it says none \
            the day of the attempt in UTC.

            Example: pathway refusals --patient P-017
            """)

    @Option(help: "Only this patient.") var patient: PatientID?
    @Option(help: "How many at most.") var limit = 100
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    struct Row: Encodable {
        let number: Int
        let at: String
        let patient: String?
        let site: String?
        let attempted: [String: String]
        let answer: String
        let explanation: String
        let source: String?
        let door: String
        let by: String
        let login: String

        init(_ refusal: RegisteredRefusal) {
            (number, at) = (refusal.number, refusal.at.description)
            (patient, site) = (refusal.patient, refusal.site)
            attempted = Dictionary(refusal.attempted.map { ($0.name, $0.value) }) { first, _ in first }
            (answer, explanation, source) = (refusal.answer, refusal.explanation, refusal.citation)
            (door, by, login) = (refusal.door, refusal.by, refusal.login)
        }
    }

    func run() async throws {
        guard limit > 0 else { throw Failure(.usage, "--limit is at least 1") }
        let point = try reading.point()
        try await database.withLog(at: point) { log in
            let found = try await log.refusals(of: patient, at: point, limit: limit)
            var table = TextTable(["at (UTC)", "patient", "attempted", "answer", "why not", "door", "by"])
            for refusal in found {
                if !refusal.isReadable {
                    Terminal.say("warning: what was attempted in refusal \(refusal.number) cannot be read")
                }
                table.add([
                    String(refusal.at.description.prefix(19)),
                    refusal.patient ?? refusal.site.map { "site \($0)" } ?? "study", refusal.words,
                    refusal.answer,
                    refusal.explanation + (refusal.citation.map { " (\($0))" } ?? ""), refusal.door, refusal.by,
                ])
            }
            try output.print(
                found.map(Row.init), text: table.text + found.count.of("refusal") + "\n")
        }
    }
}

extension RegisteredRefusal {
    /// What was attempted as one would say it: the milestone or act, its day, then the facts.
    fileprivate var words: String {
        let first = ["act", "milestone", "on"]
        func place(_ name: String) -> Int { first.firstIndex(of: name) ?? first.count }
        return attempted.enumerated()
            .sorted { (place($0.element.name), $0.offset) < (place($1.element.name), $1.offset) }
            .map { first.contains($0.element.name) ? $0.element.value : "\($0.element.name)=\($0.element.value)" }
            .joined(separator: " ")
    }
}

/// `pathway replay`: the projections, rebuilt and compared.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuild every projection from the log and compare it with the database, row by row.",
        discussion: """
            Says "identical", or shows what differs and exits 65. Standings and paths are rebuilt through the protocol; who has moved, what \
            was drawn, locks, access and snapshots, which are kept for the present alone, from entries and journal. It has no --through: \
            projections are kept for all that stands, up to no day.

            Example: pathway replay --as-of 2026-11-01
            """)

    @OptionGroup var moment: MomentOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    struct Report: Encodable {
        struct Difference: Encodable {
            let projection: String
            let of: String
            let patient: String?
            let replayed: String?
            let stored: String?
            let fault: String?
        }
        let identical: Bool
        let patients: Int
        let milestones: Int
        let projections: [String]
        let leftOut: [String: String]
        let differences: [Difference]

        enum CodingKeys: String, CodingKey {
            case identical, patients, milestones, projections, differences
            case leftOut = "left-out"
        }
    }

    func run() async throws {
        let point = try moment.point()
        try await database.withLog(at: point) { log in
            let found = try await log.replay(asOf: point.asOf)
            let report = Report(
                identical: found.differences.isEmpty, patients: found.patients, milestones: found.milestones,
                projections: found.projections, leftOut: found.leftOut.mapValues(\.words),
                differences: found.differences.map {
                    Report.Difference(
                        projection: $0.projection, of: $0.subject, patient: $0.patient, replayed: $0.replayed,
                        stored: $0.stored,
                        fault: $0.fault)
                })
            var text = ""
            for difference in report.differences {
                text += "\(difference.of)\n"
                if let fault = difference.fault {
                    text += "  cannot be replayed: \(fault)\n"
                    continue
                }
                text +=
                    "  replayed  \(difference.replayed ?? "nothing")\n  database  \(difference.stored ?? "nothing")\n"
            }
            text +=
                (report.identical ? "identical" : "different")
                + ": \(report.patients.of("patient")), \(report.milestones.of("milestone")), \(report.projections.count.of("projection"))\n"
            for (words, left) in Dictionary(grouping: report.leftOut.keys, by: { report.leftOut[$0] ?? "" }).sorted(
                by: { $0.key < $1.key })
            {
                text += "not compared: \(left.sorted().joined(separator: ", ")) (\(words))\n"
            }
            try output.print(report, text: text)
            if !report.identical {
                Terminal.say("hint: \"pathway audit verify\" names what has changed")
                throw Failure.silent(.badInput)
            }
        }
    }
}

extension ReplayReport.Omission {
    fileprivate var words: String {
        switch self {
        case .presentAlone: "kept for the present alone"
        case .notReadable: "takes the role \"auditor\""
        }
    }
}

/// `pathway changes`: what was recorded since.
struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what changed as NDJSON, removals included, and follow what comes.",
        discussion: """
            Each line has a number; the number of the last line is the cursor from which the next reading goes on, and nothing is missed. \
            An entry gets its number once nothing can come before it any more.

            Example: pathway changes --after 1042 --follow
            """)

    @Option(help: "Only what has a higher number.") var after = 0
    @Option(help: ArgumentHelp("Only what was recorded after this moment.", valueName: "instant")) var since: String?
    @Flag(help: "Go on with what comes, until interrupted.") var follow = false
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        guard after >= 0 else { throw Failure(.usage, "--after is a number of a change, or 0") }
        let instant = try ReadingOptions.instant(since, "--since")
        try await database.withLog { log in
            var cursor = after
            var rounds = 0
            repeat {
                // Of half a second each.
                if rounds % 120 == 0 { try await log.sayWhatWaits() }
                rounds += 1
                if log.maySeal { _ = try? await log.seal() }
                cursor = try await log.forEachChange(after: cursor, since: instant) { change in
                    var bytes: [UInt8] = []
                    change.appendLine(to: &bytes)
                    Terminal.write(bytes)
                }
                if follow { try await Task.sleep(for: .milliseconds(500)) }
            } while follow
        }
    }
}
