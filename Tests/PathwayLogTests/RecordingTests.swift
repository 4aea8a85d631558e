import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Testing

/// A row of the register of refusals.
struct KeptRefusal: Hashable {
    let patient: String
    let attempted: String
    let answer: String
    let explanation: String
    let door: String
    let person: String
}

func keptRefusals(_ conninfo: String) async throws -> [KeptRefusal] {
    var connection = try await Connection.open(conninfo)
    return try await connection.rows(
        "SELECT patient, attempted::text, answer, explanation, door, refused_by FROM pathway.refusal ORDER BY refusal",
        KeptRefusal.init)
}

@Suite struct RecordingTests {
    @Test func `what the protocol plans is recorded, and answered with where it led`() async throws {
        try await withLog { log, conninfo in
            let first = try await log.record(attempt(History.enrolment("P-001")), by: "coordinator")
            #expect(first.receipt?.position == 1)
            #expect(first.receipt?.phase == "enrolled")
            #expect(!first.isRepetition)
            let second = try await log.record(
                attempt("P-001 course-started 2016-03-02 course=block-1"), by: "somebody else")
            #expect(second.receipt?.position == 2)
            #expect(second.receipt?.phaseTitle == "Block 1")

            let history = try await log.path(of: patient("P-001")).events
            #expect(history.map(\.milestone.kind) == [.enrolled, .courseStarted])
            #expect(history.map(\.phaseBefore) == ["outside", "enrolled"])
            #expect(history.map(\.phaseAfter) == ["enrolled", "block-1"])
            #expect(history.map(\.recordedBy) == ["coordinator", "somebody else"])
            #expect(history.map(\.answer) == [.planned, .planned])
            #expect(history.map(\.site) == ["S-01", "S-01"])
            #expect(history[0].recordedAt < history[1].recordedAt)
            #expect(second.receipt?.recordedAt == history[1].recordedAt)
            var connection = try await Connection.open(conninfo)
            // By the clock of the database: neither before the test nor after the present moment.
            let isPresent = try await connection.row(
                """
                SELECT bool_and(recorded_at BETWEEN clock_timestamp() - interval '5 minutes' AND clock_timestamp())
                FROM pathway.event
                """, as: Bool.self)
            #expect(isPresent)
            #expect(try await keptRefusals(conninfo) == [])
        }
    }

    @Test func `what leaves the protocol is recorded with a reason only`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            let leaving = "P-001 off-therapy 2016-03-09 reason=completed"
            let without = try await log.record(attempt(leaving), by: "coordinator", door: .commandLine)
            #expect(
                without.deviations?.map(\.rule) == ["treatment is complete after transplant or after maintenance"])
            let empty = try await log.record(attempt(leaving, deviation: ""), by: "coordinator", door: .commandLine)
            #expect(empty.deviations?.count == 1)
            #expect(try await log.path(of: patient("P-001")).events.count == 1)

            let with = try await log.record(attempt(leaving, deviation: "moved abroad"), by: "coordinator")
            #expect(with.receipt?.step.answer == .offProtocol)
            let event = try #require(try await log.path(of: patient("P-001")).events.last)
            #expect(event.deviation == "moved abroad")
            #expect(event.answer == .offProtocol)

            let kept = KeptRefusal(
                patient: "P-001",
                attempted: #"{"on": "2016-03-09", "reason": "completed", "milestone": "off-therapy"}"#,
                answer: "off-protocol", explanation: "treatment is complete after transplant or after maintenance",
                door: "command-line", person: "coordinator")
            #expect(try await keptRefusals(conninfo) == [kept, kept])
        }
    }

    @Test func `a reason for what is planned is not lost but refused`() async throws {
        try await withLog { log, _ in
            let outcome = try await log.record(
                attempt(History.enrolment("P-001"), deviation: "just in case"), by: "anna")
            #expect(outcome.refusal?.reason == .reasonNotNeeded)
            #expect(
                outcome.refusal?.explanation
                    == "the protocol plans it, and a reason for leaving the protocol was given")
            #expect(outcome.refusal?.hint == "leave the deviation out; a remark can go into note")
            try await log.mustRecord(attempt(History.enrolment("P-001")))
        }
    }

    @Test func `each refusal is kept once with who asked through which door`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            let refused: [(String, Door, String)] = [
                ("P-001 engrafted 2016-03-05", .commandLine, #"the pathway is in "Enrolled, before Block 1""#),
                ("P-002 relapsed 2016-03-05", .library, "nobody has enrolled the patient"),
                (History.enrolment("P-001", on: "2016-04-01"), .import, "the study number is in use"),
                (
                    "P-001 course-started 2016-02-29 course=block-1", .library,
                    "2016-02-29 is before 2016-03-01, the day of an earlier milestone"
                ),
                ("P-001 course-started 2016-03-02 course=block-9", .library, #"the protocol has no course "block-9""#),
            ]
            for (line, door, explanation) in refused {
                let outcome = try await log.record(attempt(line), by: "anna", door: door)
                #expect(outcome.refusal?.explanation == explanation)
            }
            #expect(try await log.path(of: patient("P-001")).events.count == 1)
            let kept = try await keptRefusals(conninfo)
            #expect(kept.map(\.patient) == ["P-001", "P-002", "P-001", "P-001", "P-001"])
            #expect(kept.map(\.door) == ["command-line", "library", "import", "library", "library"])
            #expect(kept.map(\.explanation) == refused.map(\.2).dropLast() + ["the protocol has no such course"])
            #expect(Set(kept.map(\.person)) == ["anna"])
            #expect(Set(kept.map(\.answer)) == ["refused"])
            #expect(kept[0].attempted == #"{"on": "2016-03-05", "milestone": "engrafted"}"#)
        }
    }

    @Test func `what identifies a patient is not kept with a refusal`() async throws {
        try await withLog { log, conninfo in
            let enrolment = History.enrolment("P-001")
            let refused = [
                "\(enrolment) note=grandson-of-the-mayor age=9 exclusion=hiv sex=male".replacing(
                    "down-syndrome=no", "down-syndrome=yes"),
                enrolment.replacing("diagnosed=2012-02-10", "diagnosed=2005-01-01"),
                enrolment.replacing("born=2006-05-04", "born=2026-05-04"),
                enrolment.replacing("born=2006-05-04", "born=2006-05-04 age=12"),
            ]
            for line in refused { #expect(try await log.record(attempt(line), by: "anna").refusal != nil, "\(line)") }
            try await log.mustRecord(attempt(enrolment))
            #expect(try await log.record(attempt("P-001 died 2006-05-01 note=mayor"), by: "anna").refusal != nil)

            let kept = try await keptRefusals(conninfo)
            #expect(kept.count == 5)
            for refusal in kept {
                for secret in ["2006-05-04", "2026-05-04", "mayor"] {
                    #expect(!refusal.attempted.contains(secret))
                    #expect(!refusal.explanation.contains(secret))
                }
            }
        }
    }

    @Test func `a patient who does not exist has no history`() async throws {
        try await withLog { log, _ in
            let error = await #expect(throws: LogError.self) { try await log.path(of: patient("P-404")).events }
            #expect(error?.code == .unknownPatient)
            #expect(error?.message == #"there is no patient "P-404" in the log"#)
            await #expect(throws: LogError.self) { try await log.path(of: patient("P-404")) }
        }
    }

    @Test func `a repetition of a request gets the first answer, also after more was recorded`() async throws {
        try await withLog { log, conninfo in
            var enrolment = try attempt(History.enrolment("P-001"))
            enrolment.request = .random()
            let start = try attempt("P-001 course-started 2016-03-02 course=block-1", request: .random())
            let first = try await log.mustRecord(enrolment)
            let second = try await log.mustRecord(start)
            try await log.mustRecord(attempt("P-001 course-ended 2016-03-30 course=block-1"))
            try await log.mustRecord(attempt("P-001 died 2016-03-31"))

            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            for log in [log, cold] {
                for (attempt, answer) in [(start, second), (enrolment, first)] {
                    let again = try await log.record(attempt, by: "somebody else")
                    #expect(again.isRepetition)
                    #expect(again.receipt?.position == answer.position)
                    #expect(again.receipt?.recordedAt == answer.recordedAt)
                    #expect(again.receipt?.phase == answer.phase)
                    #expect(again.receipt?.phaseTitle == answer.phaseTitle)
                    #expect(again.receipt?.step == answer.step)
                }
            }
            #expect(try await log.path(of: patient("P-001")).events.count == 4)
            #expect(try await keptRefusals(conninfo) == [])
        }
    }

    @Test func `a request asked ten times at once is one event`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            for line in History.untilRandomisation("P-001") {
                let attempt = try attempt(line, request: .random())
                let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                    for number in 0..<10 {
                        group.addTask {
                            try await (number.isMultiple(of: 2) ? log : other).record(attempt, by: "coordinator")
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(outcomes.filter { $0.receipt != nil }.count == 10)
                #expect(outcomes.filter { !$0.isRepetition }.count == 1)
                #expect(Set(outcomes.compactMap { $0.receipt?.position }).count == 1)
                #expect(Set(outcomes.compactMap { $0.receipt?.recordedAt }).count == 1)
            }
            #expect(try await log.path(of: patient("P-001")).events.map(\.position) == [1, 2, 3, 4, 5])
        }
    }

    @Test func `one request of two patients is two events`() async throws {
        try await withLog { log, _ in
            let request = RequestID.random()
            try await log.mustRecord(attempt(History.enrolment("P-001"), request: request))
            let other = try await log.record(attempt(History.enrolment("P-002"), request: request), by: "coordinator")
            #expect(other.receipt?.patient == (try patient("P-002")))
            #expect(!other.isRepetition)
        }
    }

    @Test func `who has seen less than the log holds is told what was recorded meanwhile`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            try await log.mustRecord(History.untilRandomisation("P-001").prefix(2).map(\.self))
            // The other instance knows nothing of these.
            try await other.mustRecord(attempt("P-001 adverse-event 2016-03-05 term=fever grade=2"))
            try await other.mustRecord(attempt("P-001 adverse-event 2016-03-06 term=pain grade=1"))

            let ending = try attempt("P-001 course-ended 2016-03-30 course=block-1")
            let late = try await log.record(ending, by: "coordinator", door: .commandLine, seen: 2)
            #expect(late.meanwhile?.map(\.position) == [3, 4])
            #expect(late.meanwhile?.map { $0.event?.milestone.facts[.term] } == [.word("fever"), .word("pain")])
            let known = try await log.record(ending, by: "coordinator", seen: 4)
            #expect(known.receipt?.position == 5)
            #expect(
                try await keptRefusals(conninfo).map { [$0.answer, $0.explanation, $0.door] } == [
                    ["conflict", "recorded meanwhile: adverse-event, adverse-event", "command-line"]
                ])
        }
    }

    @Test func `who has seen more than the log holds is in conflict with nothing`() async throws {
        try await withLog { log, _ in
            let enrolment = try attempt(History.enrolment("P-001"))
            #expect(try await log.record(enrolment, by: "coordinator", seen: 3).meanwhile?.isEmpty == true)
            try await log.mustRecord(enrolment)
            let death = try attempt("P-001 died 2016-03-02")
            #expect(try await log.record(death, by: "coordinator", seen: 3).meanwhile?.isEmpty == true)
            #expect(try await log.record(death, by: "coordinator", seen: 1).receipt?.position == 2)
        }
    }

    @Test func `an instance that has not looked for a while is told what was recorded meanwhile`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            try await other.mustRecord(attempt("P-001 course-started 2016-03-02 course=block-1"))
            let outcome = try await log.record(
                attempt("P-001 course-started 2016-03-03 course=block-1"), by: "coordinator")
            #expect(outcome.meanwhile?.map(\.position) == [2])
            // Now it knows, and the second start is what the pathway says of it.
            let again = try await log.record(
                attempt("P-001 course-started 2016-03-03 course=block-1"), by: "coordinator")
            #expect(again.refusal?.explanation == #"the pathway is in "Block 1""#)
        }
    }

    @Test func `one attempt at fault does not take its neighbours with it`() async throws {
        try await withLog { log, _ in
            let sound = try (1...8).map { try attempt(History.enrolment("P-00\($0)")) }
            // No text of PostgreSQL holds a NUL.
            let enrolled = try attempt(History.enrolment("P-010"))
            try await log.mustRecord(enrolled)
            let start = try attempt("P-010 course-started 2016-03-02 course=block-1")
            let (recorded, failed) = await withTaskGroup(of: Bool.self) { group in
                for (attempt, person) in sound.map({ ($0, "coordinator") }) + [(start, "an\0na")] {
                    group.addTask { (try? await log.record(attempt, by: person).receipt) != nil }
                }
                return await group.reduce(into: (0, 0)) { if $1 { $0.0 += 1 } else { $0.1 += 1 } }
            }
            #expect(recorded == 8)
            #expect(failed == 1)
        }
    }
}

extension String {
    func replacing(_ part: String, _ other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }

    @Test func `a request that comes again with other content is refused, and as it was it succeeds`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001"))
            let request = RequestID.random()
            let seen = try attempt("P-001 seen 2016-04-06", request: request)
            try await log.mustRecord(seen)
            let (drawing, correcting, closing) = (RequestID.random(), RequestID.random(), RequestID.random())
            #expect(
                try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "anna", request: drawing).receipt
                    != nil)
            let right = try Correction.amending([6: "seen 2016-04-07"])
            let corrected = try await log.correct(
                patient("P-001"), right, reason: "typing", by: "anna", request: correcting)
            #expect(corrected.position != nil)
            _ = try await log.act(.lock, on: patient("P-001"), reason: "cut", by: "anna", request: closing)
            let count = try await log.path(of: patient("P-001")).head

            for line in ["adverse-event 2016-04-06 term=fever grade=2", "seen 2016-04-07"] {
                let other = try await log.record(attempt("P-001 \(line)", request: request), by: "anna")
                #expect(other.refusal?.reason == .requestUsed(position: 6, for: "seen"))
            }
            let noted = try await log.record(attempt("P-001 seen 2016-04-06 note=tall", request: request), by: "anna")
            #expect(noted.refusal?.reason == .recordedOtherwise(position: 6))
            let drawn = try await log.randomise(patient("P-001"), on: day("2016-04-09"), by: "anna", request: drawing)
            #expect(drawn.refusal?.reason == .requestUsed(position: 7, for: "randomised"))
            for (change, reason) in [(right, "mistaken"), (try .amending([6: "seen 2016-04-05"]), "typing")] {
                let fault = await #expect(throws: LogError.self) {
                    try await log.correct(patient("P-001"), change, reason: reason, by: "anna", request: correcting)
                }
                #expect(fault?.code == .requestUsed)
            }
            guard
                case .refused = try await log.act(
                    .unlock, on: patient("P-001"), reason: "cut", by: "anna", request: closing)
            else { return #expect(Bool(false), "unlocked") }
            #expect(try await keptRefusals(conninfo).count == 7)

            #expect(try await log.record(seen, by: "anna").isRepetition)
            #expect(
                try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "anna", request: drawing)
                    .isRepetition)
            #expect(
                try await log.correct(patient("P-001"), right, reason: "typing", by: "anna", request: correcting)
                    .isRepetition)
            #expect(try await log.path(of: patient("P-001")).head == count)
        }
    }
}
