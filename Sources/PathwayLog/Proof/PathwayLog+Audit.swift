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
                var tree = TreeCheck(checkpoints, own: try await connection.ownCheckpoints())
                try await connection.forEachSeal { number, chain, position, digest in
                    try tree.take(chain, position, digest, number: number) { try witness?().map(Leaf.init) }
                }
                while let missed = try witness?() { tree.miss(Leaf(missed)) }
                var report = tree.finish()
                report.entries = chains.report.entries
                report.unsealed = chains.report.unsealed
                for finding in chains.report.findings { report.add(finding) }
                report.findingsLeftOut += chains.report.findingsLeftOut
                history.check(size: report.sealed, &report)
                try await connection.check(tree.tiles, &report)
                try await connection.addMissingGuards(to: &report)
                try await connection.addChangedEditions(editions, to: &report)
                try await connection.addChangedTables(to: &report)
                try await connection.addForeignSignatures(to: &report)
                return report
            }
        }
        try await addContradictions(to: &report)
        return report
    }

    private func addContradictions(to report: inout AuditReport) async throws {
        var found: [AuditFinding] = []
        func find(_ kind: AuditFinding.Kind, _ patient: String, _ position: Int?, _ words: String) {
            found.append(AuditFinding(kind: kind, patient: patient, position: position, number: nil, words: words))
        }
        try await forEachRecord { record in
            switch record {
            case .failure(let damaged):
                for fault in damaged.faults { find(.contradiction, damaged.patient, fault.position, fault.words) }
            case .success(let path):
                let patient = path.patient.description
                if let position = path.firstHidden {
                    find(
                        .removed, patient, position,
                        "what identifies the patient cannot be read with the patient's key, and nobody erased it")
                }
                if let position = path.firstRevived {
                    find(.inserted, patient, position, "what was erased can be read: the patient's key is there again")
                }
            }
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
        // After a dump was restored elsewhere transactions have the numbers of another server until the sealer has begun a new epoch.
        let next = try await row(
            """
            SELECT CASE WHEN pathway.this_cluster() = (SELECT cluster FROM pathway.sealing ORDER BY sealing DESC LIMIT 1)
                THEN pg_snapshot_xmax(pg_current_snapshot())::text::bigint END
            """, as: Int?.self)
        return SealingHistory(passes: passes, next: next)
    }

    fileprivate mutating func ownCheckpoints() async throws -> [(size: Int, root: Digest)] {
        try await rows("SELECT size, root FROM pathway.checkpoint", as: (Int.self, [UInt8].self)).map { size, root in
            (size, Digest(bytes: root) ?? MerkleTree.emptyRoot)
        }
    }

    fileprivate mutating func forEachAuditedRow(_ body: (AuditedRow) throws -> Void) async throws {
        // A row without a patient, or without a position, can only be there once the keys are gone; no study number has parentheses.
        var events = CanonicalEncoder(domain: CanonicalRow.eventDomain)
        try await audited(
            """
            SELECT coalesce(nullif(e.patient, ''), s.chain, '(none)'), coalesce(e.position, s.position, 0), s.number, s.digest,
                e.ctid IS NOT NULL, e.xid, \(CanonicalRow.eventColumns)
            FROM pathway.event AS e
            FULL JOIN (SELECT * FROM pathway.seal WHERE chain <> '') AS s ON s.chain = e.patient AND s.position = e.position
            ORDER BY 1, 2
            """, body
        ) { row throws(PostgresError) in try CanonicalRow(event: &row, &events) }
        var journal = CanonicalEncoder(domain: CanonicalRow.journalDomain)
        try await audited(
            """
            SELECT '', coalesce(j.number, s.position, 0), s.number, s.digest, j.ctid IS NOT NULL, j.xid, \(CanonicalRow.journalColumns)
            FROM pathway.journal AS j
            FULL JOIN (SELECT * FROM pathway.seal WHERE chain = '') AS s ON s.position = j.number
            ORDER BY 2
            """, body
        ) { row throws(PostgresError) in try CanonicalRow(journal: &row, &journal) }
    }

    private mutating func audited(
        _ query: Query, _ body: (AuditedRow) throws -> Void,
        _ read: (inout BinaryCopyRow) throws(PostgresError) -> CanonicalRow
    ) async throws {
        var reader = BinaryCopyReader()
        try await copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)") { chunk in
            try reader.read(chunk) { row in
                let (chain, position) = (try row.nextText(), try row.nextInteger())
                let number = try row.next(Int64?.self)
                let digest = try row.nextOptionalBytes().flatMap { Digest(bytes: $0) }
                let isThere = try row.nextFlag()
                let transaction = try row.next(Int64?.self).map(Int.init)
                let seal = number.flatMap { number in digest.map { (number: Int(number), digest: $0) } }
                var found: Result<CanonicalRow, PostgresError>?
                if isThere {
                    do throws(PostgresError) { found = .success(try read(&row)) } catch { found = .failure(error) }
                }
                try body(
                    AuditedRow(chain: chain, position: position, row: found, transaction: transaction, seal: seal))
            }
        }
    }

    /// Goes through the leaves of the proof by their numbers, from 1.
    mutating func forEachLeaf(_ body: (Int, Leaf) throws -> Void) async throws {
        try await forEachSeal { number, chain, position, digest in
            guard let digest else { throw LogError(.contradiction, "seal \(number) holds no digest") }
            try body(number, Leaf(chain: chain, position: position, digest: digest))
        }
    }

    fileprivate mutating func forEachSeal(_ body: (Int, String, Int, Digest?) throws -> Void) async throws {
        var reader = BinaryCopyReader()
        try await copyOut(
            "COPY (SELECT number, chain, position, digest FROM pathway.seal ORDER BY number) TO STDOUT (FORMAT binary)"
        ) { chunk in
            try reader.read(chunk) { row in
                let number = Int(try row.next(Int64.self))
                let (chain, position) = (try row.nextText(), try row.nextInteger())
                try body(number, chain, position, try row.nextOptionalBytes().flatMap { Digest(bytes: $0) })
            }
        }
    }

    fileprivate mutating func check(_ tiles: TileCheck, _ report: inout AuditReport) async throws {
        var tiles = tiles
        var reader = BinaryCopyReader()
        try await copyOut(
            "COPY (SELECT level, number, hashes, root FROM pathway.tile ORDER BY level, number) TO STDOUT (FORMAT binary)"
        ) { chunk in
            try reader.read(chunk) { row in
                let (level, index) = (Int(try row.next(Int16.self)), Int(try row.next(Int64.self)))
                let hashes = try row.nextOptionalBytes() ?? []
                let root = try row.nextOptionalBytes().flatMap { Digest(bytes: $0) }
                tiles.take(level: level, index: index, hashes: hashes, root: root, &report)
            }
        }
        tiles.finish(&report)
    }

    /// Looks whether each signature that was made here holds the digest of the record before it. One that was made on another log holds a
    /// digest of that log, which nobody can compute here.
    fileprivate mutating func addForeignSignatures(to report: inout AuditReport) async throws {
        let foreign = try await rows(
            """
            SELECT e.patient, e.position FROM pathway.event AS e
            WHERE e.act = 'signed' AND e.origin_by IS NULL AND e.origin_at IS NULL AND coalesce(e.facts->>'digest', '') <> (
                SELECT encode(s.digest, 'hex') FROM pathway.seal AS s WHERE s.chain = e.patient AND s.position = e.position - 1)
            ORDER BY e.patient, e.position
            """, as: (String.self, Int.self))
        for (patient, position) in foreign {
            report.add(.contradiction, "what was signed is not the record before it", of: patient, at: position)
        }
    }
}
