import Foundation
import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// The same random changes, written into a real database by a superuser, and the whole audit over it.
@Suite struct RandomTamperTests {
    /// PATHWAY_TAMPER_SEED repeats a run.
    @Test(arguments: 0..<4) func `random changes through SQL are found and named`(_ part: Int) async throws {
        let seed =
            ProcessInfo.processInfo.environment["PATHWAY_TAMPER_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed &+ UInt64(part))
        var (made, refused) = (0, 0)
        try await TamperedCopy.with { copy in
            let log = try await MemoryLog(&copy.superuser)
            let kept = log.leaves(copy.witness.leaves.count)
            for number in 0..<42 {
                let change = RandomChange.allCases[number % RandomChange.allCases.count]
                var tampered = log
                let done = change.apply(to: &tampered, kept, using: &random)
                try await copy.superuser.script(Tampering.restore)
                do { try await copy.write(tampered, done) } catch let error as PostgresError {
                    // Bytes that are no text, no object, no date: the server itself takes nothing of the kind.
                    #expect(["22", "XX"].contains(error.sqlState?.classCode), "\(error)")
                    refused += 1
                    continue
                }
                made += 1
                let report = try await copy.log.audit(copy.witness, leaves: true)
                let comment = Comment(rawValue: "seed \(seed), part \(part), change \(number), \(change)")
                #expect(done.places.subtracting(report.named) == [], comment)
                #expect(Set(report.named.map(\.patient)).subtracting(done.touched) == [], comment)
                if done.touchesSeals {
                    let alone = try await copy.log.audit(copy.witness, leaves: false)
                    #expect(!alone.findingsInRecords.isEmpty, comment)
                }
            }
        }
        print("seed \(seed), part \(part): \(made) changes, \(refused) refused by the server")
        #expect(made > 20)
    }
}

extension TamperedCopy {
    /// Writes the touched chains and, if they were touched, the seals and what lies over them.
    mutating func write(_ log: MemoryLog, _ done: RandomChange.Done) async throws {
        for chain in done.touched.sorted() {
            let rows = log.chains[chain] ?? []
            if chain.isEmpty {
                try await superuser.execute("DELETE FROM pathway.journal")
                try await copy(rows, "COPY pathway.journal (\(Columns.journal), xid) FROM STDIN (FORMAT binary)")
            } else {
                try await superuser.execute("DELETE FROM pathway.event WHERE patient = \(chain)")
                try await copy(rows, "COPY pathway.event (\(Columns.event), xid) FROM STDIN (FORMAT binary)")
            }
        }
        guard done.touchesSeals else { return }
        try await superuser.execute("DELETE FROM pathway.seal")
        try await superuser.execute(
            """
            INSERT INTO pathway.seal (number, chain, position, digest)
            SELECT * FROM unnest(\(log.seals.map(\.number)), \(log.seals.map(\.chain)), \(log.seals.map { Int32($0.position) }),
                \(log.seals.map(\.digest.bytes)))
            """)
        // Whoever knows how makes the tiles and the notes anew too.
        try await superuser.execute("DELETE FROM pathway.tile")
        try await superuser.execute("DELETE FROM pathway.checkpoint")
        var writer = TileWriter()
        for full in writer.append(log.seals.map { MerkleTree.leafHash(of: $0.digest) }) {
            try await superuser.execute(
                """
                INSERT INTO pathway.tile (level, number, hashes, root)
                VALUES (\(Int16(full.tile.id.level)), \(full.tile.id.index), \(full.tile.bytes), \(full.root.bytes))
                """)
        }
        try await superuser.execute("DELETE FROM pathway.sealing WHERE size > \(log.seals.count)")
        try await superuser.execute(
            "UPDATE pathway.sealing SET size = \(log.seals.count) WHERE sealing = (SELECT max(sealing) FROM pathway.sealing)"
        )
    }

    private mutating func copy(_ rows: [MemoryLog.Row], _ statement: Query) async throws {
        try await superuser.copyIn(statement) { writer in
            var bytes: [UInt8] = [
                0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
            ]
            for row in rows {
                let transaction = withUnsafeBytes(of: Int64(row.transaction).bigEndian) { [UInt8]($0) }
                bytes += MemoryLog.Row(columns: row.columns + [transaction], transaction: 0).binary
            }
            try await writer.write(bytes + [0xff, 0xff])
        }
    }
}

/// The columns of a COPY in the order of the record.
enum Columns {
    static let event: Query = """
        patient, position, recorded_at, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before,
        phase_after, status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after,
        facts, identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login, origin_by, origin_at, request
        """
    static let journal: Query = "number, acted_at, act, subject, detail, reason, acted_by, login"
}
