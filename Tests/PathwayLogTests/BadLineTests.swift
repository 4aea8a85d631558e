import DatabaseTesting
import Foundation
import PathwayCore
import PathwayLog
import Postgres
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

@Suite struct BadLineTests {
    /// A line that is refused, and why; `P-1` is enrolled on the first line of the file and in Block 1 from the second on.
    private struct Bad {
        let line: String
        let words: String
        let hint: String?

        init(_ line: String, _ words: String, hint: String? = nil) {
            (self.line, self.words, self.hint) = (line, words, hint)
        }
    }

    private static let bad: [Bad] = [
        Bad(
            #"{"patient":"P-10","milestone":"enroled","on":"2016-03-01"}"#, #"unknown milestone "enroled""#,
            hint: #"did you mean "enrolled"?"#),
        Bad(
            #"{"patient":"P-11","milestone":"died","on":"2016-03-03","deathcause":"disease"}"#,
            #"unknown field "deathcause""#, hint: #"did you mean "death-cause"?"#),
        Bad(
            #"{"patient":"P-12","milestone":"died","on":"2016-03-03","mrd":"0.1"}"#,
            #""died" has no field "mrd""#, hint: "it takes death-cause, note"),
        Bad(#"{"milestone":"died","on":"2016-03-03"}"#, #""patient" is missing"#),
        Bad(#"{"patient":"P-13","on":"2016-03-03"}"#, #""milestone" is missing"#),
        Bad(#"{"patient":"P-14","milestone":"died"}"#, #""on" is missing: the day it happened"#),
        Bad(
            #"{"patient":"P 15","milestone":"died","on":"2016-03-03"}"#,
            #""P 15" is no study number: it takes 1 to 32 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"#
        ),
        Bad(
            #"{"patient":"P-16","milestone":"died","on":"2016-02-30"}"#,
            #""2016-02-30" is no date: it takes a day such as 2019-03-02"#),
        Bad(
            #"{"patient":"P-17","milestone":"course-started","on":"2016-03","course":"block-1"}"#,
            #""course-started" needs the day, and "2016-03" is not known to the day"#),
        Bad(
            #"{"patient":"P-18","milestone":"response-assessed","on":"2016-03-03","marrow":"m1","mrd":"250"}"#,
            #"mrd "250" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"#),
        Bad(
            #"{"patient":"P-19","milestone":"response-assessed","on":"2016-03-03","marrow":"m1","mrd":"neg"}"#,
            #"mrd "neg" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"#,
            hint: "a negative result is written as less than what the assay sees, such as <0.01"),
        Bad(
            #"{"patient":"P-20","milestone":"response-assessed","on":"2016-03-03","marrow":"m1","mrd":0}"#,
            #"mrd "0" says nothing without the assay's sensitivity"#, hint: "write <0.01, or give mrd-sensitivity"),
        Bad(
            #"{"patient":"P-21","milestone":"died","on":"2016-03-03","on":"2016-03-04"}"#, #""on" is given twice"#),
        Bad(
            #"{"patient":"P-22","milestone":"died","on":"2016-03-03"} {}"#,
            "not JSON: nothing may follow the object at byte 57 of the line"),
        Bad(
            #"{"patient":["P-23"],"milestone":"died"}"#,
            "not JSON: a plain value expected, not a list or object at byte 12 of the line"),
        Bad(#"["P-24"]"#, "not JSON: a line must be a JSON object at byte 1 of the line"),
        Bad("\u{FEFF}{}", "not JSON: a line must be a JSON object at byte 1 of the line"),
        Bad(
            #"{"patient":"P-25","milestone":"died","on":"2016-03-03","request":"7"}"#,
            #""7" is no request key (a UUID)"#),
        Bad(
            #"{"patient":"P-26","milestone":"died","on":"2016-03-03","version":2}"#, #""version" needs "protocol""#),
        Bad(
            #"{"patient":"P-27","milestone":"died","on":"2016-03-03"}"#,
            #"cannot record "died": nobody has enrolled the patient"#),
    ]

    @Test func `each bad line is refused with its number and words, and the others are recorded`() async throws {
        let before = try lines([History.enrolment("P-1"), "P-1 course-started 2016-03-02 course=block-1"])
        let after = try lines(["P-1 course-ended 2016-03-30 course=block-1"])
        let file = before + Array((Self.bad.map(\.line).joined(separator: "\n") + "\n").utf8) + after
        try await withLog { log, _ in
            let said = try await log.imports(file)
            let numbered = Self.bad.enumerated().map { (number: $0 + 3, bad: $1) }
            let words = numbered.map { number, bad in "\(number): refused \(bad.words)" }
            let hints = numbered.compactMap { number, bad in bad.hint.map { (number, $0) } }
            #expect(said.remarks == words)
            #expect(said.hints == Dictionary(uniqueKeysWithValues: hints))
            #expect(said.rejected == Dictionary(uniqueKeysWithValues: numbered.map { ($0, $1.line) }))
            #expect(said.report == Tally(lines: 3 + Self.bad.count, recorded: 3, refused: Self.bad.count))
            #expect(try await log.path(of: patient("P-1")).events.count == 3)
        }
    }

    @Test func `what contradicts a patient's path is refused with its number and words`() async throws {
        let milestones: [(String, String?)] = [
            (History.enrolment("P-1"), nil),
            (
                History.enrolment("P-2").replacing("born=2006-05-04", "born=2016-03-02"),
                #"cannot record "enrolled": 2016-03-01 is before the patient's birth (2016-03-02)"#
            ),
            (History.enrolment("P-3", on: "2999-01-01"), nil),
            (
                History.enrolment("P-4").replacing("born=2006-05-04", "age=31"),
                #"cannot record "enrolled": at most 30 years old: it needs that age is at most 30"#
            ),
            (History.enrolment("P-5").replacing("born=2006-05-04", "age=30"), nil),
            (History.enrolment("P-5", site: "S-02"), #"cannot record "enrolled": the study number is in use"#),
            (History.enrolment("P-6"), nil),
            ("P-6 died 2016-03-09", nil),
            ("P-6 seen 2016-03-10", #"cannot record "seen": the patient has died, and nothing follows a death"#),
            (
                History.enrolment("P-7").replacing("relapsed-on=2016-02-20", "relapsed-on=2011-02-20"),
                #"cannot record "enrolled": diagnosed 2012-02-10 is after relapsed-on 2011-02-20"#
            ),
        ]
        try await withLog { log, _ in
            let said = try await log.imports(lines(milestones.map(\.0)))
            let words = milestones.enumerated().compactMap { index, milestone in
                milestone.1.map { words in "\(index + 1): refused \(words)" }
            }
            #expect(said.remarks.filter { !$0.hasPrefix("3:") } == words)
            let future = try #require(said.remarks.first { $0.hasPrefix("3:") })
            #expect(
                future.hasPrefix(
                    #"3: refused cannot record "enrolled": 2999-01-01 is in the future (on Earth it is 20"#))
            #expect(said.report.recorded == 4)
        }
    }

    @Test func `a day is in the future when it is on no place of the Earth`() async throws {
        try await withScratchDatabase(template: Template.trial) { conninfo in
            // Noon of 1 March 2016 in Greenwich is 2 March on Kiritimati.
            let noon = try #require(Instant("2016-03-01T12:00:00Z"))
            let log = try await PathwayLog.open(service(conninfo), clock: { noon })
            defer { log.close() }
            let third = try await log.imports(lines([History.enrolment("P-1", on: "2016-03-03")]))
            #expect(
                third.remarks == [
                    #"1: refused cannot record "enrolled": 2016-03-03 is in the future (on Earth it is 2016-03-02 at the latest)"#
                ])
            #expect(try await log.imports(lines([History.enrolment("P-1", on: "2016-03-02")])).report.recorded == 1)
        }
    }

    @Test func `later lines of a patient wait for the one that was refused`() async throws {
        let first = History.untilRandomisation("P-1")
        let second = History.untilRandomisation("P-2")
        let order = [
            first[0], second[0], first[1].replacing("block-1", "block-2"), second[1], first[1], first[2], second[2],
        ]
        try await withLog { log, _ in
            let said = try await log.imports(lines(order))
            #expect(
                said.remarks == [
                    #"3: refused cannot record "course-started block-2": the pathway is in "Enrolled, before Block 1""#,
                    "5: refused waits for line 3 of the same patient, which was refused",
                    "6: refused waits for line 3 of the same patient, which was refused",
                ])
            #expect(said.hints[5] == "mend that line, then import both again")
            #expect(try await log.path(of: patient("P-1")).events.count == 1)
            #expect(try await log.path(of: patient("P-2")).events.count == 3)
        }
    }

    @Test func `a correction waits whole for its line that cannot be read, and is done when that is mended`()
        async throws
    {
        try await withLog { (log, _) async throws in
            try await log.mustRecord(History.inBlock2)
            try await log.mustCorrect(
                .amending([4: "response-assessed 2016-04-01 marrow=m1 mrd=0.6 treatment-failure=no"]))
            let whole = try await log.exported()
            let lines = whole.split(separator: "\n").map(String.init)
            let correction = try #require(lines.firstIndex { $0.contains(#""act":"rewound""#) })
            let place = correction + 2
            let refused = lines.count - correction
            let words = "refused waits for line \(place + 1) of the same patient, which was refused"
            for fault in [lines[place].replacing(#""milestone":""#, with: #""milestone":"x"#), lines[place] + "}"] {
                let broken = Array((lines[..<place] + [fault] + lines[(place + 1)...]).joined(separator: "\n").utf8)
                try await withLog { (other, _) async throws in
                    for isTrial in [true, false] {
                        let said = try await other.imports(broken, isTrial: isTrial)
                        #expect(said.report == Tally(lines: lines.count, recorded: correction, refused: refused))
                        #expect(said.remarks.map { $0.hasSuffix(words) } == (0..<refused).map { $0 != 2 })
                    }
                    #expect(try await other.path(of: patient("P-001")).events.count == correction)
                    let said = try await other.imports(broken)
                    #expect(said.report == Tally(lines: lines.count, repeated: correction, refused: refused))
                    let rejected = said.rejected.sorted { $0.key < $1.key }.map(\.value)
                    #expect(rejected == [lines[correction], lines[correction + 1], fault] + lines[(place + 1)...])
                    let mended = rejected.map { $0 == fault ? lines[place] : $0 }.joined(separator: "\n")
                    #expect(try await other.imports(Array(mended.utf8)).remarks == [])
                    #expect(try await other.exported() == whole)
                    // Nor is half of it taken for repeated where it was recorded before.
                    #expect(try await other.imports(broken).rejected.count == refused)
                }
            }
        }
    }

    @Test func `what stands in a correction behind megabytes that cannot be read waits too`() async throws {
        try await withLog { (log, _) async throws in
            try await log.mustRecord(History.inBlock2)
            try await log.mustCorrect(.amending([2: "course-started 2016-03-03 course=block-1"]))
            let lines = try await log.exported().split(separator: "\n").map(String.init)
            let long = Array(repeating: String(repeating: "x", count: 900 << 10), count: 6)
            try await withLog { (other, _) async throws in
                let said = try await other.imports(
                    Array((lines[..<9] + long + lines[9...]).joined(separator: "\n").utf8))
                #expect(said.report == Tally(lines: lines.count + 6, recorded: 7, refused: lines.count - 1))
                #expect(
                    said.remarks.last
                        == "\(lines.count + 6): refused waits for line 10 of the same patient, which was refused")
                #expect(said.batches == 2)
            }
        }
    }

    @Test func `megabytes of empty lines end no file`() async throws {
        let file = try Array(repeating: UInt8(ascii: "\n"), count: 5 << 20) + lines([History.enrolment("P-1")])
        try await withLog { (log, _) async throws in
            #expect(try await log.imports(file).report == Tally(lines: 1, recorded: 1))
        }
    }

    @Test func `a fault of UTF-8 is found at its byte`() async throws {
        let sound = try lines([History.enrolment("P-1")])
        let broken =
            Array(#"{"patient":"P-2","milestone":"died","on":"2016-03-03","note":"caf"#.utf8) + [0xE9]
            + Array("\"}\n".utf8)
        let csv = Array("patient,milestone,on,note\nP-2,died,2016-03-03,caf".utf8) + [0xE9, 0x0A]
        try await withLog { log, _ in
            let said = try await log.imports(sound + broken)
            #expect(said.remarks == ["2: refused not UTF-8 (in the text at byte 63 of the line)"])
            #expect(said.report.recorded == 1)
            #expect(try await log.imports(csv, .csv).remarks == ["2: refused not UTF-8 (in cell 4)"])
        }
    }

    @Test func `a last line that is cut off is refused, and one that only lacks its line break is not`() async throws {
        let file = try lines([History.enrolment("P-1"), "P-1 course-started 2016-03-02 course=block-1"])
        try await withLog { log, _ in
            let cut = try await log.imports(Array(file.dropLast(20)))
            #expect(cut.remarks.count == 1)
            #expect(cut.remarks.first?.hasPrefix("2: refused the last line is cut off: not JSON: ") == true)
            #expect(cut.hints[2] == "is the file complete?")
            #expect(cut.report.recorded == 1)
            let whole = try await log.imports(file.dropLast())
            #expect(whole.report == Tally(lines: 2, recorded: 1, repeated: 1))
        }
    }

    @Test func `bad CSV is refused with the number of its line`() async throws {
        let head = "patient,milestone,on,course\n"
        let csv =
            head + #"""
                P-1,died,2016-03-03
                P-1,died,2016-03-03,,x
                P-1,di"ed,2016-03-03,
                P-1,"died"x,2016-03-03,

                P-1,enroled,2016-03-03,

                """#
        try await withLog { log, _ in
            let said = try await log.imports(Array(csv.utf8), .csv)
            #expect(
                said.remarks == [
                    "2: refused 3 cells, and the first line names 4 columns",
                    "3: refused 5 cells, and the first line names 4 columns", "4: refused a quote inside cell 2",
                    "5: refused something follows the closing quote of cell 2",
                    #"7: refused unknown milestone "enroled""#,
                ])
            let twice = try await log.imports(Array("patient,patient\nP-1,P-2\n".utf8), .csv)
            #expect(twice.remarks == [#"2: refused "patient" is given twice"#])
        }
    }

    @Test func `a quoted cell that is never closed loses no line`() async throws {
        let csv = "patient,milestone,on,note\nP-1,died,2016-03-03,\"open\nP-2,died,2016-03-03,\nP-3,died,2016-03-03,\n"
        try await withLog { log, _ in
            let said = try await log.imports(Array(csv.utf8), .csv)
            #expect(said.remarks.first == "2: refused a quoted cell has no closing quote")
            let kept = said.rejected.sorted { $0.key < $1.key }.map(\.value).joined(separator: "\n")
            for number in 1...3 { #expect(kept.contains("P-\(number),died")) }
        }
    }

    @Test func `a line longer than a mebibyte is passed over, and the others are recorded`() async throws {
        let sound = try lines([History.enrolment("P-1"), "P-1 course-started 2016-03-02 course=block-1"])
        let split = try #require(sound.firstIndex(of: 0x0A)) + 1
        let long =
            Array(#"{"patient":"P-2","note":""#.utf8) + [UInt8](repeating: 0x78, count: 8 << 20) + Array("\"}\n".utf8)
        let exact = [UInt8](repeating: 0x20, count: 1 << 20) + [0x0A]
        try await withLog { log, _ in
            let said = try await log.imports(sound[..<split] + long + exact + sound[split...])
            #expect(said.remarks == ["2: refused the line is longer than 1 MiB"])
            #expect(said.report == Tally(lines: 3, recorded: 2, refused: 1))
        }
    }

    private static func readLongLine() async throws {
        try await withFile([]) { path in
            // A hole in the file: zeros without a line break.
            precondition(truncate(path, 96 << 20) == 0)
            let before = peakMemory()
            var reader = try LineReader(path: path)
            guard case .tooLong? = try reader.next() else { throw FileFaultExpected() }
            let next = try reader.next()
            precondition(next == nil)
            precondition(reader.bytesRead == 96 << 20)
            precondition(peakMemory() - before < 16 << 20)
        }
    }

    @Test func `a line of 96 megabytes takes no memory`() async {
        // In a process of its own: what other tests hold would count here.
        await #expect(processExitsWith: .success) {
            try await BadLineTests.readLongLine()
        }
    }

    @Test func `many lines that are nearly too long do not gather in memory`() async throws {
        let line = [UInt8](repeating: 0x78, count: 900 << 10) + [0x0A]
        let file = Array(repeatElement(line, count: 16).joined())
        try await withLog { log, _ in
            let said = try await log.imports(file)
            #expect(said.report == Tally(lines: 16, refused: 16))
            // 14 MiB in batches of some 4 MiB.
            #expect(said.batches > 2)
        }
    }
}

private struct FileFaultExpected: Error {}
