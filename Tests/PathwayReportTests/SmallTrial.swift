import PathwayCore
import PathwayDocument
import PathwayReport
import Testing

/// A trial of two arms that fits on a screen, for cohorts worked by hand.
enum SmallTrial {
    static let text = """
        protocol: hand
        version: 1
        title: A trial worked by hand
        effective: 2015-01-01
        months: {count: calendar, source: by hand}
        start: enrolled
        courses:
          block: {title: Block, days: 28, source: by hand}
          cycle: {title: Cycle, days: 35, source: by hand}
        arms:
          X: {title: Standard, source: by hand}
          Y: {title: Antibody, source: by hand}
        adverse-events: {fever: Fever, infection: Infection, mucositis: Mucositis}
        randomisations:
          main:
            arms: [X, Y]
            block-sizes: [4]
            strata:
              marrow: {when: {relapse-sites: [marrow]}, source: by hand}
              elsewhere: {when: {not: {relapse-sites: [marrow]}}, source: by hand}
            source: by hand
        phases:
          enrolled:
            title: Enrolled
            exits:
              - {on: randomised, arm: X, to: x-block, source: by hand}
              - {on: randomised, arm: Y, to: y-cycle, source: by hand}
              - {on: response-assessed, to: same, source: by hand}
          x-block:
            title: Block
            arm: X
            course: block
            exits:
              - {on: course-started, course: block, to: same, source: by hand}
              - {on: course-ended, course: block, to: x-evaluation, source: by hand}
          x-evaluation:
            title: After the block
            arm: X
            exits: [{on: response-assessed, when: {marrow: [m1]}, to: done, source: by hand}, {on: response-assessed, when: {not: {marrow: [m1]}}, to: failure, source: by hand}]
          y-cycle:
            title: Cycle
            arm: Y
            course: cycle
            exits:
              - {on: course-started, course: cycle, to: same, source: by hand}
              - {on: course-ended, course: cycle, to: y-evaluation, source: by hand}
          y-evaluation:
            title: After the cycle
            arm: Y
            exits: [{on: response-assessed, when: {marrow: [m1]}, to: done, source: by hand}, {on: response-assessed, when: {not: {marrow: [m1]}}, to: failure, source: by hand}]
          failure: {title: Treatment failure, ends: yes}
          done: {title: Done, ends: yes}
        across:
          - {from: [all], on: adverse-event, to: same, source: by hand}
          - {from: [x-block, y-cycle, x-evaluation, y-evaluation, done, failure], on: transplanted, to: same, source: by hand}
          - {from: [done], on: response-assessed, to: same, source: by hand}
        analyses:
          mrd-negative: {below: 0.01 %, source: by hand}
          endpoints:
            disease-free-survival:
              title: Disease-free survival
              abbreviation: DFS
              from: randomisation
              components:
                failure: {title: Failure, phase: failure}
                relapse: {title: Relapse, milestone: relapsed}
                death: {title: Death, milestone: died}
              source: by hand
            overall-survival:
              title: Overall survival
              abbreviation: OS
              from: enrolment
              components: {death: {title: Death, milestone: died}}
              source: by hand
          comparisons:
            main:
              reference: X
              endpoint: disease-free-survival
              sides: one
              alpha: 0.025
              stratified: no
              monitoring: {events: 4, looks: [2, 4], spending: obrien-fleming, source: by hand}
              source: by hand
        """

    private static let read = Result { try ProtocolDocument(text).treatment }

    static func treatment() throws -> TreatmentProtocol { try read.get() }

    /// A patient enrolled on 1 January 2016 and randomised on the tenth, in an arm, with what followed so many days later.
    static func patient(
        _ id: String, _ arm: String, sites: String = "marrow", through cut: Day? = nil, before: [String] = [],
        _ later: [(Int, String)], then last: [String] = []
    ) throws -> Subject {
        let zero = try #require(Day("2016-01-10"))
        let lines =
            ["2016-01-01 enrolled site=S01 diagnosed=2014-01-01 relapsed-on=2015-12-20 relapse-sites=\(sites)"] + before
            + ["\(zero) randomised arm=\(arm) allocated-by=list"] + later.map { "\(zero.adding(days: $0.0)) \($0.1)" }
            + last
        let record = try PatientRecord(id, under: treatment(), lines)
        guard let cut else { return try record.subject() }
        return try #require(try record.subject(through: cut))
    }

    /// One patient in either arm.
    static func both() throws -> [Subject] {
        [
            try patient("S1", "X", [(10, "seen"), (20, "relapsed"), (30, "died")]),
            try patient("S2", "Y", [(10, "seen"), (40, "seen")]),
        ]
    }

    static func analysis(_ subjects: [Subject], cut: String = "2018-12-31") throws -> CohortAnalysis {
        CohortAnalysis(of: try treatment(), cut: cut).with(subjects)
    }

    /// What the tests of the small trial look at.
    static func main(_ subjects: [Subject], _ set: AnalysisSet = .randomised) throws -> ArmAnalysis {
        try #require(try analysis(subjects).randomised(by: "main", set))
    }

    static func endpoint(_ name: String = "disease-free-survival") throws -> Endpoint {
        try #require(try treatment().plan.endpoint(named: name))
    }
}
