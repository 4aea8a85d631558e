import Foundation
import Postgres
import Testing

extension PeerReportTests {
    // #377: the audit named the wrong user.
    @Test func `whoever is named stands beside the login that recorded, and nobody forges the login`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.line("log P-017 seen --on 2018-04-01 --by berta").code == 0)
            let line = #"{"patient":"P-017","milestone":"seen","on":"2018-04-02","by":"elsewhere"}"#
            #expect(try await tool("import", "-", "--by", "carla", input: .text(line)).code == 0)
            #expect(try await tool.line("correct --yes P-017 11 --on 2018-04-03 --reason typing --by dora").code == 0)
            #expect(try await tool.line("sign P-017 --by eva").code == 0)
            let entries = try await tool.record().suffix(5)
            #expect(
                entries.map { $0["by"] } == ["berta", "carla", "dora", "dora", "eva"].map { .text($0) })
            #expect(entries.map { $0["origin-by"] } == [nil, .text("elsewhere"), nil, nil, nil])
            #expect(entries.map { $0["login"] } == Array(repeating: .text(Template.login), count: 5))
            // The function that appends asks nobody who is connected.
            let forged: Query = #"""
                '{"position": 15, "follows": 14, "restates": null, "floor_before": "2018-04-03", "recorded_by": "the director", "login": "postgres", "recorded_at": "2001-01-01T00:00:00Z"}'::jsonb
                """#
            #expect(try await tool.append(13, forged) == [15])
            let last = try #require(try await tool.lines("audit", "trail").last)
            #expect(last["by"] == .text("the director"))
            #expect(last["login"] == .text(Template.login))
            #expect(last["at"]?.string?.hasPrefix("2001") == false)
            var connection = try await Connection.open(try #require(tool.environment["DATABASE_URL"] ?? nil))
            let denied = await #expect(throws: PostgresError.self) {
                try await connection.execute("SET SESSION AUTHORIZATION postgres")
            }
            #expect(denied?.sqlState == .insufficientPrivilege)
            #expect(try await eventCount(administrator) == 15)
            try await tool.expectSound("1 patient, 12 milestones")
        }
    }

    // #3679: the audit was not in the order of time.
    @Test func `the trail and the changes are in the order of time, corrections and imports included`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let doors: [Door] = [
                .command(["register", "P-018", "--on", "2018-01-10"] + Tool.enrolment()),
                // What another log says that it recorded long ago is recorded here now.
                .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01","at":"2001-01-01T00:00:00Z"}"#),
                .words("log P-018 course-started block-1 --on 2018-01-11"),
                .words("correct --yes P-017 10 --on 2018-04-02 --reason typing"), .words("lock P-018 --reason cut"),
                .words("log P-017 seen --on 2018-04-03"),
            ]
            for door in doors { #expect(try await tool(door).code == 0, "\(door)") }
            let trail = try await tool.lines("audit", "trail")
            #expect(
                trail.suffix(7).map { "\($0["patient"]?.string ?? "") \($0["what"]?.string ?? "")" } == [
                    "P-018 enrolled", "P-017 seen", "P-018 course-started", "P-017 rewound", "P-017 seen",
                    "P-018 locked", "P-017 seen",
                ])
            let moments = trail.compactMap { $0["at"]?.string }
            #expect(moments.count == 9 + 7)
            #expect(moments == moments.sorted())
            #expect(try await tool.changes(16).compactMap { $0["at"]?.string } == moments)
            #expect(try await tool.record()[9]["origin-at"] == .text("2001-01-01T00:00:00.000000Z"))
            try await tool.expectSound("2 patients, 13 milestones")
        }
    }

    // #41, #1859: that a participant was created was not in the audit.
    @Test func `an enrolment is in the trail, the changes and the export, whichever way it came`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            #expect(try await tool.registering("P-018").code == 0)
            let lines = String(decoding: Clinic.ndjson("P-019 enrolled 2018-01-10 \(Clinic.enrolment)"), as: UTF8.self)
            #expect(try await tool(.file(lines)).code == 0)
            let trail = try await tool.lines("audit", "trail")
            #expect(trail.map { $0["what"] } == [.text("enrolled"), .text("enrolled")])
            #expect(trail.map { $0["patient"] } == [.text("P-018"), .text("P-019")])
            #expect(trail.map { $0["by"] } == [.text("anna"), .text("anna")])
            let changes = try await tool.changes(2)
            #expect(changes.map { $0["milestone"] } == [.text("enrolled"), .text("enrolled")])
            #expect(changes.map { $0["patient"] } == [.text("P-018"), .text("P-019")])
            let exported = try await tool.lines("export")
            #expect(exported.map { $0["milestone"] } == [.text("enrolled"), .text("enrolled")])
            #expect(exported.map { $0["patient"] } == [.text("P-018"), .text("P-019")])
            // A monitor, who may not know the arms, sees it too.
            let view = try await Connection.value(
                "SELECT count(*) FROM pathway.audit_trail WHERE milestone = 'enrolled'", administrator)
            #expect(view == 2)
            try await tool.expectSound("2 patients, 2 milestones")
        }
    }

    // #3177: a trigger wrote a second, wrong line into the audit.
    @Test func `one act is one entry, and what is refused or repeated is none`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let key = "--request 00000000-0000-4000-8000-00000000000"
            let seen = #"{"patient":"P-017","milestone":"seen","on":"2018-04-02"}"#
            let doors: [(door: Door, entries: Int, refusals: Int)] = [
                (.words("log P-017 seen --on 2018-04-01 \(key)1"), 1, 0),
                (.words("log P-017 seen --on 2018-04-01 \(key)1"), 0, 0), (.file(seen), 1, 0), (.file(seen), 0, 0),
                (.words("log P-017 engrafted --on 2018-04-02"), 0, 1),
                (.file(#"{"patient":"P-017","milestone":"engrafted","on":"2018-04-02"}"#), 0, 1),
                (.words("sign P-017"), 1, 0), (.words("lock P-017 --reason cut"), 1, 0),
                (.words("log P-017 seen --on 2018-04-03"), 0, 1), (.words("lock P-017 --reason again"), 0, 1),
                (.words("unlock P-017 --reason query"), 1, 0),
                (.words("correct --yes P-017 4 --set mrd=0.5 --reason typing"), 0, 1),
                // The correction, and the one milestone that it states anew.
                (.words("correct --yes P-017 11 --on 2018-04-04 --reason typing \(key)2"), 2, 0),
                (.words("correct --yes P-017 11 --on 2018-04-04 --reason typing \(key)2"), 0, 0),
            ]
            var (entries, refusals) = (9, 0)
            for step in doors {
                _ = try await tool(step.door)
                entries += step.entries
                refusals += step.refusals
                #expect(try await eventCount(administrator) == entries, "\(step.door)")
                let kept = try await Connection.value("SELECT count(*) FROM pathway.refusal", administrator)
                #expect(kept == refusals, "\(step.door)")
            }
            let trail = try await tool.lines("audit", "trail")
            #expect(trail.compactMap { $0["position"] } == (1...16).map { .number(Double($0)) })
            #expect(try await tool.changes(16).count == 16)
            try await tool.expectSound("1 patient, 11 milestones")
        }
    }

    // #3231: the audit lost old or new values.
    @Test func `the old and the new value are both in the history, the changes and the export`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool(
                "correct", "--yes", "P-017", "4", "--set", "mrd=0.06", "--reason", "typing error", "--source",
                "report 4711")
            #expect(answer.code == 0)
            func values(_ entries: [JSON]) -> [JSON] { entries.compactMap { $0["mrd"] } }
            let record = try await tool.record()
            #expect(values(record.compactMap { $0["facts"] }) == [.text("0.05"), .text("0.06")])
            #expect(record[9]["reason"] == .text("typing error"))
            #expect(record[9]["source"] == .text("report 4711"))
            #expect(record[10]["about"] == .number(4))
            let exported = try await tool("export")
            let lines = try exported.output.split(separator: "\n").map {
                try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
            }
            #expect(values(lines) == [.text("0.05"), .text("0.06")])
            let changes = try await tool.changes(16)
            let rewound = try #require(changes.first { $0["change"] == .text("rewound") })
            #expect(rewound["removes"]?.elements == [4, 5, 6, 7, 8, 9].map { .number($0) })
            try await withTool(Template.trial) { other, _ in
                #expect(try await other("import", "-", input: .text(exported.output)).code == 0)
                #expect(values(try await other.record().compactMap { $0["facts"] }) == [.text("0.05"), .text("0.06")])
                try await other.expectSound("1 patient, 9 milestones")
            }
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }
}

extension Connection {
    /// One number, read as the administrator.
    static func value(_ query: Query, _ conninfo: String) async throws -> Int {
        var connection = try await Connection.open(conninfo)
        return try await connection.row(query, as: Int.self)
    }

    /// One text, read as the administrator.
    static func text(_ query: Query, _ conninfo: String) async throws -> String {
        var connection = try await Connection.open(conninfo)
        return try await connection.row(query, as: String.self)
    }
}
