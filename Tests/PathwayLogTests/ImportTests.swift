import DatabaseTesting
import Foundation
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct ImportTests {
    @Test func `an export taken in elsewhere is exported byte for byte`() async throws {
        try await withLog(Template.histories) { log, _ in
            // On top of the plain histories: a drawn allocation, text of all kinds, a made-up patient, another version.
            for line in History.untilRandomisation("P-003") {
                try await log.mustRecord(attempt(line, protocol: "aall1331"))
            }
            _ = try await log.randomise(patient("P-003"), on: day("2016-04-08"), by: "anna")
            var noted = try attempt(History.enrolment("P-004"), protocol: "aall1331")
            var facts = noted.milestone.facts
            facts[.note] = .text("she said \"no\",\n\tthen \\ 🙂 ärztlich \u{1}")
            noted.milestone = try Milestone(.enrolled, on: noted.milestone.on, facts: facts)
            noted.isSynthetic = true
            try await log.mustRecord(noted)
            try await log.add(amendments[1], by: "trial office")
            try await log.mustRecord(
                attempt("P-004 course-started 2016-03-20 course=block-1", protocol: "aall1331", version: 2))
            try await log.mustRecord(attempt("P-004 died 2016"))
            let first = try await log.exported()
            #expect(first.split(separator: "\n").count == 22)

            try await withLog(Template.twoProtocols) { other, _ in
                try await other.add(amendments[1], by: "trial office")
                let said = try await other.imports(Array(first.utf8))
                #expect(said.report.recorded == 22)
                #expect(said.report.refused == 0)
                let second = try await other.exported()
                #expect(second == first)
                #expect(try await other.imports(Array(second.utf8)).report.repeated == 22)

                let event = try #require(try await other.path(of: patient("P-003")).events.last)
                #expect(event.recordedBy == "import")
                #expect(event.originBy == "anna")
                #expect(event.originAt == (try await log.path(of: patient("P-003")).events.last?.recordedAt))
                #expect(event.milestone.facts[.allocatedBy] == .text("pathway"))
            }
        }
    }

    @Test func `a log with corrections, signatures and locks is exported, taken in elsewhere and exported the same`()
        async throws
    {
        try await withLog { log, _ in
            try await log.mustRecord(History.inBlock2)
            try await log.mustCorrect(
                .amending([4: "response-assessed 2016-04-01 marrow=m1 mrd=0.6 treatment-failure=no"]),
                source: "report 4711")
            try await log.mustCorrect(
                .amending([1: String(History.enrolment("P-001", site: "S-02").dropFirst(6))]))
            let id = try patient("P-001")
            _ = try await log.act(.sign(.review), on: id, reason: nil, by: "anna")
            _ = try await log.act(.lock, on: id, reason: "data are clean", by: "anna")
            _ = try await log.act(.unlock, on: id, reason: "a query of the monitor", by: "anna")
            try await log.mustRecord(attempt("P-001 course-ended 2016-05-10 course=block-2"))
            try await log.mustRecord(attempt(History.enrolment("P-002")))
            let first = try await log.exported()
            try await withLog { other, _ in
                let said = try await other.imports(Array(first.utf8))
                #expect(said.remarks == [])
                #expect(try await other.exported() == first)
                let (path, copy) = (try await log.path(of: id), try await other.path(of: id))
                #expect(copy.path.standing == path.path.standing)
                #expect(copy.events.map(\.position) == path.events.map(\.position))
                #expect(copy.steps == path.steps)
                #expect(copy.signatures.map(\.voidedBy) == path.signatures.map(\.voidedBy))
                #expect(try await other.imports(Array(first.utf8)).report.recorded == 0)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a file that is taken in again records nothing`(_ namesRecorder: Bool) async throws {
        try await withLog { log, conninfo in
            let file = try lines(
                History.untilRandomisation("P-1") + History.untilRandomisation("P-2"),
                by: namesRecorder ? "anna" : nil)
            let first = try await log.imports(file)
            #expect(first.report == Tally(lines: 10, recorded: 10))
            let exported = try await log.exported()
            let second = try await log.imports(file, by: "somebody else")
            #expect(second.report == Tally(lines: 10, repeated: 10))
            #expect(try await log.exported() == exported)
            #expect(try await keptRefusals(conninfo) == [])
        }
    }

    private static let mixed = """
        P-2 enrolled 2016-03-01 site=S-01 diagnosed=2012-02-10 relapsed-on=2016-02-20 relapse-sites=marrow age=31
        P-1 course-started 2016-03-02 course=block-1
        P-1 engrafted 2016-03-05
        P-1 course-ended 2016-03-30 course=block-1
        """.split(separator: "\n").map(String.init)

    @Test func `a trial reports what an import would, and records nothing`() async throws {
        try await withLog { log, conninfo in
            let bare = History.enrolment("P-3").replacing(" ecog=1", "")
            let leaving = ["P-3 off-therapy 2016-03-09 reason=completed"]
            let file = try lines([History.enrolment("P-1")] + Self.mixed + [bare] + leaving)
            let trial = try await log.imports(file, isTrial: true)
            #expect(try await log.exported() == "")
            #expect(try await keptRefusals(conninfo) == [])
            let real = try await log.imports(file)
            #expect(trial.report == real.report)
            #expect(trial.remarks == real.remarks)
            #expect(real.report == Tally(lines: 7, recorded: 3, refused: 4, warned: 1))
            #expect(
                real.remarks == [
                    #"2: refused cannot record "enrolled": at most 30 years old: it needs that age is at most 30"#,
                    #"4: refused cannot record "engrafted": the pathway is in "Block 1""#,
                    "5: refused waits for line 4 of the same patient, which was refused",
                    "6: warned performance status: not known whether ecog is at most 2",
                    "7: refused leaves the protocol: treatment is complete after transplant or after maintenance",
                ])
            #expect(real.hints[7] == #"give the reason as "deviation""#)
            #expect(
                try await keptRefusals(conninfo).map { [$0.patient, $0.answer, $0.door, $0.person] } == [
                    ["P-2", "refused", "import", "import"], ["P-1", "refused", "import", "import"],
                    ["P-1", "refused", "import", "import"], ["P-3", "off-protocol", "import", "import"],
                ])
        }
    }

    @Test func `lines that were mended are taken in where they were missing`() async throws {
        try await withLog { log, _ in
            let history = History.untilRandomisation("P-1")
            var faulty = history
            faulty[2] = faulty[2].replacing("block-1", "block-9")
            let first = try await log.imports(lines(faulty))
            #expect(first.report == Tally(lines: 5, recorded: 2, refused: 3))
            // The refused lines are kept as they were read.
            let rejected = first.rejected.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n") + "\n"
            let second = try await log.imports(Array(rejected.replacing("block-9", "block-1").utf8))
            #expect(second.report == Tally(lines: 3, recorded: 3))
            #expect(try await log.imports(lines(history)).report.repeated == 5)
        }
    }

    @Test func `the order of the patients in a file does not matter`() async throws {
        let patients = (1...30).map { History.untilRandomisation("P-\($0)", mrd: $0.isMultiple(of: 3) ? "<0.01" : "1") }
        var exports: Set<String> = []
        let orders = [
            Array(patients.joined()), Array(patients.reversed().joined()),
            (0..<5).flatMap { step in patients.map { $0[step] } },
        ]
        for order in orders {
            try await withLog { log, _ in
                #expect(try await log.imports(lines(order)).report == Tally(lines: 150, recorded: 150))
                try await exports.insert(log.exported())
            }
        }
        #expect(exports.count == 1)
    }

    @Test func `CSV and NDJSON of the same milestones make the same log`() async throws {
        let csv = #"""
            patient,milestone,on,site,diagnosed,relapsed-on,relapse-sites,age,down-syndrome,philadelphia,prior-transplant,prior-blinatumomab,ecog,consented,prior-relapse-therapy,course,note,by,at
            P-1,enrolled,2016-03-01,S-01,2012-02-10,2016-02-20,marrow+cns,9,no,no,no,no,1,2016-02-28,no,,"a ""quoted"" note,
            of two lines",anna,2016-04-07T03:33:20.000000Z
            P-1,course-started,2016-03-02,,,,,,,,,,,,,block-1,,anna,2016-04-07T03:33:20.000000Z
            "P-1",course-ended,2016-03-30,,,,,,,,,,,,,block-1,,anna,2016-04-07T03:33:20.000000Z

            """#
        let ndjson = #"""
            {"patient":"P-1","milestone":"enrolled","on":"2016-03-01","site":"S-01","diagnosed":"2012-02-10","relapsed-on":"2016-02-20","relapse-sites":"marrow+cns","age":9,"down-syndrome":false,"philadelphia":"no","prior-transplant":"no","prior-blinatumomab":"no","ecog":1,"consented":"2016-02-28","prior-relapse-therapy":"no","note":"a \"quoted\" note,\nof two lines","by":"anna","at":"2016-04-07T03:33:20.000000Z"}
            {"course":"block-1","on":"2016-03-02","milestone":"course-started","patient":"P-1","by":"anna","at":"2016-04-07T03:33:20Z","note":null}
              { "patient" : "P-1" , "milestone" : "course-ended" , "on" : "2016-03-30" , "course" : "block-1" , "by" : "anna" , "at" : "2016-04-07T03:33:20.0Z" , "site" : "" }

            """#
        var exports: Set<String> = []
        let files: [(String, Importer.Format)] = [
            (csv, .csv), (csv.replacing("\n", "\r\n").replacing(",\r\nof", ",\nof"), .csv), (ndjson, .ndjson),
            (ndjson.replacing("\n", "\r\n"), .ndjson),
        ]
        for (text, format) in files {
            try await withLog { log, _ in
                let said = try await log.imports(Array(text.utf8), format)
                #expect(said.remarks == [])
                #expect(said.report == Tally(lines: 3, recorded: 3))
                try await exports.insert(log.exported())
            }
        }
        #expect(exports.count == 1)
    }

    @Test func `an import that is interrupted and repeated makes the log that an uninterrupted one makes`() async throws
    {
        // Patient by patient, so that the borders of the batches of 4,000 lines fall inside a path too.
        let file = try lines((1...2_501).flatMap { History.untilRandomisation("P-\($0)") })
        var expected = ""
        try await withLog { log, _ in
            let said = try await log.imports(file)
            #expect(said.report == Tally(lines: 12_505, recorded: 12_505))
            #expect(said.batches == 4)
            expected = try await log.exported()
        }
        try await withLog { log, conninfo in
            var connection = try await Connection.open(conninfo)
            var recorded = 0
            for batch in [1, 2, 3] {
                await #expect(throws: (any Error).self) { try await log.imports(file, cancelsAfter: batch) }
                // Whole batches: those before the one that was on its way, and that one whole or not at all.
                recorded = try await connection.row("SELECT count(*) FROM pathway.event", as: Int.self)
                #expect([(batch - 1) * 4_000, batch * 4_000].contains(recorded))
            }
            let said = try await log.imports(file)
            #expect(said.report == Tally(lines: 12_505, recorded: 12_505 - recorded, repeated: recorded))
            #expect(try await log.exported() == expected)
        }
    }

    @Test func `an import that is cancelled while the database does not answer ends all the same`() async throws {
        let file = try lines(History.untilRandomisation("P-1"))
        try await withLog { log, conninfo in
            // Whoever writes waits for this transaction; it is let go if the import has not ended by then.
            var holder = try await Connection.open(conninfo)
            try await holder.execute("BEGIN")
            try await holder.execute("LOCK TABLE pathway.event IN SHARE MODE")
            let isDone = Shared(false)
            let importing = Task {
                await #expect(throws: (any Error).self) { try await log.imports(file, cancelsAfter: 1) }
                isDone.value = true
            }
            let start = ContinuousClock.now
            while !isDone.value, ContinuousClock.now - start < .seconds(20) {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(isDone.value)
            try await holder.execute("COMMIT")
            await importing.value
            #expect(try await log.exported() == "")
            #expect(try await log.imports(file).report == Tally(lines: 5, recorded: 5))
        }
    }

    @Test func `a correction that changes nothing is refused, as it is at the other doors`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            let id = try patient("P-001")
            _ = try await log.act(.sign(.review), on: id, reason: nil, by: "anna")
            let changesNothing = "the correction changes nothing"
            let at = #""by":"ida","at":"2018-04-01T00:00:00Z""#
            func rewound(_ position: Int, _ why: String = "none") -> String {
                #"{"patient":"P-001","act":"rewound","to":\#(position),"why":"\#(why)",\#(at)}\#n"#
            }
            let lines = try await log.exported().split(separator: "\n")
            /// The milestones as they stand, stated again.
            func restated(_ positions: ClosedRange<Int>, at places: Int) -> String {
                positions.map { position in
                    let line = lines[position - 1]
                    let end = line.range(of: #","by":"#)?.lowerBound ?? line.endIndex
                    return String(line[..<end]) + #","restates":\#(position + places),\#(at)}\#n"#
                }.joined()
            }
            let files = [
                rewound(7), rewound(3) + restated(4...7, at: 0), rewound(0) + restated(1...7, at: 0),
            ]
            for file in files {
                let said = try await log.imports(Array(file.utf8))
                #expect(said.report.recorded == 0, "\(file)")
                #expect(said.remarks.first == "1: refused \(changesNothing)", "\(file)")
            }
            for correction in [
                try Correction.amending([7: "course-started 2016-04-12 course=block-2"]),
                try Correction.amending([5: "risk-assigned 2016-04-05"]),
            ] {
                let error = await #expect(throws: LogError.self) {
                    try await log.correct(id, correction, reason: "none", by: "anna")
                }
                #expect(error?.message == changesNothing)
            }
            #expect(try await log.path(of: id).head == 8)
            // With another day it is a correction; the same lines again then state what does not stand.
            let dated = rewound(6) + restated(7...7, at: 0).replacing("2016-04-12", with: "2016-04-13")
            #expect(try await log.imports(Array(dated.utf8)).report.recorded == 2)
            let again = try await log.imports(Array(dated.utf8))
            #expect(
                again.remarks.first
                    == "1: refused patient P-001 has no milestone that stands at position 7 to be stated again")
            // What was withheld from an export may be what was corrected.
            let withheld = rewound(6, "[withheld]") + restated(7...7, at: 3).replacing("2016-04-12", with: "2016-04-13")
            let taken = try await log.imports(Array(withheld.utf8))
            #expect(taken.remarks == [])
            #expect(try await log.replay().differences.isEmpty)
        }
    }

    @Test func `a file of more patients than are kept in memory is judged as a whole`() async throws {
        // The last lines come after memory was cleared, and go back to the first patients.
        let (patients, started) = (20_400, 3_700)
        let enrolment = try lines([History.enrolment("P-X")])
        let start = try lines(["P-X course-started 2016-03-02 course=block-1"])
        func each(_ numbers: ClosedRange<Int>, _ line: [UInt8]) -> [UInt8] {
            let text = String(decoding: line, as: UTF8.self).split(separator: "P-X")
            return numbers.flatMap { number in Array("\(text[0])P-\(number)\(text[1])".utf8) }
        }
        let file = each(1...patients, enrolment) + each(1...started, start)
        try await withLog { log, conninfo in
            let trial = try await log.imports(file, isTrial: true)
            #expect(trial.report == Tally(lines: patients + started, recorded: patients + started))
            #expect(trial.batches == 7)
            let real = try await log.imports(file)
            #expect(real.report == trial.report)
            var connection = try await Connection.open(conninfo)
            let recorded = try await connection.row(
                "SELECT count(*), count(DISTINCT patient) FROM pathway.event", as: (Int.self, Int.self))
            #expect(recorded == (patients + started, patients))
        }
    }

    @Test func `an import and a coordinator do not step on each other`() async throws {
        try await withLog { log, _ in
            let history = History.untilRandomisation("P-1")
            try await log.mustRecord(attempt(history[0]))
            // The log knows the patient's path from before; the import adds to it behind its back.
            #expect(try await log.imports(lines(Array(history[1...2]))).report.recorded == 2)
            let outcome = try await log.record(attempt(history[3]), by: "anna")
            #expect(outcome.refusal == nil)
            if outcome.receipt == nil {
                #expect(outcome.meanwhile?.map(\.position) == [2, 3])
                #expect(try await log.record(attempt(history[3]), by: "anna").receipt?.position == 4)
            }
            #expect(try await log.path(of: patient("P-1")).events.map(\.position) == [1, 2, 3, 4])
        }
    }

    @Test func `an empty file is taken in`() async throws {
        try await withLog { (log, _) async throws in
            for text in ["", "\n", "\r\n\r\n", "   \n\t\n"] {
                #expect(try await log.imports(Array(text.utf8)).report == Tally())
                #expect(try await log.imports(Array(text.utf8), .csv).report == Tally())
            }
            #expect(try await log.exported() == "")
        }
    }

    @Test func `a file that is not there, or a folder, is named with the reason`() async throws {
        try await withLog { (log, _) async throws in
            for (path, message) in [("/no/such/file", "No such file or directory"), ("/tmp", "Is a directory")] {
                let fault = await #expect(throws: FileFault.self) { try await log.imports(path: path) }
                #expect(fault?.path == path)
                #expect(fault?.message == message)
            }
        }
    }
}
