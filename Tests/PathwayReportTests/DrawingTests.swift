import Foundation
import PathwayCore
import PathwayEstimates
import PathwayReport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The drawings of the synthetic cohort and of small ones.
///
/// With the folder in `PATHWAY_DRAWINGS` they are written there, to be looked at.
@Suite(.apart) struct DrawingTests {
    private static func main(_ cut: String = "2020-09-30") throws -> (ArmAnalysis, Endpoint) {
        let analysis = try SyntheticCohort.analysis(followedTo: cut)
        let main = try #require(analysis.randomised(by: "high-and-intermediate", .randomisedAndEligible))
        return (main, try #require(main.endpoints.first))
    }

    private static func curves(_ main: ArmAnalysis, _ endpoint: Endpoint) throws -> [NamedCurve] {
        try main.arms.map { arm in
            NamedCurve(
                name: arm.arm, title: main.treatment.arms.first { $0.name == arm.arm }?.title ?? "",
                figure: try main.survival(endpoint, arm: arm.arm).get())
        }
    }

    private static func drawings() throws -> [String: SVG] {
        let (main, endpoint) = try main()
        let treatment = main.treatment
        let title = { (arm: String) in treatment.arms.first { $0.name == arm }?.title ?? "" }
        let incidences = try main.arms.map { arm in
            NamedIncidence(
                name: arm.arm, title: title(arm.arm),
                figure: try main.incidence(endpoint, by: .separate, arm: arm.arm).get())
        }
        let states = try main.arms.map { arm in
            NamedIncidence(name: arm.arm, title: title(arm.arm), figure: try main.occupation(arm: arm.arm).get())
        }
        var swimmer = Swimmer(treatment.randomisations[0], of: treatment)
        var count = ConsortCount(treatment)
        for subject in try SyntheticCohort.subjects(through: Day("2019-06-30")) {
            swimmer.add(subject)
            count.count(subject)
        }
        var analysed: [String: Int] = [:]
        let low = try SyntheticCohort.analysis(cut: "2019-06-30").randomised(by: "low", .randomisedAndEligible)
        let high = try SyntheticCohort.analysis(cut: "2019-06-30").randomised(
            by: "high-and-intermediate", .randomisedAndEligible)
        for arm in (high?.arms ?? []) + (low?.arms ?? []) { analysed[arm.arm] = arm.patients }
        let flow = SVG.consort(
            id: "flow", title: "Flow of patients to 2019-06-30", count, of: treatment, analysed: analysed)
        return Dictionary(uniqueKeysWithValues: flow.enumerated().map { ("consort-\($0)", $1) }).merging([
            "survival": .survival(id: "dfs", title: "Disease-free survival", try curves(main, endpoint), lastDay: 1461),
            "incidence": .incidence(
                id: "causes", title: "Cumulative incidence of first events", incidences,
                states: endpoint.components.map { (State($0.name), $0.title) }, lastDay: 1461),
            "occupation": .incidence(
                id: "states", title: "State after randomisation", states,
                states: Outcome.allCases.map { (State($0.rawValue), $0.title) }, lastDay: 1461),
            "monitoring": .monitoring(id: "looks", title: "Interim looks", try main.monitoring().get()),
            "swimmer": .swimmer(id: "lanes", title: "Patients after randomisation", swimmer, lastDay: 730),
        ]) { $1 }
    }

    /// Every element of a drawing with its attributes.
    private final class Elements: NSObject, XMLParserDelegate {
        var names: [String] = []
        var ids: [String] = []
        var numbers: [String] = []
        var texts = ""
        var roles: [String] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            names.append(name)
            if let id = attributes["id"] { ids.append(id) }
            if let role = attributes["role"] { roles.append(role) }
            for key in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d"] {
                if let value = attributes[key] { numbers.append(value) }
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { texts += string }
    }

    private func elements(_ source: String, at location: SourceLocation = #_sourceLocation) -> Elements {
        let parser = XMLParser(data: Data(source.utf8))
        let elements = Elements()
        parser.delegate = elements
        #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")", sourceLocation: location)
        return elements
    }

    private func texts(_ drawings: [SVG]) -> String { drawings.map { elements($0.source).texts }.joined() }

    @Test func `every drawing is XML with a role, a title, a description and finite numbers`() throws {
        let drawings = try Self.drawings()
        var ids: [String] = []
        for (name, drawing) in drawings {
            if let folder = ProcessInfo.processInfo.environment["PATHWAY_DRAWINGS"] {
                try Data(drawing.source.utf8).write(to: URL(filePath: folder).appending(path: "\(name).svg"))
            }
            let found = elements(drawing.source)
            #expect(found.roles == ["img"] && found.names.prefix(3) == ["svg", "title", "desc"], "\(name)")
            #expect(!found.numbers.contains { $0.contains("nan") || $0.contains("inf") }, "\(name)")
            #expect(!drawing.source.contains("<script") && !drawing.source.contains("href"), "\(name)")
            ids += found.ids
        }
        #expect(Set(ids).count == ids.count)
    }

    @Test func `the same drawing has the same bytes`() throws {
        #expect(try Self.drawings().mapValues(\.source) == Self.drawings().mapValues(\.source))
    }

    @Test func `lines are told apart by their dashes and by the names at their ends`() throws {
        let source = try #require(try Self.drawings()["survival"]).source
        #expect(source.contains("stroke-dasharray=\"7 3\""))
        #expect(source.contains(">A</text>") && source.contains(">B</text>"))
        for words in ["Chemotherapy, then transplant, n = 103, 59 events", "at risk", "cut 2020-09-30"] {
            #expect(source.contains(words), "\(words)")
        }
    }

    @Test func `the description says the figures to who does not see the curve`() throws {
        let source = try #require(try Self.drawings()["survival"]).source
        #expect(source.contains("% after 2 years"))
    }

    @Test func `names cannot break out of a drawing`() throws {
        let subjects = try SmallTrial.both()
        let main = try SmallTrial.main(subjects)
        let figure = try main.survival(SmallTrial.endpoint(), arm: "X").get()
        let hostile = "<script>alert('x')</script> & \"quoted\" \u{0} ]]>"
        let source = SVG.survival(
            id: "a\"><b", title: hostile, [NamedCurve(name: hostile, title: hostile, figure: figure)],
            missing: [hostile]
        ).source
        let found = elements(source)
        #expect(!found.names.contains("script") && !found.names.contains("b"))
        #expect(found.texts.contains("<script>alert('x')</script> & \"quoted\"  ]]>"))
    }

    @Test func `an arm without patients has its place in words`() throws {
        let main = try SmallTrial.main([SmallTrial.patient("S1", "X", [(20, "relapsed")])])
        let curve = NamedCurve(
            name: "X", title: "Standard", figure: try main.survival(SmallTrial.endpoint(), arm: "X").get())
        guard case .failure(let error) = main.survival(try SmallTrial.endpoint(), arm: "Y") else {
            Issue.record("a figure was given")
            return
        }
        let source = SVG.survival(id: "x", title: "DFS", [curve], missing: ["Y: \(error.message)"]).source
        #expect(elements(source).texts.contains("Y: cannot give a figure of arm \"Y\""))
        #expect(source.contains("n = 1, 1 event<"))
        // Nobody at all is a drawing, too.
        _ = elements(SVG.survival(id: "x", title: "DFS", []).source)
        _ = elements(SVG.incidence(id: "x", title: "Causes", [], states: []).source)
        let swimmer = Swimmer(main.treatment.randomisations[0], of: main.treatment)
        #expect(elements(SVG.swimmer(id: "x", title: "Lanes", swimmer).source).texts.contains("X: Standard: nobody"))
    }

    @Test func `a missed course is a hollow bar, and who goes on has an arrow`() throws {
        // Y never began the cycle and lives; X was given the block and died.
        let subjects = [
            try SmallTrial.patient("Y1", "Y", [(60, "seen")]),
            try SmallTrial.patient(
                "X1", "X", [(0, "course-started course=block"), (28, "course-ended course=block"), (90, "died")]),
        ]
        let treatment = try SmallTrial.treatment()
        func drawn(_ subjects: [Subject]) -> String {
            var swimmer = Swimmer(treatment.randomisations[0], of: treatment)
            for subject in subjects { swimmer.add(subject) }
            return SVG.swimmer(id: "x", title: "Lanes", swimmer).source
        }
        let hollow = "stroke-dasharray=\"2 2\" fill=\"#ffffff\""
        // One is the key's.
        #expect(drawn([subjects[0]]).components(separatedBy: hollow).count == 3)
        #expect(drawn([subjects[1]]).components(separatedBy: hollow).count == 2)
        #expect(drawn(subjects).contains("X: Standard: 1 patient"))
    }

    @Test func `patients who are not shown are counted`() throws {
        let treatment = try SmallTrial.treatment()
        var swimmer = Swimmer(treatment.randomisations[0], of: treatment, showing: 2)
        for number in 1...5 { swimmer.add(try SmallTrial.patient("X\(number)", "X", [(10 * number, "seen")])) }
        let source = SVG.swimmer(id: "x", title: "Lanes", swimmer).source
        #expect(source.contains("X: Standard: the first 2 of 5 patients"))
        #expect(source.contains("Y: Antibody: nobody"))
    }

    @Test func `the flow shows zeros and reasons`() throws {
        let treatment = try Protocols.aall1331
        let empty = texts(SVG.consort(id: "x", title: "Flow", ConsortCount(treatment), of: treatment))
        for words in ["Enrolled: 0", "Risk assigned: 0", "Randomised: 0", "A: 0", "0 each: completed, relapse"] {
            #expect(empty.contains(words), "\(words)")
        }
        var count = ConsortCount(treatment)
        for subject in try SyntheticCohort.subjects() { count.count(subject) }
        let whole = texts(SVG.consort(id: "x", title: "Flow", count, of: treatment, analysed: ["A": 103]))
        for words in [
            "Enrolled: 661", "Risk assigned: 586", "Left before randomisation: 115", "without a risk group so far: 0",
            "not randomised so far: 0", "Analysed: 103", "left out: 2 (ineligible)", "ineligible: 2",
            // Whoever failed early and was treated on left by the failure, whatever ended the treatment later.
            "Left before risk was assigned: 75", "died: 24", "early treatment failure: 42",
            "Of these 75, early treatment failure: 42", "taken off without another reason: 59",
            "Block 2: 97 began, 91 ended, 5 of them early", "Salvage blinatumomab cycle 1: 19 began",
        ] {
            #expect(whole.contains(words), "\(words)")
        }
        let left = count.results.filter { $0.item == "left before risk was assigned" && $0.reason != nil }
        #expect(left.reduce(0) { $0 + $1.patients } == 75)
    }

    @Test func `a flow that randomises first, and twice, stands in that order`() throws {
        let treatment = try Protocols.intreall
        func patient(_ id: String, _ later: String...) throws -> Subject {
            let first =
                "2015-01-01 enrolled site=S1 born=2008-01-01 diagnosed=2011-01-01 relapsed-on=2014-12-20 relapse-sites=marrow therapy-ended=2013-01-01 philadelphia=no"
            return try PatientRecord(id, under: treatment, [first] + later).subject()
        }
        let induction = [
            "2015-01-02 randomised arm=B allocated-by=list", "2015-01-03 course-started course=induction-b",
            "2015-02-03 course-ended course=induction-b outcome=completed",
            "2015-02-05 response-assessed marrow=m1 mrd=<0.001 cns=cns1", "2015-02-09 risk-assigned risk=chemotherapy",
        ]
        func induced(_ id: String, _ later: String) throws -> Subject {
            try patient(id, induction[0], induction[1], induction[2], induction[3], induction[4], later)
        }
        var count = ConsortCount(treatment)
        for subject in [
            try patient("P1"), try patient("P2", "2015-01-02 consent-withdrawn"),
            try patient(
                "P3", "2015-01-02 randomised arm=A allocated-by=list", "2015-01-04 off-study reason=ineligible"),
            try induced("P4", "2015-02-11 course-started course=consolidation"),
            try induced("P5", "2015-02-11 randomised arm=E allocated-by=list"),
        ] { count.count(subject) }
        let counts = count.results.filter { $0.group == "everybody" && $0.patients > 0 }
            .map { "\($0.item)\($0.reason.map { " (\($0))" } ?? ""): \($0.patients)" }
        #expect(
            counts == [
                "enrolled: 5", "left before randomisation: backbone: 1",
                "left before randomisation: backbone (consent-withdrawn): 1", "not randomised so far: backbone: 1",
                "left before risk was assigned: 1", "left before risk was assigned (ineligible): 1",
                "risk assigned: chemotherapy: 2", "left before randomisation: epratuzumab: 1",
                "left before randomisation: epratuzumab (consolidation): 1",
            ])
        let texts = texts(SVG.consort(id: "x", title: "Flow", count, of: treatment))
        let places = ["Enrolled: 5", "Randomised: 3", "Risk assigned: 2", "Consolidation: 1", "Randomised: 1"].map {
            texts.range(of: $0)?.lowerBound
        }
        #expect(!places.contains(nil) && places.compactMap(\.self) == places.compactMap(\.self).sorted())
        // Nobody is said to be enrolled where only the second randomisation was taken.
        let late = SVG.consort(id: "x", title: "Flow", count, of: treatment, population: .randomisedBy("epratuzumab"))
        let second = late.map(\.source).joined()
        #expect(!second.contains("Enrolled") && !second.contains("backbone"))
    }

    @Test func `a flow without risk groups has no box for them`() throws {
        let treatment = try SmallTrial.treatment()
        var count = ConsortCount(treatment)
        count.count(try SmallTrial.patient("X1", "X", [(20, "relapsed")]))
        let source = texts(SVG.consort(id: "x", title: "Flow", count, of: treatment))
        #expect(source.contains("Enrolled: 1") && source.contains("Left before randomisation: 0"))
        #expect(!source.contains("Risk") && !source.contains("risk group"))
    }

    @Test func `interim looks tell no day on which an event fell`() throws {
        let source = try #require(try Self.drawings()["monitoring"]).source
        // The cut is named.
        #expect(Set(source.matches(of: /\d{4}-\d{2}-\d{2}/).map { String($0.output) }) == ["2020-09-30"])
        #expect(source.contains("randomised and eligible, high-and-intermediate"))
        #expect(source.contains("at the cut, not a planned look"))
    }

    @Test func `patients along time are those of the analysis set, with the first year wide enough to read`() throws {
        let treatment = try Protocols.aall1331
        var swimmer = Swimmer(treatment.randomisations[0], of: treatment)
        for subject in try SyntheticCohort.subjects() { swimmer.add(subject) }
        let source = SVG.swimmer(id: "x", title: "Lanes", swimmer).source
        #expect(source.contains("the first 15 of 103 patients"))
        #expect(source.contains("the first year is drawn wider") && source.contains(">0.25<"))
    }

    @Test func `a long name stands whole at the end of its curve and before its numbers`() throws {
        let figure = try SmallTrial.analysis([SmallTrial.patient("S1", "X", [(400, "seen")])]).allEnrolled
            .survival(SmallTrial.endpoint("overall-survival")).get()
        let curve = NamedCurve(name: "everyone", title: "everybody enrolled", figure: figure)
        let source = SVG.survival(id: "x", title: "OS", [curve]).source
        let width = try #require(source.firstMatch(of: /viewBox="0 0 ([0-9.]+)/).flatMap { Double($0.1) })
        let label = try #require(
            source.firstMatch(of: /<text x="([0-9.]+)"[^>]*>everyone</).flatMap { Double($0.1) })
        // Eight bold letters, each about 7 wide.
        #expect(label + 8 * 7 <= width)
        let first = try #require(
            source.firstMatch(of: /<text x="([0-9.]+)"[^>]*fill="#1a1a1a">1</).flatMap { Double($0.1) })
        #expect(18 + 8 * 6.5 < first)
        let lines = TerminalCurves([curve]).text(width: 80).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("everyone   1 ") })
    }

    @Test(arguments: [40, 80, 132], TerminalCurves.Characters.allCases)
    func `curves fit the terminal and need no colour`(width: Int, characters: TerminalCurves.Characters) throws {
        let (main, endpoint) = try Self.main()
        let text = TerminalCurves(try Self.curves(main, endpoint), characters: characters, lastDay: 1461).text(
            width: width)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(!text.contains("\u{1B}") && !lines.contains { $0.hasSuffix(" ") })
        #expect(characters == .unicode || text.utf8.allSatisfy { $0 < 128 })
        #expect(text.contains("100 %") && text.contains("at risk"))
        if let folder = ProcessInfo.processInfo.environment["PATHWAY_DRAWINGS"] {
            try Data(text.utf8).write(to: URL(filePath: folder).appending(path: "curve-\(width)-\(characters).txt"))
        }
    }

    @Test func `a small curve in the terminal is the one drawn by hand`() throws {
        let subjects = [
            try SmallTrial.patient("A", "X", [(91, "relapsed")]), try SmallTrial.patient("B", "X", [(182, "seen")]),
        ]
        let figure = try SmallTrial.main(subjects).survival(SmallTrial.endpoint(), arm: "X").get()
        let curve = NamedCurve(name: "X", title: "Standard", figure: figure)
        let text = TerminalCurves([curve], characters: .ascii, lastDay: 182).text(width: 40, height: 5)
        #expect(
            text == """
                ---- X: Standard, n = 2, 1 event
                     Disease-free survival, cut
                     2018-12-31

                100 % +--------------|
                 75 % +              |
                 50 % +              ---------------- X
                 25 % +
                  0 % +
                      +------------------------------
                       0            0.25            0.5
                years; at risk:
                X      2              1              0

                """)
    }
}
