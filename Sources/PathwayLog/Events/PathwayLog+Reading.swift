public import PathwayCore
internal import Postgres

extension PathwayLog {
    /// A patient's record with the path that it replays to, as it stands or as it stood.
    /// - Throws: ``LogError`` if there is no such patient, or was none then.
    public func path(of patient: PatientID, at point: ReadingPoint = ReadingPoint()) async throws -> PatientPath {
        let records = try await pool.withConnection { connection in
            try await connection.records(of: [patient], in: source)
        }
        guard let entries = records[patient]?.entries else { throw LogError.unknownPatient(patient) }
        if let asOf = point.asOf, entries[0].recordedAt > asOf { throw LogError.unknownPatient(patient, asOf: asOf) }
        return try PatientPath(replaying: entries, editions: try await freshEditions(), at: point)
    }

    /// The versions of protocols, with those that somebody else added since.
    public func freshEditions() async throws -> Editions {
        try await pool.withConnection { connection in try await editions(&connection) }
    }

    /// Goes through all paths in the order of their study numbers, in memory for one patient at a time.
    ///
    /// Who was registered by mistake and removed has a record and no path, and is left out.
    public func forEachPath(at point: ReadingPoint = ReadingPoint(), _ body: (PatientPath) throws -> Void) async throws
    {
        let editions = try await freshEditions()
        var record: [Entry] = []
        func finish() throws {
            defer { record.removeAll(keepingCapacity: true) }
            guard let first = record.first, point.asOf.map({ first.recordedAt <= $0 }) ?? true else { return }
            let path = try PatientPath(replaying: record, editions: editions, at: point)
            if !path.events.isEmpty { try body(path) }
        }
        try await forEachEntry { entry in
            if let last = record.last, last.patient != entry.patient { try finish() }
            record.append(entry)
        }
        try finish()
    }

    /// Goes through the whole log in the order of patient and position, in constant memory.
    public func forEachEntry(_ body: (Entry) throws -> Void) async throws {
        try await pool.withConnection { connection in
            var reader = BinaryCopyReader()
            var entries = EntryReader()
            try await connection.copyOut(
                """
                COPY (SELECT \(EntryRow.columns(source)) FROM \(source.table) AS e ORDER BY e.patient, e.position)
                TO STDOUT (FORMAT binary)
                """
            ) { chunk in
                try reader.read(chunk) { row in try body(entries.read(&row).entry) }
            }
        }
    }

    /// How many patients are in each phase, with each status, by protocol and site.
    public func cohort(at point: ReadingPoint = ReadingPoint()) async throws -> [CohortRow] {
        if point.through != nil { return try await cohortByReplay(at: point) }
        return try await pool.withConnection { connection in
            try await connection.rows(
                """
                SELECT d.protocol, p.phase, p.title, l.status_after, l.site, bool_or(l.synthetic), count(*), min(p.ordinal)
                FROM \(source.table) AS f
                CROSS JOIN LATERAL (
                    SELECT e.edition, e.phase_after, e.status_after, e.synthetic, e.site FROM \(source.table) AS e
                    WHERE e.patient = f.patient AND e.recorded_at <= coalesce(\(point.asOf.map { PostgresTimestamp($0) }), 'infinity')
                    ORDER BY e.position DESC LIMIT 1
                ) AS l
                JOIN pathway.phase AS p ON p.edition = l.edition AND p.phase = l.phase_after
                JOIN pathway.edition AS d ON d.edition = l.edition
                WHERE f.position = 1 AND l.phase_after <> 'outside'
                GROUP BY d.protocol, p.phase, p.title, l.status_after, l.site
                ORDER BY d.protocol, min(p.ordinal), l.status_after, l.site
                """, CohortRow.counted)
        }
    }

    private func cohortByReplay(at point: ReadingPoint) async throws -> [CohortRow] {
        var counts: [CohortRow: (patients: Int, ordinal: Int)] = [:]
        try await forEachPath(at: point) { path in
            let phase = path.path.phase
            let row = CohortRow(
                protocolName: path.path.treatment.name, phase: phase.name, phaseTitle: phase.title,
                status: path.path.standing.status.rawValue, site: path.site, isSynthetic: path.isSynthetic, patients: 0)
            counts[row, default: (0, path.path.standing.phase)].patients += 1
        }
        return counts.sorted { left, right in
            (left.key.protocolName, left.value.ordinal, left.key.status, left.key.site)
                < (right.key.protocolName, right.value.ordinal, right.key.status, right.key.site)
        }.map { row, count in row.counting(count.patients) }
    }
}

/// How many patients of a site are in one phase with one status.
public struct CohortRow: Sendable, Hashable {
    /// The protocol's word.
    public let protocolName: String
    /// The phase's word.
    public let phase: String
    /// The phase's title.
    public let phaseTitle: String
    /// The status.
    public let status: String
    /// The site.
    public let site: String
    /// Whether any of them is made up.
    public let isSynthetic: Bool
    /// How many.
    public let patients: Int

    fileprivate static func counted(
        protocolName: String, phase: String, phaseTitle: String, status: String, site: String, isSynthetic: Bool,
        patients: Int, ordinal: Int
    ) -> CohortRow {
        CohortRow(
            protocolName: protocolName, phase: phase, phaseTitle: phaseTitle, status: status, site: site,
            isSynthetic: isSynthetic, patients: patients)
    }

    fileprivate func counting(_ patients: Int) -> CohortRow {
        CohortRow(
            protocolName: protocolName, phase: phase, phaseTitle: phaseTitle, status: status, site: site,
            isSynthetic: isSynthetic, patients: patients)
    }
}
