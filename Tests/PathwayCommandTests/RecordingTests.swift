import Foundation
import PathwayCore
import Testing

@Suite struct RecordingTests {
    private let enrolment = "register P-017 --on 2018-01-10 " + Clinic.enrolment

    @Test func `a patient is registered and followed to randomisation`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            var said = ""
            for line in [
                enrolment, "log P-017 course-started block-1 --on 2018-01-11",
                "log P-017 course-ended course=block-1 --on 2018-02-08 outcome=completed",
                "log P-017 response-assessed --on 2018-02-10 marrow=m1 mrd=0.05 treatment-failure=no",
                "log P-017 risk-assigned --on 2018-02-12",
            ] {
                said += try await tool.line(line).everything
            }
            #expect(
                said == """
                    P-017  event 1  enrolled on 2018-01-10
                    now in "Enrolled, before Block 1" (enrolled), in study
                    P-017  event 2  course-started block-1 on 2018-01-11
                    now in "Block 1" (block-1), in study
                    P-017  event 3  course-ended block-1 on 2018-02-08
                    now in "Evaluation after Block 1" (block-1-evaluation), in study
                    P-017  event 4  response-assessed on 2018-02-10
                    now in "Risk to be assigned" (risk-assessment), in study
                    P-017  event 5  risk-assigned low on 2018-02-12
                    now in "Low risk, to be randomised" (low-risk), in study

                    """)
            let drawn = try await tool.line("randomise P-017 --on 2018-02-13 --format json")
            #expect(drawn.code == 0)
            #expect(drawn.talk.isEmpty)
            let arm = try #require(try drawn.json()["arm"])
            #expect([.text("C"), .text("D")].contains(arm))
            #expect(try await eventCount(administrator) == 6)
            let again = try await tool.line("randomise P-017 --on 2018-02-13")
            #expect(again.code == 1)
            #expect(again.talk.hasPrefix("error: cannot record \"randomised\" for patient P-017: "))
            #expect(try await eventCount(administrator) == 6)
        }
    }

    @Test func `what is recorded is told to programs by name`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.line("log P-017 response-assessed --on 2018-03-16 marrow=m1 --format json")
            #expect(answer.code == 0)
            let json = try answer.json()
            #expect(
                json.keys == [
                    "deviations", "milestone", "on", "outcome", "patient", "phase", "phase-title", "position",
                    "recorded-at", "status", "warnings",
                ])
            #expect(json["outcome"] == .text("recorded"))
            #expect(json["position"] == .number(10))
            #expect(json["phase"] == .text("d-before-blinatumomab-1"))
            #expect(json["phase-title"] == .text("Arm D, before blinatumomab cycle 1"))
        }
    }

    @Test func `a refusal is told to people on standard error and to programs on standard output`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool.line("log P-017 course-started block-2 --on 2018-03-15 --format json")
            #expect(answer.code == 1)
            #expect(
                answer.talk == """
                    error: cannot record "course-started block-2" for patient P-017: the pathway is in "Arm D, evaluation after Block 2"
                    hint: allowed now: response-assessed, off-therapy, adverse-event, donor-identified, radiotherapy-ended

                    """)
            let json = try answer.json()
            #expect(json["outcome"] == .text("refused"))
            #expect(json["allowed"]?.elements.first == .text("response-assessed"))
            #expect(json["phase-title"] == .text("Arm D, evaluation after Block 2"))
            #expect(json["phase"] == nil)
            #expect(try await eventCount(administrator) == 9)
        }
    }

    @Test func `what leaves the protocol needs a reason, and keeps it`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let line = "log P-017 course-started blinatumomab-1 --on 2018-03-20"
            let without = try await tool.line(line)
            #expect(
                without.everything == """
                    ! error: "course-started blinatumomab-1" for patient P-017 leaves the protocol: from "Arm D, evaluation after \
                    Block 2" the protocol plans response-assessed (possible, not planned [unverified: A])
                    ! hint: if it happened all the same, repeat the command with --deviation "why"
                    = 1

                    """)
            for (reason, talk) in [
                ("", "error: --deviation is empty\nhint: say why\n"),
                ("  ", "error: --deviation is empty\nhint: say why\n"),
                (String(repeating: "x", count: 1_001), "error: --deviation is longer than 1,000 characters\n"),
            ] {
                let words = line.split(separator: " ").map(String.init) + ["--deviation", reason]
                let answer = try await tool.run([Tool.program] + words)
                #expect(answer.talk == talk)
                #expect(answer.code == 64)
            }
            #expect(try await eventCount(administrator) == 9)
            let with = try await tool.line(line + " --deviation sample-lost")
            #expect(
                with.everything == """
                    P-017  event 10  course-started blinatumomab-1 on 2018-03-20
                    now in "Arm D, blinatumomab cycle 1" (d-blinatumomab-1), in study
                    ! off protocol: from "Arm D, evaluation after Block 2" the protocol plans response-assessed (possible, not \
                    planned [unverified: A])

                    """)
            let history = try await tool("history", "P-017").output
            #expect(history.contains("course=blinatumomab-1  [off protocol: sample-lost]"))
        }
    }

    @Test func `a warning is talk, and the milestone is recorded`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let known = enrolment.replacing(" prior-relapse-therapy=no", with: "")
            let answer = try await tool.line(known)
            #expect(answer.code == 0)
            #expect(
                answer.talk == """
                    warning: no earlier treatment of this relapse: not known whether prior-relapse-therapy is no \
                    (general knowledge [unverified: M-high])

                    """)
            #expect(try await eventCount(administrator) == 1)
        }
    }

    @Test func `a study number without a digit may be a name, and is recorded with a warning`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            let answer = try await tool.line(enrolment.replacing("P-017", with: "Jane.Doe"))
            #expect(answer.code == 0)
            #expect(
                answer.talk == """
                    warning: study number "Jane.Doe" holds no digit: is it a name? (exports show study numbers as they are)

                    """)
            #expect(try await eventCount(administrator) == 1)
        }
    }

    @Test func `a command repeated under one request records once`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let line = "log P-017 seen --on 2018-03-15 --request 6e1a0d3c-0000-4000-8000-000000000001"
            let first = try await tool.line(line)
            let second = try await tool.line(line)
            #expect(first.output.hasPrefix("P-017  event 10  seen on 2018-03-15\n"))
            #expect(second.output.hasPrefix("P-017  event 10  seen on 2018-03-15  (recorded before)\n"))
            #expect(second.code == 0)
            #expect(try await eventCount(administrator) == 10)
        }
    }

    @Test func `a command of another content under the same request is refused`() async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let key = "--request 6e1a0d3c-0000-4000-8000-00000000000"
            #expect(try await tool.line("log P-017 seen --on 2018-03-15 \(key)1").code == 0)
            #expect(try await tool.line("correct --yes P-017 10 --on 2018-03-16 --reason typing \(key)2").code == 0)
            let count = try await eventCount(administrator)
            let other = try await tool.line("log P-017 adverse-event --on 2018-03-15 term=fever grade=2 \(key)1")
            #expect(other.code == 1)
            #expect(
                other.talk.hasPrefix(
                    #"error: cannot record "adverse-event" for patient P-017: its request was used before, for "seen" (event 10)"#
                ))
            for line in [
                "correct --yes P-017 10 --on 2018-03-17 --reason typing \(key)2",
                "correct --yes P-017 10 --remove --reason typing \(key)1",
            ] {
                let answer = try await tool.line(line)
                #expect(answer.code == 1, "\(line)")
                #expect(answer.talk.contains("request was used before"), "\(answer.talk)")
            }
            #expect(try await tool.line("correct --yes P-017 10 --on 2018-03-16 --reason typing \(key)2").code == 0)
            #expect(try await eventCount(administrator) == count)
        }
    }

    @Test func `a date keeps its precision where the field allows it`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.line("log P-017 relapsed --on 2018-04")
            #expect(answer.code == 0)
            #expect(answer.output.hasPrefix("P-017  event 10  relapsed on 2018-04\n"))
            let export = try await tool("export")
            #expect(export.output.contains("\"milestone\":\"relapsed\",\"on\":\"2018-04\","))
            let partial = try await tool.line("log P-017 off-therapy --on 2018-05 reason=relapse")
            #expect(
                partial.everything
                    == "! error: \"off-therapy\" needs the day, and \"2018-05\" is not known to the day\n= 65\n")
        }
    }

    @Test(
        arguments: [
            (["PATHWAY_USER": "berta"], ["--by", "carla"], "carla"), (["PATHWAY_USER": "berta"], [], "berta"),
            (["PATHWAY_USER": "berta"], ["--by", "  carla  "], "carla"), (["PATHWAY_USER": "   "], [], NSUserName()),
            (["PATHWAY_USER": nil], [], NSUserName()),
        ] as [([String: String?], [String], String)])
    func `whoever acts with the service's login is named by the option, the variable or the system`(
        _ environment: [String: String?], _ option: [String], _ name: String
    ) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let words = [Tool.program, "log", "P-017", "seen", "--on", "2018-03-15"] + option
            let answer = try await tool.with(environment).run(words)
            #expect(answer.code == 0)
            let history = try await tool("history", "P-017", "--format", "json").json()
            #expect(history["events"]?.elements.last?["by"] == .text(name))
            #expect(!name.isEmpty)
        }
    }

    @Test(arguments: ["", "   ", "a\nb", String(repeating: "x", count: 101)])
    func `nobody acts under a name that is none`(_ name: String) async throws {
        try await withTool(Template.clinic) { tool, administrator in
            let answer = try await tool("log", "P-017", "seen", "--on", "2018-03-15", "--by", name)
            #expect(answer.code == 64)
            #expect(answer.talk.hasPrefix("error: "))
            #expect(try await eventCount(administrator) == 9)
        }
    }
}
