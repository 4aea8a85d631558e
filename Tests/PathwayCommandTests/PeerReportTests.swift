import Foundation
import Postgres
import Testing

/// What users of other trial databases found recorded that should not have been, and the reverse, each as what must hold here.
///
/// The numbers are those of OpenClinica's public issues. Rules that live in one door are forgotten in the next, so each is tried through
/// every door that there is; where entries are recorded, the log is replayed and verified at the end.
@Suite struct PeerReportTests {
    // #1284: an event that was only scheduled could be signed.
    @Test func `a record in which nothing stands is not signed`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool("sign", "P-018").code == 65)
            #expect(try await removeAll(tool).code == 0)
            try await tool.expectRefused(
                "nothing stands in the record of patient P-017",
                [
                    .words("sign P-017 --meaning review"),
                    .file(#"{"patient":"P-017","act":"signed","meaning":"review","digest":"\#(someDigest)"}"#),
                ])
            try await tool.expectRefused(
                #"nothing stands in any record of site "H-04""#, [.words("sign --site H-04")])
            try await tool.expectRefused("nothing stands in any record of the study", [.words("sign --study")])
            #expect(
                try await Connection.value(
                    "SELECT count(*) FROM pathway.journal WHERE act LIKE '%-signed'", administrator) == 0)
            #expect(try await eventCount(administrator) == 10)
            try await tool.expectSound("0 patients, 0 milestones")
        }
    }

    // #3329: an event was complete although a required form was removed.
    @Test func `a milestone on which later ones rest is not removed before they are corrected too`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let at = #""at":"2018-04-01T00:00:00Z""#
            try await tool.expectRefused(
                "the pathway is in \"Enrolled, before Block 1\"",
                [
                    .words("correct --yes P-017 2 --remove --reason none"),
                    .file(
                        #"{"patient":"P-017","act":"rewound","to":1,"why":"none",\#(at)}"# + "\n"
                            + #"{"patient":"P-017","milestone":"course-ended","on":"2018-02-08","course":"block-1","restates":3,\#(at)}"#
                    ),
                ])
            await tool.expectRefused("follows_its_path", 3, #"'{"position": 10, "follows": 1}'::jsonb"#)
            #expect(try await eventCount(administrator) == 9)
            let both = try await tool(
                "correct", "--yes", "P-017", "7", "--remove", "--also", "9 remove", "--reason", "not given")
            #expect(both.code == 0, "\(both.everything)")
            let path = try await tool("history", "P-017", "--format", "json").json()["events"]?.elements ?? []
            #expect(path.compactMap { $0["milestone"] }.suffix(2) == [.text("randomised"), .text("adverse-event")])
            try await tool.expectSound("1 patient, 7 milestones")
        }
    }

    // #1817: a skipped event still took data.
    @Test func `a course that the path has left takes no milestones`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try await tool.expectRefused(
                "the pathway is in \"Arm D, evaluation after Block 2\"",
                [
                    .words("log P-017 infusion-held --on 2018-03-15 cause=infection"),
                    .words("log P-017 course-ended block-2 --on 2018-03-15"),
                    .file(#"{"patient":"P-017","milestone":"infusion-held","on":"2018-03-15","cause":"infection"}"#),
                    .file(#"{"patient":"P-017","milestone":"course-ended","course":"block-1","on":"2018-03-15"}"#),
                ])
            try await tool.expectRefused(
                "the pathway is in \"Evaluation after Block 1\"",
                [
                    .command([
                        "correct", "--yes", "P-017", "4", "--insert", "infusion-held on=2018-02-09 cause=infection",
                        "--reason",
                        "forgotten",
                    ])
                ])
            await tool.expectRefused(
                "drawn_arrow", 9,
                #"'{"position": 10, "follows": 9, "milestone": "infusion-held", "facts": {}, "floor_before": "2018-03-14", "phase_before": "d-block-2-evaluation", "phase_after": "d-blinatumomab-1-held"}'::jsonb"#
            )
            #expect(try await eventCount(administrator) == 9)
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }

    // #2135: the programs' interface created an event for a participant who had been removed.
    @Test func `a patient whose enrolment was removed takes no milestones until enrolled anew`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await removeAll(tool).code == 0)
            try await tool.expectRefused(
                "nobody has enrolled the patient",
                [
                    .words("log P-017 seen --on 2018-04-01"),
                    .words("log P-017 course-started block-1 --on 2018-04-01"),
                    .words("randomise P-017 --on 2018-04-01"),
                    .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01"}"#),
                    .file(
                        #"{"patient":"P-017","act":"rewound","to":0,"why":"none","at":"2018-04-01T00:00:00Z"}"# + "\n"
                            + #"{"patient":"P-017","milestone":"seen","on":"2018-04-01","at":"2018-04-01T00:00:00Z"}"#),
                ])
            try await tool.expectRefused(
                "has no milestone that stands at position 1",
                [
                    .command(["correct", "--yes", "P-017", "1", "--insert", "seen on=2018-04-01", "--reason", "none"]),
                    .file(#"{"patient":"P-017","act":"rewound","to":1,"why":"none"}"#),
                ])
            #expect(try await tool("next", "P-017").code == 65)
            await tool.expectRefused("no_teleport", 9, #"'{"position": 11, "follows": 10}'::jsonb"#)
            #expect(try await eventCount(administrator) == 10)
            #expect(try await tool.registering("P-017").code == 0)
            #expect(try await tool.line("log P-017 course-started block-1 --on 2018-01-11").code == 0)
            try await tool.expectSound("1 patient, 2 milestones")
        }
    }

    private func removeAll(_ tool: Tool) async throws -> Tool.Answer {
        let others = (2...9).flatMap { ["--also", "\($0) remove"] }
        return try await tool.run(
            [Tool.program, "correct", "--yes", "P-017", "1", "--remove", "--reason", "another child"] + others)
    }
}
