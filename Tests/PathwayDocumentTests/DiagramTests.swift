import PathwayCore
import PathwayDocument
import Testing

/// Follow-up is reached from most phases, so that it is left to the table.
@Suite struct DiagramTests {
    @Test func `the plan is drawn for Mermaid`() throws {
        let expected = """
            stateDiagram-v2
                state "Enrolled" as enrolled
                state "Block" as block
                state "Evaluation" as evaluation
                state "Assessed" as assessed
                state "To be randomised" as chosen
                state "Standard" as x_block
                state "Before the cycle" as y_ready
                state "Cycle" as y_cycle
                state "Cycle, infusion interrupted" as y_cycle_held
                [*] --> enrolled: enrolled
                enrolled --> block: course-started block
                block --> evaluation: course-ended block
                evaluation --> assessed: response-assessed
                assessed --> chosen: risk-assigned high / risk-assigned low
                chosen --> x_block: randomised X
                chosen --> y_ready: randomised Y
                y_ready --> y_cycle: course-started cycle
                y_cycle --> y_cycle_held: infusion-held
                y_cycle_held --> y_cycle: infusion-resumed / course-started cycle / infusion-stopped

            """
        #expect(try ProtocolDocument(Small.text).treatment.mermaid == expected)
    }

    @Test func `the plan is drawn for Graphviz`() throws {
        let expected = #"""
            digraph "small" {
                rankdir=TB; node [shape=box style=rounded fontname="Helvetica" fontsize=11];
                edge [fontname="Helvetica" fontsize=9];
                outside [shape=circle label="" width=0.2];
                enrolled [label="Enrolled"];
                block [label="Block"];
                evaluation [label="Evaluation"];
                assessed [label="Assessed"];
                chosen [label="To be randomised"];
                x_block [label="Standard"];
                y_ready [label="Before the cycle"];
                y_cycle [label="Cycle"];
                y_cycle_held [label="Cycle, infusion interrupted"];
                outside -> enrolled [label="enrolled"];
                enrolled -> block [label="course-started block"];
                block -> evaluation [label="course-ended block"];
                evaluation -> assessed [label="response-assessed"];
                assessed -> chosen [label="risk-assigned high\nrisk-assigned low"];
                chosen -> x_block [label="randomised X"];
                chosen -> y_ready [label="randomised Y"];
                y_ready -> y_cycle [label="course-started cycle"];
                y_cycle -> y_cycle_held [label="infusion-held"];
                y_cycle_held -> y_cycle [label="infusion-resumed\ncourse-started cycle\ninfusion-stopped"];
            }

            """#
        #expect(try ProtocolDocument(Small.text).treatment.dot == expected)
    }

    @Test(arguments: Bundled.names)
    func `every arrow of a bundled document's diagram joins two phases that it names`(name: String) throws {
        let treatment = try Bundled.treatment(name)
        let names = Set(treatment.phases.map { String($0.name.map { $0 == "-" ? "_" : $0 }) } + ["[*]"])
        var arrows = 0
        for line in treatment.mermaid.split(separator: "\n") where line.contains(" --> ") {
            let ends = line.split(separator: ":")[0].split(separator: " ").map(String.init)
            #expect(ends.count == 3 && names.contains(ends[0]) && names.contains(ends[2]), "\(line)")
            arrows += 1
        }
        #expect(arrows > 20)
    }
}
