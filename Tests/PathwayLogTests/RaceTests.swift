import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct RaceTests {
    @Test func `of two instances that log for one patient at once one wins, fifty times`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            for round in 1...50 {
                // Both have seen the same path; neither knows whether its own memory of it is still right.
                async let mine = log.record(
                    attempt("P-001 adverse-event 2016-04-01 term=fever grade=2"), by: "mine", seen: round)
                async let theirs = other.record(
                    attempt("P-001 adverse-event 2016-04-01 term=pain grade=1"), by: "theirs", seen: round)
                let outcomes = try await [mine, theirs]
                let winner = outcomes.compactMap(\.receipt)
                #expect(winner.map(\.position) == [round + 1])
                let loser = outcomes.compactMap(\.meanwhile)
                #expect(loser.map { $0.map(\.position) } == [[round + 1]])
                #expect(loser.first?.first?.event?.milestone == winner.first?.step.milestone)
            }
            let history = try await log.path(of: patient("P-001")).events
            #expect(history.map(\.position) == Array(1...51))
            #expect(zip(history, history.dropFirst()).allSatisfy { $0.recordedAt < $1.recordedAt })
            #expect(try await keptRefusals(conninfo).filter { $0.answer == "conflict" }.count == 50)
        }
    }

    @Test func `two instances that enrol one study number at once enrol one patient`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            for number in 1...20 {
                async let mine = log.record(attempt(History.enrolment("P-\(number)", site: "mine")), by: "mine")
                async let theirs = other.record(attempt(History.enrolment("P-\(number)", site: "theirs")), by: "theirs")
                let outcomes = try await [mine, theirs]
                #expect(outcomes.compactMap(\.receipt).count == 1)
                #expect(outcomes.compactMap { $0.meanwhile?.count ?? ($0.refusal == nil ? nil : 1) } == [1])
                #expect(try await log.path(of: patient("P-\(number)")).events.count == 1)
            }
        }
    }

    @Test func `sixteen callers with many patients through one instance lose nothing`() async throws {
        try await withLog { log, _ in
            let lines = (0..<160).map { number in
                History.untilRandomisation("P-\(number)", mrd: number.isMultiple(of: 2) ? "0.5" : "<0.01")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        // Patient after patient within a milestone, so that the callers' patients meet in the batches.
                        for step in 0..<5 {
                            for number in stride(from: caller, to: 160, by: 16) {
                                let receipt = try await log.mustRecord(attempt(lines[number][step]))
                                #expect(receipt.position == step + 1)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            var patients = 0
            try await log.forEachPath { path in
                patients += 1
                #expect(path.events.map(\.position) == [1, 2, 3, 4, 5])
                let isLow = path.events[3].milestone.facts[.mrd].map(Field.mrd.text) == "<0.01"
                #expect(path.path.phase.name == (isLow ? "low-risk" : "high-or-intermediate-risk"))
            }
            #expect(patients == 160)
        }
    }

    @Test func `sixteen callers with one patient keep one path`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            let recorded = try await withThrowingTaskGroup(of: Int.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        var recorded = 0
                        for number in 0..<10 {
                            let outcome = try await log.record(
                                attempt("P-001 adverse-event 2016-04-01 term=fever grade=\(number % 4 + 1)"),
                                by: "caller \(caller)")
                            recorded += outcome.receipt == nil ? 0 : 1
                        }
                        return recorded
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(recorded == 160)
            #expect(try await log.path(of: patient("P-001")).events.map(\.position) == Array(1...161))
            #expect(try await log.path(of: patient("P-001")).path.standing.position == 161)
        }
    }
}
