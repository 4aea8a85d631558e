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
    /// - Parameter damaged: takes each record that cannot be read or replayed; without it the first is an error.
    public func forEachPath(
        at point: ReadingPoint = ReadingPoint(), _ body: (PatientPath) throws -> Void,
        damaged: ((DamagedRecord) throws -> Void)? = nil
    ) async throws {
        try await forEachRecord(at: point) { record in
            switch record {
            case .success(let path): if !path.events.isEmpty { try body(path) }
            case .failure(let record):
                guard let damaged else { throw LogError(.contradiction, record.words) }
                try damaged(record)
            }
        }
    }

    /// Goes through all records in the order of their study numbers, those that cannot be read or replayed among them, in memory for one
    /// patient at a time.
    func forEachRecord(
        at point: ReadingPoint = ReadingPoint(), _ body: (Result<PatientPath, DamagedRecord>) throws -> Void
    ) async throws {
        let editions = try await freshEditions()
        var patient = ""
        var entries: [Entry] = []
        var faults: [DamagedRecord.Fault] = []
        func finish() throws {
            defer {
                entries.removeAll(keepingCapacity: true)
                faults = []
            }
            guard faults.isEmpty else { return try body(.failure(DamagedRecord(of: patient, faults))) }
            guard let first = entries.first, point.asOf.map({ first.recordedAt <= $0 }) ?? true else { return }
            let record: Result<PatientPath, DamagedRecord>
            do { record = .success(try PatientPath(replaying: entries, editions: editions, at: point)) } catch {
                record = .failure(DamagedRecord(of: patient, error))
            }
            try body(record)
        }
        try await forEachReading { whose, position, entry in
            if whose != patient { try finish() }
            patient = whose
            switch entry {
            case .success(let entry): entries.append(entry)
            case .failure(let error): faults.append(DamagedRecord.Fault(at: position, error))
            }
        }
        try finish()
    }

    /// Goes through the whole log in the order of patient and position, in constant memory.
    public func forEachEntry(_ body: (Entry) throws -> Void) async throws {
        try await forEachReading { _, _, entry in try body(entry.get()) }
    }

    /// Goes through all entries in the order of patient and position, those that cannot be read among them.
    private func forEachReading(
        _ body: (_ patient: String, _ position: Int, Result<Entry, any Error>) throws -> Void
    ) async throws {
        try await pool.withConnection { connection in
            var reader = BinaryCopyReader()
            var entries = EntryReader()
            try await connection.copyOut(
                """
                COPY (
                    SELECT coalesce(nullif(e.patient, ''), '(none)'), coalesce(e.position, 0), \(EntryRow.columns(source))
                    FROM \(source.table) AS e ORDER BY e.patient, e.position
                ) TO STDOUT (FORMAT binary)
                """
            ) { chunk in
                try reader.read(chunk) { row in
                    let (patient, position) = (try row.nextText(), try row.nextInteger())
                    // Not by Result(catching:), whose closure would hold the row, which is lent.
                    let entry: Result<Entry, any Error>
                    do { entry = .success(try entries.read(&row).entry) } catch { entry = .failure(error) }
                    try body(patient, position, entry)
                }
            }
        }
    }

    /// How many patients are in each phase, with each status, by protocol and site.
    /// - Parameter damaged: takes each record that cannot be replayed up to a day; without it the first is an error.
    public func cohort(
        at point: ReadingPoint = ReadingPoint(), damaged: ((DamagedRecord) throws -> Void)? = nil
    ) async throws -> [CohortRow] {
        if point.through != nil { return try await cohortByReplay(at: point, damaged) }
        return try await pool.withConnection { connection in
            try await connection.rows(
                """
                SELECT d.protocol, p.phase, p.title, l.status_after, l.site, count(*) FILTER (WHERE l.synthetic), count(*), min(p.ordinal)
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

    private func cohortByReplay(
        at point: ReadingPoint, _ damaged: ((DamagedRecord) throws -> Void)?
    ) async throws -> [CohortRow] {
        var counts: [CohortRow: (patients: Int, synthetic: Int, ordinal: Int)] = [:]
        try await forEachPath(
            at: point,
            { path in
                let phase = path.path.phase
                let row = CohortRow(
                    protocolName: path.path.treatment.name, phase: phase.name, phaseTitle: phase.title,
                    status: path.path.standing.status.rawValue, site: path.site, synthetic: 0, patients: 0)
                counts[row, default: (0, 0, path.path.standing.phase)].patients += 1
                if path.isSynthetic { counts[row]?.synthetic += 1 }
            }, damaged: damaged)
        return counts.sorted { left, right in
            (left.key.protocolName, left.value.ordinal, left.key.status, left.key.site)
                < (right.key.protocolName, right.value.ordinal, right.key.status, right.key.site)
        }.map { row, count in row.counting(count.patients, synthetic: count.synthetic) }
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
    /// How many of them are made up.
    public let synthetic: Int
    /// How many.
    public let patients: Int

    fileprivate static func counted(
        protocolName: String, phase: String, phaseTitle: String, status: String, site: String, synthetic: Int,
        patients: Int, ordinal: Int
    ) -> CohortRow {
        CohortRow(
            protocolName: protocolName, phase: phase, phaseTitle: phaseTitle, status: status, site: site,
            synthetic: synthetic, patients: patients)
    }

    fileprivate func counting(_ patients: Int, synthetic: Int) -> CohortRow {
        CohortRow(
            protocolName: protocolName, phase: phase, phaseTitle: phaseTitle, status: status, site: site,
            synthetic: synthetic, patients: patients)
    }
}
