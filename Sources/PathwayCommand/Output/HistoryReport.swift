internal import PathwayCore
internal import PathwayLog

/// A patient's record, as it is printed.
struct HistoryReport: Encodable {
    struct Row: Encodable {
        let position: Int
        let entry: String
        let stands: Bool
        let about: Int?
        let voidedBy: Int?
        let on: String?
        let milestone: String?
        let facts: [String: String]
        let phaseAfter: String?
        let statusAfter: String?
        let answer: String?
        let deviation: String?
        let reason: String?
        let source: String?
        let erased: Bool
        let rule: Int?
        let warnings: [String]
        let by: String
        let login: String
        let recordedAt: String
        let originBy: String?
        let originAt: String?
        let version: String?
        /// What this log cannot vouch for: an allocation that another log drew, a signature that was made on another.
        let elsewhere: String?

        private enum CodingKeys: String, CodingKey {
            case position, entry, stands, about, on, milestone, facts, answer, deviation, reason, source, erased, rule,
                warnings, by,
                login, version, elsewhere
            case voidedBy = "voided-by"
            case phaseAfter = "phase-after"
            case statusAfter = "status-after"
            case recordedAt = "recorded-at"
            case originBy = "origin-by"
            case originAt = "origin-at"
        }
    }

    let patient: String
    let site: String
    let synthetic: Bool
    let events: [Row]
    private let showsAll: Bool

    private enum CodingKeys: String, CodingKey { case patient, site, synthetic, events }

    init(_ path: PatientPath, all: Bool = false) {
        patient = path.patient.description
        site = path.site
        synthetic = path.isSynthetic
        showsAll = all
        let version = "\(path.path.treatment.name) \(path.path.treatment.version)"
        let steps = Dictionary(uniqueKeysWithValues: zip(path.events.map(\.position), path.steps))
        let shown = all ? path.entriesInView : path.events.map(Entry.milestone)
        let voids = Dictionary(
            uniqueKeysWithValues: path.signatures.compactMap { signature in
                signature.voidedBy.map { (signature.act.position, $0) }
            })
        events = shown.map { entry in
            switch entry {
            case .milestone(let event):
                Row(
                    event, steps[event.position], version, stands: !path.corrected.contains(event.position),
                    isDrawnElsewhere: path.isDrawnElsewhere(event), isErased: path.isErased(event.position))
            case .act(let act): Row(act, voidedBy: voids[act.position], isErased: path.isErased(act.position))
            }
        }
    }

    var text: String {
        var table = TextTable(
            ["#", "on", "milestone", "led to", "recorded by", "recorded at (UTC)", "facts"], rightAligned: [0])
        for row in events {
            let facts = row.facts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
            let by = row.originBy.map { "\($0), through \(row.by)" } ?? row.by
            let status = row.statusAfter == "in-study" ? "" : row.statusAfter.map { ", \($0)" } ?? ""
            table.add([
                String(row.position), row.on ?? "", row.words(showsAll), (row.phaseAfter ?? "") + status, by,
                String(row.recordedAt.prefix(19)), facts + row.mark,
            ])
        }
        return Terminal.styled(patient, .bold) + "  site \(site)" + (synthetic ? "  [synthetic]" : "") + "\n"
            + table.text
    }
}

/// Why something was done, as it is printed; to programs `null` where it cannot be read.
struct RecordedReason: Encodable {
    let text: String?
    /// Whether it was erased with what identified the patient.
    let isErased: Bool

    init(_ text: String?, isErased: Bool) {
        // What cannot be read is empty where something must stand.
        self.text = text?.isEmpty == false ? text : nil
        self.isErased = isErased
    }

    var words: String { text ?? (isErased ? "the reason is erased" : "the reason cannot be read") }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension HistoryReport.Row {
    init(_ event: Event, _ step: Step?, _ version: String, stands: Bool, isDrawnElsewhere: Bool, isErased: Bool) {
        let milestone = event.milestone
        self.init(
            position: event.position, entry: event.restates == nil ? "original" : "restated", stands: stands,
            about: event.restates, voidedBy: nil, on: milestone.on.description, milestone: milestone.kind.rawValue,
            facts: Dictionary(
                uniqueKeysWithValues: milestone.facts.entries.map { ($0.field.rawValue, $0.field.text($0.value)) }),
            phaseAfter: event.phaseAfter, statusAfter: event.statusAfter.rawValue, answer: event.answer.rawValue,
            deviation: event.deviation, reason: nil, source: nil, erased: isErased, rule: step?.transition,
            warnings: step?.warnings.map(\.text) ?? [], by: event.recordedBy, login: event.login,
            recordedAt: event.recordedAt.description, originBy: event.originBy, originAt: event.originAt?.description,
            version: version, elsewhere: isDrawnElsewhere ? "drawn in another log" : nil)
    }

    init(_ act: RecordAct, voidedBy: Int?, isErased: Bool) {
        var about: Int?
        var facts: [String: String] = [:]
        switch act.kind {
        case .rewound(let position): about = position
        case .signed(let signature): facts = ["meaning": signature.meaning.rawValue, "digest": signature.digest]
        case .locked, .unlocked, .erased: break
        }
        self.init(
            position: act.position, entry: act.kind.word, stands: true, about: about, voidedBy: voidedBy, on: nil,
            milestone: nil,
            facts: facts,
            phaseAfter: nil, statusAfter: nil, answer: nil, deviation: nil, reason: act.reason, source: act.source,
            erased: isErased,
            rule: nil, warnings: [], by: act.recordedBy, login: act.login, recordedAt: act.recordedAt.description,
            originBy: act.originBy, originAt: act.originAt?.description, version: nil,
            elsewhere: !facts.isEmpty && act.isFromElsewhere ? "made elsewhere, not verifiable here" : nil)
    }

    fileprivate func words(_ all: Bool) -> String {
        switch entry {
        case "original": (milestone ?? "") + (all && !stands ? " (corrected)" : "")
        case "restated": (milestone ?? "") + (all ? " (restates \(about ?? 0)\(stands ? "" : ", corrected"))" : "")
        case "signed": entry + (voidedBy.map { " (void since event \($0))" } ?? "")
        case "rewound": about == 0 ? "rewound to the beginning" : "rewound to event \(about ?? 0)"
        default: entry
        }
    }

    fileprivate var mark: String {
        judgementMark + (elsewhere.map { "  [\($0)]" } ?? "")
    }

    private var judgementMark: String {
        if answer == "off-protocol" { return "  [off protocol: \(RecordedReason(deviation, isErased: erased).words)]" }
        guard milestone == nil, entry != "signed" else { return "" }
        if entry == "erased", reason == nil { return "[why stands in the journal]" }
        return "[\(RecordedReason(reason, isErased: erased).words)\(source.map { "; source: \($0)" } ?? "")]"
    }
}

/// Patients by phase and status, as they are printed.
struct CohortReport: Encodable {
    struct Row: Encodable {
        let `protocol`: String
        let phase: String
        let title: String
        let status: String
        let patients: Int
    }

    let patients: Int
    /// How many of them are made up.
    let synthetic: Int
    let rows: [Row]

    init(_ cohort: [CohortRow]) {
        patients = cohort.reduce(0) { $0 + $1.patients }
        synthetic = cohort.reduce(0) { $0 + $1.synthetic }
        var rows: [Row] = []
        for row in cohort {
            if let index = rows.firstIndex(where: {
                $0.protocol == row.protocolName && $0.phase == row.phase && $0.status == row.status
            }) {
                rows[index] = Row(
                    protocol: row.protocolName, phase: row.phase, title: row.phaseTitle, status: row.status,
                    patients: rows[index].patients + row.patients)
            } else {
                rows.append(
                    Row(
                        protocol: row.protocolName, phase: row.phase, title: row.phaseTitle, status: row.status,
                        patients: row.patients))
            }
        }
        self.rows = rows
    }

    var text: String {
        var table = TextTable(["phase", "", "status", "patients"], rightAligned: [3])
        for row in rows {
            table.add([row.phase, row.title, Status(rawValue: row.status)?.text ?? row.status, String(row.patients)])
        }
        return table.text + patients.of("patient") + SyntheticShare(synthetic, of: patients).mark + "\n"
    }
}

/// What is due and overdue, as it is printed.
struct WorklistReport: Encodable {
    struct Row: Encodable {
        let site: String
        let patient: String
        let milestone: String
        let lastMilestone: String
        let lastOn: String
        let opens: String?
        let due: String
        let timing: String
        let daysOverdue: Int
        let source: String
        let synthetic: Bool

        private enum CodingKeys: String, CodingKey {
            case site, patient, milestone, opens, due, timing, source, synthetic
            case lastMilestone = "last-milestone"
            case lastOn = "last-on"
            case daysOverdue = "days-overdue"
        }
    }

    let day: String
    private(set) var rows: [Row] = []
    /// How many milestones are expected, also of those that are not listed.
    private(set) var counts: [String: Int] = [:]
    private let today: Day

    private enum CodingKeys: String, CodingKey { case day, rows, counts }

    init(day: Day) {
        today = day
        self.day = day.description
    }

    mutating func add(_ path: PatientPath, where wanted: (Timing) -> Bool) {
        let last = path.events[path.events.count - 1].milestone
        var seen: Set<String> = []
        for offer in path.path.expected {
            guard let timing = offer.timing(on: today), let closes = offer.closes,
                seen.insert("\(offer.milestone) \(closes)").inserted
            else { continue }
            counts[timing.rawValue, default: 0] += 1
            guard wanted(timing) else { continue }
            rows.append(
                Row(
                    site: path.site, patient: path.patient.description, milestone: offer.milestone,
                    lastMilestone: last.kind.rawValue + (last.qualifier.map { " \($0)" } ?? ""),
                    lastOn: last.on.description, opens: offer.opens?.description, due: closes.description,
                    timing: timing.rawValue, daysOverdue: max(0, today.days(since: closes)), source: offer.source,
                    synthetic: path.isSynthetic))
        }
    }

    mutating func sort() { rows.sort { ($0.site, $0.due, $0.patient) < ($1.site, $1.due, $1.patient) } }

    var text: String {
        var table = TextTable(["site", "patient", "expected", "window", "timing", "last milestone", "on"])
        for row in rows {
            let timing = row.timing == "overdue" ? "overdue \(row.daysOverdue) d" : row.timing
            table.add([
                row.site, row.patient, row.milestone, (row.opens.map { "\($0) to " } ?? "by ") + row.due, timing,
                row.lastMilestone, row.lastOn,
            ])
        }
        let counts = Timing.allCases.map { timing in
            "\(self.counts[timing.rawValue] ?? 0) \(timing.rawValue)"
        }
        return table.text + "on \(day): " + counts.joined(separator: ", ")
            + SyntheticShare(rows, of: \.patient, where: \.synthetic).mark + "\n"
    }
}
