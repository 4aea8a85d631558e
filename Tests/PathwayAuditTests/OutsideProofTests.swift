import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// What a database that agrees with itself cannot hide from a checkpoint that left the machine.
@Suite struct OutsideProofTests {
    @Test func `an old backup is found by the checkpoint, and what is gone is named by the leaves`() async throws {
        let witness = try await AuditedLog.shared.witness()
        try await withCopy(of: witness.backup) { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await superuser.script(Tampering.sameServer)
            #expect(try await log.audit().isSound)

            let size = try await log.audit().sealed
            let alone = try await log.audit(witness, leaves: false)
            #expect(
                alone.findings.map(\.words)
                    == ["the log has \(size) entries, and a checkpoint was signed over \(witness.checkpoint.size)"])
            #expect(alone.findings.map(\.kind) == [.cut])

            let named = try await log.audit(witness, leaves: true)
            #expect(named.named == Set(witness.leaves.dropFirst(size).map { Place($0.chain, $0.position) }))
            #expect(Set(named.findings.map(\.kind)) == [.cut])
        }
    }

    @Test
    func `an event that was changed together with all digests is found by the checkpoint and named by the leaves`()
        async throws
    {
        try await TamperedCopy.with { copy in
            var log = try await MemoryLog(&copy.superuser)
            let patient = try await copy.places().patient
            // The 31st column is who recorded it, which no rule of the protocol looks at.
            log.chains[patient]?[2].columns[30] = Array("mallory".utf8)
            log.reseal(patient)
            try await copy.write(log, RandomChange.Done(places: [], touched: [patient], touchesSeals: true))

            #expect(try await copy.log.audit().findingsInRecords == [])
            let alone = try await copy.log.audit(copy.witness, leaves: false)
            let size = copy.witness.checkpoint.size
            #expect(
                alone.findingsInRecords.map(\.words)
                    == ["the first \(size) entries are not those that the checkpoint was signed over"])
            let named = try await copy.log.audit(copy.witness, leaves: true).findingsInRecords
            let first = try #require(named.first { $0.patient != nil })
            #expect(first.kind == .rewritten)
            #expect(first.words == "its digest was rewritten since the checkpoint")
            #expect(first.patient == patient)
            #expect(first.position == 3)
            #expect(Set(named.compactMap(\.patient)) == [patient])
        }
    }

    @Test func `a patient who was taken out with all numbers given anew is named, and nobody who moved up`()
        async throws
    {
        try await TamperedCopy.with { copy in
            var log = try await MemoryLog(&copy.superuser)
            let patient = try await copy.places().patient
            let places = Set(copy.witness.leaves.filter { $0.chain == patient }.map { Place(patient, $0.position) })
            log.chains[patient] = []
            log.reseal(patient)
            try await copy.write(log, RandomChange.Done(places: [], touched: [patient], touchesSeals: true))

            #expect(try await copy.log.audit().findingsInRecords == [])
            #expect(try await copy.log.audit(copy.witness, leaves: true).named == places)
        }
    }
}
