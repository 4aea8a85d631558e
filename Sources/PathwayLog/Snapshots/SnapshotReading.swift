internal import Crypto
internal import PathwayCore
internal import PathwayProof
internal import Postgres

/// What was found when a cut was read.
struct SnapshotTally: Sendable, Hashable {
    var patients = 0
    var entries = 0
    var digest = ""
    var isSynthetic = false
}

/// An entry with its number in the proof.
struct SealedEntry {
    let number: Int
    let entry: Entry
}

extension PathwayLog {
    /// Reads the entries of a cut and replays them, in memory for one patient at a time.
    ///
    /// The digest is SHA-256 over the bytes of the binary COPY, row for row: what was read without what identifies, and the digest of the chain
    /// up to each entry. Erasing a patient changes none of it.
    func read(
        _ cut: Cut, _ editions: Editions, _ body: (SnapshotPath) throws -> Void
    ) async throws -> SnapshotTally {
        var tally = SnapshotTally()
        var record: [Entry] = []
        func finish() throws {
            defer { record.removeAll(keepingCapacity: true) }
            guard !record.isEmpty else { return }
            let path = try PatientPath(replaying: record, editions: editions, at: ReadingPoint(through: cut.through))
            guard !path.events.isEmpty, cut.population.contains(path.path) else { return }
            tally.patients += 1
            tally.isSynthetic = tally.isSynthetic || path.isSynthetic
            try body(SnapshotPath(path: path, editions: editions, entries: record))
        }
        let digest = try await forEachSealedEntry(of: cut.protocolName, asOf: cut.asOf, size: cut.size) { sealed in
            if let last = record.last, last.patient != sealed.entry.patient { try finish() }
            record.append(sealed.entry)
            tally.entries += 1
        }
        try finish()
        tally.digest = digest
        return tally
    }

    /// Goes through the sealed entries of a protocol in the order of patient and position; gives the digest of what was read.
    func forEachSealedEntry(
        of name: String, asOf: Instant, size: Int, _ body: (SealedEntry) throws -> Void
    ) async throws -> String {
        try await pool.withConnection { connection in
            var reader = BinaryCopyReader()
            var digest = SHA256()
            var entries = EntryReader()
            try await connection.copyOut(
                """
                COPY (SELECT e.sealed, e.chain_digest, \(EntryRow.columns(.deidentified))
                FROM pathway.deidentified_event AS e
                WHERE e.protocol = \(literal: name) AND e.sealed <= \(literal: String(size))
                    AND e.recorded_at <= \(literal: asOf.description)
                ORDER BY e.patient, e.position)
                TO STDOUT (FORMAT binary)
                """
            ) { chunk in
                digest.update(bufferPointer: chunk)
                try reader.read(chunk) { row in
                    let number = try row.next(Int64.self)
                    try row.skip()
                    try body(SealedEntry(number: Int(number), entry: entries.read(&row).entry))
                }
            }
            return hexadecimal(digest.finalize())
        }
    }
}

extension Connection {
    /// The head of the sealed log, and the moment up to which everything is sealed.
    /// - Throws: ``LogError`` if entries recorded by a moment that was asked for are not sealed yet, or that moment is still to come.
    mutating func snapshotHead(asOf: Instant?) async throws -> (
        size: Int, root: String, asOf: Instant, leftOut: Int
    ) {
        let size = try await row("SELECT coalesce(max(number), 0) FROM pathway.seal", as: Int.self)
        let (now, unsealed, first) = try await row(
            """
            SELECT clock_timestamp(), count(*), min(e.recorded_at) FROM pathway.deidentified_event AS e
            WHERE e.sealed IS NULL AND e.recorded_at <= coalesce(\(asOf.map { PostgresTimestamp($0) }), 'infinity')
            """, as: (PostgresTimestamp.self, Int.self, PostgresTimestamp?.self))
        if let asOf {
            guard asOf <= Instant(now) else { throw LogError.future(asOf, now: Instant(now)) }
            guard unsealed == 0 else {
                throw LogError(
                    .impossibleSnapshot,
                    "\(unsealed) entr\(unsealed == 1 ? "y" : "ies") recorded by \(asOf) \(unsealed == 1 ? "has" : "have") no place in the proof yet",
                    hint: "take it again in a moment, or as of an earlier one")
            }
        }
        guard size > 0 else {
            throw LogError(.impossibleSnapshot, "nothing in the log is sealed yet, and a snapshot needs a head to name")
        }
        let root = hexadecimal(try await treeHead(size).root.bytes)
        let latest = first.map { Instant(microseconds: Instant($0).microseconds - 1) } ?? Instant(now)
        return (size, root, asOf ?? latest, unsealed)
    }

    mutating func store(_ cut: Cut, editions: [Int], by person: String) async throws -> Instant {
        do {
            let at = try await row(
                """
                SELECT pathway.take_snapshot(
                    \(cut.name), \(cut.protocolName), \(cut.population.text), \(PostgresDate(daysSince1970: cut.through.number)),
                    \(PostgresTimestamp(cut.asOf)), \(cut.size), \(bytes(cut.root)), \(editions.map { Int32($0) }),
                    \(cut.patients), \(cut.entries), \(bytes(cut.digest)), \(cut.isSynthetic), \(person))
                """, as: PostgresTimestamp.self)
            return Instant(at)
        } catch let error as PostgresError where error.constraint == "snapshot_key" {
            throw LogError.snapshotExists(cut.name)
        }
    }

    mutating func snapshots(_ editions: Editions) async throws -> [Snapshot] {
        try await rows(
            """
            SELECT name, protocol, population, through, as_of, size, root, editions, patients, entries, digest, synthetic, taken_by,
                login, taken_at
            FROM pathway.snapshot ORDER BY taken_at, name
            """
        ) {
            (
                name: String, treatment: String, population: String, through: PostgresDate, asOf: PostgresTimestamp,
                size: Int, root: [UInt8], numbers: [Int32], patients: Int, entries: Int, digest: [UInt8],
                isSynthetic: Bool, takenBy: String, login: String, takenAt: PostgresTimestamp
            ) in
            let known = try numbers.map { try editions.edition(Int($0)) }
            guard let last = known.last, let population = Population(population, under: last.treatment) else {
                throw LogError(
                    .contradiction, "snapshot \"\(name)\" names a population that its protocol does not have")
            }
            return Snapshot(
                cut: Cut(
                    name: name, protocolName: treatment, versions: known.map(\.version), population: population,
                    through: Day(number: through.daysSince1970), asOf: Instant(asOf), size: size,
                    root: hexadecimal(root), patients: patients, entries: entries, digest: hexadecimal(digest),
                    isSynthetic: isSynthetic),
                takenBy: takenBy, login: login, takenAt: Instant(takenAt))
        }
    }
}

/// The bytes that hexadecimal digits stand for.
private func bytes(_ digits: String) -> [UInt8] {
    var rest = Array(digits.utf8)[...]
    var bytes: [UInt8] = []
    while let high = rest.popFirst(), let low = rest.popFirst() {
        bytes.append(UInt8(digit(high) << 4 | digit(low)))
    }
    return bytes
}

private func digit(_ character: UInt8) -> Int { Character(UnicodeScalar(character)).hexDigitValue ?? 0 }
