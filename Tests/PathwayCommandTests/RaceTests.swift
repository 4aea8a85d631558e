import Foundation
import Testing

@Suite struct RaceTests {
    @Test func `of two processes that log for one patient at once none loses the other's event, twenty times`()
        async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            var conflicts = 0
            var position = 9
            for round in 1...20 {
                async let mine = tool.line(
                    "log P-017 adverse-event --on 2018-03-15 term=fever-\(round) grade=2 --by mine")
                async let theirs = tool.line(
                    "log P-017 adverse-event --on 2018-03-15 term=pain-\(round) grade=1 --by theirs")
                let answers = try await [mine, theirs]
                let recorded = answers.filter { $0.code == 0 }
                #expect(!recorded.isEmpty)
                let said = Set(recorded.map { $0.output.split(separator: "\n")[0] })
                #expect(
                    said
                        == Set(
                            recorded.indices.map { "P-017  event \(position + $0 + 1)  adverse-event on 2018-03-15" }))
                // Whoever had seen the path without the other's event is told of it, and nothing of theirs is recorded.
                for (answer, other) in [(answers[0], "theirs"), (answers[1], "mine")] where answer.code != 0 {
                    conflicts += 1
                    #expect(
                        answer.everything == """
                            ! error: cannot record "adverse-event" for patient P-017: somebody recorded meanwhile event \
                            \(position + 1), adverse-event on 2018-03-15, by \(other)
                            ! hint: look at "pathway status P-017", then repeat the command
                            = 1

                            """)
                }
                position += recorded.count
                #expect(try await eventCount(administrator) == position)
            }
            let history = try await tool("history", "P-017", "--format", "json").json()
            #expect(
                history["events"]?.elements.map { $0["position"] } == (1...position).map { JSON.number(Double($0)) })
            print("conflicts among 20 rounds: \(conflicts)")
        }
    }

    @Test func `two processes that enrol one study number at once enrol one patient`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            for round in 1...5 {
                let line = "register P-\(round) --on 2018-01-10 \(Clinic.enrolment)"
                async let mine = tool.line(line + " --by mine")
                async let theirs = tool.line(line + " --by theirs")
                let answers = try await [mine, theirs]
                #expect(answers.map(\.code).sorted() == [0, 1])
                #expect(answers.contains { $0.talk.hasPrefix("error: cannot record \"enrolled\" for patient P-\(round): ") })
                #expect(try await eventCount(administrator) == round)
            }
        }
    }
}
