import Foundation
import Postgres
import Testing

@Suite struct RaceTests {
    @Test
    func `of two processes that have seen the same path one wins, and the other hears what was recorded meanwhile`()
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            for round in 1...20 {
                let position = 9 + round
                // Until both wait to write, nobody may; reading goes on.
                var holder = try await Connection.open(administrator)
                try await holder.execute("BEGIN")
                try await holder.execute("LOCK TABLE pathway.event IN SHARE MODE")
                async let mine = log(tool, round, by: "mine")
                async let theirs = log(tool, round, by: "theirs")
                try await waiting(2, holder: &holder)
                try await holder.execute("ROLLBACK")
                let answers = try await [mine, theirs]
                #expect(answers.map(\.code).sorted() == [0, 75])
                for (answer, other) in zip(answers, ["theirs", "mine"]) {
                    #expect(
                        answer.everything
                            == (answer.code == 0
                                ? """
                                P-017  event \(position)  adverse-event on 2018-03-15
                                now in "Arm D, evaluation after Block 2" (d-block-2-evaluation), in study

                                """
                                : """
                                ! error: cannot record "adverse-event" for patient P-017: somebody recorded meanwhile event \
                                \(position), adverse-event on 2018-03-15, by \(other)
                                ! hint: look at "pathway status P-017", then repeat the command
                                = 75

                                """))
                }
                #expect(try await eventCount(administrator) == position)
            }
            try await expectNoGap(tool, 29)
        }
    }

    @Test func `of two processes at once each is recorded or told of the other, twenty times`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            var position = 9
            for round in 1...20 {
                async let mine = log(tool, round, by: "mine")
                async let theirs = log(tool, round, by: "theirs")
                let answers = try await [mine, theirs]
                let recorded = answers.count { $0.code == 0 }
                #expect(recorded >= 1)
                for answer in answers where answer.code != 0 {
                    #expect(answer.code == 75)
                    #expect(answer.talk.contains("somebody recorded meanwhile event \(position + 1), adverse-event"))
                }
                position += recorded
                #expect(try await eventCount(administrator) == position)
            }
            try await expectNoGap(tool, position)
        }
    }

    private func log(_ tool: Tool, _ round: Int, by person: String) async throws -> Tool.Answer {
        try await tool.line(
            "log P-017 adverse-event --on 2018-03-15 term=fever grade=\(round % 4 + 1) --by \(person)")
    }

    /// Returns when so many sessions wait for the table.
    private func waiting(_ count: Int, holder: inout Connection) async throws {
        let start = ContinuousClock.now
        while try await holder.row(
            """
            SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """, as: Int.self) < count
        {
            try #require(ContinuousClock.now - start < .seconds(50), "the processes never came to write")
        }
    }

    private func expectNoGap(_ tool: Tool, _ count: Int) async throws {
        let history = try await tool("history", "P-017", "--format", "json").json()
        #expect(history["events"]?.elements.map { $0["position"] } == (1...count).map { JSON.number(Double($0)) })
    }

    @Test func `two processes that enrol one study number at once enrol one patient`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            for round in 1...5 {
                let line = "register P-\(round) --on 2018-01-10 \(Clinic.enrolment)"
                async let mine = tool.line(line + " --by mine")
                async let theirs = tool.line(line + " --by theirs")
                let answers = try await [mine, theirs]
                #expect(answers.map(\.code).sorted() == [0, 1])
                #expect(
                    answers.contains { $0.talk.hasPrefix("error: cannot record \"enrolled\" for patient P-\(round): ") }
                )
                #expect(try await eventCount(administrator) == round)
            }
        }
    }
}
