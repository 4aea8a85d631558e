import DatabaseTesting
import Foundation
import Postgres
import Testing

/// One damaged record among others: it is named, and the others are served.
@Suite struct DamageTests {
    /// P-017 of the clinic, in whose record an entry is gone, beside two patients who are well.
    private func withDamage(_ body: (Tool) async throws -> Void) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            for patient in ["P-018", "P-016"] {
                let words = ["register", patient] + Clinic.enrolment.split(separator: " ").map(String.init)
                let registered = try await tool.run([Tool.program] + words + ["--on", "2018-01-10"])
                #expect(registered.code == 0, "\(registered.talk)")
            }
            var superuser = try await Connection.open(administrator)
            try await superuser.script(
                """
                SET session_replication_role = replica;
                DELETE FROM pathway.event WHERE patient = 'P-017' AND position = 4;
                """)
            try await body(tool)
        }
    }

    private static let named = "the entry at position 4 of patient P-017 is missing"

    @Test func `registers name the damaged patient, go on, and end with 65`() async throws {
        try await withDamage { tool in
            for (line, expected) in [
                ("worklist --on 2018-02-01", "on 2018-02-01: "), ("deviations", "0 deviations"),
                ("cohort --through 2018-02-01", "2 patients"), ("export", "\"P-018\""),
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 65, "\(line)")
                #expect(answer.output.contains(expected), "\(line): \(answer.output)")
                #expect(!answer.output.contains("P-017"), "\(line): \(answer.output)")
                #expect(
                    answer.talk == """
                        error: patient P-017 is left out: \(Self.named)
                        hint: "pathway audit verify" names what has changed

                        """, "\(line)")
            }
        }
    }

    @Test func `replay names the damaged record and compares the others`() async throws {
        try await withDamage { tool in
            let answer = try await tool.line("replay")
            #expect(answer.code == 65)
            #expect(
                answer.output == """
                    record of patient P-017
                      cannot be replayed: \(Self.named)
                    different: 2 patients, 2 milestones, 8 projections

                    """)
        }
    }

    @Test func `the study is locked but for the damaged record, and no snapshot is taken of it`() async throws {
        try await withDamage { tool in
            let locked = try await tool("lock", "--study", "--reason", "data cut")
            #expect(locked.code == 65)
            #expect(locked.output == "locked 2 records\n")
            #expect(locked.talk.hasPrefix("error: patient P-017 is left out: \(Self.named)\n"))
            let taken = try await tool.line("snapshot take first --through 2018-12-31")
            #expect(taken.code == 65)
            #expect(
                taken.talk.hasSuffix("error: \(Self.named)\nhint: \"pathway audit verify\" names what has changed\n"),
                "\(taken.talk)")
            #expect(try await tool.line("snapshot list --format json").json().elements == [])
        }
    }
}
