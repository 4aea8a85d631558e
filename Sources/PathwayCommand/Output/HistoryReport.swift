internal import PathwayCore
internal import PathwayLog

/// A patient's events, as they are printed.
struct HistoryReport: Encodable {
    struct Row: Encodable {
        let position: Int
        let on: String
        let milestone: String
        let facts: [String: String]
        let phaseAfter: String
        let statusAfter: String
        let answer: String
        let deviation: String?
        let rule: Int?
        let warnings: [String]
        let by: String
        let recordedAt: String
        let originBy: String?
        let originAt: String?
        let version: String

        private enum CodingKeys: String, CodingKey {
            case position, on, milestone, facts, answer, deviation, rule, warnings, by, version
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

    init(_ path: PatientPath) {
        patient = path.patient.description
        site = path.site
        synthetic = path.isSynthetic
        events = zip(path.events, path.steps).map { event, step in
            let milestone = event.milestone
            return Row(
                position: event.position, on: milestone.on.description, milestone: milestone.kind.rawValue,
                facts: Dictionary(
                    uniqueKeysWithValues: milestone.facts.entries.map { ($0.field.rawValue, $0.field.text($0.value)) }),
                phaseAfter: event.phaseAfter, statusAfter: event.statusAfter.rawValue, answer: event.answer.rawValue,
                deviation: event.deviation, rule: step.transition, warnings: step.warnings.map(\.text),
                by: event.recordedBy, recordedAt: event.recordedAt.description, originBy: event.originBy,
                originAt: event.originAt?.description,
                version: "\(path.path.treatment.name) \(path.path.treatment.version)")
        }
    }

    var text: String {
        var table = TextTable(
            ["#", "on", "milestone", "led to", "recorded by", "recorded at (UTC)", "facts"], rightAligned: [0])
        for row in events {
            let facts = row.facts.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
            let mark = row.answer == "off-protocol" ? "  [off protocol: \(row.deviation ?? "")]" : ""
            let by = row.originBy.map { "\($0), through \(row.by)" } ?? row.by
            table.add([
                String(row.position), row.on, row.milestone,
                row.phaseAfter + (row.statusAfter == "in-study" ? "" : ", \(row.statusAfter)"), by,
                String(row.recordedAt.prefix(19)), facts + mark,
            ])
        }
        return Terminal.styled(patient, .bold) + "  site \(site)" + (synthetic ? "  [synthetic]" : "") + "\n"
            + table.text
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
    let synthetic: Bool
    let rows: [Row]

    init(_ cohort: [CohortRow]) {
        patients = cohort.reduce(0) { $0 + $1.patients }
        synthetic = cohort.contains(where: \.isSynthetic)
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
        return table.text + "\(patients) patient\(patients == 1 ? "" : "s")" + (synthetic ? "  [synthetic]" : "") + "\n"
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
    private let today: Day

    private enum CodingKeys: String, CodingKey { case day, rows }

    init(day: Day) {
        today = day
        self.day = day.description
    }

    mutating func add(_ path: PatientPath, where wanted: (Timing) -> Bool) {
        let last = path.events[path.events.count - 1].milestone
        var seen: Set<String> = []
        for offer in path.path.expected {
            guard let timing = offer.timing(on: today), let closes = offer.closes, wanted(timing),
                seen.insert("\(offer.milestone) \(closes)").inserted
            else { continue }
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
            "\(rows.count { $0.timing == timing.rawValue }) \(timing.rawValue)"
        }
        return table.text + "on \(day): " + counts.joined(separator: ", ")
            + (rows.contains(where: \.synthetic) ? "  [synthetic]" : "") + "\n"
    }
}
