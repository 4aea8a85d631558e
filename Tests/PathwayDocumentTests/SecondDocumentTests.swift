import PathwayCore
import PathwayDocument
import Testing

/// Another shape of protocol, written as a document alone: randomisation before induction, a limit for residual disease that
/// depends on the arm, a second randomisation, and time counted from the end of treatment.
@Suite struct SecondDocumentTests {
    private static let enrolment =
        "2016-03-01 enrolled site=Berlin diagnosed=2011-05-10 therapy-ended=2013-06-01 relapsed-on=2016-02-20"
        + " relapse-sites=marrow age=9 philadelphia=no"

    private func grouped(arm: String, mrd: String, therapyEnded: String = "2013-06-01") throws -> Patient {
        let arms = arm.lowercased()
        return try Patient(
            under: Bundled.treatment("intreall-sr-2010"),
            SecondDocumentTests.enrolment.replacingOccurrence(of: "2013-06-01", with: therapyEnded)
                .replacingOccurrence(of: "relapse-sites=marrow ", with: "relapse-sites=marrow+cns "),
            "2016-03-02 randomised arm=\(arm) allocated-by=centre",
            "2016-03-03 course-started course=induction-\(arms)",
            "2016-04-01 course-ended course=induction-\(arms)", "2016-04-03 response-assessed marrow=m1 mrd=\(mrd)")
    }

    @Test func `a patient of arms A and N walks from enrolment to transplant`() throws {
        var patient = try Patient(under: Bundled.treatment("intreall-sr-2010"), SecondDocumentTests.enrolment)
        #expect(try patient.planned("2016-03-02 randomised arm=A allocated-by=centre").stratum == "late")
        try patient.planned("2016-03-03 course-started course=induction-a")
        try patient.planned("2016-04-01 course-ended course=induction-a")
        try patient.planned("2016-04-03 response-assessed marrow=m1 mrd=0.1")
        #expect(try patient.planned("2016-04-05 risk-assigned").milestone.qualifier == "transplant")
        #expect(try patient.planned("2016-04-06 randomised arm=N allocated-by=centre").stratum == "transplant")
        #expect(patient.path.standing.arms == ["A", "N"])
        try patient.planned("2016-04-07 course-started course=consolidation")
        try patient.planned("2016-05-07 course-ended course=consolidation")
        try patient.planned("2016-05-10 donor-identified donor=sibling")
        try patient.planned("2016-06-01 conditioning-started conditioning=total-body-irradiation")
        try patient.planned("2016-06-08 transplanted donor=sibling")
        try patient.planned("2016-07-01 engrafted")
        try patient.planned("2016-12-01 off-therapy reason=completed")
        #expect(patient.phase == "follow-up")
    }

    @Test func `a patient of arms B and E walks from enrolment to the end of maintenance`() throws {
        var patient = try Patient(under: Bundled.treatment("intreall-sr-2010"), SecondDocumentTests.enrolment)
        try patient.planned("2016-03-02 randomised arm=B allocated-by=centre")
        #expect(try patient.refusal("2016-03-03 course-started course=induction-a").reason == .notDrawn)
        try patient.planned("2016-03-03 course-started course=induction-b")
        try patient.planned("2016-04-01 course-ended course=induction-b")
        try patient.planned("2016-04-03 response-assessed marrow=m2 mrd=<0.01")
        #expect(try patient.planned("2016-04-05 risk-assigned").milestone.qualifier == "chemotherapy")
        try patient.planned("2016-04-06 randomised arm=E allocated-by=centre")
        try patient.planned("2016-04-07 course-started course=consolidation-epratuzumab")
        try patient.planned("2016-05-07 course-ended course=consolidation-epratuzumab")
        try patient.planned("2016-05-08 course-started course=maintenance")
        try patient.planned("2018-05-08 course-ended course=maintenance")
        try patient.planned("2018-05-09 off-therapy reason=completed")
        #expect(patient.phase == "follow-up")
    }

    @Test(arguments: [
        ("A", "0.0999999", "chemotherapy"), ("A", "0.1", "transplant"), ("A", "0.1000001", "transplant"),
        ("A", "0.01", "chemotherapy"), ("B", "0.0099999", "chemotherapy"), ("B", "0.01", "transplant"),
        ("B", "0.05", "transplant"), ("A", "<0.1", "chemotherapy"), ("B", "<0.1", "pending"),
        ("A", "not-done", "pending"),
    ])
    func `the limit for residual disease depends on the arm`(arm: String, mrd: String, risk: String) throws {
        var patient = try grouped(arm: arm, mrd: mrd)
        #expect(try patient.planned("2016-04-05 risk-assigned").milestone.qualifier == risk)
    }

    /// Six months before 20 February 2016 is 20 August 2015.
    @Test(arguments: [("2015-08-19", "chemotherapy"), ("2015-08-20", "chemotherapy"), ("2015-08-21", "transplant")])
    func `time is counted from the end of treatment`(therapyEnded: String, risk: String) throws {
        var patient = try grouped(arm: "A", mrd: "<0.01", therapyEnded: therapyEnded)
        #expect(try patient.planned("2016-04-05 risk-assigned").milestone.qualifier == risk)
    }

    @Test func `the second randomisation closes on its day, and consolidation goes on without it`() throws {
        var patient = try grouped(arm: "A", mrd: "<0.01")
        try patient.planned("2016-04-05 risk-assigned")
        #expect(
            try patient.refusal("2019-02-02 randomised arm=E allocated-by=x").explanation
                == "arm E closed on 2019-02-01")
        guard case .planned = try patient.judge("2019-02-01 randomised arm=E allocated-by=x") else {
            Issue.record("arm E is closed on its last day")
            return
        }
        #expect(
            try patient.refusal("2016-04-06 randomised arm=B allocated-by=x").reason == .alreadyRandomised("A"))
        try patient.planned("2019-02-02 course-started course=consolidation")
    }

    @Test(arguments: [
        ("marrow", "2015-08-21", false), ("marrow", "2015-08-20", true), ("marrow+cns", "2015-08-21", true),
        ("cns", "2015-08-21", true),
    ])
    func `standard risk is by site and time`(sites: String, therapyEnded: String, isTaken: Bool) throws {
        let text = SecondDocumentTests.enrolment.replacingOccurrence(of: "2013-06-01", with: therapyEnded)
            .replacingOccurrence(of: "relapse-sites=marrow ", with: "relapse-sites=\(sites) ")
        if case .planned = try Patient(under: Bundled.treatment("intreall-sr-2010")).judge(text) {
            #expect(isTaken)
        } else {
            #expect(!isTaken)
        }
    }
}

extension String {
    fileprivate func replacingOccurrence(of old: String, with new: String) -> String {
        guard let range = ranges(of: old).first else { return self }
        return String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
