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

    fileprivate var site: String? { if case .site(let site) = self { site } else { nil } }

    fileprivate var title: String {
        switch self {
        case .site(let site): "site \"\(site)\""
        case .study: "the study"
        }
    }
}

/// What became of an act on the records of a site or of the study.
public enum ScopeOutcome: Sendable, Hashable {
    /// It was done to so many records; those to which it cannot be done, or was, are left as they are, and so are damaged ones.
    case recorded(records: Int, damaged: [DamagedRecord])
    /// There is nothing that it could be done to, and why; nothing is recorded.
    case refused(String)
}

extension PathwayLog {
    /// Signs, locks or unlocks the record of every patient of a site or of the study, in one transaction.
    ///
    /// Who records at the same moment comes before it or after it. A site that is locked takes no patients, also if it has none yet. Erasing is for one patient at a time. What is refused is kept in
    /// the register of refusals.
    public func act(
        _ wanted: ActRequest, on scope: Scope, reason: String?, by person: String, door: Door = .library
    ) async throws -> ScopeOutcome {
        precondition(wanted != .erase, "what identifies is erased for one patient at a time")
        precondition(!person.isEmpty && (reason?.isEmpty == false || wanted.needsNoReason), "whoever acts says why")
        defer { recorder.state.withLock { $0.cache = LedgerCache(limit: 20_000) } }
        let editions = try await freshEditions()
        let outcome = try await pool.withConnection { connection in
            do {
                return try await connection.transaction { connection in
                    try await act(wanted, on: scope, reason, person, editions, &connection)
                }
            } catch let error as PostgresError where error.isLostRace {
                // Somebody recorded between the reading and the writing; this time others wait.
                return try await connection.transaction { connection in
                    try await connection.execute("SELECT pathway.hold_writers()")
                    return try await act(wanted, on: scope, reason, person, editions, &connection)
                }
            }
        }
        if case .refused(let why) = outcome {
            try await keep(
                RefusedAttempt(
                    wanted.word, wanted.detail, on: nil, at: scope.site, explanation: why, door: door, by: person))
        }
        return outcome
    }

    private func act(
        _ wanted: ActRequest, on scope: Scope, _ reason: String?, _ person: String, _ editions: Editions,
        _ connection: inout Connection
    ) async throws -> ScopeOutcome {
        // Once it is locked nobody is enrolled there, whoever was about to. What is signed is noted if something was.
        var isNoted = wanted.needsNoReason ? false : try await connection.note(wanted, on: scope, reason, person)
        var tally = ScopeTally()
        var after = ""
        while true {
            let patients = try await connection.patients(of: scope, after: after)
            guard let last = patients.last else { break }
            after = last.description
            try await act(wanted, on: patients, reason, person, editions, &tally, &connection)
        }
        if wanted.needsNoReason, tally.done > 0 {
            isNoted = try await connection.note(wanted, on: scope, reason, person)
        }
        return isNoted || tally.done > 0 || !tally.damaged.isEmpty
            ? .recorded(records: tally.done, damaged: tally.damaged) : .refused(tally.objection(to: wanted, on: scope))
    }

    private func act(
        _ wanted: ActRequest, on patients: [PatientID], _ reason: String?, _ person: String, _ editions: Editions,
        _ tally: inout ScopeTally, _ connection: inout Connection
    ) async throws {
        let (records, damaged) = try await connection.readableRecords(of: patients)
        tally.damaged += damaged
        var entries: [PendingEntry] = []
        for patient in patients {
            guard let record = records[patient] else { continue }
            let path: PatientPath
            do { path = try PatientPath(replaying: record.entries, editions: editions) } catch {
                tally.damaged.append(DamagedRecord(of: patient.description, error))
                continue
            }
            tally.count(path)
            guard !path.events.isEmpty, path.objection(to: wanted, hasKey: true) == nil else { continue }
            var writer = RecordWriter(path, key: record.key, by: person)
            let digest = wanted.needsNoReason ? try await connection.chain(of: patient).last?.digest.hexadecimal : nil
            writer.act(wanted.kind(digest: digest ?? ""), because: reason.map { Reason($0) }, request: .random())
            entries += writer.entries
        }
        tally.done += entries.count
        if !entries.isEmpty { _ = try await connection.append(entries, as: types) }
    }
}

extension PostgresError {
    /// Whether somebody else wrote in a place that was meant to be written in.
    fileprivate var isLostRace: Bool {
        switch sqlState {
        case .uniqueViolation, .deadlockDetected, .serializationFailure: true
        default: false
        }
    }
}

/// What the records of a site or of the study are like.
private struct ScopeTally {
    var done = 0
    var damaged: [DamagedRecord] = []
    private var locked = 0
    private var empty = 0
    private var all = 0

    mutating func count(_ path: PatientPath) {
        all += 1
        if path.events.isEmpty { empty += 1 } else if path.isLocked { locked += 1 }
    }

    /// Why it could be done to none of them.
    func objection(to wanted: ActRequest, on scope: Scope) -> String {
        switch wanted {
        case .lock: "\(scope.title) is locked already"
        case .unlock: "\(scope.title) is not locked"
        case .sign where all == 0: "there is no record in \(scope.title)"
        case .sign where empty == all: "nothing stands in any record of \(scope.title)"
        case .sign where empty == 0: "every record of \(scope.title) is locked; unlock first, with a reason"
        case .sign, .erase:
            "no record of \(scope.title) can be signed: \(locked) locked, and \(empty) in which nothing stands"
        }
    }
}

extension Connection {
    /// The sites, or `*` for the study, that take no patients.
    mutating func closedScopes() async throws -> Set<String> {
        Set(try await rows("SELECT scope FROM pathway.closed_scope", as: String.self))
    }

    /// Writes the act to the journal, and locks or opens the site; says whether that changed anything.
    fileprivate mutating func note(
        _ wanted: ActRequest, on scope: Scope, _ reason: String?, _ person: String
    ) async throws -> Bool {
        try await row(
            "SELECT pathway.note_scope(\(wanted.word), \(scope.word), '{}'::jsonb, \(reason), \(person))", as: Int?.self
        )
            != nil
    }

    fileprivate mutating func patients(of scope: Scope, after patient: String) async throws -> [PatientID] {
        try await rows(
            """
            SELECT DISTINCT e.patient FROM pathway.event AS e
            WHERE e.patient > \(patient) AND (
                \(scope.word) = '*'
                OR coalesce((SELECT m.site FROM pathway.moved_patient AS m WHERE m.patient = e.patient), e.site) = \(scope.word))
            ORDER BY e.patient LIMIT 500
            """, as: String.self
        ).compactMap { PatientID($0) }
    }
}
