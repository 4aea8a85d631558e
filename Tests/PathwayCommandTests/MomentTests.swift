import Foundation
import Postgres
import Testing

/// `--as-of` and `--through` on all that reads.
@Suite struct MomentTests {
    @Test(arguments: [
        "status P-017", "next P-017", "history P-017", "timeline P-017", "cohort", "worklist", "deviations", "refusals",
        "export", "replay", "audit trail", "audit journal", "snapshot list", "protocol list",
        "snapshot take late --through 2018-03-01", "report --out late.html", "curve",
    ])
    func `nothing is read as of a moment that is still to come`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.line("\(line) --as-of 2999-01-01T00:00:00Z")
            #expect(answer.code == 65)
            #expect(answer.output.isEmpty)
            #expect(
                normalised(answer.talk) == """
                    error: the moment MOMENT lies in the future: it is MOMENT
                    hint: leave it out to read what is recorded by now

                    """)
        }
    }

    @Test(arguments: [
        "status P-017 --as-of now", "changes --since now", "snapshot take now --through 2018-03-01 --as-of now",
    ])
    func `now is a moment`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.line(line)
            #expect(answer.code == 0, "\(answer.everything)")
            #expect(answer.output.isEmpty == line.hasPrefix("changes"))
        }
    }

    @Test func `a cursor that the log has not reached is refused, and its end is not`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            _ = try await tool.changes(9)
            let end = try await tool.lines("changes").count
            let atEnd = try await tool.line("changes --after \(end)")
            #expect(atEnd.code == 0 && atEnd.output.isEmpty, "\(atEnd.everything)")
            for line in ["changes --after 4711", "changes --after 4711 --follow"] {
                let answer = try await tool.line(line)
                #expect(answer.code == 65 && answer.output.isEmpty)
                #expect(
                    answer.talk.hasPrefix(
                        "error: the cursor 4711 is ahead of the log, which has \(end) sealed entries\nhint: was an older"
                    ),
                    "\(answer.everything)")
            }
        }
    }

    @Test func `what is due is judged by the day up to which, or as of which, is read`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let through = try await tool.line("worklist --through 2018-01-20 --upcoming")
            #expect(through.code == 0)
            #expect(through.output.contains("\non 2018-01-20: 0 upcoming, 1 due, 0 overdue\n"), "\(through.output)")
            #expect(through.output == (try await tool.line("worklist --on 2018-01-20 --upcoming")).output)
            #expect(
                try await tool.line("worklist --as-of 2001-01-01").output.hasSuffix(
                    "on 2001-01-01: 0 upcoming, 0 due, 0 overdue\n"))
            let next = try await tool.line("next P-017 --through 2018-01-20")
            #expect(next.code == 0 && next.output.contains("by 2018-02-15  block-1"), "\(next.everything)")
            let later = try await tool.line("next P-017 --through 2018-02-07")
            #expect(later.code == 0 && !later.output.contains("overdue"), "\(later.everything)")
            let overdue = try await tool.line("worklist --on 2018-02-20 --as-of now --overdue")
            #expect(overdue.output.hasSuffix("on 2018-02-20: 0 upcoming, 0 due, 0 overdue\n"), "\(overdue.everything)")
        }
    }

    @Test func `the trail of a patient whom nobody knows, or knew then, is no empty one`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            #expect(try await tool.line("audit trail --patient P-017").code == 0)
            for options in ["--patient NOPE-1", "--patient P-017 --as-of 2001-01-01"] {
                let answer = try await tool.line("audit trail \(options)")
                #expect(answer.code == 65 && answer.output.isEmpty)
                #expect(answer.talk.hasPrefix("error: there \(options.hasSuffix("1-01") ? "was" : "is") no patient "))
            }
        }
    }

    @Test func `a moment may have the offset of the reader's clock`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try await execute("SELECT pg_sleep(0.001)", administrator)
            let now = try await Connection.text(
                "SELECT to_char(now() AT TIME ZONE '+02', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')", administrator)
            #expect(try await tool.line("log P-017 seen --on 2018-04-01").code == 0)
            func last(_ moment: String) async throws -> JSON? {
                try await tool.line("status P-017 --format json --as-of \(moment)").json()["last-position"]
            }
            // POSIX counts zones westwards: '+02' is two hours behind Greenwich.
            #expect(try await last(now + "-02:00") == .number(9))
            #expect(try await tool.line("status P-017 --as-of \(now)-23:00").code == 65)
            #expect(try await tool.line("status P-017 --as-of \(now)+23:00").code == 65)
        }
    }

    /// The days on which what was refused should have happened, the earliest attempt first.
    private func days(_ tool: Tool, through day: String) async throws -> [String] {
        try await tool.line("refusals --format json --through \(day)").json().elements.reversed().map {
            $0["attempted"]?["on"]?.string ?? "-"
        }
    }

    @Test func `refusals up to a day are of what should have happened by then`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            for line in [
                "log P-017 course-started block-1 --on 2018-03-15", "log P-017 course-started block-1 --on 2018-04-02",
                "unlock P-017 --reason none", "log P-017 course-started block-3 --on 2018-03-31",
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 1, "\(line)")
            }
            #expect(try await days(tool, through: "2018-03-31") == ["2018-03-15", "2018-03-31"])
            #expect(try await days(tool, through: "2018-03-30") == ["2018-03-15"])
            // An attempt without a day has that on which it was made.
            #expect(try await days(tool, through: "2999-01-01") == ["2018-03-15", "2018-04-02", "-", "2018-03-31"])
        }
    }

    @Test func `the journal, access, snapshots and versions are read as they were at a moment`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let admin = tool.with(["DATABASE_URL": administrator])
            let person = "pathway_test_\(UUID().uuidString.prefix(8).lowercased())"
            func grants(_ moment: String?) async throws -> Int {
                let words = ["access", "list", "--format", "json"] + (moment.map { ["--as-of", $0] } ?? [])
                return try await admin.run([Tool.program] + words).json().elements.count {
                    $0["login"] == .text(person)
                }
            }
            func moment() async throws -> String {
                try await Connection.text(
                    "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", administrator)
            }
            let before = try await moment()
            #expect(try await admin.line("access grant \(person) --role auditor").code == 0)
            #expect(try await admin.line("snapshot take one --through 2018-03-01").code != 0)
            #expect(try await tool.line("snapshot take one --through 2018-03-01").code == 0)
            let granted = try await moment()
            #expect(try await admin.line("access revoke \(person) --role auditor").code == 0)
            #expect(try await grants(before) == 0)
            #expect(try await grants(granted) == 1)
            #expect(try await grants(nil) == 0)
            func count(_ line: String) async throws -> Int { try await tool.line(line).json().elements.count }
            let journal = "audit journal --format json"
            let all = try await count(journal)
            #expect(try await count("\(journal) --as-of \(before)") == all - 3)
            #expect(try await count("\(journal) --as-of \(granted)") == all - 1)
            #expect(try await count("snapshot list --format json --as-of \(before)") == 0)
            #expect(try await count("snapshot list --format json --as-of \(granted)") == 1)
            #expect(try await count("protocol list --format json --as-of 2001-01-01") == 0)
            #expect(try await count("protocol list --format json --as-of \(before)") == 1)
            try await execute("DROP ROLE \(identifier: person)", administrator)
        }
    }
}
