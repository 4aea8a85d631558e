import PathwayCore
import Testing

/// Two tracks: what happens to the patient leaves the treatment phase as it is.
@Suite struct TrackTests {
    @Test func `a patient who was lost and is seen again is as before`() throws {
        for (before, status) in [
            ("seen", Status.inStudy), ("relapsed", .relapsed), ("second-malignancy", .secondMalignancy),
        ] {
            var patient = try AALL1331.randomised(to: "A")
            try patient.planned("2015-07-15 \(before)")
            try patient.planned("2015-08 lost-to-follow-up")
            #expect(patient.path.standing.status == .lost)
            #expect(patient.path.offers == [])
            try patient.planned("2016-01-10 seen")
            #expect(patient.path.standing.status == status)
            #expect(patient.phase == "a-before-block-2")
            try patient.planned("2016-01-11 course-started course=block-2")
        }
    }

    @Test func `a loss after a loss returns to the status before the latest`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("2015-08 lost-to-follow-up")
        try patient.planned("2015-09 relapsed")
        #expect(patient.path.standing.status == .relapsed)
        try patient.planned("2015-10 lost-to-follow-up")
        try patient.planned("2015-11 seen")
        #expect(patient.path.standing.status == .relapsed)
    }

    @Test func `patients off therapy still relapse and die`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("2015-07-15 off-therapy reason=refusal")
        #expect(patient.phase == "off-protocol-therapy")
        try patient.planned("2016 relapsed relapse-sites=marrow")
        try patient.planned("2016-03 died death-cause=disease")
        #expect(patient.phase == "off-protocol-therapy")
        #expect(patient.path.standing.status == .dead)
        #expect(patient.path.offers == [] && patient.path.statusOffers == [])
    }

    @Test(arguments: ["2015", "2015-07", "2015-07-10", "2016"])
    func `the day of death may be known to the month or the year`(on: String) throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("\(on) died")
        #expect(patient.path.standing.status == .dead)
        #expect(patient.steps.last?.milestone.on.description == on)
    }

    @Test func `a relapse after enrolment does not change what risk was assigned by`() throws {
        var patient = try AALL1331.assessed()
        try patient.planned("2015-07-02 relapsed relapse-sites=cns")
        #expect(patient.path.standing.value(.relapseSites) == (try Field.relapseSites.value("marrow")))
    }

    @Test func `an adverse event may be dated back to the enrolment, and holds nothing up`() throws {
        var patient = try AALL1331.onBlinatumomab()
        try patient.planned("2015-06-01 adverse-event term=fever grade=3")
        try patient.planned("2015-06 adverse-event term=fever grade=3")
        let refusal = try patient.refusal("2015-05-31 adverse-event term=fever grade=3")
        #expect(refusal.explanation == "2015-05-31 is before 2015-06-01, the day of an earlier milestone")
        try patient.planned("2015-12-01 adverse-event term=fever grade=3")
        try patient.planned("2015-08-09 course-ended course=blinatumomab-1")
    }

    @Test func `who left the study may still be reported dead, and nothing else`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("2016-01-01 off-study reason=follow-up-ended")
        #expect(patient.path.statusOffers == [.died])
        #expect(try patient.refusal("2016-02-01 seen").reason == .status(.offStudy))
        try patient.planned("2017 died")
    }
}
