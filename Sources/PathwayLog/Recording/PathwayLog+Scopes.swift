internal import PathwayCore
internal import PathwayProof
internal import Postgres
internal import Synchronization

/// A site, or the whole study.
public enum Scope: Sendable, Hashable {
    /// Every patient of one site.
    case site(String)
    /// Every patient.
    case study

    var word: String {
        switch self {
        case .site(let site): site
        case .study: "*"
        }
    }
}

extension PathwayLog {
    /// Signs, locks or unlocks the record of every patient of a site or of the study, in one transaction.
    ///
    /// A site that is locked takes no patients. Erasing is for one patient at a time.
    /// - Returns: how many records; those that are locked, or not, as wanted already are left as they are.
    public func act(_ wanted: ActRequest, on scope: Scope, reason: String?, by person: String) async throws -> Int {
        precondition(wanted != .erase, "what identifies is erased for one patient at a time")
        precondition(!person.isEmpty && (reason?.isEmpty == false || wanted.needsNoReason), "whoever acts says why")
        defer { recorder.state.withLock { $0.cache = LedgerCache(limit: 20_000) } }
        let editions = try await freshEditions()
        return try await pool.withConnection { connection in
            try await connection.transaction { connection in
                // From here on nobody is enrolled there, whoever was about to.
                let note = wanted.kind(digest: "").word
                _ = try await connection.row(
                    "SELECT pathway.note_scope(\(note), \(scope.word), '{}'::jsonb, \(reason), \(person))",
                    as: Int?.self)
                var done = 0
                var after = ""
                while true {
                    let patients = try await connection.patients(of: scope, after: after)
                    guard let last = patients.last else { return done }
                    after = last.description
                    done += try await act(wanted, on: patients, reason, person, editions, &connection)
                }
            }
        }
    }

    private func act(
        _ wanted: ActRequest, on patients: [PatientID], _ reason: String?, _ person: String, _ editions: Editions,
        _ connection: inout Connection
    ) async throws -> Int {
        let records = try await connection.records(of: patients)
        var entries: [PendingEntry] = []
        for patient in patients {
            guard let record = records[patient] else { continue }
            let path = try PatientPath(replaying: record.entries, editions: editions)
            guard !path.events.isEmpty, path.objection(to: wanted, hasKey: true) == nil else { continue }
            var writer = RecordWriter(path, key: record.key, by: person)
            let digest = wanted.needsNoReason ? try await connection.chain(of: patient).last?.digest.hexadecimal : nil
            writer.act(wanted.kind(digest: digest ?? ""), because: reason.map { Reason($0) }, request: .random())
            entries += writer.entries
        }
        _ = try await connection.append(entries, as: types)
        return entries.count
    }
}

extension Connection {
    /// The sites, or `*` for the study, that take no patients.
    mutating func closedScopes() async throws -> Set<String> {
        Set(try await rows("SELECT scope FROM pathway.closed_scope", as: String.self))
    }

    fileprivate mutating func patients(of scope: Scope, after patient: String) async throws -> [PatientID] {
        try await rows(
            """
            SELECT DISTINCT patient FROM pathway.event
            WHERE patient > \(patient) AND (\(scope.word) = '*' OR site = \(scope.word)) ORDER BY patient LIMIT 500
            """, as: String.self
        ).compactMap { PatientID($0) }
    }
}
