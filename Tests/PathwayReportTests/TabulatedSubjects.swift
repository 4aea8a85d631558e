import PathwayCore
import PathwayReport

/// Six records made by hand, one for each thing that a path can do, for the models of CDISC.
enum TabulatedSubjects {
    static func all() throws -> [Subject] {
        [try planned(), try leaving(), try corrected(), try dead(), try partial(), try held()]
    }

    /// What every enrolment says.
    static let enrolment =
        "site=701 relapse-sites=marrow down-syndrome=no philadelphia=no prior-transplant=no prior-blinatumomab=no"

    private static func enrolled(_ id: String, _ on: String, _ facts: String) throws -> PatientRecord {
        try PatientRecord(id, ["\(on) enrolled \(enrolment) age=8 prior-relapse-therapy=no \(facts)"])
    }

    /// Block 1 from the day after the enrolment.
    private static func blockOne(
        _ path: inout PatientRecord, _ start: String, _ end: String, _ assessed: String, mrd: String
    ) throws {
        try path.record(
            "\(start) course-started course=block-1", "\(end) course-ended course=block-1 outcome=completed",
            "\(assessed) response-assessed marrow=m1 mrd=\(mrd) mrd-sensitivity=0.01 mrd-method=flow cns=cns1 "
                + "treatment-failure=no response=complete")
    }

    /// Up to the allocation to arm A.
    static func randomisedToA() throws -> PatientRecord {
        var path = try enrolled(
            "P-1", "2015-03-02",
            "diagnosed=2012-01-10 relapsed-on=2015-02-20 sex=female consented=2015-03-01 marrow=m3 blasts=62.5 cns=cns2"
        )
        try blockOne(&path, "2015-03-03", "2015-03-31", "2015-04-02", mrd: "0.5")
        try path.record("2015-04-05 risk-assigned risk=intermediate", "2015-04-07 randomised arm=A allocated-by=paper")
        return path
    }

    /// Arm A as the protocol plans it, to the end.
    static func planned() throws -> Subject {
        var path = try randomisedToA()
        try path.record(
            "2015-04-09 course-started course=block-2", "2015-05-07 course-ended course=block-2 outcome=completed",
            "2015-05-09 response-assessed marrow=m1 mrd=<0.01 mrd-method=flow",
            "2015-05-11 course-started course=block-3", "2015-06-08 course-ended course=block-3 outcome=completed",
            "2015-06-10 response-assessed marrow=m1 mrd=<0.01 mrd-method=flow",
            "2015-07-01 conditioning-started conditioning=total-body-irradiation gray=12",
            "2015-07-08 transplanted donor=sibling", "2015-07-30 engrafted", "2015-10-01 off-therapy reason=completed")
        return try path.subject()
    }

    /// Arm C, where Block 3 began without the evaluation after Block 2.
    static func leaving() throws -> Subject {
        var path = try enrolled("P-2", "2016-01-11", "diagnosed=2012-01-10 relapsed-on=2016-01-04 sex=male")
        try blockOne(&path, "2016-01-12", "2016-02-09", "2016-02-11", mrd: "<0.01")
        try path.record(
            "2016-02-11 risk-assigned risk=low", "2016-02-12 randomised arm=C allocated-by=paper",
            "2016-02-15 course-started course=block-2", "2016-03-14 course-ended course=block-2 outcome=completed",
            "2016-03-21 course-started course=block-3")
        return try path.subject()
    }

    /// Residual disease after Block 1 was recorded wrong, and so was the risk; the day of a visit that never was is taken off.
    static func corrected() throws -> Subject {
        var path = try enrolled("P-3", "2016-05-02", "diagnosed=2012-05-01 relapsed-on=2016-04-25 sex=male")
        try blockOne(&path, "2016-05-03", "2016-05-31", "2016-06-02", mrd: "0.05")
        try path.record("2016-06-03 risk-assigned risk=low", "2016-06-04 seen")
        try path.correct(from: 4) { position, _ in
            switch position {
            case 4: try .written("2016-06-02 response-assessed marrow=m1 mrd=0.5 treatment-failure=no")
            case 5: try .written("2016-06-03 risk-assigned risk=intermediate")
            default: nil
            }
        }
        return try path.subject()
    }

    /// Death in Block 1, known to the month.
    static func dead() throws -> Subject {
        var path = try enrolled("P-4", "2016-05-02", "diagnosed=2014-05-01 relapsed-on=2016-04-25 sex=unknown")
        try path.record(
            "2016-05-03 course-started course=block-1",
            "2016-05-12 adverse-event term=sepsis grade=5 cause=infection",
            "2016-05 died death-cause=infection")
        return try path.subject()
    }

    /// What is remembered to the month or year stays so.
    static func partial() throws -> Subject {
        var path = try enrolled("P-5", "2016-03-01", "diagnosed=2013 relapsed-on=2016-02 therapy-ended=2015-06")
        try path.record(
            "2016-03-02 course-started course=block-1", "2016-03 adverse-event term=fever grade=3",
            "2016-03-20 off-therapy reason=refusal", "2017 lost-to-follow-up")
        return try path.subject()
    }

    /// Arm B, where the infusion was held for five days and resumed at a lower dose.
    static func held() throws -> Subject {
        var path = try enrolled("P-6", "2017-01-09", "diagnosed=2015-05-01 relapsed-on=2017-01-02 sex=female")
        try blockOne(&path, "2017-01-10", "2017-02-07", "2017-02-09", mrd: "inadequate")
        try path.record(
            "2017-02-10 risk-assigned risk=high", "2017-02-13 randomised arm=B allocated-by=paper",
            "2017-02-15 course-started course=blinatumomab-1 dose-micrograms=15",
            "2017-02-20 infusion-held cause=neurotoxicity grade=3", "2017-02-25 infusion-resumed dose-micrograms=5",
            "2017-03-20 course-ended course=blinatumomab-1 outcome=modified")
        return try path.subject()
    }

    /// A patient of the other protocol, randomised twice.
    static func other() throws -> Subject {
        let lines = [
            "2015-03-02 enrolled site=Zurich-2 diagnosed=2010-01-10 relapsed-on=2015-02-20 relapse-sites=marrow+cns "
                + "therapy-ended=2012-02-01 age=9 philadelphia=no",
            "2015-03-03 randomised arm=A allocated-by=paper", "2015-03-04 course-started course=induction-a",
            "2015-04-04 course-ended course=induction-a outcome=completed",
            "2015-04-06 response-assessed marrow=m1 mrd=0.2 mrd-sensitivity=0.001 mrd-method=pcr",
            "2015-04-07 risk-assigned risk=transplant", "2015-04-08 randomised arm=E allocated-by=paper",
            "2015-04-09 course-started course=consolidation-epratuzumab",
        ]
        return try PatientRecord("Q-1", under: Protocols.intreall, lines).subject()
    }

    /// Another one, in the other arms, who died in consolidation.
    static func otherDead() throws -> Subject {
        let lines = [
            "2015-03-02 enrolled site=Zurich-2 diagnosed=2010-01-10 relapsed-on=2015-02-20 relapse-sites=marrow "
                + "therapy-ended=2014-02-01 age=9 philadelphia=no",
            "2015-03-02 randomised arm=B allocated-by=paper", "2015-03-03 course-started course=induction-b",
            "2015-03-28 course-ended course=induction-b outcome=completed",
            "2015-03-30 response-assessed marrow=m1 mrd=0.2 mrd-method=pcr",
            "2015-03-31 risk-assigned risk=transplant", "2015-04-01 randomised arm=N allocated-by=paper",
            "2015-04-02 course-started course=consolidation", "2015-04-21 died death-cause=infection",
        ]
        return try PatientRecord("Q-2", under: Protocols.intreall, lines).subject()
    }
}
