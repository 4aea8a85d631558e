import Foundation
import Postgres
import Testing

extension PeerReportTests {
    private func signatures(_ tool: Tool) async throws -> [JSON] {
        try await tool("status", "P-017", "--format", "json").json()["signatures"]?.elements ?? []
    }

    // #2532: an import removed a signature where the page did not.
    @Test(arguments: [
        (
            Door.words("log P-017 seen --on 2018-04-01"),
            Door.words("correct --yes P-017 9 --on 2018-03-15 --reason typing"),
            3
        ),
        (
            .file(#"{"patient":"P-017","milestone":"seen","on":"2018-04-01"}"#),
            .file(
                #"""
                {"patient":"P-017","act":"rewound","to":8,"why":"typing","at":"2018-04-02T00:00:00Z"}
                {"patient":"P-017","milestone":"course-ended","on":"2018-03-15","course":"block-2","outcome":"completed","restates":9,"at":"2018-04-02T00:00:00Z"}
                {"patient":"P-017","milestone":"seen","on":"2018-04-01","restates":11,"at":"2018-04-02T00:00:00Z"}
                """#), 3
        ),
    ])
    func `a later milestone keeps a signature and a correction voids it, alike through each door`(
        later: Door, correction: Door, entries: Int
    ) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool("sign", "P-017", "--meaning", "review").code == 0)
            #expect(try await tool(later).code == 0)
            #expect(try await signatures(tool).map { $0["voided-by"] } == [nil])
            let answer = try await tool(correction)
            #expect(answer.code == 0, "\(answer.everything)")
            #expect(try await signatures(tool).map { $0["voided-by"] } == [.number(12)])
            #expect(try await eventCount(administrator) == 11 + entries)
            let exported = try await tool("export").output
            try await withTool(Template.trial) { other, _ in
                #expect(try await other("import", "-", input: .text(exported)).code == 0)
                #expect(try await signatures(other).map { $0["voided-by"] } == [.number(12)])
                #expect(try await signatures(other).map { $0["meaning"] } == [.text("review")])
                try await other.expectSound("1 patient, 10 milestones")
            }
            try await tool.expectSound("1 patient, 10 milestones")
        }
    }

    // #2215: to sign again was not recorded.
    @Test func `each signature is an entry of its own, whoever signed before`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let doors: [Door] = [
                .words("sign P-017 --meaning review"), .words("sign P-017 --meaning review"),
                .words("sign --site H-04 --meaning approval --by berta"),
                .words("sign --study --meaning approval --by carla"),
                .file(
                    #"{"patient":"P-017","act":"signed","meaning":"authorship","digest":"\#(someDigest)","by":"ida","at":"2018-04-01T00:00:00Z"}"#
                ),
            ]
            for door in doors { #expect(try await tool(door).code == 0, "\(door)") }
            #expect(
                try await signatures(tool).map { "\($0["by"]?.string ?? "") \($0["meaning"]?.string ?? "")" } == [
                    "anna review", "anna review", "berta approval", "carla approval", "anna authorship",
                ])
            let record = try await tool.record().suffix(5)
            #expect(record.map { $0["entry"] } == Array(repeating: .text("signed"), count: 5))
            #expect(record.map { $0["position"] } == [10, 11, 12, 13, 14].map { .number($0) })
            #expect(try await tool.lines("export").filter { $0["act"] == .text("signed") }.count == 5)
            #expect(try await tool.changes(14).filter { $0["change"] == .text("signed") }.count == 5)
            #expect(try await eventCount(administrator) == 14)
            try await tool.expectSound("1 patient, 9 milestones")
        }
    }

    @Test func `a signature holds the digest of the record before it, or says that it was made elsewhere`() async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            func line(_ digest: String, _ origin: String = "") -> Door {
                .file(#"{"patient":"P-017","act":"signed","meaning":"review","digest":"\#(digest)"\#(origin)}"#)
            }
            let elsewhere = #","by":"ida","at":"2018-04-01T00:00:00Z""#
            try await tool.expectRefused(
                "a \"digest\" of 64 hexadecimal digits", [line(String(repeating: "x", count: 64), elsewhere)])
            try await tool.expectRefused("the digest is not that of the record of patient P-017", [line(someDigest)])
            let chain = try await tool.lines("audit", "chain", "P-017")
            let digest = try #require(chain.last?["digest"]?.string)
            #expect(try await tool(line(digest)).code == 0)
            #expect(try await tool(line(someDigest, elsewhere)).code == 0)
            #expect(try await signatures(tool).map { $0["verifiable"] } == [.flag(true), .flag(false)])
            let status = try await tool("status", "P-017").output
            #expect(
                status.contains(
                    "review by ida, through anna, at 2018-04-01T00:00:00 UTC (event 11), made elsewhere and not verifiable here\n"
                ), "\(status)")
            let history = try await tool("history", "P-017", "--all").output
            #expect(history.contains("[made elsewhere, not verifiable here]"), "\(history)")
            try await tool.expectSound("1 patient, 9 milestones")
            // By plain SQL any digest can be signed; whoever verifies sees that it is not that of the record.
            #expect(
                try await tool.append(
                    10,
                    #"""
                    jsonb_build_object('position', 12, 'follows', 11, 'facts', jsonb_build_object('meaning', 'review', 'digest', repeat('1', 64)))
                    """#) == [12])
            _ = try await tool.changes(12)
            let verified = try await tool("audit", "verify")
            #expect(verified.code == 65)
            #expect(
                verified.output.hasPrefix(
                    "contradiction  event 12 of patient P-017: what was signed is not the record before it\n"),
                "\(verified.everything)")
            #expect(try await eventCount(administrator) == 12)
        }
    }
}
