import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct CorrectionTests {
    /// What is right of the fourth of ``History/inBlock2``; its residual disease was recorded as 0.5.
    private let right = "response-assessed 2016-04-01 marrow=m1 mrd=0.6 treatment-failure=no"

    private func withPath(
        _ lines: [String] = History.inBlock2, _ body: (PathwayLog, String) async throws -> Void
    ) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(lines)
            try await body(log, conninfo)
        }
    }

    @Test func `a correction rewinds the path and states again what followed, at one instant`() async throws {
        try await withPath { log, conninfo in
            let position = try await log.mustCorrect(.amending([4: right]), source: "report 4711 of the laboratory")
            #expect(position == 8)
            #expect(
                try await record(conninfo, from: 8) == [
                    "8 after 3 rewound block-1-evaluation", "9 after 8 response-assessed of 4 risk-assessment",
                    "10 after 9 risk-assigned of 5 high-or-intermediate-risk",
                    "11 after 10 randomised of 6 a-before-block-2", "12 after 11 course-started of 7 a-block-2",
                ])
            let path = try await log.path(of: patient("P-001"))
            #expect(path.entries.map(\.position) == Array(1...12))
            #expect(path.events.map(\.position) == [1, 2, 3, 9, 10, 11, 12])
            #expect(path.events.map(\.restates) == [nil, nil, nil, 4, 5, 6, 7])
            #expect(path.events[3].milestone == (try attempt("P-001 \(right)").milestone))
            #expect(path.head == 12)
            #expect(path.path.phase.name == "a-block-2")
            let instants = path.entries.map(\.recordedAt)
            #expect(Set(instants[7...]).count == 1)
            #expect(instants[6] < instants[7])
            #expect(
                path.entries.map(\.recordedBy) == Array(repeating: "coordinator", count: 7)
                    + Array(repeating: "berta", count: 5))
            let act = try #require(path.entries[7].act)
            #expect(act.kind == .rewound(to: 3))
            #expect(act.reason == "copied wrong")
            #expect(act.source == "report 4711 of the laboratory")

            // Nothing that was recorded before has changed, and recording goes on behind it.
            #expect(
                path.entries[3].event?.milestone == (try attempt("P-001 \(History.inBlock2[3].dropFirst(6))").milestone)
            )
            #expect(try await log.mustRecord(attempt("P-001 course-ended 2016-05-10 course=block-2")).position == 13)
        }
    }

    @Test func `the path is read as it was before the correction, and as the patient was on a day`() async throws {
        try await withPath { log, _ in
            let before = try #require(try await log.path(of: patient("P-001")).entries.last).recordedAt
            try await log.mustCorrect(.amending([4: right]))
            func read(_ point: ReadingPoint) async throws -> (positions: [Int], disease: String?, phase: String) {
                let path = try await log.path(of: patient("P-001"), at: point)
                let assessed = path.events.first { $0.milestone.kind == .responseAssessed }
                return (
                    path.events.map(\.position), assessed?.milestone.facts[.mrd].map(Field.mrd.text),
                    path.path.phase.name
                )
            }
            #expect(try await read(ReadingPoint()) == ([1, 2, 3, 9, 10, 11, 12], "0.6", "a-block-2"))
            #expect(try await read(ReadingPoint(asOf: before)) == (Array(1...7), "0.5", "a-block-2"))
            // Clinically, on the day before the randomisation.
            let earlier = try day("2016-04-07")
            #expect(
                try await read(ReadingPoint(through: earlier)) == (
                    [1, 2, 3, 9, 10], "0.6", "high-or-intermediate-risk"
                ))
            #expect(
                try await read(ReadingPoint(asOf: before, through: earlier)) == (
                    [1, 2, 3, 4, 5], "0.5", "high-or-intermediate-risk"
                ))
            #expect(try await read(ReadingPoint(through: day("2016-03-15"))) == ([1, 2], nil, "block-1"))
            #expect(
                try await log.cohort(at: ReadingPoint(through: earlier)).map(\.phase) == ["high-or-intermediate-risk"])
            #expect(try await log.cohort(at: ReadingPoint(asOf: before)).map(\.phase) == ["a-block-2"])

            let first = try #require(try await log.path(of: patient("P-001")).entries.first).recordedAt
            let never = ReadingPoint(asOf: Instant(microseconds: first.microseconds - 1))
            let error = await #expect(throws: LogError.self) { try await log.path(of: patient("P-001"), at: never) }
            #expect(error?.code == .unknownPatient)
            #expect(try await log.cohort(at: never).isEmpty)
        }
    }

    @Test func `a milestone that did not happen is removed`() async throws {
        try await withPath(
            History.inBlock2 + ["P-001 adverse-event 2016-04-20 term=fever grade=2", "P-001 seen 2016-04-25"]
        ) {
            log, conninfo in
            #expect(
                try await log.plan(.removing(8), of: patient("P-001")).words.suffix(3) == [
                    "7 kept course-started", "8 removed adverse-event", "9 restated seen",
                ])
            try await log.mustCorrect(.removing(8))
            #expect(
                try await record(conninfo, from: 10) == [
                    "10 after 7 rewound a-block-2", "11 after 10 seen of 9 a-block-2",
                ])
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events.map(\.position) == Array(1...7) + [11])
            // The last one needs nothing to be stated again.
            try await log.mustCorrect(.removing(11))
            #expect(try await record(conninfo, from: 12) == ["12 after 7 rewound a-block-2"])
        }
    }

    @Test func `a milestone that was forgotten is inserted where it happened`() async throws {
        try await withPath { log, conninfo in
            let forgotten = try Correction.inserting([
                3: ["adverse-event 2016-03-10 term=fever grade=2", "adverse-event 2016-03-12 term=pain grade=1"],
                7: ["adverse-event 2016-04-09 term=rash grade=1"],
            ])
            #expect(
                try await log.plan(forgotten, of: patient("P-001")).words == [
                    "1 kept enrolled", "2 kept course-started", "3 inserted adverse-event", "3 inserted adverse-event",
                    "3 restated course-ended", "4 restated response-assessed", "5 restated risk-assigned",
                    "6 restated randomised", "7 inserted adverse-event", "7 restated course-started",
                ])
            #expect(try await record(conninfo, from: 8) == [])
            try await log.mustCorrect(forgotten)
            #expect(
                try await record(conninfo, from: 8) == [
                    "8 after 2 rewound block-1", "9 after 8 adverse-event block-1", "10 after 9 adverse-event block-1",
                    "11 after 10 course-ended of 3 block-1-evaluation",
                    "12 after 11 response-assessed of 4 risk-assessment",
                    "13 after 12 risk-assigned of 5 high-or-intermediate-risk",
                    "14 after 13 randomised of 6 a-before-block-2", "15 after 14 adverse-event a-before-block-2",
                    "16 after 15 course-started of 7 a-block-2",
                ])
        }
    }

    @Test func `the enrolment itself is corrected`() async throws {
        try await withPath { log, conninfo in
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events[0].milestone.facts[.age] == .number(9))
            let other = History.enrolment("P-001", site: "S-02").replacing("born=2006-05-04", "born=2007-05-04")
            try await log.mustCorrect(.amending([1: String(other.dropFirst(6))]))
            #expect(
                try await record(conninfo, from: 8).prefix(2)
                    == ["8 after 0 rewound outside", "9 after 0 enrolled of 1 enrolled"])
            let corrected = try await log.path(of: patient("P-001"))
            #expect(corrected.events.map(\.position) == Array(9...15))
            #expect(corrected.site == "S-02")
            #expect(
                corrected.entries.map(\.site) == Array(repeating: "S-01", count: 8) + Array(repeating: "S-02", count: 7)
            )
            #expect(corrected.events[0].milestone.facts[.born] == (try Field.born.value("2007-05-04")))
            #expect(corrected.events[0].milestone.facts[.age] == .number(8))
            #expect(corrected.path.phase.name == "a-block-2")
            #expect(try await log.cohort().map { "\($0.site) \($0.patients)" } == ["S-02 1"])
            #expect(try await log.mustRecord(attempt("P-001 course-ended 2016-05-10 course=block-2")).position == 16)
        }
    }

    @Test func `who was registered by mistake is removed, and the study number is enrolled again`() async throws {
        try await withPath(Array(History.inBlock2.prefix(2))) { log, conninfo in
            #expect(
                try await log.plan(.removing(1), of: patient("P-001")).words == [
                    "1 removed enrolled", "2 restated course-started refused",
                ])
            try await log.mustCorrect(.removing(1, 2), because: "another child of the same name")
            #expect(try await record(conninfo, from: 3) == ["3 after 0 rewound outside"])
            let nobody = try await log.path(of: patient("P-001"))
            #expect(nobody.events.isEmpty)
            #expect(nobody.entries.map(\.word) == ["enrolled", "course-started", "rewound"])
            var patients = 0
            try await log.forEachPath { _ in patients += 1 }
            #expect(patients == 0)
            #expect(try await log.cohort().isEmpty)
            let seen = try await log.record(attempt("P-001 seen 2016-03-09"), by: "anna")
            #expect(seen.refusal?.explanation == "nobody has enrolled the patient")

            let again = try await log.mustRecord(attempt(History.enrolment("P-001", on: "2016-03-03", site: "S-02")))
            #expect(again.position == 4)
            #expect(try await record(conninfo, from: 4) == ["4 after 0 enrolled enrolled"])
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events.map(\.position) == [4])
            #expect(path.site == "S-02")
        }
    }

    @Test func `a correction is corrected`() async throws {
        try await withPath { log, conninfo in
            try await log.mustCorrect(.amending([4: right]))
            let error = await #expect(throws: LogError.self) { try await log.mustCorrect(.amending([4: right])) }
            #expect(error?.code == .impossibleCorrection)
            #expect(error?.message == "patient P-001 has no milestone that stands at position 4")
            #expect(
                error?.hint == #"event 4 was stated again as event 9; "pathway history P-001" shows those that do"#)

            try await log.mustCorrect(.amending([9: right.replacing("mrd=0.6", "mrd=0.7")]))
            #expect(
                try await record(conninfo, from: 13).prefix(2) == [
                    "13 after 3 rewound block-1-evaluation", "14 after 13 response-assessed of 9 risk-assessment",
                ])
            // And one that reaches further back than both.
            try await log.mustCorrect(.amending([2: "course-started 2016-03-03 course=block-1"]))
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events.map(\.position) == [1] + Array(19...24))
            #expect(path.events.map(\.restates) == [nil, 2, 3, 14, 15, 16, 17])
            #expect(path.events[3].milestone.facts[.mrd].map(Field.mrd.text) == "0.7")
        }
    }

    @Test func `an off-protocol milestone that is stated again keeps its reason`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            try await log.mustRecord(
                attempt("P-001 off-therapy 2016-03-09 reason=completed", deviation: "moved abroad"))
            try await log.mustCorrect(.inserting([2: ["adverse-event 2016-03-04 term=fever grade=2"]]))
            let last = try #require(try await log.path(of: patient("P-001")).events.last)
            #expect(last.position == 5)
            #expect(last.deviation == "moved abroad")
            #expect(last.answer == .offProtocol)
        }
    }

    @Test func `a death that was another patient's is removed, and the patient lives on`() async throws {
        try await withPath(History.toDeath) { log, conninfo in
            #expect(try await log.path(of: patient("P-001")).path.standing.status == .dead)
            try await log.mustCorrect(.removing(11), because: "the death of another patient")
            #expect(try await record(conninfo, from: 12) == ["12 after 10 rewound off-protocol-therapy"])
            #expect(try await log.path(of: patient("P-001")).path.standing.status == .relapsed)
            #expect(try await log.mustRecord(attempt("P-001 seen 2016-06-20")).position == 13)
        }
    }
}
