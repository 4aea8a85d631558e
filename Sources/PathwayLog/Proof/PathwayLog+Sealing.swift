internal import PathwayCore
internal import PathwayProof
internal import Postgres

/// How far the log is sealed.
public struct SealReport: Sendable, Hashable {
    /// How many entries have their place in the proof.
    public let size: Int
    /// How many of them this pass added.
    public let added: Int
    /// Whether another sealer was at work, and this one left it to that.
    public let wasBusy: Bool
}

extension PathwayLog {
    /// Seals what was committed: gives it dense numbers, the digests of its chains, and its place in the Merkle tree.
    ///
    /// Only what every transaction that could still come before has left behind is sealed, so that a reader of numbers misses nothing.
    /// One sealer works at a time; who comes second returns. It takes a login with the role `sealer`.
    @discardableResult
    public func seal() async throws -> SealReport {
        var added = 0
        while true {
            let pass = try await pool.withConnection { connection in
                try await connection.transaction { connection in
                    var pass = SealingPass()
                    return try await pass.run(&connection)
                }
            }
            added += pass.added
            if pass.added < SealingPass.limit {
                return SealReport(size: pass.size, added: added, wasBusy: pass.wasBusy)
            }
        }
    }

    /// Seals again and again, at most this often, until the task is cancelled.
    public func runSealer(every pause: Duration = .milliseconds(500)) async throws {
        while true {
            try await seal()
            try await Task.sleep(for: pause)
        }
    }
}

/// One transaction of the sealer.
struct SealingPass {
    /// How many entries one transaction seals at most; the rest follows in the next.
    static let limit = 100_000

    private var state = State(sealing: 0, epoch: 0, cluster: "", horizon: 0, size: 0)
    private var writer = TileWriter()
    private var heads: [String: Digest] = [:]

    private struct State {
        var sealing: Int
        var epoch: Int
        var cluster: String
        var horizon: Int
        var size: Int
    }

    private struct Seal {
        let chain: String
        let position: Int
        let digest: Digest
    }

    mutating func run(_ connection: inout Connection) async throws -> (size: Int, added: Int, wasBusy: Bool) {
        // The key is "sealer" in ASCII.
        guard try await connection.row("SELECT pg_try_advisory_xact_lock(x'7365616c6572'::bigint)", as: Bool.self)
        else {
            let size = try await connection.row("SELECT coalesce(max(number), 0) FROM pathway.seal", as: Int.self)
            return (size, 0, true)
        }
        try await load(&connection)
        let cluster = try await connection.row("SELECT pathway.this_cluster()", as: String.self)
        let isNewEpoch = cluster != state.cluster
        // After a dump was restored its transactions have the numbers of another server: seal all that is there, once.
        if isNewEpoch { try await connection.execute("SELECT pathway.wait_for_writers()") }
        let horizon = try await connection.row(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", as: Int.self)
        guard isNewEpoch || horizon > state.horizon else { return (state.size, 0, false) }
        let range = isNewEpoch ? 0..<Int.max : state.horizon..<horizon
        try await loadPartialTiles(&connection)
        let seals = try await sealable(range, &connection)
        let isLast = seals.count < SealingPass.limit
        guard !seals.isEmpty || isNewEpoch else { return (state.size, 0, false) }
        try await write(seals, &connection)
        try await connection.execute(
            """
            INSERT INTO pathway.sealing (sealing, epoch, cluster, horizon, size)
            VALUES (\(state.sealing + 1), \(Int32(isNewEpoch && isLast ? state.epoch + 1 : state.epoch)),
                    \(isNewEpoch && !isLast ? state.cluster : cluster), \(isLast ? horizon : state.horizon),
                    \(state.size + seals.count))
            """)
        return (state.size + seals.count, seals.count, false)
    }

    private mutating func load(_ connection: inout Connection) async throws {
        if let (sealing, epoch, cluster, horizon, size) = try await connection.optionalRow(
            "SELECT sealing, epoch, cluster, horizon, size FROM pathway.sealing ORDER BY sealing DESC LIMIT 1",
            as: (Int.self, Int.self, String.self, Int.self, Int.self))
        {
            state = State(sealing: sealing, epoch: epoch, cluster: cluster, horizon: horizon, size: size)
        }
    }

    private mutating func loadPartialTiles(_ connection: inout Connection) async throws {
        writer = try TileWriter(
            size: state.size,
            partialTiles: try await connection.tiles(TileID.partial(inSize: state.size), in: state.size))
    }

    /// What can be sealed, in its order: each chain by its positions, and the chains among each other by the time of recording.
    ///
    /// After the clock was set back, or a server whose clock is behind took over, an entry may bear an earlier time than
    /// the one before it in its chain: it comes at the time of that one, or its digest would not follow from it.
    private mutating func sealable(_ range: Range<Int>, _ connection: inout Connection) async throws -> [Seal] {
        var events = CanonicalEncoder(domain: CanonicalRow.eventDomain)
        var journal = CanonicalEncoder(domain: CanonicalRow.journalDomain)
        var rows: [(row: CanonicalRow, before: [UInt8]?, turn: PostgresTimestamp)] = []
        var reader = BinaryCopyReader()
        // COPY takes no parameters; these are numbers of our own.
        let (from, to) = (Query(number: range.lowerBound), Query(number: range.upperBound))
        let limit = Query(number: SealingPass.limit)
        try await connection.copyOut(
            """
            COPY (
                SELECT \(CanonicalRow.eventColumns), p.digest,
                       max(e.recorded_at) OVER (PARTITION BY e.patient ORDER BY e.position) AS turn
                FROM pathway.event AS e
                LEFT JOIN pathway.seal AS s ON s.chain = e.patient AND s.position = e.position
                LEFT JOIN pathway.seal AS p ON p.chain = e.patient AND p.position = e.position - 1
                WHERE e.xid >= \(from) AND e.xid < \(to) AND s.number IS NULL
                ORDER BY turn, e.patient, e.position LIMIT \(limit)
            ) TO STDOUT (FORMAT binary)
            """
        ) { chunk in
            try reader.read(chunk) { row in
                let canonical = try CanonicalRow(event: &row, &events)
                rows.append((canonical, try row.next([UInt8]?.self), try row.nextTimestamp()))
            }
        }
        reader = BinaryCopyReader()
        try await connection.copyOut(
            """
            COPY (
                SELECT \(CanonicalRow.journalColumns), p.digest, max(j.acted_at) OVER (ORDER BY j.number) AS turn
                FROM pathway.journal AS j
                LEFT JOIN pathway.seal AS s ON s.chain = '' AND s.position = j.number
                LEFT JOIN pathway.seal AS p ON p.chain = '' AND p.position = j.number - 1
                WHERE j.xid >= \(from) AND j.xid < \(to) AND s.number IS NULL
                ORDER BY j.number LIMIT \(limit)
            ) TO STDOUT (FORMAT binary)
            """
        ) { chunk in
            try reader.read(chunk) { row in
                let canonical = try CanonicalRow(journal: &row, &journal)
                rows.append((canonical, try row.next([UInt8]?.self), try row.nextTimestamp()))
            }
        }
        rows.sort { left, right in
            (left.turn, left.row.chain, left.row.position) < (right.turn, right.row.chain, right.row.position)
        }
        return rows.prefix(SealingPass.limit).map { row, before, _ in
            let digest = Chain.next(after: heads[row.chain] ?? before.flatMap { Digest(bytes: $0) }, record: row.record)
            heads[row.chain] = digest
            return Seal(chain: row.chain, position: row.position, digest: digest)
        }
    }

    private mutating func write(_ seals: [Seal], _ connection: inout Connection) async throws {
        for start in stride(from: 0, to: seals.count, by: 10_000) {
            let piece = seals[start..<min(start + 10_000, seals.count)]
            try await connection.execute(
                """
                INSERT INTO pathway.seal (number, chain, position, digest)
                SELECT s.* FROM unnest(
                    \(piece.indices.map { state.size + $0 + 1 }), \(piece.map(\.chain)), \(piece.map { Int32($0.position) }),
                    \(piece.map(\.digest.bytes))) AS s
                """)
        }
        for full in writer.append(seals.map { MerkleTree.leafHash(of: $0.digest) }) {
            try await connection.execute(
                """
                INSERT INTO pathway.tile (level, number, hashes, root)
                VALUES (\(Int16(full.tile.id.level)), \(full.tile.id.index), \(full.tile.bytes), \(full.root.bytes))
                """)
        }
    }
}

extension Connection {
    /// Tiles of the tree of this size: whole ones as they are kept, others from the hashes that will fill them.
    mutating func tiles(_ ids: [TileID], in size: Int) async throws -> [Tile] {
        var tiles: [Tile] = []
        for id in ids {
            let width = id.width(inSize: size)
            if width == Tile.fullWidth {
                let bytes = try await row(
                    "SELECT hashes FROM pathway.tile WHERE level = \(Int16(id.level)) AND number = \(id.index)",
                    as: [UInt8].self)
                tiles += [Tile(id: id, bytes: bytes)].compactMap(\.self)
                continue
            }
            let first = id.index * Tile.fullWidth
            let hashes =
                id.level == 0
                ? try await rows(
                    """
                    SELECT digest FROM pathway.seal WHERE number > \(first) AND number <= \(first + width) ORDER BY number
                    """, as: [UInt8].self
                ).compactMap { Digest(bytes: $0) }.map { MerkleTree.leafHash(of: $0) }
                : try await rows(
                    """
                    SELECT root FROM pathway.tile
                    WHERE level = \(Int16(id.level - 1)) AND number >= \(first) AND number < \(first + width) ORDER BY number
                    """, as: [UInt8].self
                ).compactMap { Digest(bytes: $0) }
            tiles += [Tile(id: id, hashes: hashes)].compactMap(\.self)
        }
        return tiles
    }
}
