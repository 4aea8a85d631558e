public import PathwayCore
internal import Postgres

/// What differs between a replay of the log and what the database says of it.
public struct ReplayDifference: Sendable, Hashable {
    /// One of ``ReplayReport/projections``, or `record` for one that cannot be replayed.
    public let projection: String
    /// What the row says, and of whom, in words: `standing of patient P-001`, `lock of site S-01`.
    public let subject: String
    /// The patient whose row it is; `nil` if it is nobody's.
    public let patient: String?
    /// What the replay gives; `nil` if it has no such row.
    public let replayed: String?
    /// What the database says; `nil` if it has no such row.
    public let stored: String?
    /// Why the record cannot be replayed; `nil` if it can.
    public var fault: String?
}

/// What a replay found.
public struct ReplayReport: Sendable, Hashable {
    /// Why a projection was not compared.
    public enum Omission: Sendable, Hashable {
        /// It is kept for the present alone.
        case presentAlone
        /// The login may not read what it follows from; the role `auditor` may.
        case notReadable
    }

    /// How many patients were replayed.
    public var patients = 0
    /// How many milestones stand.
    public var milestones = 0
    /// The projections that were compared, by name.
    public var projections: [String] = []
    /// Those that were not, by name.
    public var leftOut: [String: Omission] = [:]
    /// What differs, at most a hundred rows of each projection.
    public var differences: [ReplayDifference] = []
}

extension PathwayLog {
    /// Rebuilds every projection from the log, paths through the protocol, in tables of its own that end with the session, and compares
    /// them with those of the database row by row.
    ///
    /// From the entries follow where each patient stands, the paths, who has moved, what was drawn and how often; from the journal, what is
    /// locked, who has access and which snapshots there are.
    /// - Parameter asOf: the moment as of which both are taken; `nil` is now. All but standings and paths are kept for the present alone.
    public func replay(asOf: Instant? = nil) async throws -> ReplayReport {
        let editions = try await freshEditions()
        return try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead) { connection in
                try await connection.script(
                    """
                    CREATE TEMPORARY TABLE replayed_standing ON COMMIT DROP AS SELECT * FROM pathway.standing WITH NO DATA;
                    CREATE TEMPORARY TABLE replayed_path ON COMMIT DROP AS SELECT * FROM pathway.path WITH NO DATA;
                    """)
                var report = ReplayReport()
                var after = ""
                while true {
                    let patients = try await connection.rows(
                        "SELECT DISTINCT patient FROM pathway.event WHERE patient > \(after) ORDER BY patient LIMIT 1000",
                        as: String.self)
                    guard let last = patients.last else { break }
                    after = last
                    try await connection.rebuild(patients.compactMap { PatientID($0) }, editions, asOf, &report)
                }
                let damaged = report.differences.compactMap(\.patient)
                for projection in Projection.paths(asOf: asOf) {
                    try await connection.compare(projection, without: damaged, &report)
                }
                let audits = try await connection.row(
                    "SELECT has_table_privilege('pathway.journal', 'SELECT') AND has_table_privilege('pathway.allocation', 'SELECT')",
                    as: Bool.self)
                for projection in Projection.tables {
                    if asOf != nil {
                        report.leftOut[projection.name] = .presentAlone
                    } else if audits || !projection.takesAuditor {
                        try await connection.compare(projection, without: damaged, &report)
                    } else {
                        report.leftOut[projection.name] = .notReadable
                    }
                }
                return report
            }
        }
    }
}

extension Projection {
    /// The views over the entries, beside the tables into which a replay through the protocol writes.
    fileprivate static func paths(asOf: Instant?) -> [Projection] {
        let at = asOf.map { PostgresTimestamp($0) }
        return [
            Projection(
                name: "standing", origin: .entries, rebuilt: "SELECT * FROM replayed_standing",
                stored: "SELECT * FROM pathway.standing_as_of(coalesce(\(at), 'infinity'))",
                subject: "'standing of patient ' || d.patient", patient: "d.patient"
            ),
            Projection(
                name: "path", origin: .entries, rebuilt: "SELECT * FROM replayed_path",
                stored: "SELECT * FROM pathway.path_as_of(coalesce(\(at), 'infinity'))",
                subject: "'path of patient ' || d.patient", patient: "d.patient", place: "d.position"
            ),
        ]
    }
}

extension Connection {
    fileprivate mutating func rebuild(
        _ patients: [PatientID], _ editions: Editions, _ asOf: Instant?, _ report: inout ReplayReport
    ) async throws {
        var paths: [PatientPath] = []
        let (records, damaged) = try await readableRecords(of: patients)
        for record in damaged { report.differences.append(ReplayDifference(record)) }
        for (patient, record) in records {
            guard record.entries.contains(where: { entry in asOf.map { entry.recordedAt <= $0 } ?? true }) else {
                continue
            }
            do {
                let path = try PatientPath(replaying: record.entries, editions: editions, at: ReadingPoint(asOf: asOf))
                if !path.events.isEmpty { paths.append(path) }
            } catch {
                report.differences.append(ReplayDifference(DamagedRecord(of: patient.description, error)))
            }
        }
        report.patients += paths.count
        report.milestones += paths.reduce(0) { $0 + $1.events.count }
        try await execute(
            """
            INSERT INTO replayed_standing (
                patient, site, protocol, edition, phase, status, arms, locked, milestones, entries, synthetic, recorded_at)
            SELECT s.patient, s.site, s.protocol, s.edition, s.phase, s.status, string_to_array(s.arms, '+'), s.locked,
                   s.milestones, s.entries, s.synthetic, s.recorded_at
            FROM unnest(
                \(paths.map(\.patient.description)), \(paths.map(\.site)), \(paths.map(\.path.treatment.name)),
                \(paths.map { Int32($0.edition) }), \(paths.map(\.path.phase.name)),
                \(paths.map(\.path.standing.status.rawValue)), \(paths.map { $0.path.standing.arms.joined(separator: "+") }),
                \(paths.map(\.isLocked)), \(paths.map { Int32($0.events.count) }), \(paths.map { Int32($0.head) }),
                \(paths.map(\.isSynthetic)), \(paths.map { PostgresTimestamp($0.entries[$0.entries.count - 1].recordedAt) })
            ) AS s (patient, site, protocol, edition, phase, status, arms, locked, milestones, entries, synthetic, recorded_at)
            """)
        let rows = paths.flatMap { path in
            zip(path.events, path.steps).enumerated().map {
                (place: $0.offset + 1, event: $0.element.0, step: $0.element.1, path: path)
            }
        }
        try await execute(
            """
            INSERT INTO replayed_path
            SELECT * FROM unnest(
                \(rows.map(\.event.patient.description)), \(rows.map { Int32($0.place) }), \(rows.map { Int32($0.event.position) }),
                \(rows.map(\.event.site)), \(rows.map(\.event.milestone.kind.rawValue)),
                \(rows.map(\.event.milestone.on.earliest.postgres)), \(rows.map(\.event.milestone.on.precision.rawValue)),
                \(rows.map { $0.path.path.treatment.phases[$0.step.phaseAfter].name }), \(rows.map(\.step.statusAfter.rawValue)),
                \(rows.map(\.step.answer.rawValue)),
                \(rows.map { $0.event.milestone.kind == .randomised ? $0.event.milestone.facts.word(.arm) : nil }),
                \(rows.map(\.step.stratum)), \(rows.map { JSONB($0.step.milestone.facts.json(identifying: false) ?? "{}") }),
                \(rows.map { PostgresTimestamp($0.event.recordedAt) }))
            """)
    }

    fileprivate mutating func compare(
        _ projection: Projection, without damaged: [String], _ report: inout ReplayReport
    ) async throws {
        report.projections.append(projection.name)
        report.differences += try await differences(of: projection, without: damaged, limit: 100).map {
            ReplayDifference(
                projection: projection.name, subject: $0.subject, patient: $0.patient, replayed: $0.rebuilt,
                stored: $0.stored)
        }
    }
}

extension ReplayDifference {
    fileprivate init(_ damaged: DamagedRecord) {
        self.init(
            projection: "record", subject: "record of patient \(damaged.patient)", patient: damaged.patient,
            replayed: nil, stored: nil, fault: damaged.words)
    }
}
