import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// Residual disease of 0.5 % that was recorded as 0.05 %: the patient was assigned to the low risk group and randomised in it.
@Suite struct CorrectedRiskTests {
    private static let wrong =
        History.untilRandomisation("P-001", mrd: "0.05") + [
            "P-001 randomised 2016-04-08 arm=D allocated-by=centre",
            "P-001 course-started 2016-04-12 course=block-2",
        ]

    private func correction(because deviations: [Int: String] = [:]) throws -> Correction {
        var correction = try Correction.amending([
            4: "response-assessed 2016-04-01 marrow=m1 mrd=0.5 treatment-failure=no"
        ])
        correction.deviations = deviations
        return correction
    }

    private func withPath(_ body: (PathwayLog, String) async throws -> Void) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(Self.wrong)
            #expect(try await log.path(of: patient("P-001")).path.standing.risk == "low")
            try await body(log, conninfo)
        }
    }

    @Test func `the plan names the risk group that is off protocol now`() async throws {
        try await withPath { log, _ in
            let plan = try await log.plan(correction(), of: patient("P-001"))
            #expect(
                plan.words == [
                    "1 kept enrolled", "2 kept course-started", "3 kept course-ended", "4 amended response-assessed",
                    "5 restated risk-assigned needs a reason", "6 restated randomised", "7 restated course-started",
                ])
            #expect(!plan.isComplete)
            #expect(plan.rewindsTo == 3)
            guard case .offProtocol(let step)? = plan.rows[4].judgement else {
                Issue.record("it is \(String(describing: plan.rows[4].judgement))")
                return
            }
            #expect(step.deviations.map(\.rule) == ["the protocol's rules give the risk group \"intermediate\""])
            #expect(plan.rows[4].before?.phase == plan.rows[4].after?.phase)
        }
    }

    @Test func `without a reason nothing is recorded, and the attempt is kept`() async throws {
        try await withPath { log, conninfo in
            let outcome = try await log.correct(
                patient("P-001"), correction(), reason: "copied wrong", by: "berta", door: .commandLine)
            #expect(outcome.incomplete?.rows.filter(\.needsReason).map(\.position) == [5])
            #expect(try await log.path(of: patient("P-001")).head == 7)
            #expect(
                try await keptRefusals(conninfo) == [
                    KeptRefusal(
                        patient: "P-001",
                        attempted:
                            #"{"on": "2016-04-05", "risk": "low", "changes": "4 mrd=0.5", "milestone": "correction: risk-assigned"}"#,
                        answer: "off-protocol",
                        explanation: "the protocol's rules give the risk group \"intermediate\"", door: "command-line",
                        person: "berta")
                ])
            // A reason for what stays planned is not lost but refused.
            let needless = await #expect(throws: LogError.self) {
                try await log.mustCorrect(correction(because: [5: "as it was assigned", 6: "as it was drawn"]))
            }
            #expect(needless?.message == "a reason is given for event 6, which the protocol plans")
        }
    }

    @Test func `with a reason it is recorded, and the arm and the stratum that were used stay`() async throws {
        try await withPath { log, conninfo in
            let before = try await log.path(of: patient("P-001")).events[5]
            #expect(before.stratum == "low-marrow-mrd-not-negative")
            try await log.mustCorrect(correction(because: [5: "as it was assigned"]))
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events.map(\.position) == [1, 2, 3, 9, 10, 11, 12])
            #expect(path.events.filter { $0.answer == .offProtocol }.map(\.position) == [10])
            #expect(path.events[4].deviation == "as it was assigned")
            #expect(path.events[5].milestone.facts.word(.arm) == "D")
            #expect(path.events[5].stratum == "low-marrow-mrd-not-negative")
            #expect(path.path.standing.arms == ["D"])
            #expect(path.path.standing.risk == "low")
            #expect(path.path.phase.name == "d-block-2")
            // Another instance, which has nothing in memory, replays the same.
            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            let replayed = try await cold.path(of: patient("P-001"))
            #expect(replayed.path.standing == path.path.standing)
            #expect(replayed.steps == path.steps)
            #expect(try await cold.mustRecord(attempt("P-001 course-ended 2016-05-10 course=block-2")).position == 13)
            // A later correction of something else asks for no reason again.
            try await log.mustCorrect(.amending([2: "course-started 2016-03-03 course=block-1"]))
            let last = try await log.path(of: patient("P-001"))
            #expect(last.events.map(\.deviation) == [nil, nil, nil, nil, "as it was assigned", nil, nil, nil])
            #expect(last.events[5].stratum == "low-marrow-mrd-not-negative")
        }
    }

    @Test func `the stratum of a randomisation stays the one that was used, also where the facts give another`()
        async throws
    {
        try await withLog { log, _ in
            try await log.mustRecord(History.untilRandomisation("P-001", mrd: "<0.01"))
            try await log.mustRecord(attempt("P-001 randomised 2016-04-08 arm=D allocated-by=centre"))
            try await log.mustCorrect(
                .amending([4: "response-assessed 2016-04-01 marrow=m1 mrd=0.05 treatment-failure=no"]))
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events.map(\.answer) == Array(repeating: .planned, count: 6))
            #expect(path.events[5].restates == 6)
            #expect(path.events[5].stratum == "low-marrow-mrd-negative")
            #expect(try await log.exported().contains("mrd\":\"0.05"))
        }
    }

    @Test func `a randomisation that is dated right behind the last day of its arm needs a reason`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord([
                History.enrolment("P-001", on: "2019-08-01").replacing(
                    "relapsed-on=2016-02-20", "relapsed-on=2019-07-20"),
                "P-001 course-started 2019-08-02 course=block-1", "P-001 course-ended 2019-08-30 course=block-1",
                "P-001 response-assessed 2019-09-01 marrow=m1 mrd=0.5 treatment-failure=no",
                "P-001 risk-assigned 2019-09-05", "P-001 randomised 2019-09-18 arm=A allocated-by=centre",
            ])
            var late = try Correction.amending([6: "randomised 2019-09-19 arm=A allocated-by=centre"])
            let plan = try await log.plan(late, of: patient("P-001"))
            guard case .offProtocol(let step)? = plan.rows[5].judgement else {
                Issue.record("it is \(String(describing: plan.rows[5].judgement))")
                return
            }
            #expect(step.deviations.map(\.rule) == ["arm A closed on 2019-09-18"])
            #expect(plan.rows[5].needsReason)
            late.deviations[6] = "as the centre drew it"
            try await log.mustCorrect(late)
            let event = try #require(try await log.path(of: patient("P-001")).events.last)
            #expect(event.milestone.on == ClinicalDate(try day("2019-09-19")))
            #expect(event.deviation == "as the centre drew it")
            #expect(event.stratum == "intermediate")
        }
    }

    @Test func `the risk group may be corrected with it, where nobody was randomised`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(History.untilRandomisation("P-001", mrd: "0.05"))
            var correction = try correction()
            correction.amended[5] = try attempt("P-001 risk-assigned 2016-04-05").milestone
            try await log.mustCorrect(correction)
            let path = try await log.path(of: patient("P-001"))
            #expect(path.path.standing.risk == "intermediate")
            #expect(path.path.phase.name == "high-or-intermediate-risk")
            #expect(path.events.allSatisfy { $0.answer == .planned })
            let drawn = try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "anna")
            #expect(drawn.receipt?.position == 9)
        }
    }

    @Test func `an allocation that the service drew is not undone`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001", mrd: "0.05"))
            let drawn = try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "anna")
            let arm = try #require(drawn.receipt?.step.milestone.facts.word(.arm))
            let other = arm == "C" ? "D" : "C"
            for correction in [
                Correction.removing(6), try .amending([6: "randomised 2016-04-08 arm=\(other) allocated-by=pathway"]),
                try .amending([6: "randomised 2016-04-08 arm=\(arm) allocated-by=centre"]), .removing(1, 2, 3, 4, 5, 6),
            ] {
                let outcome = try await log.correct(patient("P-001"), correction, reason: "a wish", by: "berta")
                #expect(outcome.refusal?.reason == .allocationStands)
                #expect(
                    outcome.refusal?.explanation == "the service drew the allocation, and what was drawn is not undone")
            }
            #expect(try await log.path(of: patient("P-001")).head == 6)
            #expect(try await keptRefusals(conninfo).map(\.answer) == Array(repeating: "refused", count: 4))

            // It can be dated right, and what it rests on can be corrected.
            try await log.mustCorrect(.amending([6: "randomised 2016-04-07 arm=\(arm) allocated-by=pathway"]))
            try await log.mustCorrect(correction(because: [5: "as it was assigned"]))
            let path = try await log.path(of: patient("P-001"))
            #expect(path.path.standing.arms == [arm])
            #expect(path.events.last?.milestone.on == ClinicalDate(try day("2016-04-07")))
            #expect(path.events.last?.stratum == "low-marrow-mrd-not-negative")
            var connection = try await Connection.open(conninfo)
            let drawnArms = try await connection.rows("SELECT arm FROM pathway.allocation", as: String.self)
            #expect(drawnArms == [arm])
            // And nobody draws a second time.
            let second = try await log.randomise(patient("P-001"), on: day("2016-04-09"), by: "anna")
            #expect(second.refusal?.explanation == "the patient was randomised to arm \(arm) before")
        }
    }

    @Test func `a correction does not make an allocation the service's own`() async throws {
        try await withPath { log, _ in
            for correction in [
                try Correction.amending([6: "randomised 2016-04-08 arm=D allocated-by=pathway"]),
                try .inserting([6: ["randomised 2016-04-07 arm=D allocated-by=pathway"]]),
            ] {
                let outcome = try await log.correct(patient("P-001"), correction, reason: "a wish", by: "berta")
                #expect(outcome.refusal?.reason == .allocationUnattributed)
            }
            #expect(try await log.path(of: patient("P-001")).head == 7)
        }
    }
}
