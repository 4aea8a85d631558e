internal import PathwayCore
internal import PathwayLog
internal import Postgres

/// Compares the log with what the writers were told: through the product, and by plain SQL.
struct Check {
    private struct Row: Hashable {
        let patient: String
        let position: Int
        let request: RequestID
        let recordedAt: Int64

        var words: String {
            "event \(position) of patient \(patient) recorded at \(Instant(microseconds: recordedAt))"
        }
    }

    private let memory: Memory
    private var findings: [String] = []

    private init(_ memory: Memory) { self.memory = memory }

    static func run(_ conninfo: String, _ memory: Memory) async throws -> [String] {
        var check = Check(memory)
        let log = try await PathwayLog.open(
            ConnectionString.replacing(["user": Server.login], in: conninfo), connections: 2)
        defer { log.close() }
        let read = try await check.verifyChain(log)
        check.compare(read)
        try await check.ask(conninfo, read)
        return check.findings + memory.takeFindings()
    }

    /// Whether the log is sound in itself: chains, tree and guards as `audit verify` sees them, and each path replays under
    /// the protocol that it was judged by.
    private mutating func verifyChain(_ log: PathwayLog) async throws -> [Row] {
        try await log.seal()
        for finding in try await log.audit().findings {
            let place = finding.position.map { "\($0) " } ?? ""
            findings.append(
                "\(finding.kind.rawValue): entry \(place)of patient \(finding.patient ?? "unknown"): \(finding.words)")
        }
        var rows: [Row] = []
        do {
            try await log.forEachPath { path in
                rows += path.entries.compactMap { entry in
                    entry.request.map { request in
                        Row(
                            patient: entry.patient.description, position: entry.position, request: request,
                            recordedAt: entry.recordedAt.microseconds)
                    }
                }
            }
        } catch let error as LogError {
            findings.append("half: \(error.message)")
        }
        return rows
    }

    /// Every acknowledged event is there, at its place, under its request; nothing else is.
    private mutating func compare(_ rows: [Row]) {
        let acknowledged = memory.acknowledged
        let denied = memory.denied
        var seen: Set<RequestID> = []
        for row in rows {
            if !seen.insert(row.request).inserted { findings.append("doubled: request \(row.request)") }
            guard let told = acknowledged[row.request] else {
                let why = denied.contains(row.request) ? "was answered with no" : "was never acknowledged"
                findings.append("stray: event \(row.position) of patient \(row.patient) \(why)")
                continue
            }
            let isSame =
                told.patient.description == row.patient && told.position == row.position
                && (told.recordedAt.map { $0.microseconds == row.recordedAt } ?? true)
            if !isSame { findings.append("moved: \(told.words) is \(row.words)") }
        }
        for (request, told) in acknowledged where !seen.contains(request) {
            findings.append("lost: \(told.words), request \(request)")
        }
    }

    /// The same of the table itself, past its indexes, which a crash could have left behind.
    private mutating func ask(_ conninfo: String, _ read: [Row]) async throws {
        var connection = try await Connection.open(
            ConnectionString.adding(
                option: "-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off", to: conninfo))
        let rows = try await connection.rows("SELECT patient, position, request, recorded_at FROM pathway.event") {
            (patient: String, position: Int32, request: RequestID, recordedAt: PostgresTimestamp) in
            Row(
                patient: patient, position: Int(position), request: request,
                recordedAt: recordedAt.microsecondsSince1970)
        }
        if rows.count != read.count || Set(rows) != Set(read) {
            findings.append("half: the table has \(rows.count) events, its paths have \(read.count)")
        }
        let doubled = try await connection.row(
            "SELECT count(*) - count(DISTINCT (patient, request)) FROM pathway.event", as: Int.self)
        if doubled != 0 { findings.append("doubled: \(doubled) requests by SQL") }
        let gaps = try await connection.rows(
            """
            SELECT patient FROM pathway.event GROUP BY patient
            HAVING count(*) <> max(position) OR count(DISTINCT position) <> count(*) OR min(position) <> 1
            """, as: String.self)
        for patient in gaps { findings.append("half: the positions of patient \(patient) are not dense") }
        let torn = try await connection.rows(
            """
            SELECT e.patient FROM pathway.event AS e
            LEFT JOIN pathway.event AS p ON p.patient = e.patient AND p.position = e.position - 1
            WHERE e.position > 1
                AND (e.follows, e.phase_before, e.status_before, e.floor_before) IS DISTINCT FROM
                    (p.position, p.phase_after, p.status_after, p.floor_after)
            """, as: String.self)
        for patient in torn { findings.append("half: an event of patient \(patient) does not follow the one before") }
    }
}
