import DatabaseTesting
import Foundation
import PathwayLog
import Postgres
import Testing

/// People with logins of their own, of whom none may seal.
@Suite struct OwnLoginTests {
    /// Lends the program as a login of one test's own, and drops it afterwards.
    private func withLogin(
        _ role: AccessRole, _ tool: Tool, _ administrator: String, _ body: (Tool) async throws -> Void
    ) async throws {
        let login = "pathway_own_\(UInt64.random(in: 0 ... .max))"
        var superuser = try await Connection.open(administrator)
        try await superuser.grant(Access(login: login, role: role, site: nil), why: "a test", by: "the tests")
        let own = try ConnectionString.replacing(["user": login], in: administrator)
        do { try await body(tool.with(["DATABASE_URL": own, "PATHWAY_USER": nil])) } catch {
            _ = try? await superuser.execute("DROP ROLE \(identifier: login)")
            throw error
        }
        try await superuser.execute("DROP ROLE \(identifier: login)")
    }

    /// The clinic's log, unsealed for two minutes.
    private func withUnsealed(_ body: (Tool, _ administrator: String) async throws -> Void) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            var superuser = try await Connection.open(administrator)
            try await superuser.script(
                """
                SET session_replication_role = replica;
                UPDATE pathway.event SET recorded_at = recorded_at - interval '2 minutes';
                """)
            try await body(tool, administrator)
        }
    }

    @Test func `an auditor makes a checkpoint under her own login, of what others sealed`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.line("audit key --name centre.example/aall1331 --out k").code == 0)
            try await withLogin(.sealer, tool, administrator) { sealer in
                let sealed = try await sealer.line("audit seal")
                #expect(sealed.code == 0)
                #expect(sealed.talk.contains(" entries are sealed, "), "\(sealed.talk)")
            }
            try await withLogin(.auditor, tool, administrator) { auditor in
                let denied = try await auditor.line("audit seal")
                #expect(denied.code == 77)
                #expect(denied.talk.hasPrefix("error: this login may not seal\nhint: "))
                let signed = try await auditor.line("audit checkpoint --key k --out c")
                #expect(signed.code == 0, "\(signed.talk)")
                #expect(
                    signed.talk.hasSuffix(
                        " entries are signed in c; their leaves are in c.leaves, to be kept with it\n"))
                let verified = try await auditor.line("audit verify --checkpoint c --verifier k.pub")
                #expect(verified.code == 0, "\(verified.everything)")
            }
        }
    }

    @Test func `whoever reads by numbers is told that nobody seals`() async throws {
        try await withUnsealed { tool, administrator in
            var superuser = try await Connection.open(administrator)
            try await withLogin(.auditor, tool, administrator) { auditor in
                for line in ["audit verify", "changes"] {
                    var answer = try await auditor.line(line)
                    // A transaction elsewhere on the server may hold the entries back for a moment, which is said instead.
                    for _ in 1...100 where answer.talk.contains("an open transaction") {
                        answer = try await auditor.line(line)
                    }
                    #expect(answer.talk.hasPrefix("warning: nobody seals: "), "\(line): \(answer.talk)")
                    #expect(answer.talk.contains(" wait, the oldest since 20"))
                }
            }
            // Nothing was tried that the server would have had to refuse.
            #expect(try await superuser.row("SELECT count(*) FROM pathway.seal", as: Int.self) == 0)
            _ = try await tool.line("audit seal")
            let followed = try await tool.line("changes")
            #expect(!followed.talk.contains("nobody seals"))
        }
    }
}
