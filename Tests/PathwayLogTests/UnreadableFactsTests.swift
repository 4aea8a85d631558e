import PathwayCore
import Postgres
import Testing

@testable import PathwayLog

/// A correction states again what followed: what it cannot read it must not leave out.
@Suite struct UnreadableFactsTests {
    /// The enrolment with another performance status.
    private func worse() throws -> Correction {
        let words = History.enrolment("P-001").split(separator: " ").dropFirst().joined(separator: " ")
        return try .amending([1: words.replacing("ecog=1", with: "ecog=2")])
    }

    @Test func `a reason that was erased is no reason for what is stated again`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(Array(History.inBlock2.prefix(2)))
            try await log.mustRecord(
                attempt("P-001 off-therapy 2016-03-09 reason=completed", deviation: "the family moved"))
            _ = try await log.act(.erase, on: patient("P-001"), reason: "asked for it", by: "anna")
            let plan = try await log.plan(try worse(), of: patient("P-001"))
            #expect(plan.rows.filter(\.needsReason).map(\.position) == [3])
        }
    }

    @Test func `what another key sealed is not stated again without it`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(Array(History.inBlock2.prefix(3)))
            var superuser = try await Connection.open(conninfo)
            let key = try await superuser.row("SELECT key FROM pathway.patient_key", as: [UInt8].self)
            try await superuser.execute("UPDATE pathway.patient_key SET key = sha256('x')")
            let damaged = await #expect(throws: LogError.self) {
                _ = try await log.correct(patient("P-001"), try worse(), reason: "swapped", by: "berta")
            }
            #expect(damaged?.message.contains("event 1 cannot be read with the patient's key") == true)
            try await superuser.execute("UPDATE pathway.patient_key SET key = \(key)")
            #expect(try await log.path(of: patient("P-001")).events[0].milestone.facts[.born] != nil)
        }
    }
}
