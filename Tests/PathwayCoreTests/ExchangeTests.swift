import PathwayCore
import Testing

private func read(_ line: String) throws(LineFault) -> [String] {
    try read(Array(line.utf8))
}

private func read(_ bytes: [UInt8]) throws(LineFault) -> [String] {
    try JSONLine.read(bytes[...]).map { "\($0.name)=\($0.value)" }
}

@Suite struct JSONLineTests {
    @Test(arguments: [
        ("{}", []),
        ("  { }\r", []),
        (#"{"a":"b"}"#, ["a=b"]),
        (#"{ "a" : "b" , "c" : 1 }"#, ["a=b", "c=1"]),
        (
            #"{"a":0.10,"b":-1,"c":123456789012345678901234567890,"d":1e3}"#,
            [
                "a=0.10", "b=-1", "c=123456789012345678901234567890", "d=1e3",
            ]
        ),
        (#"{"a":true,"b":false,"c":null,"d":""}"#, ["a=true", "b=false", "d="]),
        (#"{"a":"\"\\\/\b\f\n\r\t"}"#, ["a=\"\\/\u{8}\u{C}\n\r\t"]),
        (#"{"a":"\u00e4\u00E4\ud83e\ude78"}"#, ["a=ää🩸"]),
        ("{\"a\":\"Zürich 🩸\"}", ["a=Zürich 🩸"]),
        (#"{"\u0061":"b"}"#, ["a=b"]),
    ])
    func `an object of plain values is read as it is spelled`(line: String, entries: [String]) throws {
        #expect(try read(line) == entries)
    }

    @Test(arguments: [
        ("", "not JSON: a line must be a JSON object at byte 1 of the line"),
        ("[]", "not JSON: a line must be a JSON object at byte 1 of the line"),
        ("patient,milestone", "not JSON: a line must be a JSON object at byte 1 of the line"),
        (#"{"a":"b""#, #"not JSON: "," or "}" expected at byte 9 of the line"#),
        (#"{"a":"b"#, "not JSON: the line ends inside a text at byte 8 of the line"),
        (#"{"a":"b\"#, "not JSON: the line ends inside a text at byte 9 of the line"),
        (#"{"a":"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a""#, #"not JSON: ":" expected at byte 5 of the line"#),
        (#"{"#, "not JSON: a quoted name or text expected at byte 2 of the line"),
        (#"{"a":1,}"#, "not JSON: a quoted name or text expected at byte 8 of the line"),
        (#"{"a":1}x"#, "not JSON: nothing may follow the object at byte 8 of the line"),
        (#"{"a":1}{"a":1}"#, "not JSON: nothing may follow the object at byte 8 of the line"),
        (#"{"a":{"b":1}}"#, "not JSON: a plain value expected, not a list or object at byte 6 of the line"),
        (#"{"a":[1]}"#, "not JSON: a plain value expected, not a list or object at byte 6 of the line"),
        (#"{"a":nul}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":NaN}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":+1}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":-}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":1.}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":2019-03-02}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{"a":12abc}"#, "not JSON: a value expected at byte 6 of the line"),
        (#"{'a':1}"#, "not JSON: a quoted name or text expected at byte 2 of the line"),
        (#"{a:1}"#, "not JSON: a quoted name or text expected at byte 2 of the line"),
        (#"{"a":1,"b":2,"a":3}"#, #""a" is given twice"#),
        (#"{"a":1,"\u0061":3}"#, #""a" is given twice"#),
        (#"{"a":"\x"}"#, "not JSON: no such escape at byte 8 of the line"),
        (#"{"a":"\u12"}"#, "not JSON: four hexadecimal digits expected at byte 11 of the line"),
        (#"{"a":"\ud83e"}"#, "not JSON: half of a surrogate pair at byte 13 of the line"),
        (#"{"a":"\ud83e\u0041"}"#, "not JSON: half of a surrogate pair at byte 19 of the line"),
        (#"{"a":"\ude78"}"#, "not JSON: no such character at byte 13 of the line"),
        (#"{"a":"\u0000"}"#, "not JSON: no such character at byte 13 of the line"),
        ("{\"a\":\"x\ty\"}", "not JSON: a control character inside a text at byte 8 of the line"),
    ])
    func `what is no such object is refused with the byte`(line: String, message: String) {
        let fault = #expect(throws: LineFault.self) { try read(line) }
        #expect(fault?.message == message)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func `bytes that are not UTF-8 are refused with the byte of their text`(bad: [UInt8]) {
        let plain = Array(#"{"a":"b","c":""#.utf8) + bad + Array("\"}".utf8)
        let escaped = Array(#"{"a":"b","c":"\n"#.utf8) + bad + Array("\"}".utf8)
        for line in [plain, escaped] {
            let fault = #expect(throws: LineFault.self) { try read(line) }
            #expect(fault?.message == "not UTF-8 (in the text at byte 15 of the line)")
        }
    }

    @Test func `a text is written so that it reads back, on one line`() throws {
        let text = "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{1F} Zürich 🩸 \u{7F}\u{2028}"
        var line = Array("{".utf8)
        JSONLine.append("a", text, to: &line)
        JSONLine.append("b", literal: "true", to: &line)
        line.append(UInt8(ascii: "}"))
        #expect(!line.contains(0x0A))
        #expect(try read(line) == ["a=\(text)", "b=true"])
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"a":"\"\\/\u0008\u000c\n\r\t\u0001\u001f Zürich 🩸 "# + "\u{7F}\u{2028}" + #"","b":true}"#)
    }
}

@Suite struct CSVRecordTests {
    @Test(arguments: [
        ("", [""]), ("a", ["a"]), ("a,b", ["a", "b"]), (",", ["", ""]), ("a,,b,", ["a", "", "b", ""]),
        (#""a","b""#, ["a", "b"]), (#""a,b",c"#, ["a,b", "c"]), (#""say ""hi""",c"#, [#"say "hi""#, "c"]),
        ("\"two\nlines\",c", ["two\nlines", "c"]), (#""""#, [""]), (#"" a ", b"#, [" a ", " b"]),
        ("Zürich,🩸", ["Zürich", "🩸"]),
    ])
    func `a record is read into its cells`(record: String, cells: [String]) throws {
        #expect(try CSVRecord.read(Array(record.utf8)[...]) == cells)
    }

    @Test(
        arguments: [
            (#""a"#, "a quoted cell has no closing quote"),
            (#"x,"a"b"#, "something follows the closing quote of cell 2"),
            (#"x,a"b"#, "a quote inside cell 2"), (#""""#, nil), (#"""""#, "a quoted cell has no closing quote"),
        ] as [(String, String?)])
    func `a record with a stray quote is refused`(record: String, message: String?) {
        var said: String?
        do { _ = try CSVRecord.read(Array(record.utf8)[...]) } catch { said = error.message }
        #expect(said == message)
    }

    @Test func `a cell that is not UTF-8 is refused with its number`() {
        let fault = #expect(throws: LineFault.self) { try CSVRecord.read([0x61, 0x2C, 0xFF][...]) }
        #expect(fault?.message == "not UTF-8 (in cell 2)")
    }

    @Test(arguments: [("a,b", false), (#""a"#, true), (#""a""b"#, true), (#""a","b""#, false)])
    func `a record goes on in the next line while a quote is open`(line: String, isOpen: Bool) {
        #expect(CSVRecord.isOpen(Array(line.utf8)[...]) == isOpen)
    }
}

@Suite struct AttemptTests {
    private func attempt(_ line: String) throws(LineFault) -> Attempt {
        try Attempt(entries: try JSONLine.read(Array(line.utf8)[...]))
    }

    @Test func `a line is an attempt, whatever the order of its names`() throws {
        let attempt = try attempt(
            #"{"mrd":"<0.01","on":"2015-03-02","marrow":"m1","milestone":"response-assessed","patient":"P-1","by":"ann","#
                + #""deviation":"late","protocol":"aall1331","version":1,"at":"2026-11-23T05:52:29Z","synthetic":true,"#
                + #""request":"00112233-4455-6677-8899-aabbccddeeff","cns":""}"#)
        #expect(attempt.patient.description == "P-1")
        #expect(attempt.milestone.kind == .responseAssessed)
        #expect(attempt.milestone.on.description == "2015-03-02")
        #expect(
            attempt.milestone.facts.entries.map { "\($0.field.rawValue) \($0.field.text($0.value))" } == [
                "marrow m1", "mrd <0.01",
            ])
        #expect(attempt.by == "ann")
        #expect(attempt.deviation == "late")
        #expect(attempt.edition == EditionName(name: "aall1331", version: 1))
        #expect(attempt.recordedElsewhereAt == 1_795_413_149_000_000)
        #expect(attempt.request?.low == 0x8899_AABB_CCDD_EEFF)
        #expect(attempt.isSynthetic)
    }

    @Test(
        arguments: [
            (#"{"milestone":"seen","on":"2015"}"#, #""patient" is missing"#, nil),
            (#"{"patient":"","milestone":"seen","on":"2015"}"#, #""patient" is missing"#, nil),
            (
                #"{"patient":"P 1","milestone":"seen","on":"2015"}"#,
                #""P 1" is no study number: it takes 1 to 32 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"#,
                nil
            ),
            (#"{"patient":"P1","on":"2015"}"#, #""milestone" is missing"#, nil),
            (
                #"{"patient":"P1","milestone":"transplant","on":"2015"}"#, #"unknown milestone "transplant""#,
                #"did you mean "transplanted"?"#
            ),
            (#"{"patient":"P1","milestone":"seen"}"#, #""on" is missing: the day it happened"#, nil),
            (
                #"{"patient":"P1","milestone":"seen","on":"yesterday"}"#,
                #""yesterday" is no date: it takes a day such as 2019-03-02"#, nil
            ),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","marow":"m1"}"#, #"unknown field "marow""#,
                #"did you mean "marrow"?"#
            ),
            (#"{"patient":"P1","milestone":"seen","on":"2015","qqqqqqqq":"m1"}"#, #"unknown field "qqqqqqqq""#, nil),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","marrow":"m1"}"#, #""seen" has no field "marrow""#,
                "it takes note"
            ),
            (
                #"{"patient":"P1","milestone":"response-assessed","on":"2015-01-01","marrow":"m1","mrd":"250 %"}"#,
                #"mrd "250 %" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"#,
                nil
            ),
            (
                #"{"patient":"P1","milestone":"response-assessed","on":"2015-01-01","marrow":"m1","mrd":"neg"}"#,
                #"mrd "neg" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"#,
                "a negative result is written as less than what the assay sees, such as <0.01"
            ),
            (
                #"{"patient":"P1","milestone":"response-assessed","on":"2015-01-01","marrow":"m1","mrd":0}"#,
                #"mrd "0" says nothing without the assay's sensitivity"#, "write <0.01, or give mrd-sensitivity"
            ),
            (
                #"{"patient":"P1","milestone":"course-started","on":"2015-01-01"}"#, #""course-started" needs course"#,
                "course is a course of the protocol"
            ),
            (
                #"{"patient":"P1","milestone":"course-started","on":"2015-01","course":"block-1"}"#,
                #""course-started" needs the day, and "2015-01" is not known to the day"#, nil
            ),
            (#"{"patient":"P1","milestone":"seen","on":"2015","version":1}"#, #""version" needs "protocol""#, nil),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","protocol":"x","version":0}"#, #""0" is no version"#,
                nil
            ),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","at":"now"}"#,
                #""now" is no moment such as 2026-11-23T05:52:29.123456Z"#, nil
            ),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","request":"1"}"#, #""1" is no request key (a UUID)"#,
                nil
            ),
            (
                #"{"patient":"P1","milestone":"seen","on":"2015","synthetic":"perhaps"}"#,
                #""synthetic" takes true or false, not "perhaps""#, nil
            ),
        ] as [(String, String, String?)])
    func `a line that is no attempt is refused in words that help`(line: String, message: String, hint: String?) {
        let fault = #expect(throws: LineFault.self) { try attempt(line) }
        #expect(fault?.message == message)
        #expect(fault?.hint == hint)
    }

    @Test func `an unknown milestone that resembles none is told them all`() {
        let fault = LineFault.unknownMilestone("zzzzzzzzzzzz")
        #expect(fault.hint == "it takes " + MilestoneKind.allCases.map(\.rawValue).joined(separator: ", "))
    }

    @Test func `a name or a reason too long to be one is refused`() {
        for (name, count, message) in [
            ("by", 101, #""by" is longer than 100 characters, or holds control characters"#),
            ("deviation", 1001, #""deviation" is longer than 1,000 characters"#),
        ] {
            let long = String(repeating: "x", count: count)
            let fault = #expect(throws: LineFault.self) {
                try attempt(#"{"patient":"P1","milestone":"seen","on":"2015",""# + name + #"":""# + long + #""}"#)
            }
            #expect(fault?.message == message)
        }
    }
}

@Suite struct LineFuzzTests {
    private static let seeds = [
        #"{"patient":"P-1","milestone":"enrolled","on":"2015-03-02","site":"Zürich","diagnosed":"2012-03","relapsed-on":"2015-02-01","relapse-sites":"marrow+cns","age":7}"#,
        #"{"patient":"P-1","milestone":"response-assessed","on":"2015-04-02","marrow":"m1","mrd":"<0.01","mrd-sensitivity":0.01,"note":"\ud83e\ude78\n"}"#,
        #"{"patient":"P-1","milestone":"died","on":"2016","death-cause":"disease","synthetic":true,"at":"2026-11-23T05:52:29.5Z"}"#,
    ]

    /// Neither a trap nor a hang; what is read must be written and read again to the same.
    @Test func `twenty thousand damaged lines are read or refused, and never trap`() throws {
        let seed: UInt64 = 20_261_123
        print("damaged lines: seed \(seed)")
        var random = SplitMix64(seed)
        var read = 0
        for round in 0..<20_000 {
            var line = Array(LineFuzzTests.seeds[round % 3].utf8)
            for _ in 0...Int.random(in: 0...4, using: &random) { mutate(&line, using: &random) }
            _ = try? CSVRecord.read(line[...])
            guard let entries = try? JSONLine.read(line[...]) else { continue }
            read += 1
            var copy = Array("{".utf8)
            for entry in entries { JSONLine.append(entry.name, entry.value, to: &copy) }
            copy.append(UInt8(ascii: "}"))
            let again = try JSONLine.read(copy[...])
            #expect(again.map(\.name) == entries.map(\.name) && again.map(\.value) == entries.map(\.value))
            _ = try? Attempt(entries: entries)
        }
        #expect(read > 1000)
    }

    private func mutate(_ line: inout [UInt8], using random: inout SplitMix64) {
        guard !line.isEmpty else { return }
        let place = Int.random(in: line.indices, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: line[place] = UInt8.random(in: 0...255, using: &random)
        case 1: line.remove(at: place)
        case 2: line.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 3: line.removeLast(line.count - place)
        case 4:
            let token = ["\\u", "\\ud800", "\"", "{", "}", ",", ":", "null", "-", "1e999", "\\", "+", "<", "\u{0}"]
                .randomElement(using: &random)
            line.insert(contentsOf: Array((token ?? "").utf8), at: place)
        default: line.append(contentsOf: line[place...])
        }
    }

    @Test func `plain facts are read as the line's reader reads them`() throws {
        let text =
            #"{"mrd": "<0.01", "site": "ward-2", "note": "é/2", "marrow":"m1", "relapse-sites": "marrow+cns", "arm": "A", "age": "12" }"#
        var plain = Facts()
        plain[.marrow] = .word("m3")
        let isPlain = plain.addPlain(json: Array(text.utf8)[...])
        #expect(isPlain)
        var read = Facts()
        for (name, text) in try JSONLine.read(Array(text.utf8)[...]) {
            let field = try #require(Field(rawValue: name))
            read[field] = try field.value(text)
        }
        #expect(plain == read)
        #expect(plain.entries.map(\.field) == [.site, .age, .relapseSites, .arm, .marrow, .mrd, .note])
        #expect(plain[.marrow] == .word("m1"))
    }

    @Test(arguments: [
        "", "{", "}", "{}x", #"{"age"}"#, #"{"age": 12}"#, #"{"age": "12""#, #"{"age": "12",}"#, #"{"age": "12"} {}"#,
        #"{"age": "130"}"#, #"{"nobody": "1"}"#, #"{"age": "1", "age": "1"}"#, #"{"marrow": "m9"}"#,
        #"{"site": "a\u0041"}"#, #"{"site": "a\nb"}"#, #"{"site": ""}"#,
    ])
    func `facts that are not plain are left to the line's reader`(text: String) {
        var facts = Facts()
        facts[.grade] = .number(3)
        let before = facts
        let isPlain = facts.addPlain(json: Array(text.utf8)[...])
        #expect(!isPlain)
        #expect(facts == before)
    }

    @Test func `a word of a closed list is found by its bytes, and no other`() {
        let words = ClosedWords(["m1", "m2", "not-done"])
        #expect(words.index(of: Array("m2".utf8)[...]) == 1)
        #expect(words.index(of: Array("not-done".utf8)[...]) == 2)
        for other in ["", "m", "m3", "M1", "not-donee", "not-don"] {
            #expect(words.index(of: Array(other.utf8)[...]) == nil)
        }
    }
}
