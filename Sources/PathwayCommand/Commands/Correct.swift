internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog

/// `pathway correct`: something was recorded wrong.
struct Correct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Correct what was recorded wrong; nothing is changed, the record is rewound and stated anew.",
        discussion: """
            Shows the path before and after, side by side, and every later milestone that the change makes illegal or off protocol. \
            Those need a reason each, --deviation "why" in their order or "POSITION=why", or a correction of their \
            own in the same command: --also "POSITION field=value on=DATE" or --also "POSITION remove". A milestone that was \
            forgotten goes in before POSITION with --insert "MILESTONE on=DATE field=value". It asks before it records, and takes --yes where nobody can \
            answer; --dry-run never records. Exits 1 if nothing was recorded because reasons are missing.

            Example: pathway correct P-017 4 --set mrd=0.5 --reason "typing error" --source "laboratory report of 2018-02-10"
            """)

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @Argument(help: "The position of the milestone, as pathway history shows it.") var position: Int
    @Option(help: "The day it really happened.") var on: String?
    @Option(help: ArgumentHelp("A fact as it really was; field= alone takes it away.", valueName: "field=value"))
    var set: [String] =
        []
    @Flag(help: "It did not happen.") var remove = false
    @Option(
        help: ArgumentHelp(
            "A milestone that was forgotten, which came before it.", valueName: "milestone on=… field=value"))
    var insert: [String] = []
    @Option(help: ArgumentHelp("A correction of another milestone.", valueName: "position …")) var also: [String] = []
    @Option(
        help: ArgumentHelp(
            "Why a milestone stands although the protocol does not plan it now.", valueName: "position=why"))
    var deviation: [String] = []
    @Option(help: "Why it is corrected.") var reason: String
    @Option(help: "What in the source records supports it.") var source: String?
    @Flag(help: "Show what would be recorded, and record nothing.") var dryRun = false
    @Flag(help: "Record without asking.") var yes = false
    @Option(help: "A UUID that makes a repetition of this command harmless.") var request: String?
    @OptionGroup var person: PersonOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let key = try RecordingOptions.key(request) ?? .random()
        let why = try ReasonText.checked(reason, of: "--reason")
        let support = try source.map { try ReasonText.checked($0, of: "--source") }
        try await database.withLog(seals: true) { log in
            let name = try person.name(log.ownName)
            let (path, correction, plan) = try await reading(by: name, log) { try await prepared(key, log) }
            guard let plan else {
                return try await repeated(key, correction, because: why, source: support, by: name, log)
            }
            let report = CorrectionReport(patient, plan)
            if output.format == .text { Terminal.write(report.text) }
            if dryRun || !plan.isComplete {
                // What was attempted is kept in the register of refusals.
                if !dryRun {
                    _ = try await log.correct(
                        patient, correction, reason: why, source: support, by: name, door: .commandLine)
                }
                return try report.finish(output, isDryRun: dryRun)
            }
            guard try yes || Terminal.confirms("record this correction?") else {
                throw Failure(.refused, "nothing was recorded")
            }
            let outcome = try await log.correct(
                patient, correction, reason: why, source: support, by: name, door: .commandLine, seen: path.head,
                request: key)
            try report.print(outcome, output)
            try await log.warnOfIdentity(behind: path)
        }
    }

    /// Reads the words of the command as an attempt that is kept if it is refused. Who asks what would be attempts nothing.
    private func reading<Value>(
        by name: String, _ log: PathwayLog, _ body: () async throws -> Value
    ) async throws -> Value {
        let words = AttemptInWords.correction(
            try said(), inserted: insert.map(ShellWords.split), before: position)
        if dryRun { return try await body() }
        return try await log.reading(words, of: patient, by: name, door: .commandLine, body)
    }

    /// What the command asks for, and what it would do; no plan for a request that was used before. Then the words are read on the record
    /// as it was.
    private func prepared(
        _ key: RequestID, _ log: PathwayLog
    ) async throws -> (PatientPath, Correction, CorrectionPlan?) {
        let path = try await log.path(of: patient)
        guard !dryRun, let done = path.entries.first(where: { $0.request == key }) else {
            let correction = try await giveReasons(to: try correction(of: path), log)
            return (path, correction, try await log.plan(correction, of: patient))
        }
        guard case .act = done else { return (path, try correction(of: path), nil) }
        let point = ReadingPoint(asOf: Instant(microseconds: done.recordedAt.microseconds - 1))
        let before = try await log.path(of: patient, at: point)
        return (path, try await giveReasons(to: try correction(of: before), log, at: point), nil)
    }

    /// The answer to a request that was used before.
    private func repeated(
        _ key: RequestID, _ correction: Correction, because why: String, source: String?, by name: String,
        _ log: PathwayLog
    ) async throws {
        let outcome = try await log.correct(
            patient, correction, reason: why, source: source, by: name, door: .commandLine, request: key)
        guard case .recorded(_, let position, _, true) = outcome else { return }
        try CorrectionReport(patient, repeatedAt: position).print(output)
    }

    /// Reasons with a position go there; those without go to the milestones that need one, in their order.
    private func giveReasons(
        to correction: Correction, _ log: PathwayLog, at point: ReadingPoint = ReadingPoint()
    ) async throws -> Correction {
        var correction = correction
        var others: [String] = []
        for text in deviation {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, let other = Int(parts[0]) {
                guard correction.deviations[other] == nil else {
                    throw LineFault("a reason for event \(other) is given twice")
                }
                correction.deviations[other] = try ReasonText.checked(parts[1], of: "--deviation")
            } else {
                others.append(try ReasonText.checked(text, of: "--deviation"))
            }
        }
        guard !others.isEmpty else { return correction }
        let open = try await log.plan(correction, of: patient, at: point).rows.filter(\.needsReason).map(\.position)
        guard open.count == others.count else {
            throw LineFault(
                "\(others.count.of("reason")) without a position for \(open.count.of("that is needed", "that are needed"))",
                hint: open.isEmpty
                    ? "leave --deviation out"
                    : "write --deviation \"\(open[0])=why\"; needed at \(open.map(String.init).joined(separator: ", "))"
            )
        }
        for (position, reason) in zip(open, others) { correction.deviations[position] = reason }
        return correction
    }

    /// The words that change each milestone, by its position.
    private func said() throws -> [Int: [String]] {
        var words = [position: set + (on.map { ["on=\($0)"] } ?? []) + (remove ? ["remove"] : [])]
        for text in also {
            let parts = ShellWords.split(text)
            guard let first = parts.first, let other = Int(first), parts.count > 1 else {
                throw Failure(.usage, "\"\(text)\" of --also does not begin with a position and a change")
            }
            words[other, default: []] += parts.dropFirst()
        }
        return words.filter { !$0.value.isEmpty }
    }

    private func correction(of path: PatientPath) throws -> Correction {
        var correction = Correction()
        for (position, words) in try said().sorted(by: { $0.key < $1.key }) {
            try CorrectionWords.add(words, at: position, of: path, to: &correction)
        }
        for text in insert {
            correction.inserted[position, default: []].append(try CorrectionWords.milestone(ShellWords.split(text)))
        }
        return correction
    }
}

/// What a reason must be, on the command line.
enum ReasonText {
    static func checked(_ text: String, of name: String) throws -> String {
        let reason = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else { throw Failure(.usage, "\(name) is empty", hint: "say why") }
        guard reason.unicodeScalars.count <= 1_000 else {
            throw Failure(.usage, "\(name) is longer than 1,000 characters")
        }
        return reason
    }
}

/// Words as a shell splits them: quotes keep blanks together.
enum ShellWords {
    static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isOpen = false
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isOpen = true
            } else if character == " " || character == "\t" {
                if isOpen || !word.isEmpty { words.append(word) }
                (word, isOpen) = ("", false)
            } else {
                word.append(character)
            }
        }
        if isOpen || !word.isEmpty { words.append(word) }
        return words
    }
}

/// What the words of a correction say.
enum CorrectionWords {
    /// Adds `remove`, or `field=value` and `on=DATE`, to what a correction does at a position; of two that contradict each other neither
    /// is taken for the right one.
    static func add(_ words: [String], at position: Int, of path: PatientPath, to correction: inout Correction) throws {
        var names: Set<Substring> = []
        for name in words.map({ $0.prefix { $0 != "=" } }) where !names.insert(name).inserted {
            throw LineFault.givenTwice(name, for: "event \(position)")
        }
        if words == ["remove"] {
            correction.removed.insert(position)
            return
        }
        guard !words.contains("remove") else {
            throw LineFault("what is removed has no facts to correct (position \(position))")
        }
        let event = try path.event(at: position)
        var facts = event.milestone.facts
        var on = event.milestone.on
        for word in words {
            let (name, value) = try pair(word)
            if name == "on" {
                on = try DayArgument.clinical(value)
                continue
            }
            let field = try field(name)
            guard !value.isEmpty else {
                facts[field] = nil
                continue
            }
            do { facts[field] = try field.value(value) } catch { throw LineFault(error) }
            // An age that followed from another day of birth does not bind the corrected one.
            if field == .born, !words.contains(where: { $0.hasPrefix("age=") }) { facts[.age] = nil }
        }
        // The risk group that the rules gave is theirs to give again, unless it is what is corrected.
        do { correction.amended[position] = try Milestone(event.milestone.kind, on: on, facts: facts) } catch {
            throw LineFault(error)
        }
    }

    /// Reads `MILESTONE on=DATE field=value …`.
    static func milestone(_ words: [String]) throws -> Milestone {
        guard let first = words.first, let kind = MilestoneKind(rawValue: first) else {
            throw LineFault.unknownMilestone(words.first ?? "")
        }
        let days = words.filter { $0.hasPrefix("on=") }
        guard let day = days.first, days.count == 1 else {
            throw LineFault("a milestone that was forgotten says on=DATE, the day it happened")
        }
        return try RecordingOptions.milestone(
            kind, on: try DayArgument.clinical(String(day.dropFirst(3))),
            facts: words.dropFirst().filter { !$0.hasPrefix("on=") })
    }

    private static func pair(_ word: String) throws -> (String, String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw LineFault("\"\(word)\" is not of the form field=value", quoting: word) }
        return (parts[0], parts[1])
    }

    private static func field(_ name: String) throws -> Field {
        guard let field = Field(rawValue: name) else {
            throw LineFault.unknownField(name, among: Field.allCases.map(\.rawValue))
        }
        return field
    }
}
