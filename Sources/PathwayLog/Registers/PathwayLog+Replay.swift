public import PathwayCore
internal import Postgres

/// What differs between a replay of the log and what the database says of it.
public struct ReplayDifference: Sendable, Hashable {
    /// `standing`, `path`, `moved-patient`, or `record` for one that cannot be replayed.
    public let projection: String
    /// Whose row.
    public let patient: String
    /// What the replay gives; `nil` if it has no such row.
    public let replayed: String?
    /// What the database says; `nil` if it has no such row.
    public let stored: String?
    /// Why the record cannot be replayed; `nil` if it can.
    public var fault: String?
}

/// What a replay found.
public struct ReplayReport: Sendable, Hashable {
    /// How many patients were replayed.
    public var patients = 0
    /// How many milestones stand.
    public var milestones = 0
    /// How many projections were compared.
    public var projections = 0
    /// What differs, at most a hundred rows of each projection.
    public var differences: [ReplayDifference] = []
}

extension PathwayLog {
    /// Rebuilds every projection from the log through the protocol, in tables of its own that end with the session, and compares them with
    /// those of the database row by row.
    /// - Parameter asOf: the moment as of which both are taken; `nil` is now.
    public func replay(asOf: Instant? = nil) async throws -> ReplayReport {
        let editions = try await freshEditions()
        return try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead) { connection in
                try await connection.script(
                    """
                    CREATE TEMPORARY TABLE replayed_standing ON COMMIT DROP AS SELECT * FROM pathway.standing WITH NO DATA;
                    CREATE TEMPORARY TABLE replayed_path ON COMMIT DROP AS SELECT * FROM pathway.path WITH NO DATA;
                    CREATE TEMPORARY TABLE replayed_moved_patient ON COMMIT DROP AS
                        SELECT * FROM pathway.moved_patient WITH NO DATA;
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
                let at = asOf.map { PostgresTimestamp($0) }
                var projections: [(String, Query, Query)] = [
                    ("standing", "replayed_standing", "pathway.standing_as_of(coalesce(\(at), 'infinity'))"),
                    ("path", "replayed_path", "pathway.path_as_of(coalesce(\(at), 'infinity'))"),
                ]
                // Whose a record is depends on its last entry, and is kept for the present alone.
                if asOf == nil {
                    projections.append(("moved-patient", "replayed_moved_patient", Connection.movedHere))
                }
                let damaged = report.differences.map(\.patient)
                for (name, replayed, stored) in projections {
                    report.differences += try await connection.differences(name, replayed, stored, without: damaged)
                }
                report.projections = projections.count
                return report
            }
        }
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
        let moved = records.values.compactMap { record -> (PatientID, site: String, sites: [String])? in
            let sites = Set(record.entries.map(\.site)).sorted {
                Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8))
            }
            return sites.count > 1 ? record.entries.last.map { ($0.patient, $0.site, sites) } : nil
        }
        for (patient, site, sites) in moved {
            try await execute("INSERT INTO replayed_moved_patient VALUES (\(patient.description), \(site), \(sites))")
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

    /// Of the patients whose entries this login may read: a site knows of those who left it, too.
    fileprivate static let movedHere: Query = """
        (SELECT m.* FROM pathway.moved_patient AS m WHERE EXISTS (SELECT FROM pathway.event AS e WHERE e.patient = m.patient)) AS h
        """

    /// The rows that only one of two relations has, side by side by patient.
    fileprivate mutating func differences(
        _ name: String, _ replayed: Query, _ stored: Query, without damaged: [String]
    ) async throws -> [ReplayDifference] {
        let compared: Query = """
            SELECT coalesce(r.patient, s.patient), r.row::text, s.row::text
            FROM (
                SELECT d.patient, to_jsonb(d) AS row, coalesce(to_jsonb(d) ->> 'position', '') AS place
                FROM (SELECT * FROM \(replayed) EXCEPT SELECT * FROM \(stored)) AS d
            ) AS r
            FULL JOIN (
                SELECT d.patient, to_jsonb(d) AS row, coalesce(to_jsonb(d) ->> 'position', '') AS place
                FROM (SELECT * FROM \(stored) EXCEPT SELECT * FROM \(replayed)) AS d
            ) AS s ON s.patient = r.patient AND s.place = r.place
            WHERE coalesce(r.patient, s.patient) <> ALL (\(damaged))
            ORDER BY 1, 2 LIMIT 100
            """
        return try await rows(compared.unprepared, as: (String.self, String?.self, String?.self)).map {
            ReplayDifference(projection: name, patient: $0.0, replayed: $0.1, stored: $0.2)
        }
    }
}

extension ReplayDifference {
    fileprivate init(_ damaged: DamagedRecord) {
        self.init(
            projection: "record", patient: damaged.patient, replayed: nil, stored: nil, fault: damaged.words)
    }
}
