import Foundation
import Postgres
import Testing

extension PeerReportTests {
    // #2441: the page asked for the reason of a change, the import did not.
    @Test(arguments: ["", " ", "\t", "\u{A0}"])
    func `a reason is asked for by every door, and blanks are none`(blank: String) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let commands: [[String]] = [
                ["correct", "--yes", "P-017", "9", "--on", "2018-03-15", "--reason", blank],
                ["lock", "P-017", "--reason", blank],
                ["lock", "--study", "--reason", blank], ["unlock", "P-017", "--reason", blank],
                ["erase", "--yes", "P-017", "--yes", "--reason", blank],
                ["log", "P-017", "off-therapy", "reason=completed", "--on", "2018-03-20", "--deviation", blank],
                ["log", "P-017", "course-started", "blinatumomab-1", "--on", "2018-03-20", "--deviation", blank],
            ]
            for words in commands {
                let answer = try await tool(.command(words))
                #expect(answer.code == 64 || answer.code == 65, "\(words): \(answer.everything)")
                let unsaid = try await tool(.command(words.dropLast(2)))
                #expect(unsaid.code == (words[0] == "log" ? 1 : 64), "\(words): \(unsaid.everything)")
            }
            let lines = [
                #"{"patient":"P-017","act":"rewound","to":8,"why":"\#(blank)"}"#,
                #"{"patient":"P-017","act":"locked","why":"\#(blank)"}"#,
                #"{"patient":"P-017","act":"unlocked","why":"\#(blank)"}"#,
                #"{"patient":"P-017","act":"erased","why":"\#(blank)"}"#,
                #"{"patient":"P-017","milestone":"course-started","course":"blinatumomab-1","on":"2018-03-20","deviation":"\#(blank)"}"#,
            ]
            for line in lines {
                let answer = try await tool(.file(line.replacing("\t", with: "\\t")))
                #expect(answer.code == 65, "\(line): \(answer.everything)")
            }
            #expect(try await eventCount(administrator) == 9)
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }

    @Test func `the database asks for a reason too`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let act: Query = #"""
                '{"position": 10, "follows": 9, "transition": 0, "arrow": "act", "milestone": null, "answer": null, "occurred_on": null, "precision": null, "facts": {}, "reason": null, "phase_before": "d-block-2-evaluation", "phase_after": "d-block-2-evaluation"}'::jsonb
                """#
            await tool.expectRefused(
                "is_milestone_or_act", 9, #"\#(act) || '{"act": "locked", "locked_after": true}'"#)
            await tool.expectRefused("is_milestone_or_act", 9, #"\#(act) || '{"act": "erased"}'"#)
            await tool.expectRefused("is_milestone_or_act", 9, #"\#(act) || '{"act": "rewound", "follows": 8}'"#)
            await tool.expectRefused(
                "deviation_has_reason", 9, #"'{"position": 10, "follows": 9, "answer": "off-protocol"}'::jsonb"#)
            #expect(try await eventCount(administrator) == 9)
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }

    // #2284: a randomisation went through with a stratification factor missing.
    @Test func `nobody is randomised with a stratification factor missing`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            // Relapse after a year is high risk whatever the residual disease, and that was not reported.
            let lines = Clinic.text.split(separator: "\n").prefix(5).joined(separator: "\n")
                .replacing("diagnosed=2014-06-02", with: "diagnosed=2017-01-10").replacing("mrd=0.05 ", with: "")
            #expect(try await tool(.file(String(decoding: Clinic.ndjson(lines), as: UTF8.self))).code == 0)
            let arm = #""patient":"P-017","milestone":"randomised","on":"2018-02-13","arm":"A""#
            let at = #""at":"2018-04-01T00:00:00Z""#
            try await tool.expectRefused(
                "mrd must be known to decide it",
                [
                    .words("randomise P-017 --on 2018-02-13"),
                    .words("log P-017 randomised A --on 2018-02-13 allocated-by=centre"),
                    .file(#"{\#(arm),"allocated-by":"centre"}"#),
                ])
            #expect(try await tool.line("log P-017 adverse-event --on 2018-02-14 term=fever grade=2").code == 0)
            try await tool.expectRefused(
                "mrd must be known to decide it",
                [
                    .command([
                        "correct", "--yes", "P-017", "6", "--insert",
                        "randomised on=2018-02-13 arm=A allocated-by=centre",
                        "--reason", "forgotten",
                    ]),
                    .file(
                        #"{"patient":"P-017","act":"rewound","to":5,"why":"forgotten",\#(at)}"# + "\n"
                            + #"{\#(arm),"allocated-by":"centre",\#(at)}"#),
                ])
            await tool.expectRefused(
                "randomised_to_an_arm", 6,
                #"'{"position": 7, "follows": 6, "milestone": "randomised", "arm": "A", "floor_after": "2018-02-14"}'::jsonb"#
            )
            #expect(try await Connection.value("SELECT count(*) FROM pathway.allocation", administrator) == 0)
            #expect(try await eventCount(administrator) == 6)
            // With the factor it is taken.
            let known = try await tool.line("correct --yes P-017 4 --set mrd=0.5 --reason reported")
            #expect(known.code == 0, "\(known.everything)")
            #expect(try await tool.line("randomise P-017 --on 2018-02-15").code == 0)
            try await tool.expectSound("1 patient, 7 milestones")
        }
    }

    @Test func `what the service drew is neither undone nor claimed by an import`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let lines = Clinic.text.split(separator: "\n").prefix(5).joined(separator: "\n")
            #expect(try await tool(.file(String(decoding: Clinic.ndjson(lines), as: UTF8.self))).code == 0)
            let claim = #""patient":"P-017","milestone":"randomised","on":"2018-02-13","allocated-by":"pathway""#
            try await tool.expectRefused(
                "an allocation made elsewhere must say where",
                [
                    .words("log P-017 randomised C --on 2018-02-13 allocated-by=pathway"),
                    .file(#"{\#(claim),"arm":"C"}"#),
                ])
            #expect(try await tool.line("randomise P-017 --on 2018-02-13").code == 0)
            let arm = try #require(
                try await tool("status", "P-017", "--format", "json").json()["arms"]?.elements.first?.string)
            let other = arm == "C" ? "D" : "C"
            let at = #""at":"2018-04-01T00:00:00Z""#
            let rewound = #"{"patient":"P-017","act":"rewound","to":5,"why":"drawn too early",\#(at)}"#
            try await tool.expectRefused(
                "the service drew the allocation, and what was drawn is not undone",
                [
                    .words("correct --yes P-017 6 --remove --reason early"),
                    .command(["correct", "--yes", "P-017", "6", "--set", "arm=\(other)", "--reason", "mistaken"]),
                    .file(rewound),
                    .file(rewound + "\n" + #"{\#(claim),"arm":"\#(other)","restates":6,\#(at)}"#),
                ])
            // Nor by plain SQL: neither alone, nor stated again as another system's, nor with the other arm.
            let centres: Query =
                "jsonb_build_object('facts', jsonb_build_object('arm', e.arm, 'allocated-by', 'centre'))"
            let others: Query = """
                (SELECT jsonb_build_object(
                    'arm', t.arm, 'transition', t.number, 'phase_after', t.target,
                    'facts', jsonb_build_object('arm', t.arm, 'allocated-by', 'centre'))
                FROM pathway.transition AS t WHERE t.edition = e.edition AND t.source = e.phase_before AND t.arm = \(other))
                """
            for restated in [nil, centres, others] {
                let undone = await #expect(throws: PostgresError.self) { try await tool.rewind(stating: restated) }
                #expect(undone?.constraint == "drawn_allocation_stands")
            }
            let claimed = await #expect(throws: PostgresError.self) {
                try await tool.rewind(
                    stating: "\(others) || jsonb_build_object('facts', e.facts || jsonb_build_object('arm', \(other)))")
            }
            #expect(claimed?.constraint == "drawn_by_the_service")
            #expect(try await eventCount(administrator) == 6)
            // Its day may be corrected.
            let dated = claim.replacing("2018-02-13", with: "2018-02-14")
            #expect(
                try await tool(.file(rewound + "\n" + #"{\#(dated),"arm":"\#(arm)","restates":6,\#(at)}"#)).code == 0)
            #expect(try await eventCount(administrator) == 8)
            let exported = try await tool("export").output
            try await withTool(Template.trial) { empty, _ in
                #expect(try await empty("import", "-", input: .text(exported)).code == 0)
                #expect(try await empty("export").output == exported)
                try await empty.expectSound("1 patient, 6 milestones")
            }
            try await tool.expectSound("1 patient, 6 milestones")
        }
    }

    @Test func `what another log drew is shown as drawn there, and no part of a patient of this log`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let at = #""at":"2018-04-01T00:00:00Z""#
            let lines = Clinic.text.split(separator: "\n").prefix(5).joined(separator: "\n")
            let here = String(decoding: Clinic.ndjson(lines), as: UTF8.self)
            let elsewhere = here.replacing("}\n", with: ",\(at)}\n")
            func drawn(_ patient: String) -> String {
                #"{"patient":"\#(patient)","milestone":"randomised","on":"2018-02-13","arm":"C","allocated-by":"pathway",\#(at)}"#
            }
            // A moment that somebody writes behind the claim does not make it one of another log.
            #expect(try await tool(.file(here)).code == 0)
            try await tool.expectRefused("an allocation made elsewhere must say where", [.file(drawn("P-017"))])
            #expect(
                try await tool(.file(elsewhere.replacing("P-017", with: "P-018") + drawn("P-018"))).code == 0)
            await tool.expectRefused(
                "drawn_by_the_service", 6,
                #"'{"patient": "P-017", "recorded_by": "anna", "origin_at": "2018-04-01T00:00:00Z"}'::jsonb"#,
                of: "P-018")
            let history = try await tool("history", "P-018").output
            #expect(history.contains("allocated-by=pathway arm=C  [drawn in another log]"), "\(history)")
            // What a correction here states again was drawn there all the same.
            #expect(try await tool.line("correct --yes P-018 6 --on 2018-02-14 --reason typing").code == 0)
            let corrected = try await tool("history", "P-018").output
            #expect(corrected.contains("arm=C  [drawn in another log]"), "\(corrected)")
            #expect(try await tool.line("randomise P-017 --on 2018-02-13").code == 0)
            #expect(try await !tool("history", "P-017").output.contains("[drawn in another log]"))
            #expect(try await eventCount(administrator) == 6 + 8)
            try await tool.expectSound("2 patients, 12 milestones")
        }
    }
}

extension Tool {
    /// Goes back to before the allocation at position 6 by plain SQL, in one statement with what is laid over the allocation `e`.
    fileprivate func rewind(stating restated: Query?) async throws {
        var connection = try await Connection.open(try #require(environment["DATABASE_URL"] ?? nil))
        try await connection.execute(
            """
            SELECT pathway.append(ARRAY(
                SELECT jsonb_populate_record(NULL::pathway.entry, to_jsonb(e) || jsonb_build_object(
                    'position', 7, 'follows', 5, 'act', 'rewound', 'milestone', NULL, 'transition', 0, 'arrow', 'act', 'answer', NULL,
                    'occurred_on', NULL, 'precision', NULL, 'facts', jsonb_build_object(), 'phase_before', e.phase_after,
                    'floor_before', e.floor_after, 'reason', '\\x' || repeat('5a', 30), 'request', gen_random_uuid()))
                FROM pathway.event AS e WHERE e.patient = 'P-017' AND e.position = 5
                UNION ALL
                SELECT jsonb_populate_record(NULL::pathway.entry, to_jsonb(e) || jsonb_build_object(
                    'position', 8, 'follows', 7, 'restates', 6, 'request', gen_random_uuid()) || \(restated ?? "jsonb_build_object()"))
                FROM pathway.event AS e WHERE e.patient = 'P-017' AND e.position = 6 AND \(restated != nil)
            ), ARRAY[]::text[], ARRAY[]::bytea[], false)
            """)
    }
}
