internal import PathwayCore
internal import PathwayLog

/// A correction, as it is printed: the path before and after, side by side.
struct CorrectionReport: Encodable {
    struct Row: Encodable {
        let position: Int
        let change: String
        let milestone: String
        let before: String?
        let phaseBefore: String?
        let after: String?
        let phaseAfter: String?
        let answer: String?
        let explanation: String?
        let source: String?
        let deviation: String?

        private enum CodingKeys: String, CodingKey {
            case position, change, milestone, before, after, answer, explanation, source, deviation
            case phaseBefore = "phase-before"
            case phaseAfter = "phase-after"
        }
    }

    let patient: String
    private(set) var outcome: String
    private(set) var position: Int?
    private(set) var recordedAt: String?
    let rewindsTo: Int?
    let rows: [Row]
    /// Why it cannot be, whatever reasons are given.
    private let objection: Refusal?

    private enum CodingKeys: String, CodingKey {
        case patient, outcome, position, rows
        case recordedAt = "recorded-at"
        case rewindsTo = "rewinds-to"
    }

    init(_ patient: PatientID, _ plan: CorrectionPlan) {
        self.patient = patient.description
        outcome = plan.objection != nil ? "refused" : plan.isComplete ? "complete" : "incomplete"
        objection = plan.objection
        rewindsTo = plan.rewindsTo
        rows = plan.rows.map(Row.init)
    }

    init(_ patient: PatientID, repeatedAt position: Int) {
        self.patient = patient.description
        outcome = "recorded before"
        self.position = position
        rewindsTo = nil
        objection = nil
        rows = []
    }

    var text: String {
        var table = TextTable(["#", "before", "led to", "", "after", "leads to", ""], rightAligned: [0])
        for row in rows {
            table.add([
                row.change == "inserted" ? "" : String(row.position), row.before ?? "", row.phaseBefore ?? "", row.mark,
                row.after ?? "", row.phaseAfter ?? "", row.remark,
            ])
        }
        return Terminal.styled(patient, .bold) + "\n" + table.text
    }

    /// Says what is missing, or that nothing was to be recorded.
    func finish(_ output: FormatOption, isDryRun: Bool) throws {
        if output.format == .json { try Terminal.line(FormatOption.json(self)) }
        if let objection {
            failure(objection).say()
            throw Failure.silent(.refused)
        }
        for row in rows where row.answer == "refused" || row.answer == "off-protocol" && row.deviation == nil {
            Terminal.say(
                "\(row.answer == "refused" ? "refused" : "needs a reason"): event \(row.position), \(row.milestone): "
                    + (row.explanation ?? "") + (row.source.map { " (\($0))" } ?? ""))
        }
        guard outcome == "incomplete" else {
            Terminal.say("nothing was recorded (--dry-run)")
            return
        }
        Failure(
            .refused, "the correction is not complete, and nothing was recorded",
            hint:
                "give --deviation \"POSITION=why\" for what needs a reason, and --also \"POSITION …\" for what is refused"
        ).say()
        throw Failure.silent(.refused)
    }

    private func failure(_ refusal: Refusal) -> Failure {
        Failure(.refused, "cannot correct patient \(patient): \(refusal.explanation)", hint: refusal.hint)
    }

    func print(_ output: FormatOption) throws {
        if output.format == .json { return try Terminal.line(FormatOption.json(self)) }
        Terminal.line("\(patient)  corrected at event \(position ?? 0)  (recorded before)")
    }

    func print(_ outcome: CorrectionOutcome, _ output: FormatOption) throws {
        var report = self
        switch outcome {
        case .recorded(_, let position, let recordedAt, let isRepetition):
            report.outcome = isRepetition ? "recorded before" : "recorded"
            report.position = position
            report.recordedAt = recordedAt.description
            guard output.format == .text else { return try Terminal.line(FormatOption.json(report)) }
            Terminal.line("\(patient)  corrected at event \(position)" + (isRepetition ? "  (recorded before)" : ""))
        case .incomplete: try finish(output, isDryRun: false)
        case .refused(let refusal): throw failure(refusal)
        case .conflict(let entries):
            throw Failure(
                .busy, "cannot correct patient \(patient): \(entries.meanwhile)",
                hint: entries.isEmpty ? nil : "look at \"pathway history \(patient)\", then repeat the command")
        }
    }
}

extension CorrectionReport.Row {
    init(_ row: CorrectionPlan.Row) {
        position = row.position
        change = row.change.rawValue
        let shown = row.after?.milestone ?? row.before?.milestone
        milestone = shown.map { $0.kind.rawValue + ($0.qualifier.map { " \($0)" } ?? "") } ?? ""
        before = row.before.map { CorrectionReport.Row.words($0.milestone, beside: row.after?.milestone) }
        phaseBefore = row.before?.phase
        after = row.after.map { CorrectionReport.Row.words($0.milestone, beside: row.before?.milestone) }
        phaseAfter = row.isRefused ? nil : row.after?.phase
        deviation = row.deviation
        switch row.judgement {
        case .planned?: (answer, explanation, source) = ("planned", nil, nil)
        case .offProtocol(let step)?:
            answer = "off-protocol"
            explanation = step.deviations.map(\.rule).joined(separator: "; ")
            source = step.deviations.first?.source
        case .refused(let refusal)?: (answer, explanation, source) = ("refused", refusal.explanation, refusal.source)
        case nil: (answer, explanation, source) = (nil, nil, nil)
        }
    }

    /// The milestone with its day, and the facts in which it differs from the other.
    private static func words(_ milestone: Milestone, beside other: Milestone?) -> String {
        var text = "\(milestone.on) \(milestone.kind.rawValue)" + (milestone.qualifier.map { " \($0)" } ?? "")
        for entry in milestone.facts.entries {
            guard let other, other.facts[entry.field] != entry.value, entry.field != milestone.kind.qualifier else {
                continue
            }
            text += " \(entry.field.rawValue)=\(entry.field.text(entry.value))"
        }
        return text
    }

    fileprivate var mark: String {
        if answer == "refused" { return "!" }
        switch change {
        case "kept": return "="
        case "removed": return "-"
        case "inserted": return "+"
        default: return before == after && phaseBefore == phaseAfter ? "=" : ">"
        }
    }

    fileprivate var remark: String {
        switch answer {
        case "refused": "refused"
        case "off-protocol": deviation == nil ? "off protocol: needs a reason" : "off protocol: \(deviation ?? "")"
        default: ""
        }
    }
}
