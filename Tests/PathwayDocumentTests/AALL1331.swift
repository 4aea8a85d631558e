import PathwayCore
import Testing

/// Patients of the first bundled document, as far as a test needs them.
enum AALL1331 {
    static func treatment() throws -> TreatmentProtocol { try Bundled.treatment("aall1331") }

    static func enrolment(
        _ on: String = "2015-06-01", diagnosed: String = "2012-01-10", relapsed: String = "2015-05-20",
        sites: String = "marrow", more: String = "age=9"
    ) -> String {
        "\(on) enrolled site=Boston diagnosed=\(diagnosed) relapsed-on=\(relapsed) relapse-sites=\(sites) \(more)"
            + " down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no prior-relapse-therapy=no ecog=1"
            + " consented=2015-05-25"
    }

    /// A patient whose risk is to be assigned.
    static func assessed(
        diagnosed: String = "2012-01-10", relapsed: String = "2015-05-20", sites: String = "marrow",
        response: String = "marrow=m1 mrd=0.05 treatment-failure=no", on: String = "2015-06-01"
    ) throws -> Patient {
        try Patient(
            under: treatment(), enrolment(on, diagnosed: diagnosed, relapsed: relapsed, sites: sites),
            "2015-06-02 course-started course=block-1", "2015-06-29 course-ended course=block-1",
            "2015-07-01 response-assessed \(response)")
    }

    /// A patient of an arm, randomised on 10 July 2015: A and B at high risk, C and D at low.
    static func randomised(to arm: String) throws -> Patient {
        let isHigh = arm == "A" || arm == "B"
        var patient = try assessed(
            diagnosed: isHigh ? "2013-11-20" : "2012-01-10", response: "marrow=m1 mrd=0.005 treatment-failure=no")
        try patient.planned("2015-07-05 risk-assigned")
        try patient.planned("2015-07-10 randomised arm=\(arm) allocated-by=OPEN")
        return patient
    }

    /// A patient of arm B whose first cycle began on 12 July 2015.
    static func onBlinatumomab() throws -> Patient {
        var patient = try randomised(to: "B")
        try patient.planned("2015-07-12 course-started course=blinatumomab-1")
        return patient
    }
}
