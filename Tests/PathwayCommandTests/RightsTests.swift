import Foundation
import Postgres
import Testing

/// What people hear whose login may not do what they want, and what those hear who grant it.
@Suite struct RightsTests {
    /// Lends the clinic to a coordinator of site H-05, beside the service.
    private func withCoordinator(
        _ body: (_ coordinator: Tool, _ service: Tool, _ admin: Tool) async throws -> Void
    ) async throws {
        try await withTool(Template.clinic) { service, administrator in
            let login = "pathway_test_\(UUID().uuidString.prefix(8).lowercased())"
            let admin = service.with(["DATABASE_URL": administrator])
            #expect(try await admin("access", "grant", login, "--role", "coordinator", "--site", "H-05").code == 0)
            let own = try ConnectionString.replacing(["user": login], in: administrator)
            do { try await body(service.with(["DATABASE_URL": own, "PATHWAY_USER": nil]), service, admin) } catch {
                try? await execute("DROP ROLE \(identifier: login)", administrator)
                throw error
            }
            try await execute("DROP ROLE \(identifier: login)", administrator)
        }
    }

    @Test func `a right that is missing is named, ends with 77, and the attempt is kept`() async throws {
        try await withCoordinator { coordinator, service, _ in
            let foreign = try await coordinator.registering("P-020")
            #expect(foreign.code == 77)
            #expect(
                foreign.talk.hasSuffix(
                    """
                    may not record for site "H-04"
                    hint: whoever administers the log grants a coordinator a site with "pathway access grant"

                    """), "\(foreign.everything)")
            #expect(try await coordinator.registering("P-021", ["site": "H-05"]).code == 0)
            #expect(
                try await coordinator("correct", "--yes", "P-021", "1", "--set", "site=H-04", "--reason", "moved").code
                    == 77)
            let study = try await coordinator("lock", "--study", "--reason", "end")
            #expect(study.code == 77 && study.talk.contains("may not sign or lock the study\n"), "\(study.everything)")
            let refusals = try await service("refusals", "--format", "json").json().elements
            #expect(refusals.map { $0["answer"] } == Array(repeating: .text("not-allowed"), count: 3))
            #expect(refusals.map { $0["patient"] } == [nil, .text("P-021"), .text("P-020")])
            #expect(refusals.allSatisfy { $0["by"] == $0["login"] })
            #expect(try await coordinator("audit", "journal").code == 77)
        }
    }

    @Test(arguments: ["monitor", "statistician", "auditor", "trial-office", "sealer"])
    func `what somebody tries who has no part in recording is kept, in the database's words`(_ role: String)
        async throws
    {
        try await withTool(Template.clinic) { service, administrator in
            let login = "pathway_test_\(UUID().uuidString.prefix(8).lowercased())"
            let admin = service.with(["DATABASE_URL": administrator])
            #expect(try await admin("access", "grant", login, "--role", role).code == 0)
            let own = service.with(["DATABASE_URL": try ConnectionString.replacing(["user": login], in: administrator)])
            let doors: [Door] = [
                .words("log P-017 seen --on 2018-04-01"), .words("register P-018 --on 2018-01-10 \(Clinic.enrolment)"),
                .words("correct P-017 9 --on 2018-03-15 --yes --reason why"),
                .words("correct P-017 99 --remove --yes --reason why"),
                .words("randomise P-017 --on 2018-04-01"), .words("sign P-017"), .words("lock P-017 --reason why"),
                .words("lock --site H-04 --reason why"), .words("erase P-017 --yes --reason why"),
                .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01"}"#),
                .file(#"{"patient":"P-017","act":"locked","why":"none"}"#),
            ]
            for door in doors {
                let answer = try await own(door)
                #expect(answer.code == 77 || answer.code == 65 || answer.code == 1, "\(answer.everything)")
            }
            let kept = try await service("refusals", "--format", "json").json().elements.reversed()
            #expect(
                kept.map { $0["patient"]?.string ?? "-" } == [
                    "P-017", "P-018", "P-017", "P-017", "P-017", "P-017", "P-017", "-", "P-017", "P-017", "P-017",
                ])
            #expect(Set(kept.map { $0["site"]?.string }) == ["H-04"])
            #expect(Set(kept.map { $0["answer"]?.string }) == ["not-allowed"])
            #expect(
                Set(kept.map { $0["explanation"]?.string })
                    == ["the login has no right to record, which takes the role \"coordinator\""])
            #expect(Set(kept.map { $0["login"]?.string }) == [login])
            #expect(try await eventCount(administrator) == 9)
            try await execute("DROP ROLE \(identifier: login)", administrator)
        }
    }

    @Test func `a coordinator's cursor that the log has not reached is refused, and its end is not`() async throws {
        try await withCoordinator { coordinator, service, _ in
            #expect(try await coordinator.registering("P-021", ["site": "H-05"]).code == 0)
            _ = try await service.changes(10)
            let end = try await service.lines("changes").count
            // The clinic's other patient is at another site: of its numbers the coordinator sees none.
            #expect(try await coordinator.lines("changes").count == 1)
            let atEnd = try await coordinator.line("changes --after \(end)")
            #expect(atEnd.code == 0 && atEnd.output.isEmpty, "\(atEnd.everything)")
            let beyond = try await coordinator.line("changes --after \(end + 1)")
            #expect(beyond.code == 65 && beyond.output.isEmpty)
            #expect(
                beyond.talk.hasPrefix(
                    "error: the cursor \(end + 1) is ahead of the log, which has \(end) sealed entries\n"),
                "\(beyond.everything)")
        }
    }

    @Test func `a person's login names itself, and takes no other name`() async throws {
        try await withCoordinator { coordinator, service, _ in
            #expect(try await coordinator.registering("P-021", ["site": "H-05"]).code == 0)
            let event = try await service("history", "P-021", "--format", "json").json()["events"]?.elements.last
            let login = try #require(event?["login"]?.string)
            #expect(event?["by"] == .text(login) && login != Template.login)
            let forged = try await coordinator("sign", "P-021", "--meaning", "approval", "--by", "Prof. Anna Chief")
            #expect(
                forged.everything == """
                    ! error: the login "\(login)" acts under its own name, and not as "Prof. Anna Chief"
                    ! hint: leave out --by and unset PATHWAY_USER: only the service's login speaks for others
                    = 77

                    """)
            let named = try await coordinator.with(["PATHWAY_USER": "anna"]).line("export --out log.ndjson")
            #expect(named.code == 77 && named.talk.contains("and unset PATHWAY_USER"), "\(named.everything)")
            let enrolment = try await coordinator.with(["PATHWAY_USER": "anna"]).registering("P-022", ["site": "H-05"])
            #expect(
                enrolment.code == 77 && enrolment.talk.contains("and unset PATHWAY_USER"), "\(enrolment.everything)")
            let seen = try await coordinator.with(["PATHWAY_USER": "anna"]).line("log P-021 seen --on 2018-04-01")
            #expect(seen.code == 77 && seen.talk.contains("and unset PATHWAY_USER"), "\(seen.everything)")
            let kept = try await service("refusals", "--format", "json").json().elements.first
            #expect(kept?["by"] == .text(login) && kept?["answer"] == .text("not-allowed"))
            #expect(try await coordinator("sign", "P-021", "--by", login).code == 0)
        }
    }

    @Test func `what a login may not read or do is said by the role that it takes`() async throws {
        try await withCoordinator { coordinator, service, admin in
            let journal = try await coordinator("audit", "journal")
            #expect(
                journal.talk == """
                    error: the login has no right to this, which takes the role "auditor"
                    hint: whoever administers the log grants it with "pathway access grant"

                    """)
            let grant = try await service("access", "grant", "pathway_nobody", "--role", "monitor")
            #expect(grant.code == 77)
            #expect(
                grant.talk.contains("hint: repeat the command with the administrator's connection"), "\(grant.talk)")
            let login = "pathway_monitor_\(UUID().uuidString.prefix(8).lowercased())"
            let administrator = try #require(admin.environment["DATABASE_URL"] ?? nil)
            #expect(try await admin("access", "grant", login, "--role", "monitor").code == 0)
            let monitor = service.with([
                "DATABASE_URL": try ConnectionString.replacing(["user": login], in: administrator)
            ])
            let (path, trail) = (try await monitor("history", "P-017"), try await monitor("audit", "trail"))
            try await execute("DROP ROLE \(identifier: login)", administrator)
            #expect(
                path.talk == """
                    error: the login has no right to this, which takes the role "coordinator", "auditor" or "statistician"
                    hint: a monitor reads with "pathway audit trail"; whoever administers the log grants it with "pathway access grant"

                    """)
            #expect(trail.code == 0)
        }
    }

    @Test func `a study number that another site uses is said to be taken`() async throws {
        try await withCoordinator { coordinator, _, _ in
            let taken = try await coordinator.registering("P-017", ["site": "H-05"])
            #expect(
                taken.everything == """
                    ! error: cannot record "enrolled" for patient P-017: the study number is taken, and its record is not at one of this login's sites
                    = 1

                    """)
        }
    }

    @Test func `a site that nobody knows is locked only on purpose, and none without a name`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let typo = try await tool("lock", "--site", "H-40", "--reason", "cut")
            #expect(
                typo.everything == """
                    ! error: the log has never had a patient of site "H-40"
                    ! hint: is its name right? with --new-site it is locked before its first patient comes
                    = 1

                    """)
            #expect(try await tool("lock", "--site", "", "--reason", "cut").code == 64)
            #expect(try await tool("lock", "--site", "*", "--reason", "cut").code == 64)
            #expect(try await tool("lock", "--study", "--new-site", "--reason", "cut").code == 64)
            let early = try await tool("lock", "--site", "H-40", "--new-site", "--reason", "not yet open")
            #expect(early.output == "locked 0 records\n", "\(early.everything)")
            #expect(try await tool.registering("P-020", ["site": "H-40"]).code == 1)
        }
    }

    @Test func `who grants access is told what cannot be, and what is unwise`() async throws {
        try await withCoordinator { _, _, admin in
            for role in ["pathway_coordinator", "pathway_owner"] {
                let answer = try await admin("access", "grant", role, "--role", "auditor")
                #expect(answer.code == 65)
                #expect(answer.talk.hasPrefix("error: \"\(role)\" is a role and no login: "), "\(answer.everything)")
            }
            #expect(
                try await admin("access", "grant", "", "--role", "auditor").talk
                    == "error: a login has 1 to 63 characters\n")
            #expect(try await admin("access", "grant", "eva", "--role", "coordinator", "--site", "").code == 64)
            let draws = try await admin("access", "grant", Template.login, "--role", "randomiser")
            #expect(draws.code == 0)
            #expect(draws.talk.hasPrefix("warning: whoever connects as \(Template.login) can draw"), "\(draws.talk)")
        }
    }

    @Test func `what cannot be proved or keyed is said in words`() async throws {
        try await withCoordinator { coordinator, service, _ in
            for name in ["a b", ""] {
                let key = try await service("audit", "key", "--name", name, "--out", "log.key")
                #expect(key.code == 65)
                #expect(!key.talk.contains("ProofError"), "\(key.everything)")
            }
            #expect(try await coordinator.registering("P-021", ["site": "H-05"]).code == 0)
            let proof = try await coordinator("audit", "prove", "P-021", "1")
            #expect(
                proof.everything == """
                    ! error: the login has no right to this, which takes the role "auditor"
                    ! hint: whoever administers the log grants it with "pathway access grant"
                    = 77

                    """)
            #expect(try await service.line("audit key --name log.example/x --out k").code == 0)
            #expect(try await service.line("audit checkpoint --key k --out c").code == 0)
            for (line, roles) in [
                ("checkpoint --key k", #"the role "auditor""#), ("verify", #"the role "auditor""#),
                ("consistency c c --verifier k.pub", #"the role "auditor" or "statistician""#),
            ] {
                let denied = try await coordinator.line("audit \(line)")
                #expect(denied.code == 77 && denied.talk.contains(roles), "\(denied.everything)")
            }
        }
    }
}
