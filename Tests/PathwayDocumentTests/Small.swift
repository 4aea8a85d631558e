import PathwayCore
import PathwayDocument

/// A small sound document whose lines can be replaced one by one; ``text`` has the line numbers that the tests name.
enum Small {
    static let text = """
        protocol: small
        version: 1
        title: A small protocol
        effective: 2015-01-01
        months: {count: calendar, source: by hand}
        start: enrolled
        sources: {S1: A paper}
        courses:
          block: {title: Block, agents: [steroid], days: 28, source: S1}
          cycle: {title: Cycle, agents: [antibody], infusion: {days: 28, resume-within: 7 days, source: S1}, source: S1}
        risks:
          low: {title: Low, source: S1}
          high: {title: High, source: S1}
        arms:
          X: {title: Standard, opens: 2015-01-01, closes: 2020-01-01, source: S1}
          Y: {title: Antibody, opens: 2015-01-01, closes: 2020-01-01, source: S1}
        randomisations:
          main:
            arms: [X, Y]
            block-sizes: [4, 6]
            strata:
              late: {when: {elapsed: {from: diagnosis, to: relapse, at-least: 36 months}}, source: S1}
              early: {when: {elapsed: {from: diagnosis, to: relapse, below: 36 months}}, source: S1}
            source: S1
        phases:
          enrolled: {title: Enrolled, exits: [{on: course-started, course: block, to: block, source: S1}]}
          block:
            title: Block
            course: block
            exits:
              - {on: course-ended, course: block, to: evaluation, source: S1}
          evaluation:
            title: Evaluation
            exits:
              - {on: response-assessed, when: {marrow: [m1, m2]}, to: assessed, source: S1}
              - {on: response-assessed, when: {not: {marrow: [m1, m2]}}, to: follow-up, source: S1}
          assessed:
            title: Assessed
            exits:
              - {on: risk-assigned, risk: high, when: {mrd: at-least 0.1 %}, to: chosen, source: S1}
              - {on: risk-assigned, risk: low, when: {not: {mrd: at-least 0.1 %}}, to: chosen, source: S1}
          chosen:
            title: To be randomised
            exits:
              - {on: randomised, arm: X, to: x-block, source: S1}
              - {on: randomised, arm: Y, to: y-ready, source: S1}
          x-block:
            title: Standard
            arm: X
            exits:
              - {on: off-therapy, to: follow-up, source: S1}
          y-ready:
            title: Before the cycle
            arm: Y
            exits:
              - {on: course-started, course: cycle, to: y-cycle, source: S1}
          y-cycle:
            title: Cycle
            arm: Y
            course: cycle
            exits:
              - {on: course-ended, course: cycle, to: follow-up, due: {from: course, closes: 35 days, source: S1}, source: S1}
          follow-up: {title: Follow-up, ends: yes}
        groups:
          treated: [x-block, y-cycle]
        across:
          - {from: [treated], on: adverse-event, to: same, source: S1}
        off-protocol:
          - {from: [y-ready], on: course-started, course: block, to: follow-up, source: S1}
        rules:
          - {name: adult, on: enrolled, require: {age: at-least 18}, otherwise: refused, source: S1}
        """

    /// The text with one line replaced; more lines may take its place.
    static func with(line: Int, _ replacement: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[line - 1] = replacement
        return lines.joined(separator: "\n")
    }

    /// The faults of a document, as `line: message`.
    static func faults(of text: String) -> [String] {
        do {
            _ = try ProtocolDocument(text)
            return []
        } catch {
            return error.faults.map { "\($0.line): \($0.message)" }
        }
    }
}
