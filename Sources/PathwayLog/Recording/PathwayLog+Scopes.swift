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

    var title: String {
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
    /// The log has never had a patient of this site; nothing is recorded.
    case unknownSite(String)

    /// Why nothing is recorded.
    public var explanation: String? {
        switch self {
        case .recorded: nil
        case .refused(let why): why
        case .unknownSite(let site): "the log has never had a patient of site \"\(site)\""
        }
    }
}

extension PathwayLog {
    /// Signs, locks or unlocks the record of every patient of a site or of the study, in one transaction.
    ///
    /// Who records at the same moment comes before it or after it. A site that is locked takes no patients. What was locked before the
    /// site or the study was, for a reason of its own, stays locked when that is unlocked. Erasing is for one patient at a time. What is
    /// refused is kept in the register of refusals.
    /// - Parameter takesNewSite: lock the site also if the log knows nothing of it, before its first patient comes.
    /// - Throws: ``LogError`` if others record so much meanwhile that it cannot be done; then nothing is.
    public func act(
        _ wanted: ActRequest, on scope: Scope, reason: String?, by person: String, door: Door = .library,
        takesNewSite: Bool = false
    ) async throws -> ScopeOutcome {
        precondition(wanted != .erase, "what identifies is erased for one patient at a time")
        precondition(!person.isEmpty && (reason?.isEmpty == false || wanted.needsNoReason), "whoever acts says why")
        func refused(_ why: WhyNot) -> [RefusedAttempt] {
            [RefusedAttempt(wanted.word, wanted.detail, on: nil, at: scope.site, why, door: door, by: person)]
        }
        defer { recorder.state.withLock { $0.cache = LedgerCache(limit: 20_000) } }
        let editions = try await freshEditions()
        func kept(_ outcome: ScopeOutcome) -> [RefusedAttempt] {
            outcome.explanation.map { refused(WhyNot(.refused, $0)) } ?? []
        }
        return try await attempting(refused, answered: kept) {
            try await repeating {
                try await pool.withConnection { connection in
                    try await connection.transaction { connection in
                        try await act(wanted, on: scope, reason, person, editions, takesNewSite, &connection)
                    }
                }
            }
        }
    }

    private func act(
        _ wanted: ActRequest, on scope: Scope, _ reason: String?, _ person: String, _ editions: Editions,
        _ takesNewSite: Bool, _ connection: inout Connection
    ) async throws -> ScopeOutcome {
        if let refusal = try await connection.refusal(of: wanted, on: scope, takesNewSite) { return refusal }
        // Once it is locked nobody is enrolled there, whoever was about to. What is signed is noted once it is.
        if !wanted.needsNoReason {
            guard try await connection.note(wanted, on: scope, reason, person) else {
                return .refused(ScopeTally().objection(to: wanted, on: scope))
            }
        }
        var tally = ScopeTally()
        var after = ""
        while true {
            let patients = try await connection.patients(of: scope, to: wanted, after: after)
            guard let last = patients.last else { break }
            after = last.description
            try await act(wanted, on: patients, reason, person, editions, &tally, &connection)
        }
        if wanted.needsNoReason, tally.damaged.isEmpty || tally.done > 0 {
            guard tally.done > 0, try await connection.note(wanted, on: scope, reason, person) else {
                return .refused(tally.objection(to: wanted, on: scope))
            }
        }
        return .recorded(records: tally.done, damaged: tally.damaged)
    }

    /// Does it to some records, together; then, one by one, to those to which somebody added meanwhile.
    private func act(
        _ wanted: ActRequest, on patients: [PatientID], _ reason: String?, _ person: String, _ editions: Editions,
        _ tally: inout ScopeTally, _ connection: inout Connection
    ) async throws {
        let left = try await attempt(wanted, on: patients, reason, person, editions, &tally, &connection)
        for patient in left {
            var triesLeft = PathwayLog.tries
            while try await attempt(wanted, on: [patient], reason, person, editions, &tally, &connection) == [patient] {
                triesLeft -= 1
                if triesLeft == 0 { throw Overtaken() }
            }
        }
    }

    /// Does it to the records as they are read now, and returns those to which somebody added before it was written.
    private func attempt(
        _ wanted: ActRequest, on patients: [PatientID], _ reason: String?, _ person: String, _ editions: Editions,
        _ tally: inout ScopeTally, _ connection: inout Connection
    ) async throws -> [PatientID] {
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
            guard !path.events.isEmpty, path.objection(to: wanted, hasKey: true) == nil else {
                tally.count(path)
                continue
            }
            var writer = RecordWriter(path, key: record.key, by: person)
            let digest = wanted.needsNoReason ? try await connection.chain(of: patient).last?.digest.hexadecimal : nil
            writer.act(wanted.kind(digest: digest ?? ""), because: reason.map { Reason($0) }, request: .random())
            entries += writer.entries
        }
        guard !entries.isEmpty else { return [] }
        let done = Set(try await connection.append(entries, as: types, skipping: true).map(\.patient))
        tally.done += done.count
        return entries.map(\.patient).filter { !done.contains($0.description) }
    }
}

/// What the records of a site or of the study are like.
private struct ScopeTally {
    var done = 0
    var damaged: [DamagedRecord] = []
    private var locked = 0
    private var empty = 0

    /// Counts one to which it cannot be done.
    mutating func count(_ path: PatientPath) {
        if path.events.isEmpty { empty += 1 } else if path.isLocked { locked += 1 }
    }

    /// Why it could be done to none of them.
    func objection(to wanted: ActRequest, on scope: Scope) -> String {
        switch wanted {
        case .lock: "\(scope.title) is locked already"
        case .unlock: "\(scope.title) is not locked"
        case .sign where locked + empty == 0: "there is no record in \(scope.title)"
        case .sign where locked == 0: "nothing stands in any record of \(scope.title)"
        case .sign where empty == 0: "every record of \(scope.title) is locked; unlock first, with a reason"
        case .sign, .erase:
            "no record of \(scope.title) can be signed: \(locked) locked, and \(empty) in which nothing stands"
        }
    }
}

extension Connection {
    /// The sites, or `*` for the study, that take no patients.
    mutating func closedScopes() async throws -> Set<String> {
        Set(try await rows("SELECT scope FROM pathway.gate WHERE closed", as: String.self))
    }

    /// Why it cannot be done to a site: it is locked or opened with the study, or nobody knows it.
    fileprivate mutating func refusal(
        of wanted: ActRequest, on scope: Scope, _ takesNewSite: Bool
    ) async throws -> ScopeOutcome? {
        guard case .site(let site) = scope, !wanted.needsNoReason else { return nil }
        if try await closedScopes().contains(Scope.study.word) {
            return .refused("the study is locked, and every site with it; unlock the study, with a reason")
        }
        guard wanted == .lock, !takesNewSite else { return nil }
        let isKnown = try await row(
            "SELECT EXISTS (SELECT FROM pathway.gate WHERE scope = \(site))", as: Bool.self)
        return isKnown ? nil : .unknownSite(site)
    }

    /// Writes the act to the journal, and locks or opens the site; says whether that changed anything.
    fileprivate mutating func note(
        _ wanted: ActRequest, on scope: Scope, _ reason: String?, _ person: String
    ) async throws -> Bool {
        try await row(
            "SELECT pathway.note_scope(\(wanted.word), \(scope.word), \(reason), \(person))", as: Int?.self) != nil
    }

    /// The next patients of a site or of the study; to be unlocked, those that were locked with it.
    fileprivate mutating func patients(
        of scope: Scope, to wanted: ActRequest, after patient: String
    ) async throws -> [PatientID] {
        try await rows(
            """
            SELECT DISTINCT e.patient FROM pathway.event AS e
            WHERE e.patient > \(patient) AND \(scope.word) IN ('*', coalesce((SELECT m.site FROM pathway.moved_patient AS m WHERE m.patient = e.patient), e.site))
                AND (\(wanted != .unlock)
                    OR e.act = 'locked' AND e.xid = (SELECT closed_in FROM pathway.gate WHERE scope = \(scope.word)))
            ORDER BY e.patient LIMIT 500
            """, as: String.self
        ).compactMap { PatientID($0) }
    }
}
