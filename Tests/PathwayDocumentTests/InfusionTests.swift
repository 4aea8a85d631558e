import PathwayCore
import Testing

@Suite struct InfusionTests {
    @Test(arguments: [("2015-07-27", false), ("2015-07-28", false), ("2015-07-29", true)])
    func `a hold of seven days goes on, one of eight is a new cycle`(day: String, isWarned: Bool) throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-07-21 infusion-held cause=infection")
        #expect(patient.phase == "b-blinatumomab-1-held")
        let step = try patient.planned("\(day) infusion-resumed")
        #expect(patient.phase == "b-blinatumomab-1")
        #expect(
            step.warnings.map(\.text)
                == (isWarned
                    ? ["interruption of Blinatumomab cycle 1: expected that at most 7 days from hold to today"] : []))
    }

    /// 12 to 21 July are 9 days, 25 July to 13 August are 19: 28 in all, the hold left out.
    @Test func `days of infusion are counted, days of a hold are not`() throws {
        var patient = try AALL1331.onBlinatumomab()
        #expect(patient.path.standing.infusionRunsSince == Day("2015-07-12"))
        try patient.planned("2015-07-21 infusion-held cause=neurotoxicity grade=3")
        #expect(patient.path.standing.infusedDays == 9)
        #expect(patient.path.standing.infusionRunsSince == nil)
        try patient.planned("2015-07-25 infusion-resumed dose-micrograms=5")
        #expect(patient.path.standing.infusedDays == 9)
        try patient.planned("2015-08-13 course-ended course=blinatumomab-1")
        #expect(patient.path.standing.infusedDays == 28)
    }

    @Test func `a cycle started again counts from nought`() throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-07-21 infusion-held cause=infection")
        try patient.planned("2015-08-05 course-started course=blinatumomab-1")
        #expect(patient.phase == "b-blinatumomab-1")
        #expect(patient.path.standing.infusedDays == 0)
        #expect(patient.path.standing.infusionRunsSince == Day("2015-08-05"))
        try patient.planned("2015-09-02 course-ended course=blinatumomab-1")
        #expect(patient.path.standing.infusedDays == 28)
    }

    @Test(arguments: [false, true])
    func `a stopped infusion counts up to its stop, whether it ran or was held`(isHeld: Bool) throws {
        var patient = try AALL1331.onBlinatumomab()
        if isHeld { try patient.planned("2015-07-20 infusion-held cause=seizure") }
        try patient.planned("2015-07-22 infusion-stopped cause=seizure grade=4")
        #expect(patient.phase == "b-blinatumomab-1")
        #expect(patient.path.standing.infusedDays == (isHeld ? 8 : 10))
        try patient.planned("2015-07-23 course-ended course=blinatumomab-1 outcome=stopped")
        #expect(patient.path.standing.infusedDays == (isHeld ? 8 : 10))
    }

    @Test func `leaving therapy ends the infusion`() throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-07-22 off-therapy reason=toxicity")
        #expect(patient.path.standing.infusedDays == 10)
        #expect(patient.path.standing.infusionRunsSince == nil)
    }

    @Test func `what is not interrupted cannot be resumed, and a hold is not held again`() throws {
        var patient = try AALL1331.onBlinatumomab()
        #expect(try patient.refusal("2015-07-20 infusion-resumed").reason == .notDrawn)
        try patient.planned("2015-07-20 infusion-held cause=infection")
        #expect(try patient.refusal("2015-07-21 infusion-held cause=infection").reason == .notDrawn)
    }

    @Test func `an infusion can be resumed twice on the way of another arm without losing days`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.offProtocol("2015-07-12 course-started course=blinatumomab-1")
        #expect(patient.phase == "off-plan-treatment")
        try patient.planned("2015-07-15 infusion-resumed")
        try patient.planned("2015-07-22 infusion-held cause=technical")
        #expect(patient.path.standing.infusedDays == 10)
    }

    /// The event that led to the hold is recorded too, often later: it must not hide the cause that the hold itself stated.
    @Test func `an adverse event leaves the cause and grade of the hold as they were`() throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-07-20 infusion-held cause=neurotoxicity grade=4")
        let before = try patient.planned("2015-07-19 adverse-event term=fever grade=1")
        #expect(before.warnings == [])
        let step = try patient.planned("2015-07-22 infusion-resumed")
        #expect(
            step.warnings.map(\.text).sorted() == [
                "neurotoxicity is waited out for three days: expected that at least 3 days from hold to today",
                "no resumption after grade 4 cytokine release or neurotoxicity: expected that grade is at most 3",
            ])
    }

    @Test(arguments: [
        ("2015-07-22", true, false), ("2015-07-23", false, false), ("2015-07-27", false, false),
        ("2015-07-28", false, true),
    ])
    func `neurotoxicity is waited out for three to seven days`(day: String, isEarly: Bool, isLate: Bool) throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-07-20 infusion-held cause=neurotoxicity grade=3")
        let texts = try patient.planned("\(day) infusion-resumed").warnings.map(\.text)
        #expect(texts.contains { $0.hasPrefix("neurotoxicity is waited out") } == isEarly)
        #expect(texts.contains { $0.hasPrefix("neurotoxicity that takes longer") } == isLate)
    }
}
