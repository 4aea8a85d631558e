import Foundation
import PathwayCore
import Testing

@Suite struct CorrectTests {
    private let change = ["correct", "P-017", "4", "--set", "mrd=0.5", "--reason", "typing error"]

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
                let answer = try await tool.line("correct P-017 \(attempt.words) --reason why")
                #expect(answer.code == attempt.code, "\(attempt.words)")
                #expect(answer.talk.hasPrefix(attempt.talk), "\(answer.talk)")
            }
            let unreasoned = try await tool("correct", "P-017", "3", "--remove")
            #expect(unreasoned.code == 64)
            let blank = try await tool("correct", "P-017", "3", "--remove", "--reason", " ")
            #expect(blank.talk.hasPrefix("error: --reason is empty\n"))
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test func `several milestones are corrected in one command, and a forgotten one goes in`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool(
                "correct", "P-017", "8", "--remove", "--also", "9 on=2018-03-15 outcome=modified", "--insert",
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
                Tool.program, "correct", "P-017", "3", "--on", "2018-02-09", "--reason", "why", "--request",
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
            #expect(try await tool("correct", "P-017", "9", "--remove", "--reason", "why").code == 0)
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
            #expect(try await tool("replay").output == "identical: 1 patients, 8 milestones, 3 projections\n")
            #expect(
                try await tool("replay", "--as-of", instant).output
                    == "identical: 1 patients, 9 milestones, 2 projections\n")
        }
    }
}
