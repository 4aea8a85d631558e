import Foundation
import PathwayCore
import Testing

@Suite struct CorrectTests {
    private let change = ["correct", "--yes", "P-017", "4", "--set", "mrd=0.5", "--reason", "typing error"]

    @Test func `a correction shows the path before and after, and records nothing as long as reasons are missing`()
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.run([Tool.program] + change)
            #expect(answer.code == 1)
            let rows = answer.output.split(separator: "\n").dropFirst(2).map { row in
                row.split(separator: "  ", omittingEmptySubsequences: true).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }.filter { !$0.isEmpty }
            }
            #expect(rows.count == 9)
            #expect(
                rows[2] == [
                    "3", "2018-02-08 course-ended block-1", "Evaluation after Block 1", "=",
                    "2018-02-08 course-ended block-1", "Evaluation after Block 1",
                ])
            #expect(
                rows[3] == [
                    "4", "2018-02-10 response-assessed mrd=0.05", "Risk to be assigned", ">",
                    "2018-02-10 response-assessed mrd=0.5", "Risk to be assigned",
                ])
            #expect(rows[4].last == "off protocol: needs a reason")
            #expect(rows[5].last == "Arm D, before Block 2")
            #expect(
                answer.talk == """
                    needs a reason: event 5, risk-assigned low: the protocol's rules give the risk group "intermediate" (R2, R4, R8)
                    error: the correction is not complete, and nothing was recorded
                    hint: give --deviation "POSITION=why" for what needs a reason, and --also "POSITION …" for what is refused

                    """)
            #expect(try await eventCount(administrator) == 9)
            let refusals = try await tool("refusals", "--format", "json").json()
            #expect(refusals.elements.first?["answer"] == .text("off-protocol"))
            #expect(refusals.elements.first?["door"] == .text("command-line"))
            #expect(refusals.elements.first?["by"] == .text("anna"))
        }
    }

    @Test func `with a reason it is recorded, the arm and the stratum stay, and the history shows both`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.run(
                [Tool.program] + change + ["--deviation", "5=was assigned on the wrong value"])
            #expect(answer.code == 0)
            #expect(answer.output.hasSuffix("P-017  corrected at event 10\n"))
            #expect(try await eventCount(administrator) == 16)
            let status = try await tool("status", "P-017", "--format", "json").json()
            #expect(status["arms"]?.elements == [.text("D")])
            #expect(status["strata"]?.elements == [.text("low-marrow-mrd-not-negative")])
            #expect(status["deviations"] == .number(1))
            let path = try await tool("history", "P-017", "--format", "json").json()
            #expect(
                path["events"]?.elements.compactMap { $0["position"] }
                    == [1, 2, 3, 11, 12, 13, 14, 15, 16].map { .number($0) })
            let all = try await tool("history", "P-017", "--all", "--format", "json").json()["events"]?.elements ?? []
            #expect(all.count == 16)
            #expect(all[9]["entry"] == .text("rewound"))
            #expect(all[9]["reason"] == .text("typing error"))
            #expect(all[3]["stands"] == .flag(false))
            #expect(all[10]["about"] == .number(4))
            let deviations = try await tool("deviations", "--format", "json").json().elements
            #expect(deviations.count == 1)
            #expect(deviations[0]["reason"] == .text("was assigned on the wrong value"))
            #expect(deviations[0]["before"] == .text("Risk to be assigned"))
            #expect(deviations[0]["rules"]?.elements.first?["source"] == .text("R2, R4, R8"))
        }
    }

    /// What would have been changed, and why not, the earliest attempt first.
    private func kept(_ tool: Tool, of patient: String) async throws -> [String] {
        try await tool("refusals", "--patient", patient, "--format", "json").json().elements.reversed().map {
            "\($0["attempted"]?["changes"]?.string ?? "")|\($0["explanation"]?.string ?? "")"
        }
    }

    @Test func `a dry run, a wrong position, no change and a reason for what is planned record nothing`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let attempts: [(words: String, code: Int32, talk: String)] = [
                ("3 --on 2018-02-09 --dry-run", 0, "nothing was recorded (--dry-run)\n"),
                ("12 --remove", 65, "error: patient P-017 has no milestone that stands at position 12\n"),
                ("3 --on 2018-02-08", 65, "error: the correction changes nothing\n"),
                (
                    "3 --on 2018-02-09 --deviation 4=no", 65,
                    "error: a reason is given for event 4, which the protocol plans\n"
                ),
                (
                    "2 --on 2018-02-09", 1,
                    "refused: event 3, course-ended block-1: 2018-02-08 is before 2018-02-09, the day of an earlier milestone\n"
                ),
                ("4 --set mrd=neg", 65, "error: mrd \"neg\" is not a percentage"),
                ("4 --set marow=m1", 65, "error: unknown field \"marow\"\nhint: did you mean \"marrow\"?\n"),
            ]
            for attempt in attempts {
                let answer = try await tool.line("correct --yes P-017 \(attempt.words) --reason why")
                #expect(answer.code == attempt.code, "\(attempt.words)")
                #expect(answer.talk.hasPrefix(attempt.talk), "\(answer.talk)")
            }
            let unreasoned = try await tool("correct", "--yes", "P-017", "3", "--remove")
            #expect(unreasoned.code == 64)
            let blank = try await tool("correct", "--yes", "P-017", "3", "--remove", "--reason", " ")
            #expect(blank.talk.hasPrefix("error: --reason is empty\n"))
            #expect(try await eventCount(administrator) == 9)
            // Each of them is kept but for the dry run and the commands that were used wrongly; the fifth fails on every later milestone.
            let kept = try await kept(tool, of: "P-017")
            #expect(kept.count == 11)
            #expect(
                kept.prefix(3) == [
                    "12 remove|patient P-017 has no milestone that stands at position 12",
                    "3 on=2018-02-08|the correction changes nothing",
                    "3 on=2018-02-09|a reason is given for event 4, which the protocol plans",
                ])
            #expect(kept.suffix(2).first?.hasPrefix("4 mrd|mrd \"…\" is not a percentage") == true)
            #expect(kept.last == "4 …|unknown field \"…\"")
        }
    }

    @Test func `several milestones are corrected in one command, and a forgotten one goes in`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool(
                "correct", "--yes", "P-017", "8", "--remove", "--also", "9 on=2018-03-15 outcome=modified", "--insert",
                "seen on=2018-02-18", "--reason", "read again", "--source", "chart")
            #expect(answer.code == 0, "\(answer.everything)")
            let path = try await tool("history", "P-017", "--format", "json").json()["events"]?.elements ?? []
            #expect(
                path.compactMap { $0["milestone"] }.suffix(3) == [
                    .text("course-started"), .text("seen"), .text("course-ended"),
                ])
            #expect(path.last?["on"] == .text("2018-03-15"))
            #expect(path.last?["facts"]?["outcome"] == .text("modified"))
            #expect(try await eventCount(administrator) == 12)
        }
    }

    @Test func `the same request corrects once`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let words = [
                Tool.program, "correct", "--yes", "P-017", "3", "--on", "2018-02-09", "--reason", "why", "--request",
                "00000000-0000-4000-8000-000000000001",
            ]
            #expect(try await tool.run(words).code == 0)
            let count = try await eventCount(administrator)
            let again = try await tool.run(words)
            #expect(again.code == 0)
            #expect(again.output == "P-017  corrected at event 10  (recorded before)\n")
            #expect(try await eventCount(administrator) == count)
        }
    }

    @Test func `what was known before a correction is still read as of then, and up to a day`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let before = try await tool("history", "P-017", "--format", "json").json()["events"]?.elements.last?[
                "recorded-at"]
            guard case .text(let instant)? = before else { return #expect(Bool(false), "no history") }
            #expect(try await tool("correct", "--yes", "P-017", "9", "--remove", "--reason", "why").code == 0)
            func position(_ words: String...) async throws -> JSON? {
                try await tool.run([Tool.program, "status", "P-017", "--format", "json"] + words).json()[
                    "last-position"]
            }
            #expect(try await position() == .number(8))
            #expect(try await position("--as-of", instant) == .number(9))
            #expect(try await position("--through", "2018-02-12") == .number(5))
            #expect(try await tool("status", "P-017", "--as-of", "2001-01-01").code == 65)
            #expect(
                try await tool("status", "P-017", "--as-of", "yesterday").talk.hasPrefix(
                    "error: \"yesterday\" of --as-of is no moment\n"))
            let cohort = try await tool("cohort", "--through", "2018-01-11", "--format", "json").json()
            #expect(cohort["rows"]?.elements.first?["phase"] == .text("block-1"))
            #expect(try await tool("replay").output == "identical: 1 patient, 8 milestones, 8 projections\n")
            #expect(
                try await tool("replay", "--as-of", instant).output
                    == """
                    identical: 1 patient, 9 milestones, 2 projections
                    not compared: access, allocation, gate, moved-patient, snapshot, stratum (kept for the present alone)

                    """)
        }
    }

    @Test func `a fact that is given twice for one milestone is refused, and changes of one milestone are joined`()
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            func correct(_ words: String...) async throws -> Tool.Answer {
                try await tool.run([Tool.program, "correct", "--yes", "P-017"] + words + ["--reason", "why"])
            }
            for (answer, name) in [
                (try await correct("4", "--set", "mrd=0.02", "--set", "mrd=0.03"), "mrd"),
                (try await correct("4", "--set", "mrd=0.02", "--also", "4 mrd=0.05"), "mrd"),
                (try await correct("4", "--on", "2018-02-09", "--set", "on=2018-02-11"), "on"),
                (try await correct("3", "--set", "outcome=modified", "--also", "4 marrow= marrow=m1"), "marrow"),
            ] {
                #expect(answer.everything == "! error: \"\(name)\" is given twice for event 4\n= 65\n")
            }
            let reasons = try await correct("4", "--set", "mrd=0.5", "--deviation", "5=one", "--deviation", "5=two")
            #expect(reasons.everything == "! error: a reason for event 5 is given twice\n= 65\n")
            #expect(
                try await kept(tool, of: "P-017") == [
                    "4 mrd=0.02 mrd=0.03|\"mrd\" is given twice for event 4",
                    "4 mrd=0.02 mrd=0.05|\"mrd\" is given twice for event 4",
                    "4 on=2018-02-11 on=2018-02-09|\"on\" is given twice for event 4",
                    "3 outcome=modified; 4 marrow= marrow=m1|\"marrow\" is given twice for event 4",
                    "4 mrd=0.5|a reason for event 5 is given twice",
                ])
            #expect(try await eventCount(administrator) == 9)
            #expect(try await correct("4", "--set", "mrd=0.04", "--also", "4 cns=cns2").code == 0)
            let facts = try await tool("history", "P-017", "--format", "json").json()["events"]?.elements[3]["facts"]
            #expect(facts?["mrd"] == .text("0.04"))
            #expect(facts?["cns"] == .text("cns2"))
        }
    }

    @Test func `of a refused correction no word is kept that is on no list of the protocol`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            for word in ["fever", "erika"] {
                let answer = try await tool.run([
                    Tool.program, "correct", "--yes", "P-017", "4", "--on", "2999-01-01", "--reason", "why", "--insert",
                    "adverse-event on=2018-02-08 term=\(word) grade=3",
                ])
                #expect(answer.code != 0)
            }
            for words in [
                ["correct", "P-017", "4", "--set", "note=erika", "--set", "erika=1", "--deviation", "erika"],
                ["correct", "P-017", "4", "--set", "erika=1", "--set", "erika=2"],
                ["correct", "P-017", "99", "--set", "born=2001-02-03", "--set", "mrd=erika", "--on", "erika"],
                ["correct", "P-017", "2", "--set", "course=erika", "--insert", "erika on=2018-01-20 site=H-04 erika"],
                ["correct", "P-017", "99", "--set", "course=erika", "--source", "erika"],
            ] {
                let answer = try await tool.run([Tool.program] + words + ["--reason", "erika"])
                #expect(answer.code == 65, "\(answer.everything)")
            }
            for line in [
                "log P-017 erika --on 2018-03-20", "log P-017 seen --on erika", "log erika seen erika",
                "log P-017 course-started course=erika --on 2018-03-20", "log P-017 seen erika=1 --on 2018-03-20",
                "log P-017 seen note=erika --deviation erika --on 2018-03-20",
                "register erika born=2001-02-03 site=H-04",
                "register P-018 --protocol erika \(Clinic.enrolment)", "randomise P-017 --on erika",
            ] {
                #expect([1, 65].contains(try await tool.line(line).code), "\(line)")
            }
            let signature = #"{"patient":"P-017","act":"signed","meaning":"erika","digest":"\#(someDigest)"}"#
            #expect(try await tool(.file(signature)).code == 65)
            let kept = try await tool.line("refusals --format json").output
            #expect(kept.contains("term=fever"))
            #expect(!kept.contains("erika") && !kept.contains("2001-02-03"), "\(kept)")
        }
    }

    @Test func `what would undo an allocation that was drawn is refused before it is recorded, and kept as attempted`()
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            let lines = Clinic.text.replacing("P-017", with: "P-2").split(separator: "\n").prefix(5)
            let before = try await tool(
                "import", "-",
                input: .text(String(decoding: Clinic.ndjson(lines.joined(separator: "\n")), as: UTF8.self)))
            #expect(before.code == 0)
            #expect(try await tool.line("randomise P-2 --on 2018-02-13").code == 0)
            let count = try await eventCount(administrator)
            for words in [
                ["6", "--remove"], ["6", "--set", "allocated-by=centre"],
                ["1", "--set", "born=2008-07-15", "--also", "5 on=2018-02-11", "--also", "6 remove"],
            ] {
                let answer = try await tool.run(
                    [Tool.program, "correct", "--yes", "P-2"] + words + ["--reason", "why"])
                #expect(answer.code == 1)
                let row = answer.output.split(separator: "\n").first { $0.hasPrefix("6 ") }
                #expect(row?.contains("  !  ") == true && row?.hasSuffix("refused") == true, "\(answer.output)")
                #expect(
                    answer.talk == """
                        error: cannot correct patient P-2: the service drew the allocation, and what was drawn is not undone
                        hint: correct its day, or record what was given instead; the arm stays as it was allocated

                        """)
            }
            #expect(try await eventCount(administrator) == count)
            let kept = try await tool("refusals", "--format", "json").json().elements.reversed().map { $0["attempted"] }
            #expect(
                kept.map { $0?["changes"] } == [
                    .text("6 remove"), .text("6 allocated-by=centre"), .text("1 born age=; 5 on=2018-02-11; 6 remove"),
                ])
            #expect(kept.allSatisfy { $0?["milestone"]?.string?.hasPrefix("correction: randomised ") == true })
            // Another day is no other allocation.
            #expect(try await tool("correct", "--yes", "P-2", "6", "--on", "2018-02-14", "--reason", "why").code == 0)
        }
    }

    /// The whole record up to a day: each entry as `8 original`, and `not` behind what does not stand.
    private func record(_ tool: Tool, through day: String) async throws -> [String] {
        let words = [Tool.program, "history", "P-017", "--all", "--through", day]
        let rows = try await tool.run(words + ["--format", "json"]).json()["events"]?.elements ?? []
        let text = try await tool.run(words).output
        #expect(text.contains("corrected)") == rows.contains { $0["stands"] == .flag(false) })
        return rows.map { row in
            let isStanding = row["stands"] == .flag(true)
            return "\(row["position"]?.whole ?? 0) \(row["entry"]?.string ?? "")" + (isStanding ? "" : " not")
        }
    }

    @Test func `the whole record up to a day leaves out what came later, and only corrections mark as corrected`()
        async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            #expect(try await tool.line("log P-017 seen --on 2018-03-20").code == 0)
            let early = try await record(tool, through: "2018-02-12")
            #expect(early == ["1 original", "2 original", "3 original", "4 original", "5 original"])
            #expect(try await tool("correct", "--yes", "P-017", "8", "--on", "2018-02-21", "--reason", "why").code == 0)
            let before = try await record(tool, through: "2018-02-20")
            #expect(before == early + ["6 original", "7 original", "8 original not", "11 rewound"])
            let after = try await record(tool, through: "2018-03-15")
            #expect(after == before.dropLast() + ["9 original not", "11 rewound", "12 restated", "13 restated"])
        }
    }
}
