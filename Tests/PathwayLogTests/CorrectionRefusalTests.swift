import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct CorrectionRefusalTests {
    private func withPath(
        _ lines: [String] = History.inBlock2, _ body: (PathwayLog, String) async throws -> Void
    ) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(lines)
            try await body(log, conninfo)
        }
    }

    @Test func `a date behind which later milestones lie is refused with their names`() async throws {
        try await withPath { log, conninfo in
            let late = try Correction.amending([3: "course-ended 2016-04-06 course=block-1"])
            let outcome = try await log.correct(patient("P-001"), late, reason: "copied wrong", by: "berta")
            let plan = try #require(outcome.incomplete)
            let refused = plan.rows.compactMap { row -> String? in
                guard case .refused(let refusal)? = row.judgement else { return nil }
                return "\(row.position) \(refusal.milestone): \(refusal.explanation)"
            }
            #expect(
                refused == [
                    "4 response-assessed: 2016-04-01 is before 2016-04-06, the day of an earlier milestone",
                    "5 risk-assigned intermediate: 2016-04-05 is before 2016-04-06, the day of an earlier milestone",
                    "6 randomised A: the pathway is in \"Evaluation after Block 1\"",
                    "7 course-started block-2: the pathway is in \"Evaluation after Block 1\"",
                ])
            #expect(try await log.path(of: patient("P-001")).head == 7)
            #expect(try await keptRefusals(conninfo).isEmpty == false)

            // Corrected together they are taken.
            var together = late
            together.amended[4] = try attempt(
                "P-001 response-assessed 2016-04-06 marrow=m1 mrd=0.5 treatment-failure=no"
            ).milestone
            together.amended[5] = try attempt("P-001 risk-assigned 2016-04-07").milestone
            #expect(try await log.mustCorrect(together) == 8)
        }
    }

    @Test func `what the library is asked to correct in vain is kept, whatever stands in the way`() async throws {
        try await withPath { log, conninfo in
            let late = try await log.correct(
                patient("P-001"), .removing(7), reason: "copied wrong", by: "berta", seen: 6)
            guard case .conflict(let entries) = late else { return #expect(Bool(false), "\(late)") }
            #expect(entries.map(\.position) == [7])
            for (number, correction) in [
                ("P-001", Correction.removing(99)), ("P-001", Correction()), ("P-404", .removing(1)),
            ] {
                await #expect(throws: LogError.self) {
                    try await log.correct(patient(number), correction, reason: "copied wrong", by: "berta")
                }
            }
            let kept = Array(try await log.refusals().reversed())
            #expect(kept.map(\.answer) == ["conflict", "refused", "refused", "refused"])
            #expect(
                kept.map { $0.attempted.first { $0.name == "changes" }?.value } == ["7 remove", "99 remove", "", nil])
            #expect(kept.map(\.patient) == ["P-001", "P-001", "P-001", "P-404"])
            // Whoever asks what would be attempts nothing.
            await #expect(throws: LogError.self) { try await log.plan(.removing(99), of: patient("P-001")) }
            #expect(try await log.refusals().count == 4)
        }
    }

    @Test func `a day in the future is refused also in a correction`() async throws {
        try await withPath { log, _ in
            let outcome = try await log.correct(
                patient("P-001"), .amending([7: "course-started 2999-01-01 course=block-2"]), reason: "copied wrong",
                by: "berta")
            #expect(outcome.incomplete?.rows.filter(\.isRefused).map(\.position) == [7])
            #expect(try await log.path(of: patient("P-001")).head == 7)
            // No reason helps, which is not to say that the protocol plans it.
            var excused = try Correction.amending([7: "course-started 2999-01-01 course=block-2"])
            excused.deviations[7] = "as it was given"
            let error = await #expect(throws: LogError.self) { try await log.mustCorrect(excused) }
            #expect(error?.message == "a reason is given for event 7, which is refused whatever the reason")
        }
    }

    @Test func `a correction that changes nothing, or names no milestone that stands, is refused as such`() async throws
    {
        try await withPath { log, _ in
            let same = try attempt(History.inBlock2[6]).milestone
            var unchanged = Correction()
            unchanged.amended[7] = same
            for correction in [Correction(), unchanged] {
                let error = await #expect(throws: LogError.self) { try await log.mustCorrect(correction) }
                #expect(error?.code == .impossibleCorrection)
                #expect(error?.message == "the correction changes nothing")
            }
            let error = await #expect(throws: LogError.self) { try await log.mustCorrect(.removing(8, 0, 7)) }
            #expect(error?.message == "patient P-001 has no milestone that stands at position 0, 8")
            let nobody = await #expect(throws: LogError.self) {
                try await log.correct(patient("P-404"), .removing(1), reason: "copied wrong", by: "berta")
            }
            #expect(nobody?.code == .unknownPatient)
        }
    }

    @Test func `who corrects what a colleague has added to meanwhile is told of it`() async throws {
        try await withPath { log, conninfo in
            let colleague = try await PathwayLog.open(service(conninfo))
            defer { colleague.close() }
            try await colleague.mustRecord(attempt("P-001 adverse-event 2016-04-20 term=fever grade=2"))
            let right = try Correction.amending([7: "course-started 2016-04-13 course=block-2"])
            let outcome = try await log.correct(patient("P-001"), right, reason: "copied wrong", by: "berta", seen: 7)
            #expect(outcome.meanwhile?.map(\.position) == [8])
            #expect(outcome.meanwhile?.map(\.word) == ["adverse-event"])
            #expect(try await log.path(of: patient("P-001")).head == 8)
            let known = try await log.correct(patient("P-001"), right, reason: "copied wrong", by: "berta", seen: 8)
            #expect(known.position == 9)
            // And who logs without having seen the correction is told of that.
            let late = try await colleague.record(
                attempt("P-001 course-ended 2016-05-10 course=block-2"), by: "carla", seen: 8)
            #expect(late.meanwhile?.map(\.word) == ["rewound", "course-started", "adverse-event"])
        }
    }

    @Test func `of a correction and a milestone at once one wins, thirty times`() async throws {
        try await withPath { log, conninfo in
            let colleague = try await PathwayLog.open(service(conninfo))
            defer { colleague.close() }
            var corrected = 0
            for round in 0..<30 {
                let path = try await log.path(of: patient("P-001"))
                let start = try #require(path.events.first { $0.milestone.qualifier == "block-2" })
                let isLate = start.milestone.on == ClinicalDate(try day("2016-04-13"))
                let right = try Correction.amending([
                    start.position: "course-started 2016-04-\(isLate ? 12 : 13) course=block-2"
                ])
                async let correction = log.correct(
                    patient("P-001"), right, reason: "copied wrong", by: "berta", seen: path.head)
                async let milestone = colleague.record(
                    attempt("P-001 adverse-event 2016-04-\(20 + round % 8) term=fever grade=2"), by: "carla",
                    seen: path.head)
                let outcomes = try await (correction, milestone)
                #expect((outcomes.0.position == nil) != (outcomes.1.receipt == nil))
                #expect((outcomes.0.meanwhile?.isEmpty ?? outcomes.1.meanwhile?.isEmpty) == false)
                if outcomes.0.position != nil { corrected += 1 }
            }
            print("corrections that won: \(corrected) of 30")
            let path = try await log.path(of: patient("P-001"))
            #expect(path.entries.map(\.position) == Array(1...path.head))
            #expect(path.events.count == 7 + 30 - corrected)
        }
    }

    @Test func `a correction that is asked for again is found, also after another one`() async throws {
        try await withPath { log, conninfo in
            let request = RequestID.random()
            let right = try Correction.amending([7: "course-started 2016-04-13 course=block-2"])
            let first = try await log.correct(
                patient("P-001"), right, reason: "copied wrong", by: "berta", request: request)
            #expect(first.position == 8)
            #expect(!first.isRepetition)
            try await log.mustCorrect(.amending([9: "course-started 2016-04-14 course=block-2"]))
            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            for log in [log, cold] {
                let again = try await log.correct(
                    patient("P-001"), right, reason: "copied wrong", by: "berta", seen: 7, request: request)
                #expect(again.isRepetition)
                #expect(again.position == 8)
            }
            #expect(try await log.path(of: patient("P-001")).head == 11)
            let misused = try await log.record(attempt("P-001 seen 2016-04-20", request: request), by: "anna").refusal
            #expect(misused?.reason == .requestUsed(position: 8, for: "rewound"))
        }
    }

    @Test func `a locked record takes neither a milestone nor a correction, and is read`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001"))
            guard
                case .recorded(position: 6, _, _) = try await log.act(
                    .lock, on: patient("P-001"), reason: "data are clean", by: "anna")
            else {
                Issue.record("it was not locked")
                return
            }
            #expect(try await log.path(of: patient("P-001")).isLocked)
            let milestone = try await log.record(attempt("P-001 seen 2016-04-20"), by: "anna")
            #expect(milestone.refusal?.reason == .recordLocked)
            let correction = try await log.correct(patient("P-001"), .removing(5), reason: "copied wrong", by: "berta")
            #expect(correction.refusal?.reason == .recordLocked)
            #expect(correction.refusal?.hint == "unlock it first, with a reason")
            let draw = try await log.randomise(patient("P-001"), on: day("2016-04-20"), by: "anna")
            #expect(draw.refusal?.reason == .recordLocked)
            #expect(
                try await keptRefusals(conninfo).map(\.explanation)
                    == Array(repeating: "the record is locked", count: 3))

            _ = try await log.act(.unlock, on: patient("P-001"), reason: "a query of the monitor", by: "anna")
            #expect(try await log.record(attempt("P-001 seen 2016-04-20"), by: "anna").receipt?.position == 8)
        }
    }
}
