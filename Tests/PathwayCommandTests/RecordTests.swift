import DatabaseTesting
import Foundation
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// Signatures, locks, erasure and access, at the command line.
@Suite struct RecordTests {
    @Test func `a locked record refuses through every door until it is unlocked with a reason`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool("lock", "P-017", "--reason", "data cut").output == "P-017  event 10  locked\n")
            #expect(
                try await tool("lock", "P-017", "--reason", "again").talk
                    == "error: the record of patient P-017 is locked already\n")
            let locked =
                "error: cannot record \"seen\" for patient P-017: the record is locked\nhint: unlock it first, with a reason\n"
            #expect(try await tool.line("log P-017 seen --on 2018-04-01").talk == locked)
            #expect(try await tool("correct", "--yes", "P-017", "3", "--remove", "--reason", "why").code == 1)
            #expect(try await tool.line("randomise P-017 --on 2018-04-01").code == 1)
            try Data(Clinic.ndjson("P-017 seen 2018-04-01")).write(
                to: URL(fileURLWithPath: "\(tool.folder)/seen.ndjson"))
            let imported = try await tool("import", "seen.ndjson")
            #expect(imported.code == 65)
            #expect(imported.talk.contains("cannot record \"seen\": the record is locked"))
            #expect(try await eventCount(administrator) == 10)
            var plain = try await Connection.open(administrator)
            let error = await #expect(throws: PostgresError.self) {
                try await plain.execute(
                    """
                    INSERT INTO pathway.event SELECT (jsonb_populate_record(e, jsonb_build_object(
                        'position', 11, 'follows', 10, 'act', NULL, 'milestone', 'seen', 'answer', 'planned', 'occurred_on',
                        '2018-04-01', 'floor_after', '2018-04-01', 'precision', 'day', 'arrow', 'status', 'reason', NULL, 'request', gen_random_uuid()))).*
                    FROM pathway.event AS e WHERE position = 10
                    """)
            }
            #expect(error?.constraint == "locked_record_refuses")
            #expect(try await tool("unlock", "P-017").code == 64)
            #expect(try await tool("unlock", "P-017", "--reason", "query 12").output == "P-017  event 11  unlocked\n")
            #expect(try await tool.line("log P-017 seen --on 2018-04-01").code == 0)
        }
    }

    @Test func `a correction after a signature voids it visibly, and signing again is recorded again`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            #expect(try await tool("sign", "P-017", "--meaning", "review").output == "P-017  event 10  signed\n")
            func signatures() async throws -> [JSON] {
                try await tool("status", "P-017", "--format", "json").json()["signatures"]?.elements ?? []
            }
            let first = try #require(try await signatures().first)
            #expect(first["by"] == .text("anna"))
            #expect(first["meaning"] == .text("review"))
            #expect(first["voided-by"] == nil)
            let chain = try await tool("audit", "chain", "P-017").output.split(separator: "\n")
            #expect(chain[8].contains(try #require(first["digest"]?.string)))
            #expect(try await tool("correct", "--yes", "P-017", "3", "--on", "2018-02-07", "--reason", "why").code == 0)
            #expect(try await signatures().first?["voided-by"] == .number(11))
            #expect(try await tool("status", "P-017").output.contains(", void since the correction at event 11\n"))
            #expect(try await tool("sign", "P-017", "--meaning", "approval").code == 0)
            #expect(try await signatures().map { $0["voided-by"] } == [.number(11), nil])
            let history = try await tool("history", "P-017", "--all").output.split(separator: "\n")
            #expect(history.count { $0.contains("  signed (void since event 11)  ") } == 1)
            #expect(history.count { $0.contains("  signed  ") } == 1)
            #expect(
                try await tool.record().filter { $0["entry"] == .text("signed") }.map { $0["voided-by"] }
                    == [.number(11), nil])
        }
    }

    @Test func `a site that is locked takes no patients and no milestones`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool("lock", "--site", "H-04", "--reason", "closed").output == "locked 1 record\n")
            let enrolment = Clinic.enrolment.split(separator: " ").map(String.init)
            let answer = try await tool.run([Tool.program, "register", "P-018", "--on", "2018-05-01"] + enrolment)
            #expect(answer.code == 1)
            #expect(
                answer.talk
                    == "error: cannot record \"enrolled\" for patient P-018: site \"H-04\" is locked and takes no patients\nhint: unlock it first, with a reason\n"
            )
            #expect(try await tool.line("log P-017 seen --on 2018-04-01").code == 1)
            let other = enrolment.map { $0 == "site=H-04" ? "site=H-05" : $0 }
            #expect(try await tool.run([Tool.program, "register", "P-018", "--on", "2018-05-01"] + other).code == 0)
            #expect(try await tool("unlock", "--site", "H-04", "--reason", "open").output == "unlocked 1 record\n")
            #expect(
                try await tool.run([Tool.program, "register", "P-019", "--on", "2018-05-01"] + enrolment).code == 0)
            #expect(try await tool("lock", "--study", "--reason", "end").output == "locked 3 records\n")
            #expect(try await tool.run([Tool.program, "register", "P-020", "--on", "2018-05-01"] + other).code == 1)
            let journal = try await tool("audit", "journal", "--format", "json").json().elements.compactMap {
                $0["act"]
            }
            #expect(journal.prefix(3) == [.text("study-locked"), .text("site-unlocked"), .text("site-locked")])
            #expect(try await eventCount(administrator) == 9 + 2 + 2 + 3)
        }
    }

    @Test func `what identifies is erased, and every proof and count stays`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.line("audit key --name log.example/test --out key").code == 0)
            let tool = tool.with(["PATHWAY_SIGNING_KEY": "\(tool.folder)/key"])
            #expect(try await tool.line("audit checkpoint --out before").code == 0)
            let cohort = try await tool("cohort").output
            #expect(try await tool("history", "P-017").output.contains("born=2008-07-14"))
            #expect(
                try await tool("erase", "--yes", "P-017", "--reason", "request").output == "P-017  event 10  erased\n")
            #expect(try await !tool("history", "P-017", "--all").output.contains("2008-07-14"))
            #expect(try await tool("cohort").output == cohort)
            let verified = try await tool.line("audit verify --checkpoint before")
            #expect(verified.code == 0)
            #expect(verified.output.hasSuffix("\nsound\n"))
            #expect(try await tool("erase", "--yes", "P-017", "--reason", "again").code == 1)
            #expect(try await tool("audit", "journal").output.contains("erased"))
            let dump = try await tool.run(["pg_dump", "--inserts", "--schema=pathway", administrator])
            #expect(dump.code == 0)
            #expect(!dump.output.contains("2008-07-14"))
            #expect(dump.output.contains("P-017"))
            #expect(!dump.output.contains("INSERT INTO pathway.patient_key"))
            // A reason that was erased is said to be.
            #expect(
                try await tool.line("log P-017 off-therapy --on 2018-03-15 reason=completed --deviation moved").code
                    == 0)
            #expect(try await tool("erase", "--yes", "P-017", "--reason", "once more").code == 0)
            #expect(try await tool("history", "P-017").output.contains("[off protocol: the reason is erased]"))
            #expect(try await tool("deviations").output.contains("the reason is erased"))
            // Reasons that are given later have a key of their own.
            #expect(try await tool("lock", "P-017", "--reason", "closed").code == 0)
            #expect(try await tool("history", "P-017", "--all").output.contains("[closed]"))
            let reason = try await tool("deviations", "--format", "json").json().elements.first?["reason"]
            #expect(reason == .null)
        }
    }

    @Test func `what is recorded of a patient after an erasure is warned of, and status tells where it stands`()
        async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            #expect(try await tool("erase", "--yes", "P-017", "--reason", "request").code == 0)
            let gone = "erased   what identified the patient is gone (event 10)\n"
            #expect(try await tool.line("status P-017").output.hasSuffix(gone))
            #expect(try await tool.line("log P-017 seen --on 2018-03-15").talk == "")
            #expect(try await tool.line("status P-017").output.hasSuffix(gone))
            let note = try await tool.line("log P-017 seen --on 2018-03-16 note=Erika")
            #expect(
                note.talk == """
                    warning: what identified patient P-017 was erased at event 10, and event 12 holds a birth date, a note or a reason
                    hint: "pathway erase P-017" forgets that too

                    """)
            let born = try await tool.line("correct --yes P-017 1 --set born=2008-07-14 --reason typing")
            #expect(born.code == 0, "\(born.everything)")
            #expect(
                born.talk.hasPrefix("warning: what identified patient P-017 was erased at event 10, and events 13, 14"))
            let status = try await tool.line("status P-017").output
            #expect(status.contains("\nerased   at event 10; recorded since: events 12, 13, 14"))
        }
    }

    @Test(arguments: ["erase P-017 --reason request", "correct P-017 9 --on 2018-03-15 --reason typing"])
    func `where nobody can be asked nothing is erased or corrected without consent`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.line(line)
            #expect(answer.code == 64)
            #expect(answer.talk.hasSuffix("hint: without a terminal, consent with --yes\n"))
            #expect(try await eventCount(administrator) == 9)
            #expect(try await tool.line(line + " --yes").code == 0)
        }
    }

    @Test func `a signature says how much was recorded behind it`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            _ = try await tool.line("sign P-017")
            let before = try await tool.line("status P-017").output
            #expect(before.contains("(event 10)\n"))
            _ = try await tool.line("log P-017 seen --on 2018-03-15")
            _ = try await tool.line("log P-017 seen --on 2018-03-16")
            let behind = try await tool.line("status P-017").output
            #expect(behind.contains("(event 10); recorded since: 2 events\n"))
        }
    }

    @Test func `access is granted, listed, revoked and written to the journal`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let person = "pathway_test_\(UUID().uuidString.prefix(8).lowercased())"
            let admin = tool.with(["DATABASE_URL": administrator])
            #expect(
                try await admin("access", "grant", person, "--role", "coordinator", "--site", "H-05", "--reason", "new")
                    .output
                    == "\(person) is now coordinator of site H-05\n")
            #expect(try await admin("access", "list").output.contains(person))
            let login = tool.with([
                "DATABASE_URL": try ConnectionString.replacing(["user": person], in: administrator),
                "PATHWAY_USER": nil,
            ])
            #expect(try await login("status", "P-017").code == 65)
            #expect(try await login("cohort").output.hasSuffix("0 patients\n"))
            let enrolment = Clinic.enrolment.split(separator: " ").map(String.init)
            #expect(
                try await login.run([Tool.program, "register", "P-020", "--on", "2018-05-01"] + enrolment).code != 0)
            let own = enrolment.map { $0 == "site=H-04" ? "site=H-05" : $0 }
            #expect(try await login.run([Tool.program, "register", "P-020", "--on", "2018-05-01"] + own).code == 0)
            #expect(try await login("audit", "journal").code != 0)
            #expect(
                try await admin("access", "revoke", person, "--role", "coordinator", "--site", "H-05").output
                    == "\(person) is no longer coordinator of site H-05\n")
            #expect(try await login("status", "P-020").code != 0)
            #expect(try await admin("access", "revoke", person, "--role", "coordinator", "--site", "H-05").code == 65)
            let acts = try await tool("audit", "journal", "--format", "json").json().elements
            #expect(acts.first?["act"] == .text("access-revoked"))
            #expect(acts.dropFirst().first?["reason"] == .text("new"))
            #expect(acts.first?["by"] == .text("anna"))
            var connection = try await Connection.open(administrator)
            try await connection.execute("DROP ROLE \(identifier: person)")
        }
    }

    @Test func `the log is never opened as a superuser`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.with(["DATABASE_URL": administrator])("status", "P-017")
            #expect(answer.code == 69)
            #expect(answer.talk.contains("is a superuser, and the log is never used as one\n"))
        }
    }

    @Test func `changes are read once each by one number, removals included`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let journal = try await Connection.value("SELECT count(*) FROM pathway.journal", administrator)
            let first = try await tool.changes(9 + journal, everything: true)
            let raw = try await tool("changes").output.split(separator: "\n")
            #expect(raw.allSatisfy { $0.components(separatedBy: "\"site\":").count <= 2 })
            #expect(first.compactMap { $0["number"] } == (1...first.count).map { .number(Double($0)) })
            #expect(first.contains { $0["change"] == .text("protocol-added") })
            #expect(try await tool.lines("changes", "--after", String(first.count)).isEmpty)
            #expect(try await tool("correct", "--yes", "P-017", "8", "--remove", "--reason", "why").code == 0)
            _ = try await tool.changes(first.count + 2, everything: true)
            let then = try await tool.lines("changes", "--after", String(first.count))
            #expect(then.map { $0["change"] } == [.text("rewound"), .text("restated")])
            #expect(then.first?["removes"]?.elements == [.number(8), .number(9)])
            #expect(then.first?["why"] == .text("why"))
            guard case .text(let instant)? = first.last?["at"] else { return #expect(Bool(false), "no time") }
            #expect(try await tool.lines("changes", "--since", instant).count == 2)
        }
    }

    @Test func `what nothing can be done to is refused for a site and the study, and is not in the journal`()
        async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            func journal() async throws -> [String] {
                try await tool("audit", "journal", "--format", "json").json().elements.compactMap {
                    $0["act"]?.string
                }.filter { $0.hasPrefix("site-") || $0.hasPrefix("study-") }
            }
            try await tool.expectRefused(#"there is no record in site "H-99""#, [.words("sign --site H-99")])
            try await tool.expectRefused(#"site "H-04" is not locked"#, [.words("unlock --site H-04 --reason none")])
            try await tool.expectRefused("the study is not locked", [.words("unlock --study --reason none")])
            #expect(try await journal() == [])
            // A site that has no patients yet is closed to those who would come.
            #expect(try await tool.line("lock --site H-99 --new-site --reason closed").output == "locked 0 records\n")
            try await tool.expectRefused(#"site "H-99" is locked already"#, [.words("lock --site H-99 --reason again")])
            #expect(try await tool.line("unlock --site H-99 --reason open").output == "unlocked 0 records\n")
            #expect(try await tool.line("sign --site H-04").output == "signed 1 record\n")
            #expect(try await tool.line("lock P-017 --reason cut").code == 0)
            try await tool.expectRefused(
                #"every record of site "H-04" is locked; unlock first, with a reason"#, [.words("sign --site H-04")])
            try await tool.expectRefused("every record of the study is locked", [.words("sign --study")])
            let answer = try await tool.line("sign --study --format json")
            #expect(answer.code == 1)
            #expect(try answer.json()["outcome"] == .text("refused"))
            #expect(try await journal() == ["site-signed", "site-unlocked", "site-locked"])
        }
    }

    @Test func `acts and corrections that are refused are kept with who, through which door, what and why`()
        async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            #expect(try await tool.line("lock P-017 --reason cut").code == 0)
            let at = #""by":"ida","at":"2018-04-01T00:00:00Z""#
            let doors: [Door] = [
                .words("sign P-017 --meaning review --by berta"), .words("lock P-017 --reason again"),
                .words("unlock P-404 --reason none"), .words("sign --site H-04 --by carla"), .words("sign --study"),
                .file(#"{"patient":"P-017","act":"signed","meaning":"approval","digest":"\#(someDigest)",\#(at)}"#),
                .file(#"{"patient":"P-017","act":"rewound","to":8,"why":"none",\#(at)}"#),
                .file(#"{"patient":"P-404","act":"locked","why":"none"}"#),
            ]
            for door in doors { #expect(try await tool(door).code != 0, "\(door)") }
            #expect(try await tool.line("unlock P-017 --reason query").code == 0)
            let removal = [
                #"{"patient":"P-017","act":"rewound","to":1,"why":"none",\#(at)}"#,
                #"{"patient":"P-017","milestone":"course-ended","on":"2018-02-08","course":"block-1","restates":3,\#(at)}"#,
            ]
            #expect(try await tool(.file(removal.joined(separator: "\n"))).code == 65)
            let kept = try await tool("refusals", "--format", "json").json().elements.reversed()
            let words = kept.map { refusal in
                let attempted = refusal["attempted"]
                let what = ["act", "milestone", "meaning", "to"].compactMap { attempted?[$0]?.string }
                return [
                    refusal["patient"]?.string ?? "-", refusal["site"]?.string ?? "-",
                    what.joined(separator: " "), refusal["answer"]?.string ?? "", refusal["door"]?.string ?? "",
                    refusal["by"]?.string ?? "", refusal["explanation"]?.string ?? "",
                ].joined(separator: "|")
            }
            let locked = "the record of patient P-017 is locked"
            #expect(
                words == [
                    "P-017|H-04|signed review|refused|command-line|berta|\(locked); unlock it first, with a reason",
                    "P-017|H-04|locked|refused|command-line|anna|\(locked) already",
                    #"P-404|-|unlocked|refused|command-line|anna|there is no patient "P-404" in the log"#,
                    #"-|H-04|signed responsibility|refused|command-line|carla|every record of site "H-04" is locked; unlock first, with a reason"#,
                    "-|-|signed responsibility|refused|command-line|anna|every record of the study is locked; unlock first, with a reason",
                    "P-017|H-04|signed approval|refused|import|anna|\(locked); unlock it first, with a reason",
                    "P-017|H-04|rewound 8|refused|import|anna|\(locked)",
                    #"P-404|-|locked|refused|import|anna|there is no patient "P-404" in the log"#,
                    #"P-017|H-04|correction: course-ended block-1|refused|import|anna|the pathway is in "Enrolled, before Block 1""#,
                ])
            let text = try await tool("refusals").output
            #expect(text.contains("site H-04"), "\(text)")
            #expect(text.contains("signed meaning=review"), "\(text)")
            #expect(text.hasSuffix("9 refusals\n"), "\(text)")
        }
    }
}

extension JSON {
    var string: String? { if case .text(let text) = self { text } else { nil } }
    var whole: Int? { if case .number(let number) = self { Int(number) } else { nil } }
}
