import PathwayCore
import Testing

@Suite struct ArmTests {
    @Test func `the arm stays as randomised, whatever is given`() throws {
        var patient = try AALL1331.randomised(to: "A")
        let step = try patient.offProtocol("2015-07-12 course-started course=blinatumomab-1")
        #expect(patient.phase == "off-plan-treatment")
        #expect(
            step.deviations.map(\.rule)
                == ["from \"Arm A, before Block 2\" the protocol plans course-started block-2, crossover-started"])
        #expect(step.deviations.map(\.source) == ["possible, not planned [unverified: A]"])
        #expect(patient.path.standing.arms == ["A"])
        #expect(patient.path.standing.course == "blinatumomab-1")
    }

    @Test func `crossover is offered and started as two facts, and the arm stays`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("2019-09-20 crossover-offered")
        #expect(patient.phase == "a-before-block-2")
        try patient.planned("2019-09-25 crossover-started")
        try patient.planned("2019-09-26 course-started course=blinatumomab-1")
        #expect(patient.phase == "crossover-blinatumomab-1")
        #expect(patient.path.standing.arms == ["A"])
    }

    @Test(arguments: ["B", "C", "D"])
    func `crossover is for arm A`(arm: String) throws {
        let patient = try AALL1331.randomised(to: arm)
        #expect(try patient.refusal("2019-09-20 crossover-offered").reason == .notDrawn)
        #expect(try patient.refusal("2019-09-20 crossover-started").reason == .notDrawn)
    }

    @Test func `arms C and D are of low risk, A and B of the others`() throws {
        var low = try AALL1331.assessed(response: "marrow=m1 mrd=0.005 treatment-failure=no")
        try low.planned("2015-07-05 risk-assigned")
        var high = try AALL1331.assessed(diagnosed: "2013-11-20")
        try high.planned("2015-07-05 risk-assigned")
        for (patient, arms) in [(low, ["A", "B"]), (high, ["C", "D"])] {
            for arm in arms {
                #expect(try patient.refusal("2015-07-10 randomised arm=\(arm) allocated-by=OPEN").reason == .notDrawn)
            }
        }
    }

    @Test(arguments: ["A", "B", "C", "D"])
    func `nobody is randomised twice`(arm: String) throws {
        let patient = try AALL1331.randomised(to: arm)
        let refusal = try patient.refusal("2015-07-11 randomised arm=\(arm) allocated-by=OPEN")
        #expect(refusal.reason == .alreadyRandomised(arm))
        #expect(throws: Refusal.self) { try patient.path.randomisable(on: #require(Day("2015-07-11"))) }
    }

    @Test func `no course after Block 1 comes before the randomisation`() throws {
        var patient = try AALL1331.assessed(diagnosed: "2013-11-20")
        try patient.planned("2015-07-05 risk-assigned")
        for course in ["block-2", "block-3", "blinatumomab-1", "continuation-1", "maintenance", "salvage-1"] {
            #expect(try patient.refusal("2015-07-10 course-started course=\(course)").reason == .notDrawn)
        }
    }

    @Test func `late failure in arm B has no salvage, for blinatumomab was given`() throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-08-09 course-ended course=blinatumomab-1")
        try patient.planned("2015-08-12 response-assessed marrow=m3")
        #expect(patient.phase == "late-treatment-failure")
        let refusal = try patient.refusal("2015-08-20 course-started course=salvage-1")
        #expect(
            refusal.explanation
                == "no second exposure in salvage: it needs that not (blinatumomab was received)")
        #expect(refusal.source == "R6")
    }

    @Test func `salvage has at most two cycles`() throws {
        var patient = try AALL1331.assessed(response: "marrow=m3 mrd=50 treatment-failure=yes")
        try patient.planned("2015-07-10 course-started course=salvage-1")
        try patient.planned("2015-08-10 course-ended course=salvage-1")
        try patient.planned("2015-08-14 response-assessed marrow=m2")
        try patient.planned("2015-08-16 course-started course=salvage-2")
        try patient.planned("2015-09-16 course-ended course=salvage-2")
        for course in ["salvage-1", "salvage-2"] {
            #expect(try patient.refusal("2015-09-20 course-started course=\(course)").reason == .notDrawn)
        }
        try patient.planned("2015-09-20 response-assessed marrow=m2")
        #expect(patient.phase == "salvage-2-evaluation")
        try patient.planned("2015-09-25 response-assessed marrow=m1")
        #expect(patient.phase == "transplant-planned")
    }
}
