internal import PathwayCore
internal import PathwayLog

/// What became of an attempt, as it is printed.
struct OutcomeReport: Encodable {
    struct Note: Encodable {
        let text: String
        let source: String
    }
    struct Meanwhile: Encodable {
        let position: Int
        let milestone: String
        let on: String?
        let by: String

        init(_ entry: Entry) {
            (position, milestone, by) = (entry.position, entry.word, entry.recordedBy)
            if case .milestone(let event) = entry { on = event.milestone.on.description } else { on = nil }
        }
    }

    let patient: String
    let milestone: String
    let outcome: String
    var position: Int?
    var on: String?
    var recordedAt: String?
    var phase: String?
    var phaseTitle: String?
    var status: String?
    var arm: String?
    var explanation: String?
    var source: String?
    var hint: String?
    var allowed: [String]?
    var warnings: [Note]?
    var deviations: [Note]?
    var meanwhile: [Meanwhile]?

    private enum CodingKeys: String, CodingKey {
        case patient, milestone, outcome, position, on, phase, status, arm, explanation, source, hint, allowed, warnings
        case deviations, meanwhile
        case phaseTitle = "phase-title"
        case recordedAt = "recorded-at"
    }

    private var lines: [String] = []
    private let failure: Failure?

    init(_ patient: PatientID, _ kind: MilestoneKind, _ outcome: Outcome) {
        self.patient = patient.description
        switch outcome {
        case .recorded(let receipt, let isRepetition):
            failure = nil
            let done = receipt.step.milestone
            milestone = done.kind.rawValue + (done.qualifier.map { " \($0)" } ?? "")
            self.outcome = isRepetition ? "recorded before" : "recorded"
            position = receipt.position
            on = done.on.description
            recordedAt = receipt.recordedAt.description
            phase = receipt.phase
            phaseTitle = receipt.phaseTitle
            status = receipt.step.statusAfter.rawValue
            arm = done.kind == .randomised ? done.facts.word(.arm) : nil
            warnings = receipt.step.warnings.map { Note(text: $0.text, source: $0.source) }
            if kind == .enrolled, !patient.hasDigit {
                warnings?.append(
                    Note(
                        text: "study number \"\(patient)\" holds no digit: is it a name?",
                        source: "exports show study numbers as they are"))
            }
            deviations = receipt.step.deviations.map { Note(text: $0.rule, source: $0.source) }
            lines = OutcomeReport.words(for: receipt, isRepetition: isRepetition)
        case .needsReason(let step):
            milestone = step.milestone.kind.rawValue + (step.milestone.qualifier.map { " \($0)" } ?? "")
            self.outcome = "off-protocol"
            deviations = step.deviations.map { Note(text: $0.rule, source: $0.source) }
            let rules = step.deviations.map { "\($0.rule) (\($0.source))" }.joined(separator: "; ")
            explanation = rules
            hint = "if it happened all the same, repeat the command with --deviation \"why\""
            failure = Failure(
                .refused, "\"\(milestone)\" for patient \(patient) leaves the protocol: \(rules)", hint: hint)
        case .refused(let refusal):
            milestone = refusal.milestone
            self.outcome = "refused"
            explanation = refusal.explanation
            source = refusal.source
            hint = refusal.hint
            allowed = refusal.allowed
            phaseTitle = refusal.phase
            status = refusal.status.rawValue
            failure = Failure(
                .refused,
                "cannot record \"\(refusal.milestone)\" for patient \(patient): \(refusal.explanation)"
                    + (refusal.source.map { " (\($0))" } ?? ""), hint: refusal.hint)
        case .conflict(let entries):
            milestone = kind.rawValue
            self.outcome = "conflict"
            meanwhile = entries.map(Meanwhile.init)
            // Whoever is enrolled stays so, and a record out of sight too: to repeat the command would not help.
            let helps = !entries.isEmpty && kind != .enrolled
            failure = Failure(
                helps ? .busy : .refused,
                "cannot record \"\(milestone)\" for patient \(patient): \(entries.meanwhile)",
                hint: entries.isEmpty
                    ? nil : "look at \"pathway status \(patient)\"" + (helps ? ", then repeat the command" : ""))
        }
    }

    private static func words(for receipt: Receipt, isRepetition: Bool) -> [String] {
        let step = receipt.step
        let what = step.milestone.kind.rawValue + (step.milestone.qualifier.map { " \($0)" } ?? "")
        var lines = [
            "\(receipt.patient)  event \(receipt.position)  \(what) on \(step.milestone.on)"
                + (isRepetition ? "  (recorded before)" : "")
        ]
        lines.append("now in \"\(receipt.phaseTitle)\" (\(receipt.phase)), \(step.statusAfter.text)")
        return lines
    }

    /// Prints it; ends with 1 if nothing was recorded, or with 75 if somebody else recorded first.
    func print(_ output: FormatOption) throws {
        if output.format == .json { try Terminal.line(FormatOption.json(self)) }
        guard let failure else {
            if output.format == .text { for line in lines { Terminal.line(line) } }
            for note in deviations ?? [] { Terminal.say("off protocol: \(note.text) (\(note.source))") }
            for note in warnings ?? [] { Terminal.say("warning: \(note.text) (\(note.source))") }
            return
        }
        failure.say()
        throw Failure.silent(failure.code)
    }
}

extension [Entry] {
    /// What somebody recorded meanwhile, in words.
    var meanwhile: String {
        isEmpty ? Entry.outOfSight : "somebody recorded meanwhile " + map(\.words).joined(separator: "; ")
    }
}

extension Entry {
    /// The entry in a sentence: `event 7, course-started block-2 on 2018-02-14, by anna`.
    var words: String {
        switch self {
        case .milestone(let event):
            "event \(position), \(word)" + (event.milestone.qualifier.map { " \($0)" } ?? "")
                + " on \(event.milestone.on), by \(recordedBy)"
        case .act: "event \(position), \(word), by \(recordedBy)"
        }
    }
}
