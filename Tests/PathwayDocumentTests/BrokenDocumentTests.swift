import PathwayCore
import PathwayDocument
import Testing

/// Each document is the small sound one with one line replaced; every fault is found, on its line, in words.
@Suite struct BrokenDocumentTests {
    @Test func `the small document is sound`() {
        #expect(Small.faults(of: Small.text) == [])
    }

    @Test(
        arguments: [
            (
                63,
                "  follow-up: {title: Follow-up, ends: yes}\n  island: {title: Island, exits: [{on: off-therapy, to: follow-up, source: S1}]}",
                [
                    "64: phase \"island\" cannot be reached"
                ]
            ),
            (
                7, "sources: {S1: A paper}\nadverse-events: {Fever: Fever, other: Other, rash: {source: S9}}",
                [
                    "8: \"Fever\" is no name: use lower case letters, digits and hyphens, at most 40",
                    "8: \"other\" is in every list",
                    "8: adverse-events \"rash\" needs \"title\"",
                    "8: unknown source \"S9\"",
                ]
            ),
            (
                63, "  follow-up: {title: Follow-up}",
                [
                    "63: phase \"follow-up\" has no planned way out"
                ]
            ),
            (
                51,
                "      - {on: engrafted, to: same, source: S1, due: {from: phase, opens: 30 days, closes: 20 days, source: S1}}",
                ["51: due closes 20 days after, before it opens 30 days after"]
            ),
            (
                51, "      - {on: engrafted, to: same, source: S1}",
                [
                    "47: phase \"x-block\" has no planned way out"
                ]
            ),
            (
                36,
                "      - {on: response-assessed, when: {marrow: [m2, m3, not-done, inadequate]}, to: follow-up, source: S1}",
                [
                    "36: response-assessed in \"evaluation\" has two rows that can both hold (lines 35 and 36): marrow m2"
                ]
            ),
            (
                36, "      - {on: response-assessed, when: {marrow: [m3, not-done]}, to: follow-up, source: S1}",
                [
                    "35: response-assessed in \"evaluation\" has no row for: marrow inadequate"
                ]
            ),
            (
                41, "      - {on: risk-assigned, risk: low, when: {mrd: below 0.1 %}, to: chosen, source: S1}",
                [
                    "40: risk-assigned in \"assessed\" has no row for: mrd not-done"
                ]
            ),
            (
                40,
                "      - {on: risk-assigned, risk: high, when: {mrd: at-least 0.2 %}, to: chosen, source: S1}\n      - {on: risk-assigned, risk: low, when: {mrd: undetermined at 0.1 %}, to: chosen, source: S1}\n      - {on: risk-assigned, risk: low, when: {mrd: below 0.1 %}, to: chosen, source: S1}\n  spare:\n    title: Spare\n    exits:",
                [
                    "40: risk-assigned in \"assessed\" has no row for: mrd 0.1999999",
                    "43: phase \"spare\" cannot be reached",
                    "46: risk-assigned in \"spare\" has no row for: mrd 0.1",
                ]
            ),
            (
                46, "      - {on: randomised, arm: X, to: x-block, source: S1}",
                [
                    "16: nobody can enter arm Y: no row is on randomised to it",
                    "46: randomised in \"chosen\" has two rows that can both hold (lines 45 and 46): always",
                    "52: phase \"y-ready\" cannot be reached",
                    "57: phase \"y-cycle\" cannot be reached",
                    "57: phase \"y-cycle-held\" cannot be reached",
                ]
            ),
            (
                16, "  Y: {title: Antibody, closes: 2014-12-31, opens: 2015-01-01, source: S1}",
                [
                    "16: arm Y closes on 2014-12-31, before it opens on 2015-01-01"
                ]
            ),
            (
                16, "  Y: {title: Antibody, source: S1}\n  Z: {title: Third, source: S1}",
                [
                    "17: no randomisation allocates arm Z",
                    "17: nobody can enter arm Z: no row is on randomised to it",
                ]
            ),
            (
                19, "    arms: [X, Y, X]",
                [
                    "18: block size 4 is not a multiple of the 3 arms up to 1,000",
                    "18: randomisation \"main\" names an arm twice",
                ]
            ),
            (
                24,
                "    source: S1\n  again:\n    arms: [X, Y]\n    block-sizes: [2]\n    strata: {all: {source: S1}}\n    source: S1",
                [
                    "15: two randomisations allocate arm X",
                    "16: two randomisations allocate arm Y",
                ]
            ),
            (
                20, "    block-sizes: [4, 5]",
                [
                    "18: block size 5 is not a multiple of the 2 arms up to 1,000"
                ]
            ),
            (
                20, "    block-sizes: [0]",
                [
                    "18: block size 0 is not a multiple of the 2 arms up to 1,000"
                ]
            ),
            (
                20, "    block-sizes: [2000]",
                [
                    "18: block size 2000 is not a multiple of the 2 arms up to 1,000"
                ]
            ),
            (
                20, "    block-sizes: [four]",
                [
                    "18: randomisation \"main\" needs \"block-sizes\"",
                    "20: a block size is a whole number, not \"four\"",
                ]
            ),
            (
                23, "      early: {when: {elapsed: {from: diagnosis, to: relapse, at-most: 36 months}}, source: S1}",
                [
                    "23: strata \"late\" and \"early\" both take: 1096 days from diagnosis to relapse"
                ]
            ),
            (
                23, "      early: {when: {all: [{mrd: below 0.1 %}, {mrd: at-least 0.1 %}]}, source: S1}",
                [
                    "23: stratum \"early\" can never take anybody"
                ]
            ),
            (
                51, "      - {on: off-therapy, to: y-cycle, source: S1}",
                [
                    "51: \"y-cycle\" belongs to arm Y, and \"x-block\" does not: the row needs arm: [Y]"
                ]
            ),
            (
                71,
                "  - {name: adult, on: enrolled, require: {age: at-least 18}, otherwise: refused, source: S1, certainty: M-high}",
                [
                    "71: rule \"adult\" is unverified (M-high) and may only warn"
                ]
            ),
            (
                71,
                "  - {name: adult, on: enrolled, require: {age: at-least 18}, otherwise: off-protocol, source: S1, certainty: A}",
                [
                    "71: rule \"adult\" is unverified (A) and may only warn"
                ]
            ),
            (
                71,
                "  - {name: odd, on: enrolled, require: {all: [{age: at-least 18}, {age: below 18}]}, otherwise: refused, source: S1}",
                [
                    "71: rule \"odd\" can never be met"
                ]
            ),
            (
                71,
                "  - {name: odd, on: enrolled, require: {any: [{age: at-least 18}, {age: below 18}]}, otherwise: refused, source: S1}",
                [
                    "71: rule \"odd\" is always met"
                ]
            ),
            (
                71,
                "  - {name: old, on: enrolled, require: {age: at-most 9223372036854775807}, otherwise: refused, source: S1}",
                [
                    "71: the limit of \"age\" must be a whole number from 0 to 120 (years), not \"9223372036854775807\""
                ]
            ),
            (
                71, "  - {name: old, on: enrolled, require: {age: at-most old}, otherwise: refused, source: S1}",
                [
                    "71: the limit of \"age\" must be a whole number from 0 to 120 (years), not \"old\""
                ]
            ),
            (
                71, "  - {name: old, on: enrolled, require: {age: older-than 3}, otherwise: refused, source: S1}",
                [
                    "71: \"age\" cannot be compared as \"older-than 3\"; write below 5 or at-least 5"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {marrow: [m4]}, otherwise: warned, source: S1}",
                [
                    "71: unknown marrow \"m4\""
                ]
            ),
            (
                71, "  - {name: m, on: enroled, require: {marrow: [m1]}, otherwise: warned, source: S1}",
                [
                    "71: unknown word \"enroled\" for \"on\"; it takes enrolled, course-started, course-ended, response-assessed, risk-assigned, randomised, infusion-held, infusion-resumed, infusion-stopped, radiotherapy-started, radiotherapy-ended, donor-identified, conditioning-started, transplanted, engrafted, adverse-event, crossover-offered, crossover-started, off-therapy, seen, relapsed, second-malignancy, lost-to-follow-up, consent-withdrawn, off-study, died"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {marow: [m1]}, otherwise: warned, source: S1}",
                [
                    "71: unknown word \"marow\" in a condition"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {marrow: [m1]}, otherwise: ignored, source: S1}",
                [
                    "71: unknown word \"ignored\" for \"otherwise\"; it takes refused, off-protocol, warned"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {known: [marow]}, otherwise: warned, source: S1}",
                [
                    "71: unknown field \"marow\""
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {received: [poison]}, otherwise: warned, source: S1}",
                [
                    "71: unknown agent of any course \"poison\""
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {phase: [nowhere]}, otherwise: warned, source: S1}",
                [
                    "71: unknown phase \"nowhere\""
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {status: [well]}, otherwise: warned, source: S1}",
                [
                    "71: unknown status \"well\""
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {risk: [medium]}, otherwise: warned, source: S1}",
                [
                    "71: unknown risk group \"medium\""
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {mrd: negative}, otherwise: warned, source: S1}",
                [
                    "71: \"mrd\" cannot be compared as \"negative\"; write below 0.1 %, at-least 0.1 % or undetermined at 0.1 %"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {mrd: below 250 %}, otherwise: warned, source: S1}",
                [
                    "71: \"mrd\" cannot be compared as \"below 250 %\"; write below 0.1 %, at-least 0.1 % or undetermined at 0.1 %"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {born: [2015]}, otherwise: warned, source: S1}",
                [
                    "71: \"born\" is a date: compare it with elapsed"
                ]
            ),
            (
                71, "  - {name: m, on: enrolled, require: {any: []}, otherwise: warned, source: S1}",
                [
                    "71: \"any\" must be a list of conditions"
                ]
            ),
            (
                71,
                "  - {name: m, on: enrolled, require: {elapsed: {from: diagnosis, to: relapse, below: 36 moons}}, otherwise: warned, source: S1}",
                [
                    "71: \"below\" must be a length of time such as 36 months, not \"36 moons\"",
                    "71: elapsed needs from, to and at least one of below, at-most, at-least, above",
                ]
            ),
            (
                71,
                "  - {name: m, on: enrolled, require: {elapsed: {from: birthday, to: relapse, below: 36 months}}, otherwise: warned, source: S1}",
                [
                    "71: elapsed needs from, to and at least one of below, at-most, at-least, above",
                    "71: unknown word \"birthday\" for \"from\"; it takes birth, diagnosis, relapse, end-of-therapy, consent, enrolment, randomisation, phase, course, hold, transplant, today",
                ]
            ),
            (
                71,
                "  - {name: m, on: enrolled, course: [block], require: {marrow: [m1]}, otherwise: warned, source: S1}",
                [
                    "71: \"enrolled\" is not told apart by course; use a condition"
                ]
            ),
            (
                71, "  - {on: enrolled}",
                [
                    "71: a rule needs \"name\"",
                    "71: a rule needs \"otherwise\"",
                    "71: a rule needs \"require\"",
                    "71: a rule needs \"source\"",
                ]
            ),
            (
                71, "  - adult",
                [
                    "71: a rule must be a mapping of names to values",
                    "71: a rule needs \"name\"",
                    "71: a rule needs \"on\"",
                    "71: a rule needs \"otherwise\"",
                    "71: a rule needs \"require\"",
                    "71: a rule needs \"source\"",
                ]
            ),
            (
                51, "      - {on: off-therapy, when: marrow, to: follow-up, source: S1}",
                [
                    "51: a condition must be a mapping such as {marrow: [m1]}"
                ]
            ),
            (
                51, "      - {on: off-therapy, to: nowhere, source: S1}",
                [
                    "51: unknown phase \"nowhere\""
                ]
            ),
            (
                51, "      - {on: off-treatment, to: follow-up, source: S1}",
                [
                    "51: unknown word \"off-treatment\" for \"on\"; it takes enrolled, course-started, course-ended, response-assessed, risk-assigned, randomised, infusion-held, infusion-resumed, infusion-stopped, radiotherapy-started, radiotherapy-ended, donor-identified, conditioning-started, transplanted, engrafted, adverse-event, crossover-offered, crossover-started, off-therapy, seen, relapsed, second-malignancy, lost-to-follow-up, consent-withdrawn, off-study, died"
                ]
            ),
            (
                51, "      - {on: relapsed, to: follow-up, source: S1}",
                [
                    "51: \"relapsed\" needs no arrow: it moves the status"
                ]
            ),
            (
                51, "      - {on: off-therapy, to: follow-up}",
                [
                    "51: a row needs \"source\""
                ]
            ),
            (
                51, "      - {on: off-therapy, to: follow-up, source: S2}",
                [
                    "51: unknown source \"S2\""
                ]
            ),
            (
                51, "      - {on: off-therapy, to: follow-up, source: S1, certainty: sure}",
                [
                    "51: unknown word \"sure\" for \"certainty\"; it takes read, derived, M-high, M-med, M-low, A"
                ]
            ),
            (
                51, "      - {on: off-therapy, to: follow-up, source: S1, colour: red}",
                [
                    "51: unknown word \"colour\" in a row; it takes on, course, arm, risk, when, to, due, warning, source, certainty, note"
                ]
            ),
            (
                51, "      - {on: off-therapy, to: follow-up, source: S1, due: {from: course, source: S1}}",
                [
                    "51: due needs \"from\" and \"closes\""
                ]
            ),
            (
                51, "      - {on: course-started, to: follow-up, source: S1}",
                [
                    "51: \"course-started\" needs its course"
                ]
            ),
            (
                56, "      - {on: course-started, course: cyle, to: y-cycle, source: S1}",
                [
                    "56: unknown course \"cyle\""
                ]
            ),
            (
                67, "  - {from: [treat], on: adverse-event, to: same, source: S1}",
                [
                    "67: unknown phase or group \"treat\""
                ]
            ),
            (
                67, "  - {on: adverse-event, to: same, source: S1}",
                [
                    "67: a row of \"across\" needs \"from\""
                ]
            ),
            (
                65, "  block: [x-block]",
                [
                    "65: \"block\" is the name of a phase or of an earlier group",
                    "67: unknown phase or group \"treated\"",
                ]
            ),
            (
                54, "    arm: Q",
                [
                    "54: unknown arm \"Q\""
                ]
            ),
            (
                29, "    course: blok",
                [
                    "29: unknown course \"blok\""
                ]
            ),
            (
                6, "start: nowhere",
                [
                    "6: unknown phase \"nowhere\""
                ]
            ),
            (
                6, "begin: enrolled",
                [
                    "1: the document needs \"start\"",
                    "6: unknown word \"begin\" in the document; it takes protocol, version, title, registry, effective, months, start, sources, courses, risks, arms, adverse-events, diagnoses, exclusions, phases, groups, across, off-protocol, rules, randomisations, analyses",
                ]
            ),
            (
                5, "months: {count: lunar, source: S1}",
                [
                    "5: months are counted as calendar or as a length such as 30.5 days"
                ]
            ),
            (
                4, "effective: 2015-02-30",
                [
                    "4: \"effective\" must be a day such as 2014-12-17, not \"2015-02-30\""
                ]
            ),
            (
                2, "version: 0",
                [
                    "2: \"version\" must be a whole number from 1 to 9999, not \"0\""
                ]
            ),
            (
                1, "protocol: Small Trial",
                [
                    "1: \"Small Trial\" is no name for a protocol: use lower case words"
                ]
            ),
            (
                12, "  Low Risk: {title: Low, source: S1}",
                [
                    "12: \"Low Risk\" is no name: use lower case letters, digits and hyphens, at most 40",
                    "41: unknown risk \"low\"",
                ]
            ),
            (
                12, "  low: {source: S1}",
                [
                    "12: risk group \"low\" needs \"title\""
                ]
            ),
            (
                10, "  cycle: {title: Cycle, agents: [antibody], infusion: {days: 28, source: S1}, source: S1}",
                [
                    "10: an infusion needs \"days\" and \"resume-within\""
                ]
            ),
            (
                13, "  low: {title: High, source: S1}",
                [
                    "12: low is defined twice"
                ]
            ),
            (
                63, "  follow-up: {title: Follow-up, ends: maybe}",
                [
                    "63: \"ends\" must be yes or no, not \"maybe\""
                ]
            ),
            (
                63, "  follow-up: {title: Follow-up, ends: yes}\n  outside: {title: Outside, ends: yes}",
                [
                    "64: \"outside\" is the phase before enrolment and cannot be defined"
                ]
            ),
            (
                63, "  follow-up: {title: Ütopia 🩸, ends: yes}\n  überall: {title: X, ends: yes}",
                [
                    "64: \"überall\" is no name: use lower case letters, digits and hyphens, at most 40"
                ]
            ),
            (
                28, "\ttitle: Block",
                [
                    "28: not YAML: found character that cannot start any token"
                ]
            ),
            (
                28, "    title: [Block",
                [
                    "29: not YAML: did not find expected ',' or ']'"
                ]
            ),
            (
                28, "    title: \"Block",
                [
                    "71: not YAML: found unexpected end of stream"
                ]
            ),
            (
                28, "  title: Block",
                [
                    "29: not YAML: mapping values are not allowed in this context"
                ]
            ),
            (
                12, "  low: &low {title: Low, source: S1}",
                [
                    "12: anchors (&) and aliases (*) are not taken: write the rows out"
                ]
            ),
            (
                13, "  high: *low",
                [
                    "13: not YAML: found undefined alias"
                ]
            ),
        ] as [(Int, String, [String])])
    func `a broken document is refused with the line of each fault`(line: Int, replacement: String, faults: [String]) {
        #expect(Small.faults(of: Small.with(line: line, replacement)) == faults)
    }

    @Test(arguments: [
        ("", ["1: the document is empty"]),
        ("\n\n# nothing\n", ["1: the document is empty"]),
        ("hello", ["1: this is no protocol document: it does not begin with \"protocol: …\""]),
        ("- a\n- b", ["1: this is no protocol document: it does not begin with \"protocol: …\""]),
        (
            "name: a shopping list\nitems: [milk]",
            ["1: this is no protocol document: it does not begin with \"protocol: …\""]
        ),
        ("protocol: a\n---\nprotocol: b", ["2: not YAML: but found another document"]),
        ("a: [", ["2: not YAML: did not find expected node content"]),
        ("{a: b}}", ["1: not YAML: did not find expected <document start>"]),
        ("a: \"\\q\"", ["1: not YAML: found unknown escape character"]),
        ("\u{0}", ["1: not YAML"]),
    ])
    func `what is no protocol is told so`(text: String, faults: [String]) {
        #expect(Small.faults(of: text) == faults)
    }

    @Test func `a document without its parts is told each of them`() {
        let faults = Small.faults(of: "protocol: x")
        for key in ["version", "effective", "months", "start", "phases", "title"] {
            #expect(faults.contains("1: the document needs \"\(key)\""))
        }
    }

    /// Nine anchors of nine aliases each would be 387 million conditions.
    @Test func `aliases cannot multiply what there is to read`() {
        var lines = ["protocol: bomb", "a0: &a0 {marrow: [m1]}"]
        for level in 1...9 {
            lines.append(
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]")
        }
        #expect(
            Small.faults(of: lines.joined(separator: "\n"))
                == ["2: anchors (&) and aliases (*) are not taken: write the rows out"])
    }

    @Test(arguments: [
        ("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("{any: [", "]}"), ("{not: ", "}"),
    ])
    func `deep nesting is refused, not followed for ever`(opening: String, closing: String) {
        let deep = String(repeating: opening, count: 100_000) + "x" + String(repeating: closing, count: 100_000)
        let faults = Small.faults(of: "protocol: deep\nphases:\n  \(deep)")
        #expect(faults.first?.hasPrefix("3: not YAML: ") == true)
    }

    @Test func `conditions nested as deep as YAML allows are read`() {
        let depth = 150
        let deep = String(repeating: "{not: ", count: depth) + "{marrow: [m1]}" + String(repeating: "}", count: depth)
        let rule = "  - {name: m, on: response-assessed, require: \(deep), otherwise: warned, source: S1}"
        #expect(Small.faults(of: Small.with(line: 71, rule)) == [])
    }

    @Test func `a document of five megabytes is refused for its size`() {
        let text = Small.text + String(repeating: "# " + String(repeating: "x", count: 97) + "\n", count: 50_000)
        #expect(text.utf8.count > 5_000_000)
        #expect(Small.faults(of: text) == ["1: the document is longer than 1,000,000 bytes"])
    }

    @Test func `sixty-four agents are the most that a document can name`() {
        func course(_ count: Int) -> String {
            let agents = (1...count).map { "agent-\($0)" }.joined(separator: ", ")
            return "  block: {title: Block, agents: [\(agents)], source: S1}"
        }
        #expect(Small.faults(of: Small.with(line: 9, course(63))) == [])
        #expect(Small.faults(of: Small.with(line: 9, course(64))) == ["8: the courses have more than 64 agents"])
    }

    @Test func `sixty-four risk groups are the most that a document can have`() {
        func more(_ count: Int) -> String {
            (["  low: {title: Low, source: S1}"] + (1...count).map { "  low-\($0): {title: Low, source: S1}" })
                .joined(separator: "\n")
        }
        #expect(Small.faults(of: Small.with(line: 12, more(62))) == [])
        #expect(Small.faults(of: Small.with(line: 12, more(63))) == ["11: there are more than 64 risks"])
    }

    @Test func `titles in any script are kept as written`() throws {
        let text = Small.with(line: 63, "  follow-up: {title: Ütopia 🩸 追跡, ends: yes}")
        #expect(try ProtocolDocument(text).treatment.phases.last?.title == "Ütopia 🩸 追跡")
    }

    @Test func `a document is kept byte for byte and known by its digest`() throws {
        let document = try ProtocolDocument(Small.text)
        #expect(document.text == Small.text)
        #expect(document.digest.count == 32)
        #expect(try ProtocolDocument(Small.text + "\n").digest != document.digest)
        #expect(try ProtocolDocument(trusted: Small.text).digest == document.digest)
    }

    @Test func `cutting the small document anywhere never traps`() {
        let lines = Small.text.split(separator: "\n", omittingEmptySubsequences: false)
        for count in lines.indices { _ = Small.faults(of: lines[..<count].joined(separator: "\n")) }
        for index in lines.indices {
            var rest = lines
            rest.remove(at: index)
            _ = Small.faults(of: rest.joined(separator: "\n"))
        }
    }
}
