import Foundation
import Postgres
import Testing

@Suite struct ImportTests {
    @Test func `a trial run says what would happen and records nothing`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let lines = String(decoding: Clinic.lines, as: UTF8.self)
            try tool.write("good.ndjson", lines + #"{"patient":"P-017","milestone":"sen","on":"2018-03-15"}"# + "\n")
            let answer = try await tool("import", "good.ndjson", "--dry-run")
            #expect(
                answer.everything == """
                    10 lines: 9 would be recorded, 0 recorded before, 1 would be refused
                    of the recorded: 0 with a warning, 0 off protocol
                    ! good.ndjson:10: unknown milestone "sen"
                    ! hint: did you mean "seen"?
                    = 65

                    """)
            #expect(!tool.exists("good.ndjson.refused"))
            #expect(try await eventCount(administrator) == 0)
            let json = try await tool("import", "good.ndjson", "--dry-run", "--format", "json").json()
            #expect(
                json
                    == .object([
                        "dry-run": .flag(true), "lines": .number(10), "not-judged": .number(0),
                        "off-protocol": .number(0),
                        "recognised": .number(0),
                        "recorded": .number(9), "refused": .number(1), "warned": .number(0),
                    ]))
        }
    }

    @Test func `refused lines are mended and imported again`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let lines = String(decoding: Clinic.lines, as: UTF8.self)
            try tool.write("log.ndjson", lines.replacing(#""mrd":"0.05""#, with: #""mrd":"neg""#))
            let first = try await tool("import", "log.ndjson")
            #expect(first.code == 65)
            // The fault and the five lines that wait for it.
            #expect(first.output.hasPrefix("9 lines: 3 recorded, 0 recorded before, 6 refused\n"))
            #expect(try await eventCount(administrator) == 3)
            try tool.write("mended.ndjson", try tool.read("log.ndjson.refused").replacing("neg", with: "0.05"))
            let second = try await tool("import", "mended.ndjson")
            #expect(second.everything.hasPrefix("6 lines: 6 recorded, 0 recorded before, 0 refused\n"))
            #expect(try await eventCount(administrator) == 9)
            let repeated = try await tool("import", "mended.ndjson")
            #expect(repeated.output.hasPrefix("6 lines: 0 recorded, 6 recorded before, 0 refused\n"))
        }
    }

    @Test func `a file of refused lines that somebody may be mending is not overwritten`() async throws {
        try await withTool(Template.trial) { tool, _ in
            try tool.write("log.ndjson", "{}\n")
            #expect(try await tool("import", "log.ndjson").code == 65)
            try tool.write("log.ndjson.refused", "half mended\n")
            let second = try await tool("import", "log.ndjson")
            #expect(second.output.contains("the refused lines are in log.ndjson.refused-2: mend them"))
            #expect(try tool.read("log.ndjson.refused") == "half mended\n")
            #expect(try tool.read("log.ndjson.refused-2") == "{}\n")
        }
    }

    @Test(arguments: [
        ("patient;milestone;on", "the columns are separated by \";\"\n! hint: separate them by commas"),
        ("patient\tmilestone\ton", "the columns are separated by tabs\n! hint: separate them by commas"),
        ("patient,milestne,on", "unknown column \"milestne\"\n! hint: did you mean \"milestone\"?"),
    ])
    func `columns that cannot be are found before any line`(columns: String, words: String) async throws {
        try await withTool(Template.trial) { tool, administrator in
            try tool.write("clinic.csv", columns + "\nP-1,seen,2018-01-01\n")
            let answer = try await tool("import", "clinic.csv")
            #expect(answer.everything == "! error: \(words)\n= 65\n")
            #expect(try await eventCount(administrator) == 0)
        }
    }

    private let csv = """
        patient,milestone,on,site,born,diagnosed,relapsed-on,relapse-sites,down-syndrome,philadelphia,prior-transplant,\
        prior-blinatumomab,prior-relapse-therapy,ecog,consented,course,note
        P-1,enrolled,2018-01-10,H-04,2008-07-14,2014-06-02,2018-01-03,marrow,no,no,no,no,no,1,2018-01-09,,"a ""quoted"", long
        note"
        P-1,course-started,2018-01-11,,,,,,,,,,,,,block-1,
        P-1,course-stopped,2018-02-08,,,,,,,,,,,,,block-1,
        P-2,enrolled

        """

    @Test func `a CSV file is read, and its refused lines keep the names of the columns`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            try tool.write("clinic.csv", csv)
            let first = try await tool("import", "clinic.csv")
            #expect(
                first.everything == """
                    4 lines: 2 recorded, 0 recorded before, 2 refused
                    of the recorded: 0 with a warning, 0 off protocol
                    the refused lines are in clinic.csv.refused: mend them and import that file
                    ! clinic.csv:5: unknown milestone "course-stopped"
                    ! hint: did you mean "course-started"?
                    ! clinic.csv:6: 2 cells, and the first line names 17 columns
                    = 65

                    """)
            let history = try await tool("history", "P-1", "--format", "json").json()
            #expect(history["events"]?.elements[0]["facts"]?["note"] == .text("a \"quoted\", long\nnote"))
            let refused = try tool.read("clinic.csv.refused")
            #expect(refused.hasPrefix("patient,milestone,on,"))
            let mended = refused.replacing("stopped", with: "ended").replacing("P-2,enrolled\n", with: "")
            try tool.write("clinic.csv.refused", mended)
            let second = try await tool("import", "clinic.csv.refused")
            #expect(second.output.hasPrefix("1 line: 1 recorded, 0 recorded before, 0 refused\n"))
            #expect(try await eventCount(administrator) == 3)
        }
    }

    @Test func `standard input is read, and its refused lines go to a file of the working folder`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let lines = String(decoding: Clinic.lines, as: UTF8.self)
            let answer = try await tool("import", "-", input: .text(lines + "{}\n"))
            #expect(answer.code == 65)
            #expect(answer.talk == "-:10: \"patient\" is missing\n")
            #expect(try tool.read("import.refused") == "{}\n")
            #expect(try await eventCount(administrator) == 9)
            let table = try await tool("import", "-", "--csv", input: .text(csv.replacing("P-1", with: "P-3")))
            #expect(table.output.hasPrefix("4 lines: 2 recorded, "))
        }
    }

    @Test func `lines that cannot be read are kept among the refusals, and nothing of their own words is`() async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            try tool.write(
                "bad.ndjson",
                #"""
                {"patient":"P-017","milestone":"seen","on":"2018-03-15","Erika":"x"}
                {"patient":"Erika","milestone":"Erika","on":"Erika"}
                {"patient":"P-017","milestone":"response-assessed","on":"2018-03-15","marrow":"Erika \"M\" Erika"}
                {"patient":"P-017","act":"Erika","why":"Erika"}
                {"Erika":1,"Erika":2}
                {"patient":"Erika M","milestone":"seen","on":"2018-03-15"}
                {"patient":"P-017","milestone":"seen","on":"Erika
                """#)
            #expect(try await tool.line("import bad.ndjson --by berta").code == 65)
            let answer = try await tool.line("refusals --format json")
            #expect(!answer.output.contains("Erika"))
            let words = try answer.json().elements.reversed().map { refusal in
                let attempted = ["line", "milestone", "on"].compactMap { refusal["attempted"]?[$0]?.string }
                let who = ["patient", "door", "by"].map { refusal[$0]?.string ?? "-" }
                return (who + attempted + [refusal["explanation"]?.string ?? ""]).joined(separator: "|")
            }
            #expect(
                words == [
                    #"P-017|import|berta|1|seen|2018-03-15|unknown field "…""#,
                    #"-|import|berta|2|unknown milestone "…""#,
                    #"P-017|import|berta|3|response-assessed|2018-03-15|marrow "…" is not one of m1, m2, m3, not-done, inadequate"#,
                    #"P-017|import|berta|4|unknown act "…""#, #"-|import|berta|5|"…" is given twice"#,
                    #"-|import|berta|6|seen|2018-03-15|"…" is no study number: it takes 1 to 32 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"#,
                    "-|import|berta|7|the last line is cut off: not JSON: the line ends inside a text at byte 50 of the line",
                ])
        }
    }

    @Test func `what the database refuses is kept among the refusals`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try await execute(
                "ALTER TABLE pathway.event ADD CONSTRAINT nobody_is_seen CHECK (milestone <> 'seen') NOT VALID",
                administrator)
            let doors: [Door] = [
                .words("log P-017 seen --on 2018-04-01"),
                .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01","note":"Erika"}"#),
                .command(["correct", "P-017", "9", "--insert", "seen on=2018-03-01", "--yes", "--reason", "why"]),
            ]
            for door in doors { #expect(try await tool(door).code == 70) }
            let kept = try await tool.line("refusals --format json").json().elements.reversed()
            #expect(kept.map { $0["door"] } == [.text("command-line"), .text("import"), .text("command-line")])
            #expect(kept.map { $0["patient"] } == Array(repeating: .text("P-017"), count: 3))
            #expect(
                kept.map { $0["explanation"] }
                    == Array(repeating: .text("the database refused it: nobody_is_seen"), count: 3))
            #expect(
                kept.map { $0["attempted"]?["milestone"] ?? $0["attempted"]?["lines"] } == [
                    .text("seen"), .text("1-1"), .text("correction"),
                ])
        }
    }

    @Test func `what is exported, imported into an empty log and exported again is identical byte for byte`()
        async throws
    {
        try await withTool(Template.cohort) { tool, administrator in
            #expect(try await tool.line("log S-000001 died --on 2099").code == 1)
            let first = try await tool.line("export --out log.ndjson")
            let digest = try await tool.run(["sha256sum", "log.ndjson"]).output.prefix(64)
            #expect(
                first.everything
                    == "! \(try await eventCount(administrator)) entries in log.ndjson, SHA-256 \(digest)\n")
            try await withTool(Template.trial) { other, _ in
                try FileManager.default.copyItem(
                    atPath: "log.ndjson".inFolder(of: tool), toPath: "log.ndjson".inFolder(of: other))
                let taken = try await other.line("import log.ndjson")
                #expect(taken.code == 0)
                let second = try await other("export")
                #expect(second.code == 0)
                #expect(second.talk.isEmpty)
                #expect(second.bytes == (try Data(contentsOf: URL(fileURLWithPath: "log.ndjson".inFolder(of: tool)))))
            }
        }
    }

    @Test func `what coordinators recorded by hand survives the round trip`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            for line in [
                "log P-017 course-started blinatumomab-1 --on 2018-03-20 --deviation sample-lost --by berta",
                "log P-017 adverse-event --on 2018-03 term=fever grade=2 note=Fieber,39°", "log P-017 died --on 2018",
            ] {
                #expect(try await tool.line(line).code == 0)
            }
            let first = try await tool("export")
            #expect(first.output.contains("\"by\":\"berta\""))
            try await withTool(Template.trial) { other, _ in
                #expect(try await other("import", "-", "--by", "carla", input: .text(first.output)).code == 0)
                #expect(try await other("export").bytes == first.bytes)
                let history = try await other("history", "P-017", "--format", "json").json()
                let last = history["events"]?.elements.last
                #expect(last?["by"] == .text("carla"))
                #expect(last?["origin-by"] == .text("anna"))
            }
        }
    }

    @Test func `an import that was interrupted and repeated gives the log of one that was not`() async throws {
        let lines = try Template.cohortLines()
        try await withTool(Template.cohort) { whole, administrator in
            let all = try await eventCount(administrator)
            let expected = try await facts(whole)
            try await withTool(Template.trial) { tool, administrator in
                try tool.write("cohort.ndjson", Data(lines))
                let stopped = try await interrupted(tool, administrator)
                #expect(stopped.code == 128 + SIGINT)
                #expect(stopped.output.isEmpty)
                #expect(
                    stopped.talk == """
                        error: interrupted: 4000 lines of cohort.ndjson stand in the log
                        hint: import the file again: it goes on behind what stands

                        """)
                let before = try await eventCount(administrator)
                #expect(before == 4_000)
                let again = try await tool("import", "cohort.ndjson", "--by", "anna")
                #expect(
                    again.output.hasPrefix(
                        "\(all) lines: \(all - before) recorded, \(before) recorded before, 0 refused\n"))
                #expect(try await facts(tool) == expected)
            }
        }
    }

    /// The export without the moments of recording, which differ.
    private func facts(_ tool: Tool) async throws -> String {
        try await tool("export").output.replacingOccurrences(
            of: "\"at\":\"[^\"]*\"", with: "", options: .regularExpression)
    }

    /// An import that is sent SIGINT while the server holds up its second batch of 4,000 lines.
    private func interrupted(_ tool: Tool, _ administrator: String) async throws -> Tool.Answer {
        try await execute(
            """
            CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF (SELECT count(*) FROM pathway.event) > 4000 THEN PERFORM pg_advisory_xact_lock(4711); END IF;
                RETURN NULL;
            END $$
            """, administrator)
        try await execute(
            "CREATE TRIGGER hold AFTER INSERT ON pathway.event EXECUTE FUNCTION public.hold()", administrator)
        var holder = try await Connection.open(administrator)
        try await holder.execute("SELECT pg_advisory_lock(4711)")
        let (processes, started) = AsyncStream.makeStream(of: pid_t.self)
        async let answer = tool.run(
            [Tool.program, "import", "cohort.ndjson", "--by", "anna"], started: { started.yield($0) })
        var numbers = processes.makeAsyncIterator()
        let number = try #require(await numbers.next())
        let start = ContinuousClock.now
        while try await holder.row(
            "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)", as: Bool.self)
        {
            try #require(ContinuousClock.now - start < .seconds(50), "the import never came to its second batch")
        }
        #expect(kill(number, SIGINT) == 0)
        let result = try await answer
        try await holder.execute("SELECT pg_advisory_unlock(4711)")
        try await execute("DROP TRIGGER hold ON pathway.event", administrator)
        return result
    }
}
