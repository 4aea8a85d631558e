public import PathwayCore
public import PathwayProof
internal import Postgres

/// A proof that an entry is in the log, with what whoever checks it needs.
public struct EntryProof: Sendable {
    /// The entry's number in the proof, from 1.
    public let number: Int
    /// The proof, in which numbers count from 0.
    public let proof: InclusionProof
    /// The root hash that it leads to.
    public let root: PathwayProof.Digest
    /// The digest of the chain up to the entry: the leaf's bytes.
    public let leaf: PathwayProof.Digest
    /// The digest of the chain up to the entry before it; `nil` for the first.
    public let previous: PathwayProof.Digest?
    /// The canonical bytes of the entry.
    public let record: [UInt8]
}

extension PathwayLog {
    /// Signs the size and the root hash of everything that is sealed, after sealing what can be where the login may.
    ///
    /// It never signs what contradicts a checkpoint that was signed before: that is an error.
    /// - Parameters:
    ///   - origin: the name of this log, which nobody else uses.
    ///   - leaf: is called for each leaf, if it is to be kept outside too.
    /// - Throws: ``LogError`` if the log has changed behind a checkpoint.
    public func checkpoint(
        origin: String, signer: NoteSigner, by person: String, leaf: ((WitnessedLeaf) throws -> Void)? = nil
    ) async throws -> SignedNote {
        if maySeal { try await seal() }
        // What leaves this machine under a signature must not be lost with it.
        try await pool.withConnection { connection in try await connection.secureWhatWasRead() }
        return try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead) { connection in
                let size = try await connection.sealedSize(whereReadable: "sealing")
                let head = try await connection.treeHead(size)
                let earlier = try await connection.rows(
                    "SELECT size, root FROM pathway.checkpoint WHERE size <= \(size) ORDER BY size DESC LIMIT 1",
                    as: (Int.self, [UInt8].self)
                ).first
                if let (oldSize, oldRoot) = earlier, try await connection.treeHead(oldSize).root.bytes != oldRoot {
                    throw LogError(
                        .logChanged,
                        "the first \(oldSize) entries are not those of the checkpoint that was signed over them",
                        hint: "\"pathway audit verify\" names what has changed; nothing is signed until it is explained"
                    )
                }
                let behind = try await connection.row(
                    "SELECT coalesce(max(size), 0) FROM pathway.checkpoint", as: Int.self)
                guard behind <= size else {
                    throw LogError(
                        .logChanged, "the log has \(size) entries, and a checkpoint was signed over \(behind)",
                        hint: "was an old backup restored? \"pathway audit verify\" names what is gone")
                }
                let note = try Checkpoint(origin: origin, size: size, root: head.root).signed(by: [signer])
                if let leaf {
                    try await connection.forEachLeaf { number, found in
                        guard number <= size else { return }
                        try leaf(WitnessedLeaf(chain: found.chain, position: found.position, digest: found.digest))
                    }
                }
                try await connection.execute(
                    """
                    SELECT pathway.keep_checkpoint(
                        \(size), \(head.root.bytes), \(signer.verifier.text), \(note.description), \(person))
                    """)
                return note
            }
        }
    }

    /// Proves that an entry is among the first so many of the log.
    /// - Parameters:
    ///   - patient: the study number, or empty for the journal.
    ///   - size: the size of the checkpoint to prove it against; `nil` is all that is sealed.
    public func prove(_ patient: String, _ position: Int, size wanted: Int? = nil) async throws -> EntryProof {
        try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                let all = try await connection.sealedSize(whereReadable: "sealing")
                let size = wanted ?? all
                guard size <= all else {
                    throw LogError(.impossibleCorrection, "the log has \(all) sealed entries, fewer than \(size)")
                }
                let whose =
                    patient.isEmpty ? "entry \(position) of the journal" : "event \(position) of patient \(patient)"
                guard
                    let (number, digest) = try await connection.optionalRow(
                        "SELECT number, digest FROM pathway.seal WHERE chain = \(patient) AND position = \(Int32(clamping: position))",
                        as: (Int.self, [UInt8].self)), let leaf = Digest(bytes: digest)
                else { throw LogError(.unknownPatient, "\(whose) is not in the log, or not sealed yet") }
                guard number <= size else {
                    throw LogError(
                        .unknownPatient, "\(whose) came after the first \(size) entries: it has number \(number)")
                }
                let previous = try await connection.optionalRow(
                    "SELECT digest FROM pathway.seal WHERE chain = \(patient) AND position = \(Int32(clamping: position - 1))",
                    as: [UInt8].self)
                let subtrees = InclusionProof.subtrees(of: number - 1, in: size)
                let tiles = TileSet(try await connection.tiles(Array(TileSet.ids(for: subtrees)), in: all))
                let proof = try InclusionProof(of: number - 1, in: size, hash: tiles.hash(of:))
                return EntryProof(
                    number: number, proof: proof, root: try await connection.treeHead(size).root, leaf: leaf,
                    previous: previous.flatMap { Digest(bytes: $0) },
                    record: try await connection.canonicalRecord(patient, position))
            }
        }
    }

    /// Proves that the log of one size is the beginning of the log of another.
    public func proveConsistency(from old: Int, to new: Int) async throws -> ConsistencyProof {
        try await pool.withConnection { connection in
            try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                let all = try await connection.sealedSize(whereReadable: "tile")
                guard new <= all else {
                    throw LogError(
                        .logChanged, "the log has \(all) sealed entries, and a checkpoint was signed over \(new)",
                        hint: "was an old backup restored? \"pathway audit verify\" names what is gone")
                }
                let subtrees = ConsistencyProof.subtrees(from: old, to: new)
                let tiles = TileSet(try await connection.tiles(Array(TileSet.ids(for: subtrees)), in: all))
                return try ConsistencyProof(from: old, to: new, hash: tiles.hash(of:))
            }
        }
    }

    /// The canonical records of a patient with the digests of the chain, for whoever checks them elsewhere.
    /// - Returns: for each entry its canonical bytes and the digest of the chain up to it.
    public func chain(of patient: PatientID) async throws -> [(
        position: Int, record: [UInt8], digest: PathwayProof.Digest
    )] {
        try await pool.withConnection { connection in
            try await connection.chain(of: patient).map { ($0.row.position, $0.row.record, $0.digest) }
        }
    }
}

extension Connection {
    /// How much is sealed. Nothing can be proved from a part of the leaves: who may not read the table is refused before, by its name.
    fileprivate mutating func sealedSize(whereReadable table: String) async throws -> Int {
        try await execute("SELECT FROM pathway.\(identifier: table) LIMIT 0")
        return try await row("SELECT coalesce(max(number), 0) FROM pathway.seal", as: Int.self)
    }

    /// The head of the first so many leaves.
    mutating func treeHead(_ size: Int) async throws -> TreeHead {
        // Partial tiles hold a subtree for each bit of the size, so that they are all that a root needs.
        try TileWriter(size: size, partialTiles: try await tiles(TileID.partial(inSize: size), in: size)).head
    }

    fileprivate mutating func canonicalRecord(_ patient: String, _ position: Int) async throws -> [UInt8] {
        var record: [UInt8] = []
        guard let id = PatientID(patient) else {
            try await forEachJournalRow { if $0.position == position { record = $0.record } }
            return record
        }
        try await forEachCanonicalRow(of: id) { if $0.position == position { record = $0.record } }
        return record
    }
}
