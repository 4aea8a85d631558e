import PathwayCore
import PathwayDocument
import Testing

/// The section `analyses` of a document.
@Suite struct AnalysisTests {
    /// A sound section; the first line is line 72 of the small document.
    static let section = """
        analyses:
          mrd-negative: {below: 0.01 %, source: S1}
          endpoints:
            disease-free-survival:
              title: Disease-free survival
              abbreviation: DFS
              from: randomisation
              components:
                failure: {title: Failure, phase: follow-up, source: by hand, certainty: M-low}
                death: {title: Death, milestone: died}
              source: S1
            survival:
              title: Survival
              abbreviation: OS
              from: enrolment
              components: {death: {title: Death, milestone: died}}
              source: S1
          comparisons:
            main:
              reference: X
              endpoint: disease-free-survival
              sides: one
              alpha: 0.025
              stratified: yes
              monitoring: {events: 131, looks: [80, 131], spending: obrien-fleming, source: S1, certainty: M-low}
              source: S1
        """

    /// The small document with the section, one line of which is replaced.
    private static func text(line: Int? = nil, _ replacement: String = "") -> String {
        var lines = section.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let line { lines[line - 72] = replacement }
        return Small.text + "\n" + lines.joined(separator: "\n")
    }

    @Test func `a section is read as it is written`() throws {
        let plan = try ProtocolDocument(Self.text()).treatment.plan
        #expect(plan.mrdNegative?.level.percent == "0.01")
        let endpoint = try #require(plan.endpoint(named: "disease-free-survival"))
        #expect(
            (endpoint.title, endpoint.abbreviation, endpoint.from) == ("Disease-free survival", "DFS", .randomisation))
        #expect(endpoint.components.map(\.name) == ["failure", "death"])
        #expect(endpoint.components.map(\.trigger) == [.phase("follow-up"), .milestone(.died)])
        #expect(endpoint.components.map { $0.provenance?.citation } == ["by hand [unverified: M-low]", nil])
        #expect(endpoint.provenance.line == 75)
        let comparison = try #require(plan.comparisons.first)
        #expect((comparison.randomisation, comparison.reference, comparison.endpoint) == ("main", "X", endpoint.name))
        #expect(comparison.isOneSided && comparison.isStratified && comparison.alphaTenThousandths == 250)
        let monitoring = try #require(comparison.monitoring)
        #expect(monitoring.events == 131 && monitoring.looks == [80, 131] && monitoring.spending == .obrienFleming)
        #expect(!monitoring.provenance.isVerified)
        #expect(plan.provenances.count == 6)
    }

    @Test func `a document without the section has the plan that every trial has`() throws {
        #expect(try ProtocolDocument(Small.text).treatment.plan == .none)
    }

    @Test(
        arguments: [
            (
                73, "  mrd-negative: {below: 0, source: S1}",
                ["73: \"below\" must be a percentage above 0 such as 0.01 %, not \"0\""]
            ),
            (73, "  mrd-negative: {below: 0.01 %}", ["73: \"mrd-negative\" needs \"source\""]),
            (
                73, "  mrd: 0.01",
                ["73: unknown word \"mrd\" in analyses; it takes mrd-negative, endpoints, comparisons"]
            ),
            (77, "      abbreviation: OS", ["83: two endpoints have the abbreviation \"OS\""]),
            (76, "      title: Survival", ["83: two endpoints have the title \"Survival\""]),
            (
                78, "      from: diagnosis",
                [
                    "78: unknown word \"diagnosis\" for \"from\"; it takes enrolment, randomisation",
                    "92: arms cannot be compared by \"disease-free-survival\": it does not begin at the randomisation",
                ]
            ),
            (
                80, "        failure: {title: Failure, phase: relapsed}",
                ["80: unknown phase \"relapsed\""]
            ),
            (
                80, "        failure: {title: Failure, phase: follow-up, milestone: died}",
                ["80: component \"failure\" needs either \"phase\" or \"milestone\""]
            ),
            (
                80, "        failure: {title: Failure, milestone: died}",
                ["79: endpoint \"disease-free-survival\" counts what \"death\" is seen by twice"]
            ),
            (
                81, "        death: {title: Death, milestone: dies}",
                [
                    "81: unknown word \"dies\" for \"milestone\"; it takes "
                        + MilestoneKind.allCases.map(\.rawValue).joined(separator: ", ")
                ]
            ),
            (81, "        failure: {title: Death, milestone: died}", ["80: failure is defined twice"]),
            (87, "      components: {}", ["87: endpoint \"survival\" needs \"components\""]),
            (87, "      note: none", ["83: endpoint \"survival\" needs \"components\""]),
            (90, "    secondary:", ["90: unknown randomisation \"secondary\""]),
            (91, "      reference: Z", ["91: unknown arm \"Z\""]),
            (92, "      endpoint: progression", ["92: unknown endpoint \"progression\""]),
            (
                92, "      endpoint: survival",
                ["92: arms cannot be compared by \"survival\": it does not begin at the randomisation"]
            ),
            (93, "      sides: three", ["93: unknown word \"three\" for \"sides\"; it takes one, two"]),
            (
                94, "      alpha: 0.5",
                [
                    "94: \"alpha\" must be a number above 0 and below 0.5 such as 0.025, with at most four decimals, not \"0.5\""
                ]
            ),
            (
                94, "      alpha: 0",
                [
                    "94: \"alpha\" must be a number above 0 and below 0.5 such as 0.025, with at most four decimals, not \"0\""
                ]
            ),
            (94, "      alpha: 0.4999", []),
            (94, "      alpha: 0.0001", []),
            (95, "      note: x", ["90: comparison \"main\" needs \"stratified\""]),
            (
                96, "      monitoring: {events: 131, looks: [131, 80], spending: pocock, source: S1}",
                ["96: the last look must be at the final 131 events, not at 80", "96: the looks must ascend"]
            ),
            (
                96, "      monitoring: {events: 131, looks: [80, 80, 131], spending: pocock, source: S1}",
                ["96: the looks must ascend"]
            ),
            (
                96, "      monitoring: {events: 131, looks: [80, 120], spending: pocock, source: S1}",
                ["96: the last look must be at the final 131 events, not at 120"]
            ),
            (
                96, "      monitoring: {events: 131, looks: [2, 131], spending: pocock, source: S1}",
                ["96: the first look must have at least 2 % of the final 131 events"]
            ),
            (
                96, "      monitoring: {events: 131, looks: [80, 131], spending: haybittle-peto, source: S1}",
                ["96: unknown word \"haybittle-peto\" for \"spending\"; it takes obrien-fleming, pocock"]
            ),
            (
                96, "      monitoring: {events: 131, looks: [eighty, 131], spending: pocock, source: S1}",
                ["96: a look is a number of events, not \"eighty\""]
            ),
            (
                96, "      monitoring: {looks: [131], spending: pocock, source: S1}",
                ["96: monitoring needs \"events\""]
            ),
        ] as [(Int, String, [String])])
    func `a broken section is refused with the line of each fault`(line: Int, replacement: String, faults: [String]) {
        #expect(Small.faults(of: Self.text(line: line, replacement)) == faults)
    }

    @Test func `the reference must be an arm of its own randomisation`() throws {
        let text = try #require(BundledProtocols.all.first { $0.name == "aall1331" }).text
        let wrong = text.replacing("      reference: C\n", with: "      reference: A\n")
        let faults = Small.faults(of: wrong)
        #expect(faults.count == 1)
        #expect(faults[0].hasSuffix(": the reference \"A\" is no arm of randomisation \"low\", which allocates C, D"))
    }

    @Test func `an endpoint from the randomisation needs one`() {
        var lines = Self.text().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // Without the randomisation, its arms cannot be allocated either.
        lines.removeSubrange(16...23)
        let faults = Small.faults(of: lines.joined(separator: "\n"))
        #expect(
            faults.contains(
                "70: endpoint \"disease-free-survival\" begins at a randomisation, and the document has none"))
        #expect(faults.contains("82: unknown randomisation \"main\""))
    }

    @Test func `cutting the section anywhere never traps`() {
        let lines = Self.text().split(separator: "\n", omittingEmptySubsequences: false)
        for count in 71..<lines.count { _ = Small.faults(of: lines[..<count].joined(separator: "\n")) }
        for index in 71..<lines.count {
            var rest = lines
            rest.remove(at: index)
            _ = Small.faults(of: rest.joined(separator: "\n"))
        }
    }
}

/// What the bundled protocols say of their own analysis.
@Suite struct BundledAnalysisTests {
    @Test func `disease-free survival ends with late failure, relapse, second malignancy or death`() throws {
        let plan = try Bundled.treatment("aall1331").plan
        let endpoint = try #require(plan.endpoint(named: "disease-free-survival"))
        #expect(endpoint.from == .randomisation)
        #expect(
            endpoint.components.map(\.trigger) == [
                .phase("late-treatment-failure"), .milestone(.relapsed), .milestone(.secondMalignancy),
                .milestone(.died),
            ])
        #expect(endpoint.provenance.isVerified)
        #expect(endpoint.components.map { $0.provenance?.certainty } == [nil, nil, .memoryHigh, nil])
        #expect(plan.endpoint(named: "overall-survival")?.provenance.certainty == .memoryHigh)
        #expect(plan.endpoint(named: "event-free-survival")?.provenance.certainty == .assumed)
    }

    /// Residual disease of 0.1 % chooses the risk; 0.01 % is negative. The two were confused before.
    @Test func `negative is below 0.01 per cent, not below the limit of the risk`() throws {
        let treatment = try Bundled.treatment("aall1331")
        let negative = try #require(treatment.plan.mrdNegative)
        #expect(negative.level.percent == "0.01" && negative.provenance.source == "R3, R4")
        #expect(treatment.transitions.contains { $0.condition?.text.contains("0.1 %") ?? false })
    }

    @Test func `what nobody has read of the comparisons is marked`() throws {
        let plan = try Bundled.treatment("aall1331").plan
        #expect(plan.comparisons.map(\.reference) == ["A", "C"])
        #expect(plan.comparisons.allSatisfy { !$0.provenance.isVerified && $0.alphaTenThousandths == 250 })
        let monitoring = try #require(plan.comparisons[0].monitoring)
        #expect(monitoring.events == 131 && monitoring.looks == [80, 131])
        #expect(monitoring.provenance.certainty == .memoryLow)
        #expect(plan.comparisons[1].monitoring == nil)
        let other = try Bundled.treatment("intreall-sr-2010").plan
        #expect(other.provenances.count == 5 && other.provenances.allSatisfy { !$0.isVerified })
    }

    /// R3: "5 % or more blasts after cycle 1" is late treatment failure: nothing else leads into the phase.
    @Test func `late treatment failure is entered by M2 or M3 marrow after cycle 1 alone`() throws {
        let treatment = try Bundled.treatment("aall1331")
        let phase = try #require(treatment.phase(named: "late-treatment-failure"))
        let ways = treatment.transitions.filter { $0.target == phase && $0.source != phase }
        #expect(
            ways.map { treatment.phases[$0.source].name } == [
                "a-block-2-evaluation", "b-blinatumomab-1-evaluation", "c-block-2-evaluation", "d-block-2-evaluation",
            ])
        for way in ways {
            #expect(way.kind == .responseAssessed && way.answer == .planned)
            #expect(way.condition?.text == "marrow is m2 or m3")
        }
        // And each of those evaluations follows the first course of its arm.
        let courses: [Set<String?>] = ways.map { way in
            Set(treatment.transitions.filter { $0.target == way.source && $0.kind == .courseEnded }.map(\.qualifier))
        }
        #expect(courses == [["block-2"], ["blinatumomab-1"], ["block-2"], ["block-2"]])
    }
}
