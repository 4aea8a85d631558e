import Foundation
import Postgres
import Testing

extension PeerReportTests {
    private static let seen: [Door] = [
        .words("log P-017 seen --on 2018-04-01"), .words("randomise P-017 --on 2018-04-01"),
        .words("correct --yes P-017 8 --remove --reason none"),
        .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01"}"#),
        .file(#"{"patient":"P-017","act":"rewound","to":8,"why":"none"}"#), .words("sign P-017"),
        .file(#"{"patient":"P-017","act":"signed","meaning":"review","digest":"\#(someDigest)"}"#),
    ]

    // #2736: somebody with access to the whole study entered data at a locked site.
    @Test func `a login of all sites records nothing at a locked site`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.registering("P-018", ["site": "H-05"]).code == 0)
            #expect(try await tool("lock", "--site", "H-04", "--reason", "closed").output == "locked 1 record\n")
            try await tool.expectRefused("is locked", PeerReportTests.seen)
            try await tool.expectRefused(
                #"site "H-04" is locked and takes no patients"#,
                [
                    .command(["register", "P-019", "--on", "2018-01-10"] + Tool.enrolment()),
                    .file(
                        String(decoding: Clinic.ndjson("P-019 enrolled 2018-01-10 \(Clinic.enrolment)"), as: UTF8.self)),
                    // Nor is a patient of another site moved there.
                    .words("correct --yes P-018 1 --set site=H-04 --reason mistaken"),
                    .file(
                        #"{"patient":"P-018","act":"rewound","to":0,"why":"mistaken","at":"2018-04-01T00:00:00Z"}"#
                            + "\n"
                            + String(
                                decoding: Clinic.ndjson(
                                    "P-018 enrolled 2018-01-10 \(Clinic.enrolment) restates=1 at=2018-04-01T00:00:00Z"),
                                as: UTF8.self)),
                ])
            await tool.expectRefused("locked_site_refuses", 1, #"'{"patient": "P-019"}'::jsonb"#)
            // Nor enrolled again there, as if a correction stated it.
            #expect(try await tool.registering("P-020", ["site": "H-05"]).code == 0)
            #expect(try await tool.line("correct --yes P-020 1 --remove --reason mistaken").code == 0)
            await tool.expectRefused(
                "locked_site_refuses", 1, #"'{"patient": "P-020", "position": 3, "restates": 1}'::jsonb"#)
            await tool.expectRefused(
                "locked_record_refuses", 9,
                #"'{"position": 11, "follows": 10, "locked_before": true, "phase_before": "d-block-2-evaluation"}'::jsonb"#
            )
            #expect(try await eventCount(administrator) == 9 + 1 + 1 + 2)
            #expect(try await tool.line("log P-018 course-started block-1 --on 2018-01-11").code == 0)
            try await tool.expectSound("2 patients, 11 milestones")
        }
    }

    // #1219: a verification could be changed in a locked study.
    @Test func `a locked study takes no milestone, correction, signature or import`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool("lock", "--study", "--reason", "end").output == "locked 1 record\n")
            try await tool.expectRefused("is locked", PeerReportTests.seen)
            try await tool.expectRefused(
                "the study is locked and takes no patients",
                [
                    .command(["register", "P-019", "--on", "2018-01-10"] + Tool.enrolment(["site": "H-99"])),
                    .file(
                        String(decoding: Clinic.ndjson("P-019 enrolled 2018-01-10 \(Clinic.enrolment)"), as: UTF8.self)),
                ])
            try await tool.expectRefused("every record of the study is locked", [.words("sign --study")])
            await tool.expectRefused(
                "locked_record_refuses", 9,
                #"'{"position": 11, "follows": 10, "locked_before": true, "phase_before": "d-block-2-evaluation"}'::jsonb"#
            )
            #expect(try await eventCount(administrator) == 10)
            // An empty log takes the lock with what came before it, and keeps it.
            let exported = try await tool("export").output
            try await withTool(Template.trial) { other, _ in
                #expect(try await other("import", "-", input: .text(exported)).code == 0)
                try await other.expectRefused("is locked", PeerReportTests.seen)
                try await other.expectSound("1 patient, 9 milestones")
            }
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }

    // #3282: frozen studies showed buttons to add.
    @Test(arguments: [
        Door.words("lock P-017 --reason cut"), .words("lock --site H-04 --reason cut"),
        .words("lock --study --reason cut"), .file(#"{"patient":"P-017","act":"locked","why":"cut"}"#),
    ])
    func `nothing is offered for a locked record`(lock: Door) async throws {
        try await withTool(Template.trial) { tool, _ in
            let assessed = Clinic.text.split(separator: "\n").prefix(4).joined(separator: "\n")
            #expect(try await tool(.file(String(decoding: Clinic.ndjson(assessed), as: UTF8.self))).code == 0)
            let due = try await tool.line("worklist --on 2018-02-20 --format json").json()["rows"]?.elements ?? []
            #expect(due.map { $0["milestone"] } == [.text("risk-assigned low")])
            #expect(try await tool(lock).code == 0)
            let next = try await tool("next", "P-017", "--format", "json").json()
            #expect(next["locked"] == .flag(true))
            #expect(next["next"] == .list([]))
            #expect(next["any-time"] == .list([]))
            #expect(
                try await tool("next", "P-017").output.hasSuffix(
                    "\nthe record is locked: nothing can be recorded before it is unlocked\n"))
            let worklist = try await tool.line("worklist --on 2018-02-20 --upcoming --format json").json()
            #expect(worklist["rows"] == .list([]))
            try await tool.expectSound("1 patient, 4 milestones")
        }
    }

    // #3063: the choices of status did not depend on the present one.
    @Test(arguments: [
        ("died", "the patient has died, and nothing follows a death", []),
        ("consent-withdrawn", "consent to further data was withdrawn", []),
        ("off-study reason=other-study", "the patient has left the study", ["died"]),
        (
            "lost-to-follow-up", "the patient is lost to follow-up",
            ["seen", "relapsed", "second-malignancy", "consent-withdrawn", "off-study", "died"]
        ),
    ])
    func `what is offered and taken depends on the present status`(word: String, why: String, offered: [String])
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.line("log P-017 \(word) --on 2018-04-01").code == 0)
            let next = try await tool("next", "P-017", "--format", "json").json()
            #expect(next["next"] == .list([]))
            #expect(next["any-time"] == .list(offered.map { .text($0) }))
            let worklist = try await tool.line("worklist --on 2018-05-01 --format json").json()
            #expect(worklist["rows"] == .list([]))
            try await tool.expectRefused(
                why,
                [
                    .words("log P-017 response-assessed --on 2018-04-02 marrow=m1"),
                    .words("log P-017 lost-to-follow-up --on 2018-04-02"), .words("randomise P-017 --on 2018-04-02"),
                    .file(
                        #"{"patient":"P-017","milestone":"adverse-event","on":"2018-04-02","term":"fever","grade":2}"#),
                    // A correction that makes the status come earlier refuses what then follows it.
                    .command([
                        "correct", "--yes", "P-017", "9", "--insert", "\(word) on=2018-03-14", "--also", "10 remove",
                        "--reason",
                        "earlier",
                    ]),
                ])
            await tool.expectRefused(
                "drawn_status", 10,
                #"'{"position": 11, "follows": 10, "milestone": "lost-to-follow-up", "status_before": "dead", "status_after": "lost"}'::jsonb"#
            )
            #expect(try await eventCount(administrator) == 10)
            try await tool.expectSound("1 patient, 10 milestones")
        }
    }
}
