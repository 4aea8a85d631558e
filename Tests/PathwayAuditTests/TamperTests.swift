import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// One log, one old checkpoint, and a superuser who changes the one behind the back of the other.
///
/// What is appended through SQL with the present time and transaction after the last seal is not told from what the product
/// appended, and what was recorded after the checkpoint can be rewritten together with all its digests: until a later checkpoint has left the
/// machine nothing outside knows better. Neither is tested here, since no proof can find it.
@Suite struct TamperTests {
    @Test func `what nobody changed is sound`() async throws {
        try await TamperedCopy.with(isGuarded: true) { copy in
            let (withLeaves, alone) = try await copy.audits(after: "")
            for report in [withLeaves, alone] {
                #expect(report.findings.map(\.words) == [])
                #expect(report.agreed == [copy.witness.checkpoint.size])
                #expect(report.unsealed == 0)
                #expect(report.sealed > copy.witness.checkpoint.size)
            }
        }
    }

    @Test func `every column of an event, with another value and with none`() async throws {
        // The digest of the row alone tells; the leaves add nothing.
        try await findAll(Change.edits, leaves: false)
    }

    @Test func `values that the product would never write`() async throws { try await findAll(Change.oddities) }

    @Test func `events deleted, inserted, swapped, cut and dropped`() async throws { try await findAll(Change.rows) }

    @Test func `the journal, the seals, the tiles and the sealer's notes`() async throws {
        try await findAll(Change.proof)
    }

    private func findAll(_ changes: [Change], leaves: Bool = true) async throws {
        try await TamperedCopy.with { copy in
            let places = try await copy.places()
            for change in changes {
                let (withLeaves, alone) = try await copy.audits(
                    after: places.filled(change.statements), leaves: leaves)
                let expected = Set(change.places.map { places.place($0.patient, $0.position) })
                let comment = Comment(rawValue: change.testDescription)
                #expect(!withLeaves.findingsInRecords.isEmpty, comment)
                #expect(!alone.findingsInRecords.isEmpty, comment)
                #expect(expected.subtracting(withLeaves.named) == [], comment)
                if change.isNamedWithoutLeaves { #expect(expected.subtracting(alone.named) == [], comment) }
                guard change.isExact, !expected.isEmpty else { continue }
                let touched = Set(expected.map(\.patient)).union(places.bystanders(of: change))
                for report in [withLeaves, alone] {
                    #expect(Set(report.named.map(\.patient)).subtracting(touched) == [], comment)
                }
            }
        }
    }
}

/// What the words in braces stand for in one copy.
struct Places {
    let patient: String
    let other: String
    let size: Int
    let next: Int
    let cut: WitnessedLeaf
    let cutNumber: Int
    let cutPatients: Set<String>

    func filled(_ statements: String) -> String {
        statements.replacing("{P}", with: patient).replacing("{Q}", with: other).replacing("{SIZE}", with: "\(size)")
            .replacing("{NEXT}", with: "\(next)").replacing("{CUT}", with: "\(cutNumber)")
    }

    /// Who else is named: the tail of the whole log is that of several patients.
    func bystanders(of change: Change) -> Set<String> {
        change.places.contains { $0.patient == "{C}" } ? cutPatients : []
    }

    func place(_ patient: String, _ position: Int) -> Place {
        patient == "{C}" ? Place(cut.chain, cut.position) : Place(filled(patient), position)
    }
}

extension TamperedCopy {
    /// Two patients with at least eight events before the checkpoint, of whom nothing more than milestones is recorded.
    mutating func places() async throws -> Places {
        let leaves = witness.leaves
        let patients = try await superuser.rows(
            """
            SELECT patient FROM pathway.event GROUP BY patient HAVING count(*) >= 9 AND count(act) = 0 ORDER BY patient
            """, as: String.self
        ).filter { patient in leaves.contains { $0.chain == patient && $0.position == 8 } }
        let (size, next) = try await superuser.row(
            "SELECT max(number), pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM pathway.seal",
            as: (Int.self, Int.self))
        let cut = leaves.count - 20
        let gone = try await superuser.rows(
            "SELECT DISTINCT chain FROM pathway.seal WHERE number >= \(cut)", as: String.self)
        return Places(
            patient: try #require(patients.first), other: try #require(patients.last), size: size, next: next,
            cut: leaves[cut - 1], cutNumber: cut, cutPatients: Set(gone))
    }
}
