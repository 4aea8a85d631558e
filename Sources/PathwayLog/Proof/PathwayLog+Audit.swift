internal import PathwayCore
public import PathwayProof
internal import Postgres
internal import Schema

extension PathwayLog {
    /// Compares everything in the log with what was sealed, with checkpoints that left the machine, and with the protocol.
    ///
    /// It reads only, in memory that does not grow with the log, and it does not seal first: what was slipped in must not become part of
    /// the proof. It takes a login with the role `auditor`.
    /// - Parameters:
    ///   - checkpoints: what was signed earlier, opened and verified.
    ///   - witness: gives the leaves that were kept with the largest checkpoint, one after the other from the first; with them a change is
    ///     named even where the digests were rewritten along with it.
    public func audit(
        _ checkpoints: [Checkpoint] = [], witness: (() throws -> WitnessedLeaf?)? = nil
    ) async throws -> AuditReport {
        let editions = try await freshEditions()
        var report = try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead) { connection in
                let history = try await connection.sealingHistory()
                var chains = ChainCheck(history)
                try await connection.forEachAuditedRow { chains.take($0) }
                var tree = TreeCheck(checkpoints)
                try await connection.forEachLeaf { number, leaf in
                    try tree.take(leaf, number: number) { try witness?().map(Leaf.init) }
                }
                while let missed = try witness?() { tree.miss(Leaf(missed)) }
                var report = tree.finish()
                report.entries = chains.report.entries
                report.unsealed = chains.report.unsealed
                for finding in chains.report.findings { report.add(finding) }
                report.findingsLeftOut += chains.report.findingsLeftOut
                try await connection.addMissingGuards(to: &report)
                return report
            }
        }
        try await addContradictions(editions, to: &report)
        return report
    }

    private func addContradictions(_ editions: Editions, to report: inout AuditReport) async throws {
        var record: [Entry] = []
        var found: [AuditFinding] = []
        func finish() {
            defer { record.removeAll(keepingCapacity: true) }
            guard let patient = record.first?.patient else { return }
            do {
                _ = try PatientPath(replaying: record, editions: editions)
            } catch {
                let words = (error as? LogError)?.message ?? "it cannot be replayed"
                found.append(
                    AuditFinding(
                        kind: .contradiction, patient: patient.description, position: nil, number: nil, words: words))
            }
        }
        do {
            try await forEachEntry { entry in
                if let last = record.last, last.patient != entry.patient { finish() }
                record.append(entry)
            }
            finish()
        } catch let error as LogError {
            found.append(
                AuditFinding(kind: .contradiction, patient: nil, position: nil, number: nil, words: error.message))
        }
        for finding in found { report.add(finding) }
    }
}

/// A leaf of the proof as it was kept outside the database.
public struct WitnessedLeaf: Sendable, Hashable {
    /// The patient's study number, or empty for the journal.
    public let chain: String
    /// The position in the record.
    public let position: Int
    /// The digest of the chain up to it.
    public let digest: PathwayProof.Digest

    /// Makes a leaf.
    public init(chain: String, position: Int, digest: PathwayProof.Digest) {
        self.chain = chain
        self.position = position
        self.digest = digest
    }
}

extension Leaf {
    init(_ witnessed: WitnessedLeaf) {
        self.init(chain: witnessed.chain, position: witnessed.position, digest: witnessed.digest)
    }
}

extension Connection {
    fileprivate mutating func sealingHistory() async throws -> SealingHistory {
        let passes = try await rows("SELECT size, horizon, epoch, sealed_at FROM pathway.sealing ORDER BY sealing") {
            (size: Int, horizon: Int, epoch: Int, at: PostgresTimestamp) in
            SealingHistory.Pass(size: size, horizon: horizon, epoch: epoch, at: Instant(at))
        }
        let next = try await row("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", as: Int.self)
        return SealingHistory(passes: passes, next: next)
    }

    fileprivate mutating func forEachAuditedRow(_ body: (AuditedRow) throws -> Void) async throws {
        var events = CanonicalEncoder(domain: CanonicalRow.eventDomain)
        try await audited(
            """
            SELECT coalesce(e.patient, s.chain), coalesce(e.position, s.position), s.number, s.digest, e.xid, \(CanonicalRow.eventColumns)
            FROM pathway.event AS e
            FULL JOIN (SELECT * FROM pathway.seal WHERE chain <> '') AS s ON s.chain = e.patient AND s.position = e.position
            ORDER BY 1, 2
            """, body
        ) { row in try CanonicalRow(event: &row, &events) }
        var journal = CanonicalEncoder(domain: CanonicalRow.journalDomain)
        try await audited(
            """
            SELECT coalesce(s.chain, ''), coalesce(j.number, s.position), s.number, s.digest, j.xid, \(CanonicalRow.journalColumns)
            FROM pathway.journal AS j
            FULL JOIN (SELECT * FROM pathway.seal WHERE chain = '') AS s ON s.position = j.number
            ORDER BY 2
            """, body
        ) { row in try CanonicalRow(journal: &row, &journal) }
    }

    private mutating func audited(
        _ query: Query, _ body: (AuditedRow) throws -> Void, _ read: (inout BinaryCopyRow) throws -> CanonicalRow
    ) async throws {
        var reader = BinaryCopyReader()
        try await copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)") { chunk in
            try reader.read(chunk) { row in
                let (chain, position) = (try row.nextText(), try row.nextInteger())
                let number = try row.next(Int64?.self)
                let digest = try row.next([UInt8]?.self).flatMap { Digest(bytes: $0) }
                let transaction = try row.next(Int64?.self)
                let seal = number.flatMap { number in digest.map { (number: Int(number), digest: $0) } }
                try body(
                    AuditedRow(
                        chain: chain, position: position, row: transaction == nil ? nil : try read(&row),
                        transaction: transaction.map(Int.init), seal: seal))
            }
        }
    }

    /// Goes through the leaves of the proof by their numbers, from 1.
    mutating func forEachLeaf(_ body: (Int, Leaf) throws -> Void) async throws {
        var reader = BinaryCopyReader()
        try await copyOut(
            "COPY (SELECT number, chain, position, digest FROM pathway.seal ORDER BY number) TO STDOUT (FORMAT binary)"
        ) { chunk in
            try reader.read(chunk) { row in
                let number = Int(try row.next(Int64.self))
                let (chain, position) = (try row.nextText(), try row.nextInteger())
                guard let digest = Digest(bytes: try row.next([UInt8].self)) else {
                    throw LogError(.contradiction, "seal \(number) holds no digest")
                }
                try body(number, Leaf(chain: chain, position: position, digest: digest))
            }
        }
    }

    /// Looks whether everything that guards the tables is there and switched on, and is what this program's migrations made.
    fileprivate mutating func addMissingGuards(to report: inout AuditReport) async throws {
        let present = Set(
            try await rows(
                """
                SELECT c.conname::text FROM pg_constraint AS c
                WHERE c.conrelid = 'pathway.event'::regclass AND c.convalidated AND NOT EXISTS (
                    SELECT FROM pg_trigger AS t WHERE t.tgconstraint = c.oid AND t.tgenabled NOT IN ('O', 'A'))
                UNION ALL
                SELECT tgname::text FROM pg_trigger
                WHERE tgrelid = 'pathway.event'::regclass AND NOT tgisinternal AND tgenabled = 'A'
                """, as: String.self))
        for name in [
            "no_overlap", "one_event_a_request", "one_standing", "no_teleport", "drawn_arrow", "entry_shape",
            "keep_one_path",
        ] where !present.contains(name) {
            report.add(.unguarded, "\"\(name)\" of pathway.event is missing or switched off")
        }
        let functions = try await rows(
            """
            SELECT p.proname::text, p.prosrc FROM pg_proc AS p
            WHERE p.pronamespace = 'pathway'::regnamespace AND p.prosqlbody IS NULL
            """, as: (String.self, String.self))
        for (name, source) in functions where !Migrations.all.contains(where: { $0.sql.contains(source) }) {
            report.add(.unguarded, "the function pathway.\(name) is not the one that this program's migrations made")
        }
        let loose = try await rows(
            """
            SELECT c.relname::text FROM pg_class AS c
            WHERE c.relnamespace = 'pathway'::regnamespace AND c.relname IN ('event', 'seal', 'patient_key', 'refusal')
              AND NOT c.relrowsecurity
            """, as: String.self)
        for name in loose { report.add(.unguarded, "row-level security of pathway.\(name) is switched off") }
        let grants = try await rows(
            """
            SELECT grantee || ': ' || privilege_type || ' on ' || table_name FROM information_schema.role_table_grants
            WHERE table_schema = 'pathway' AND table_name IN ('event', 'seal', 'journal', 'tile')
              AND grantee <> 'pathway_owner'
              AND (privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') OR privilege_type = 'INSERT' AND grantee <> 'pathway_sealer')
            """, as: String.self)
        for grant in grants { report.add(.unguarded, "a privilege that nobody may have: \(grant)") }
        if try await row("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'pathway_owner'", as: Bool.self) {
            report.add(.unguarded, "the role that owns the tables can log in")
        }
    }
}
