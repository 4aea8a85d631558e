import Foundation
import Testing

@Suite struct ReadingTests {
    @Test func `the status says where a patient stands`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool("status", "P-017")
            #expect(
                answer.everything == """
                    P-017  site H-04, aall1331 version 1
                    phase    Arm D, evaluation after Block 2 (d-block-2-evaluation), since 2018-03-14
                    status   in study
                    risk     low
                    arm      D (stratum low-marrow-mrd-not-negative)
                    courses  block-1  2018-01-11 to 2018-02-08, completed
                             block-2  2018-02-14 to 2018-03-14, completed
                    last     course-ended block-2 on 2018-03-14 (event 9)

                    """)
            let json = try await tool("status", "P-017", "--format", "json").json()
            #expect(
                json.keys == [
                    "arms", "courses", "deviations", "erased", "events", "last-milestone", "last-on", "last-position",
                    "locked", "patient", "phase", "phase-title", "protocol", "risk", "signatures", "since", "site",
                    "status", "strata", "synthetic", "version",
                ])
            #expect(json["arms"] == .list([.text("D")]))
        }
    }

    @Test func `what may come next is said with the rule that says so`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool("next", "P-017")
            #expect(answer.code == 0)
            #expect(answer.talk.isEmpty)
            #expect(
                answer.output.hasPrefix(
                    """
                    P-017  in "Arm D, evaluation after Block 2", in study

                    planned
                    milestone           if                                due  leads to                 rule
                    response-assessed   marrow is m1                           d-before-blinatumomab-1  R3 [unverified: M-high]
                    response-assessed   marrow is m2 or m3                     late-treatment-failure   R3 [unverified: M-high]

                    """))
            #expect(answer.output.contains("\nonly with a reason (--deviation)\n"))
            #expect(
                answer.output.hasSuffix(
                    """

                    at any time
                    seen, relapsed, second-malignancy, lost-to-follow-up, consent-withdrawn, off-study, died

                    """))
            let json = try await tool("next", "P-017", "--format", "json").json()
            #expect(
                json.keys == ["any-time", "locked", "next", "patient", "phase", "phase-title", "status", "synthetic"])
            #expect(json["next"]?.elements.first?["source"] == .text("R3 [unverified: M-high]"))
        }
    }

    @Test func `the history says what, when, who, and where each led`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool("history", "P-017")
            #expect(
                normalised(answer.everything) == """
                    P-017  site H-04
                    #  on          milestone          led to                recorded by  recorded at (UTC)    facts
                    1  2018-01-10  enrolled           enrolled              anna         MOMENT  age=9 born=2008-07-14 \
                    consented=2018-01-09 diagnosed=2014-06-02 down-syndrome=no ecog=1 philadelphia=no prior-blinatumomab=no \
                    prior-relapse-therapy=no prior-transplant=no relapse-sites=marrow relapsed-on=2018-01-03 sex=female site=H-04
                    2  2018-01-11  course-started     block-1               anna         MOMENT  course=block-1
                    3  2018-02-08  course-ended       block-1-evaluation    anna         MOMENT  course=block-1 outcome=completed
                    4  2018-02-10  response-assessed  risk-assessment       anna         MOMENT  cns=cns1 marrow=m1 mrd=0.05 \
                    treatment-failure=no
                    5  2018-02-12  risk-assigned      low-risk              anna         MOMENT  risk=low
                    6  2018-02-13  randomised         d-before-block-2      anna         MOMENT  allocated-by=centre arm=D
                    7  2018-02-14  course-started     d-block-2             anna         MOMENT  course=block-2
                    8  2018-02-20  adverse-event      d-block-2             anna         MOMENT  grade=3 term=fever
                    9  2018-03-14  course-ended       d-block-2-evaluation  anna         MOMENT  course=block-2 outcome=completed

                    """)
            let json = try await tool("history", "P-017", "--format", "json").json()
            #expect(json.keys == ["events", "patient", "site", "synthetic"])
            #expect(json["events"]?.elements.count == 9)
            #expect(json["events"]?.elements[2]["facts"]?["outcome"] == .text("completed"))
        }
    }

    @Test func `free text of a file moves no cursor and breaks no table`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let lines = #"""
                {"patient":"P-017","milestone":"seen","on":"2018-03-15","note":"a\u001b[31mred\nand more"}

                """#
            let done = try await tool("import", "-", input: .text(lines))
            #expect(done.code == 0)
            let history = try await tool("history", "P-017").output
            #expect(!history.contains("\u{1B}"))
            #expect(history.contains(#"note=a\u{1b}[31mred and more"#))
            let unknown = try await tool(
                "import", "-", input: .text(#"{"patient":"P-017","milestone":"\u001b[2J","on":"2018-03-15"}"# + "\n"))
            #expect(!unknown.talk.contains("\u{1B}"))
        }
    }

    @Test(arguments: [
        (
            60,
            """
            P-017  site H-04, 2018-01-10 to 2018-03-14
                               ─────────────┬2018-02─────────┬2018-03──
            block-1            ██████████████████
            block-2                                 ███████████████████
            enrolled           ◆
            response-assessed                     ◆
            risk-assigned low                      ◆
            randomised D                            ◆
            adverse-event                               ◆

            """
        ),
        (
            80,
            """
            P-017  site H-04, 2018-01-10 to 2018-03-14
                               ────────────────────┬2018-02──────────────────┬2018-03──────
            block-1            ████████████████████████████
            block-2                                            ████████████████████████████
            enrolled           ◆
            response-assessed                               ◆
            risk-assigned low                                ◆
            randomised D                                      ◆
            adverse-event                                            ◆

            """
        ),
        (
            120,
            """
            P-017  site H-04, 2018-01-10 to 2018-03-14
                               ──────────────────────────────────┬2018-02────────────────────────────────────┬2018-03──────────────
            block-1             █████████████████████████████████████████████
            block-2                                                                   █████████████████████████████████████████████
            enrolled           ◆
            response-assessed                                                  ◆
            risk-assigned low                                                     ◆
            randomised D                                                            ◆
            adverse-event                                                                      ◆

            """
        ),
    ])
    func `the timeline fits the terminal`(_ width: Int, _ drawing: String) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.with(["COLUMNS": "\(width)"])("timeline", "P-017")
            #expect(answer.everything == drawing)
            #expect(answer.output.split(separator: "\n").allSatisfy { $0.count < width })
        }
    }

    @Test func `the timeline is given to programs as days`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let json = try await tool("timeline", "P-017", "--format", "json").json()
            #expect(json.keys == ["courses", "from", "milestones", "patient", "site", "synthetic", "to"])
            #expect(
                json["courses"]?.elements.last
                    == .object(["course": .text("block-2"), "from": .text("2018-02-14"), "to": .text("2018-03-14")]))
        }
    }

    @Test func `the cohort is counted by phase and status, and by site`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let all = try await tool("cohort")
            #expect(
                all.everything == """
                    phase                                                  status    patients
                    d-block-2-evaluation  Arm D, evaluation after Block 2  in study         1
                    1 patient

                    """)
            let nobody = try await tool("cohort", "--site", "H-05")
            #expect(
                nobody.everything == "! error: nobody is at site \"H-05\"\n! hint: did you mean \"H-04\"?\n= 65\n")
            let json = try await tool("cohort", "--format", "json").json()
            #expect(json.keys == ["patients", "rows", "synthetic"])
            #expect(json["rows"]?.keys == ["patients", "phase", "protocol", "status", "title"])
        }
    }

    @Test func `a synthetic cohort is called synthetic wherever it is shown`() async throws {
        try await withTool(Template.cohort) { tool, _ in
            let cohort = try await tool("cohort")
            #expect(cohort.output.hasSuffix("661 patients  [synthetic]\n"))
            for command in ["status", "next", "history", "timeline"] {
                let answer = try await tool(command, "S-000001")
                #expect(answer.code == 0)
                #expect(answer.output.split(separator: "\n")[0].hasSuffix("[synthetic]"))
                let json = try await tool(command, "S-000001", "--format", "json").json()
                #expect(json["synthetic"] == .flag(true))
            }
        }
    }

    // The response of 10 February is to be followed by the risk within 14 days: closes on the 24th.
    @Test(arguments: [
        ("2018-02-10", "due", "0 upcoming, 1 due, 0 overdue"), ("2018-02-24", "due", "0 upcoming, 1 due, 0 overdue"),
        ("2018-02-25", "overdue 1 d", "0 upcoming, 0 due, 1 overdue"),
    ])
    func `what is expected is due until its window closes and overdue from the day after`(
        _ day: String, _ timing: String, _ counts: String
    ) async throws {
        try await withTool(Template.trial) { tool, _ in
            let lines = Clinic.ndjson(Clinic.text.split(separator: "\n").prefix(4).joined(separator: "\n"))
            _ = try await tool("import", "-", input: .text(String(decoding: lines, as: UTF8.self)))
            let answer = try await tool("worklist", "--on", day)
            let rows = answer.output.split(separator: "\n")
            try #require(rows.count == 3)
            let width = max(timing.count, 6)
            #expect(
                rows[1] == """
                    H-04  P-017    risk-assigned low  by 2018-02-24  \(timing.padding(toLength: width, withPad: " ", startingAt: 0))  \
                    response-assessed  2018-02-10
                    """)
            #expect(rows[2] == "on \(day): \(counts)")
            let overdue = try await tool("worklist", "--on", day, "--overdue")
            #expect(overdue.output.contains("P-017") == (timing != "due"))
            let elsewhere = try await tool("worklist", "--on", day, "--site", "H-05")
            #expect(elsewhere.code == 65 && elsewhere.talk.hasPrefix("error: nobody is at site \"H-05\"\n"))
            let next = try await tool("next", "P-017").output
            #expect(next.contains("by 2018-02-24 (overdue)"))
            let json = try await tool("worklist", "--on", day, "--format", "json").json()
            #expect(json.keys == ["counts", "day", "rows"])
            #expect(
                json["rows"]?.keys == [
                    "days-overdue", "due", "last-milestone", "last-on", "milestone", "patient", "site", "source",
                    "synthetic", "timing",
                ])
            #expect(json["rows"]?.elements[0]["days-overdue"] == .number(timing == "due" ? 0 : 1))
        }
    }

    @Test(arguments: ["status", "next", "history", "timeline", "randomise"])
    func `a patient whom nobody knows is bad input`(_ command: String) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool(command, "P-018")
            #expect(answer.code == 65 || command == "randomise" && answer.code == 1)
            #expect(answer.output.isEmpty)
            #expect(answer.talk.contains("P-018"))
        }
    }

    @Test(arguments: [["cohort"], ["cohort", "--format", "json"], ["export"], ["protocol", "show", "aall1331"]])
    func `a full disk behind standard output is said in words`(_ words: [String]) async throws {
        #if os(Linux)
            try await withTool(Template.clinic) { tool, _ in
                let answer = try await tool.run(
                    ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", Tool.program] + words)
                #expect(answer.everything == "! error: cannot write the output: No space left on device\n= 65\n")
            }
        #endif
    }
}
