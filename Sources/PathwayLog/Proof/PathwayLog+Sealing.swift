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
    /// One sealer works at a time; who comes second returns. What there is to seal is read once, in its order, through one connection, and
    /// sealed through another in transactions of some thousands: an interruption loses only the last. It takes a login with the role `sealer`.
    @discardableResult
    public func seal() async throws -> SealReport {
        try await pool.withConnection { reader in
            try await reader.transaction { reader in
                // It is held until all is sealed. The key is "sealer" in ASCII.
                guard try await reader.row("SELECT pg_try_advisory_xact_lock(x'7365616c6572'::bigint)", as: Bool.self)
                else {
                    let size = try await reader.row("SELECT coalesce(max(number), 0) FROM pathway.seal", as: Int.self)
                    return SealReport(size: size, added: 0, wasBusy: true)
                }
                // The second connection is had before anybody is kept waiting, so that those who wait cannot hold all of them.
                return try await pool.withConnection { connection in
                    let last = try await reader.lastSealing()
                    let range = try await SealingRange(after: last, &reader)
                    guard !range.isEmpty else { return SealReport(size: last.size, added: 0, wasBusy: false) }
                    var writer = try await SealWriter(after: last, in: range, &reader)
                    try await reader.forEachUnsealed(in: range) { seals, isLast in
                        try await connection.transaction { connection in
                            try await writer.write(seals, isLast: isLast, &connection)
                        }
                    }
                    return SealReport(size: writer.last.size, added: writer.last.size - last.size, wasBusy: false)
                }
            }
        }
    }

    /// Seals until everything that was recorded when it began has its place in the proof, or the time is over: a transaction that is open
    /// in the database may hold it back.
    public func sealPresent(within limit: Duration = .seconds(10)) async throws {
        let end = ContinuousClock.now + limit
        let next = try await pool.withConnection { connection in
            try await connection.row("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", as: Int.self)
        }
        while true {
            try await seal()
            let waiting = try await pool.withConnection { connection in
                try await connection.row("SELECT entries FROM pathway.waiting_for_sealer(0, \(next))", as: Int.self)
            }
            guard waiting > 0, ContinuousClock.now < end else { return }
            try await Task.sleep(for: .milliseconds(50))
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

/// The sealer's note of how far it came.
private struct Sealing {
    var sealing = 0
    var epoch = 0
    var cluster = ""
    /// What transactions with lower numbers recorded is sealed.
    var horizon = 0
    /// How many entries are sealed.
    var size = 0
}

/// The transactions whose entries are to be sealed.
private struct SealingRange {
    /// The server and the database.
    let cluster: String
    /// Whether a dump was restored since: its transactions have the numbers of another server, and all that is there is sealed, once.
    let isNewEpoch: Bool
    /// Every transaction with a lower number has ended.
    let horizon: Int
    let numbers: Range<Int>

    init(after last: Sealing, _ connection: inout Connection) async throws {
        cluster = try await connection.row("SELECT pathway.this_cluster()", as: String.self)
        isNewEpoch = cluster != last.cluster
        if isNewEpoch { try await connection.execute("SELECT pathway.wait_for_writers()") }
        horizon = try await connection.row("SELECT pathway.sealing_horizon()", as: Int.self)
        numbers = isNewEpoch ? 0..<Int.max : last.horizon..<max(last.horizon, horizon)
    }

    var isEmpty: Bool { numbers.isEmpty }
}

/// A place of a chain, and the digest of the chain up to it.
private struct Seal {
    let chain: String
    let position: Int
    let digest: Digest
}

/// Writes seals and what follows from them: the tiles of the tree, and the note.
private struct SealWriter {
    /// The last note.
    private(set) var last: Sealing
    private let range: SealingRange
    private var tiles: TileWriter

    init(after last: Sealing, in range: SealingRange, _ connection: inout Connection) async throws {
        (self.last, self.range) = (last, range)
        tiles = try TileWriter(
            size: last.size, partialTiles: try await connection.tiles(TileID.partial(inSize: last.size), in: last.size))
    }

    mutating func write(_ seals: [Seal], isLast: Bool, _ connection: inout Connection) async throws {
        try await connection.execute(
            """
            INSERT INTO pathway.seal (number, chain, position, digest)
            SELECT s.* FROM unnest(
                \(seals.indices.map { last.size + $0 + 1 }), \(seals.map(\.chain)), \(seals.map { Int32($0.position) }),
                \(seals.map(\.digest.bytes))) AS s
            """)
        for full in tiles.append(seals.map { MerkleTree.leafHash(of: $0.digest) }) {
            try await connection.execute(
                """
                INSERT INTO pathway.tile (level, number, hashes, root)
                VALUES (\(Int16(full.tile.id.level)), \(full.tile.id.index), \(full.tile.bytes), \(full.root.bytes))
                """)
        }
        last.sealing += 1
        last.size += seals.count
        if isLast {
            last.horizon = range.horizon
            last.cluster = range.cluster
            if range.isNewEpoch { last.epoch += 1 }
        }
        try await connection.execute(
            """
            INSERT INTO pathway.sealing (sealing, epoch, cluster, horizon, size)
            VALUES (\(last.sealing), \(Int32(last.epoch)), \(last.cluster), \(last.horizon), \(last.size))
            """)
    }
}

/// The digests of the chains that are being read, each until its last entry.
private struct OpenChains {
    private var digests: [String: Digest] = [:]

    mutating func seal(_ row: CanonicalRow, after sealed: [UInt8]?, isLast: Bool) -> Seal {
        let before = digests[row.chain] ?? sealed.flatMap { Digest(bytes: $0) }
        let digest = Chain.next(after: before, record: row.record)
        digests[row.chain] = isLast ? nil : digest
        return Seal(chain: row.chain, position: row.position, digest: digest)
    }
}

extension Connection {
    fileprivate mutating func lastSealing() async throws -> Sealing {
        try await optionalRow(
            "SELECT sealing, epoch, cluster, horizon, size FROM pathway.sealing ORDER BY sealing DESC LIMIT 1",
            as: (Int.self, Int.self, String.self, Int.self, Int.self)
        ).map(Sealing.init) ?? Sealing()
    }

    /// Gives what can be sealed to `body` in its order, some thousands at a time: each chain by its positions, and the chains among each
    /// other by the time of recording.
    ///
    /// After the clock was set back, or a server whose clock is behind took over, an entry may bear an earlier time than
    /// the one before it in its chain: it comes at the time of that one, or its digest would not follow from it.
    fileprivate mutating func forEachUnsealed(
        in range: SealingRange, _ body: (_ seals: [Seal], _ isLast: Bool) async throws -> Void
    ) async throws {
        let batch = 20_000
        var seals: [Seal] = []
        var chains = OpenChains()
        var acts = try await unsealedActs(in: range)[...]
        var encoder = CanonicalEncoder(domain: CanonicalRow.eventDomain)
        var reader = BinaryCopyReader()
        try await copyOut(
            """
            COPY (
                SELECT \(CanonicalRow.eventColumns), p.digest, lead(e.position) OVER chain IS NULL,
                       max(e.recorded_at) OVER chain AS turn
                FROM pathway.event AS e
                LEFT JOIN pathway.seal AS s ON s.chain = e.patient AND s.position = e.position
                LEFT JOIN pathway.seal AS p ON p.chain = e.patient AND p.position = e.position - 1
                WHERE \(range.condition("e")) AND s.number IS NULL
                WINDOW chain AS (PARTITION BY e.patient ORDER BY e.position)
                ORDER BY turn, e.patient, e.position
            ) TO STDOUT (FORMAT binary)
            """
        ) { chunk in
            try reader.read(chunk) { row in
                let entry = try CanonicalRow(event: &row, &encoder)
                let before = try row.nextOptionalBytes()
                let isLast = try row.nextFlag()
                let turn = try row.nextTimestamp()
                while let act = acts.first, act.turn <= turn { seals.append(acts.removeFirst().seal) }
                seals.append(chains.seal(entry, after: before, isLast: isLast))
            }
            if seals.count > batch {
                // One stays, so that there is something to end with.
                let next = seals.removeLast()
                try await body(seals, false)
                seals = [next]
            }
        }
        seals += acts.map(\.seal)
        if !seals.isEmpty || range.isNewEpoch { try await body(seals, true) }
    }

    /// The entries of the journal that can be sealed, each with the time by which it takes its turn.
    private mutating func unsealedActs(in range: SealingRange) async throws -> [(seal: Seal, turn: PostgresTimestamp)] {
        var acts: [(seal: Seal, turn: PostgresTimestamp)] = []
        var chains = OpenChains()
        var encoder = CanonicalEncoder(domain: CanonicalRow.journalDomain)
        var reader = BinaryCopyReader()
        try await copyOut(
            """
            COPY (
                SELECT \(CanonicalRow.journalColumns), p.digest, max(j.acted_at) OVER (ORDER BY j.number)
                FROM pathway.journal AS j
                LEFT JOIN pathway.seal AS s ON s.chain = '' AND s.position = j.number
                LEFT JOIN pathway.seal AS p ON p.chain = '' AND p.position = j.number - 1
                WHERE \(range.condition("j")) AND s.number IS NULL
                ORDER BY j.number
            ) TO STDOUT (FORMAT binary)
            """
        ) { chunk in
            try reader.read(chunk) { row in
                let act = try CanonicalRow(journal: &row, &encoder)
                let seal = chains.seal(act, after: try row.nextOptionalBytes(), isLast: false)
                acts.append((seal, try row.nextTimestamp()))
            }
        }
        return acts
    }
}

extension SealingRange {
    /// Whether a row of `event` or `journal` is of one of the transactions. COPY takes no parameters; these are numbers of our own.
    fileprivate func condition(_ table: Query) -> Query {
        "\(table).xid >= \(Query(number: numbers.lowerBound)) AND \(table).xid < \(Query(number: numbers.upperBound))"
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
