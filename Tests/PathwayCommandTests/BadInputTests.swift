import Foundation
import Postgres
import Testing

/// What the issue calls bad input, through the command line.
@Suite struct BadInputTests {
    private static let enrolment = Clinic.enrolment

    private static func replacing(_ name: String, _ value: String) -> String {
        enrolment.split(separator: " ").map { $0.hasPrefix("\(name)=") ? "\(name)=\(value)" : String($0) }
            .joined(separator: " ")
    }

    struct Case: CustomTestStringConvertible {
        let line: String
        let code: Int32
        let talk: String
        var testDescription: String { line }
    }

    static let cases = [
        Case(
            line: "log P-017 respons-assessed --on 2018-03-15 marrow=m1", code: 65,
            talk: """
                error: unknown milestone "respons-assessed"
                hint: did you mean "response-assessed"?
                """),
        Case(
            line: "log P-017 response-assessed --on 2018-03-15 marow=m1", code: 65,
            talk: """
                error: unknown field "marow"
                hint: did you mean "marrow"?
                """),
        Case(
            line: "log P-017 seen --on 2018-03-15 marrow=m1", code: 65,
            talk: """
                error: "seen" has no field "marrow"
                hint: it takes note
                """),
        Case(
            line: "log P-017 seen --on 2018-03-15 well", code: 65,
            talk: "error: \"well\" is not of the form field=value"),
        Case(
            line: "log P-017 response-assessed --on 2018-03-15 marrow=m1 marrow=m2", code: 65,
            talk: "error: \"marrow\" is given twice"),
        Case(
            line: "log P-017 response-assessed --on 2018-03-15 marrow=m1 mrd=250", code: 65,
            talk: """
                error: mrd "250" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate
                """),
        Case(
            line: "log P-017 response-assessed --on 2018-03-15 marrow=m1 mrd=250%", code: 65,
            talk: """
                error: mrd "250%" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate
                """),
        Case(
            line: "log P-017 response-assessed --on 2018-03-15 marrow=m1 mrd=neg", code: 65,
            talk: """
                error: mrd "neg" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate
                hint: a negative result is written as less than what the assay sees, such as <0.01
                """),
        Case(
            line: "log P-017 seen --on 2018-02-30", code: 65,
            talk: """
                error: "2018-02-30" is no date
                hint: write a day such as 2019-03-02
                """),
        Case(
            line: "log P-017 response-assessed --on 2999-01-01 marrow=m1", code: 1,
            talk: """
                error: cannot record "response-assessed" for patient P-017: 2999-01-01 is in the future (on Earth it is TODAY at the latest)
                """),
        Case(
            line: "log P-017 response-assessed --on 2018-03-13 marrow=m1", code: 1,
            talk: """
                error: cannot record "response-assessed" for patient P-017: 2018-03-13 is before 2018-03-14, the day of an earlier \
                milestone
                hint: what was forgotten goes in before it: pathway correct PATIENT POSITION --insert "response-assessed on=2018-03-13"
                """),
        Case(
            line: "register P-017 --on 2018-01-10 " + enrolment, code: 1,
            talk: "error: cannot record \"enrolled\" for patient P-017: the study number is in use"),
        Case(
            line: "register P-018 --on 2018-01-10 " + replacing("born", "2018-01-11"), code: 1,
            talk:
                "error: cannot record \"enrolled\" for patient P-018: 2018-01-10 is before the patient's birth (2018-01-11)"
        ),
        Case(
            line: "register P-018 --on 2018-01-10 " + replacing("born", "1987-01-10"), code: 1,
            talk: """
                error: cannot record "enrolled" for patient P-018: at most 30 years old: it needs that age is at most 30 \
                (R2, R13, R14)
                """),
        Case(
            line: "register P-018 --on 2018-01-10 age=31 " + replacing("born", "1986-06-01"), code: 1,
            talk: """
                error: cannot record "enrolled" for patient P-018: at most 30 years old: it needs that age is at most 30 \
                (R2, R13, R14)
                """),
        Case(
            line: "register P-018 --on 2018-01-10 site=H-04", code: 65,
            talk: """
                error: "enrolled" needs diagnosed, relapsed-on, relapse-sites
                hint: diagnosed is a date such as 2019-03-02, 2019-03 or 2019; relapsed-on is a date such as 2019-03-02, \
                2019-03 or 2019; relapse-sites is some of marrow, cns, testis, other, joined by +
                """),
        Case(
            line: "register P-018 --on 2018-01-10 --protocol nosuch " + enrolment, code: 65,
            talk: "error: "),
    ]

    @Test(arguments: cases)
    func `a command with bad input says what is wrong and records nothing`(_ given: Case) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.line(given.line)
            #expect(answer.code == given.code)
            #expect(answer.output.isEmpty)
            if given.talk.hasSuffix(": ") {
                #expect(answer.talk.hasPrefix(given.talk))
            } else {
                #expect(normalised(answer.talk) == given.talk + "\n")
            }
            #expect(try await eventCount(administrator) == 9)
            // It was an attempt, which is kept, whether it could be read or not.
            let kept = try await Connection.value("SELECT count(*) FROM pathway.refusal", administrator)
            #expect(kept == 1)
        }
    }

    @Test func `nothing follows a death`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            #expect(try await tool.line("log P-017 died --on 2018-04").code == 0)
            for milestone in ["seen", "relapsed", "died", "off-therapy reason=relapse"] {
                let answer = try await tool.line("log P-017 \(milestone) --on 2018-05-02")
                #expect(
                    answer.everything == """
                        ! error: cannot record "\(milestone.prefix { $0 != " " })" for patient P-017: the patient has died, and \
                        nothing follows a death
                        ! hint: if an earlier record is wrong, correct it
                        = 1

                        """)
            }
            #expect(try await eventCount(administrator) == 10)
        }
    }

    // The lines of a file that has every fault, each with what is said of it.
    private static let lines: [(line: String, talk: String)] = [
        (
            #"{"patient":"X-1","milestone":"enroled","on":"2018-01-01"}"#,
            "unknown milestone \"enroled\"\nhint: did you mean \"enrolled\"?"
        ),
        (
            #"{"patient":"X-2","milestone":"seen","on":"2018-01-01","nte":"H"}"#,
            "unknown field \"nte\"\nhint: did you mean \"note\"?"
        ),
        (#"{"patient":"X-3","milestone":"seen"}"#, "\"on\" is missing: the day it happened"),
        (
            #"{"patient":"X 4","milestone":"seen","on":"2018-01-01"}"#,
            "\"X 4\" is no study number: it takes 1 to 32 letters, digits, dots, hyphens and underscores, beginning with a "
                + "letter or digit"
        ),
        (
            #"{"patient":"P-017","milestone":"response-assessed","on":"2999-03-15","marrow":"m1"}"#,
            "cannot record \"response-assessed\": 2999-03-15 is in the future (on Earth it is TODAY at the latest)"
        ),
        (
            #"{"patient":"P-017","milestone":"seen","on":"2018-03-15"}"#,
            "waits for line 5 of the same patient, which was refused\nhint: mend that line, then import both again"
        ),
        (
            #"{"patient":"X-7","milestone":"response-assessed","on":"2018-03-15","marrow":"m1","mrd":250}"#,
            "mrd \"250\" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"
        ),
        (
            #"{"patient":"X-8","milestone":"response-assessed","on":"2018-03-15","marrow":"m1","mrd":"neg"}"#,
            "mrd \"neg\" is not a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate\n"
                + "hint: a negative result is written as less than what the assay sees, such as <0.01"
        ),
        (
            #"{"patient":"X-9","milestone":"seen","on":"2018-03-15"}"#,
            "cannot record \"seen\": nobody has enrolled the patient"
        ),
        (
            #"{"patient":"X-10","milestone":"seen","on":"2018-03-15","note":{"a":1}}"#,
            "not JSON: a plain value expected, not a list or object at byte 63 of the line"
        ),
        ("[1,2]", "not JSON: a line must be a JSON object at byte 1 of the line"),
        (
            #"{"patient":"X-12","milestone":"seen","on":"2018-03-15","on":"2018-03-16"}"#, "\"on\" is given twice"
        ),
        (
            #"{"patient":"X-13","milestone":"se"#,
            "the last line is cut off: not JSON: the line ends inside a text at byte 34 of the line\n"
                + "hint: is the file complete?"
        ),
    ]

    @Test func `every bad line of a file is named with its number, kept as it was, and recorded nowhere`() async throws
    {
        try await withTool(Template.clinic) { tool, administrator in
            try tool.write("bad.ndjson", BadInputTests.lines.map(\.line).joined(separator: "\n"))
            let answer = try await tool("import", "bad.ndjson")
            let expected = BadInputTests.lines.enumerated().map { "bad.ndjson:\($0 + 1): \($1.talk)\n" }.joined()
            #expect(normalised(answer.talk) == expected)
            #expect(
                answer.output == """
                    13 lines: 0 recorded, 0 recorded before, 13 refused
                    of the recorded: 0 with a warning, 0 off protocol
                    the refused lines are in bad.ndjson.refused: mend them and import that file

                    """)
            #expect(answer.code == 65)
            #expect(try tool.read("bad.ndjson.refused") == BadInputTests.lines.map { $0.line + "\n" }.joined())
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test func `a line that says that nobody recorded it is refused`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let line = #"{"patient":"P-017","milestone":"seen","on":"2018-03-15","by":"  "}"# + "\n"
            let answer = try await tool("import", "-", input: .text(line))
            #expect(answer.code == 65)
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test func `a fault of UTF-8 is found and its line kept byte for byte`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let line = Data(#"{"patient":"X-1","milestone":"se"#.utf8) + [0xFF] + Data("en\"}\n".utf8)
            try tool.write("bytes.ndjson", line)
            let answer = try await tool("import", "bytes.ndjson")
            #expect(answer.code == 65)
            #expect(answer.talk == "bytes.ndjson:1: not UTF-8 (in the text at byte 31 of the line)\n")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(tool.folder)/bytes.ndjson.refused")) == line)
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test(arguments: [50 << 20])
    func `a line of any length is passed over in little memory`(_ length: Int) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let path = try tool.write("long.ndjson", "")
            #expect(truncate(path, off_t(length)) == 0)
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.seekToEnd()
            try handle.write(
                contentsOf: Data("\n{\"patient\":\"P-017\",\"milestone\":\"seen\",\"on\":\"2018-03-15\"}\n".utf8))
            try handle.close()
            let answer = try await tool.run([Tool.program, "import", "long.ndjson"], measured: true)
            #expect(answer.code == 65)
            #expect(answer.talk == "long.ndjson:1: the line is longer than 1 MiB\n")
            #expect(answer.output.hasPrefix("2 lines: 1 recorded, 0 recorded before, 1 refused\n"))
            #expect(!tool.exists("long.ndjson.refused"))
            #expect(try await eventCount(administrator) == 10)
            #if os(Linux)
                #expect(answer.peakMemory > 0 && answer.peakMemory < 100 << 20)
            #endif
            let piped = try await tool("import", "-", input: .file("long.ndjson".inFolder(of: tool)))
            #expect(piped.talk == "-:1: the line is longer than 1 MiB\n")
        }
    }

    @Test(arguments: [
        ("", "FILE:1: the document is empty"),
        ("hello\n", "FILE:1: this is no protocol document: it does not begin with \"protocol: …\""),
        ("services:\n  web: 1\n", "FILE:1: this is no protocol document: it does not begin with \"protocol: …\""),
        ("a: 1\nb: [2\n", "FILE:3: not YAML: did not find expected ',' or ']'"),
    ])
    func `YAML that is no protocol is refused with its line`(_ text: String, _ talk: String) async throws {
        try await withTool(Template.schema) { tool, _ in
            try tool.write("some.yaml", text)
            let words = talk.replacing("FILE", with: "some.yaml")
            for command in ["check", "show", "diagram", "add"] {
                let answer = try await tool("protocol", command, "some.yaml")
                #expect(answer.code == 65)
                #expect(answer.output.isEmpty)
                #expect(answer.talk == "\(words)\nerror: some.yaml has 1 fault\n")
            }
            #expect(
                try await tool("protocol", "list").output == "no protocol yet: add one with \"pathway protocol add\"\n")
        }
    }

    @Test func `files that cannot be used are named`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            try tool.write("good.ndjson", #"{"patient":"P-017","milestone":"sen","on":"2018-03-15"}"# + "\n")
            try FileManager.default.createDirectory(
                atPath: "\(tool.folder)/folder", withIntermediateDirectories: false)
            for (line, talk) in [
                ("import nothing.ndjson", "error: cannot read \"nothing.ndjson\": No such file or directory\n"),
                ("import folder", "error: cannot read \"folder\": Is a directory\n"),
                (
                    "protocol check nothing.yaml",
                    "error: cannot read \"nothing.yaml\"\nhint: is there such a file, and may you read it?\n"
                ),
                (
                    "protocol check folder",
                    "error: cannot read \"folder\"\nhint: is there such a file, and may you read it?\n"
                ),
                (
                    "protocol show nothing",
                    "error: there is no protocol \"nothing\"\nhint: name a YAML file, or one that comes with the program: aall1331, intreall-sr-2010\n"
                ),
                (
                    "import good.ndjson --refused folder",
                    "error: cannot write \"folder\"\nhint: name another file with --refused\n"
                ),
                (
                    "import good.ndjson --refused no/where",
                    "error: cannot write \"no/where\"\nhint: name another file with --refused\n"
                ),
                ("export --out no/where", "error: cannot write \"no/where\": No such file or directory\n"),
                ("export --out folder", "error: cannot write \"folder\": it is a folder\nhint: name a file in it\n"),
                (
                    "simulate --patients 2 --out no/where",
                    "error: cannot write \"no/where\": No such file or directory\n"
                ),
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 65, "\(line)")
                #expect(answer.talk == talk, "\(line)")
                #expect(answer.output.isEmpty, "\(line)")
            }
            let itself = try await tool.line("import good.ndjson --refused good.ndjson")
            #expect(itself.everything == "! error: --refused names the file that is imported\n= 64\n")
            #expect(try tool.read("good.ndjson").hasPrefix("{"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: tool.folder).sorted() == ["folder", "good.ndjson"])
            #expect(try await eventCount(administrator) == 9)
        }
    }
}

extension String {
    /// Its path in the tool's working folder.
    func inFolder(of tool: Tool) -> String { "\(tool.folder)/\(self)" }
}
