import PathwayReport

/// Six patients made by hand, each for something that FHIR or cBioPortal can get wrong.
enum ClinicalSubjects {
    static func all() throws -> [Subject] {
        let entry =
            "diagnosed=2013-05 relapsed-on=2015-02-20 relapse-sites=marrow+cns down-syndrome=no philadelphia=no "
            + "prior-transplant=no prior-blinatumomab=no"
        let toRisk = [
            "2015-03-03 course-started course=block-1", "2015-03-31 course-ended course=block-1 outcome=completed",
        ]
        return [
            // A result below what the assay sees, and a transplant after both cycles of blinatumomab, the first of them held.
            try made(
                "P-001",
                ["2015-03-02 enrolled site=Basel sex=female age=9 \(entry) marrow=m3 blasts=86.5 cns=cns2"] + toRisk + [
                    "2015-04-02 response-assessed marrow=m1 mrd=<0.1 mrd-sensitivity=0.1 mrd-method=flow cns=cns1 treatment-failure=no neutrophils=1250 platelets=180",
                    "2015-04-06 risk-assigned",
                    "2015-04-08 randomised arm=B allocated-by=office",
                    "2015-04-10 course-started course=blinatumomab-1 dose-micrograms=15 weight=31.4",
                    "2015-04-13 infusion-held cause=neurotoxicity grade=3",
                    "2015-04-17 infusion-resumed",
                    "2015-05-12 course-ended course=blinatumomab-1 outcome=modified cause=neurotoxicity",
                    "2015-05-14 response-assessed marrow=m1 mrd=0.0005 mrd-sensitivity=0.0001 mrd-method=pcr",
                    "2015-05-18 course-started course=blinatumomab-2 dose-micrograms=15",
                    "2015-06-15 course-ended course=blinatumomab-2 outcome=completed",
                    "2015-06-18 response-assessed marrow=m1 mrd=not-done",
                    "2015-07-20 conditioning-started conditioning=total-body-irradiation gray=12",
                    "2015-07-28 transplanted donor=sibling stem-cells=marrow",
                    "2015-08-20 engrafted",
                    "2015-10-01 off-therapy reason=completed",
                    "2019-03-01 seen",
                ]),
            // Made up; died in a month, of which the day is not known.
            try made(
                "P-002",
                [
                    "2015-03-02 enrolled site=Bern sex=male age=12 \(entry)",
                    "2015-03-03 course-started course=block-1",
                    "2015-04 died death-cause=infection",
                ], isSynthetic: true),
            // Nothing was obtained.
            try made(
                "P-003",
                ["2015-03-02 enrolled site=Bern age=4 \(entry)"] + toRisk + [
                    "2015-04-02 response-assessed marrow=not-done mrd=inadequate cns=not-done treatment-failure=no"
                ]),
            // Adverse events, one of them deadly.
            try made(
                "P-004",
                [
                    "2015-03-02 enrolled site=Bern sex=unknown age=17 \(entry)",
                    "2015-03-03 course-started course=block-1",
                    "2015-03-09 adverse-event term=febrile-neutropenia grade=3 serious=yes cause=infection",
                    "2015-03-12 adverse-event term=sepsis grade=5",
                    "2015-03-12 died death-cause=toxicity",
                ]),
            // Texts from far away, and an infusion that is held at the cut.
            try made(
                "P-005",
                ["2015-03-02 enrolled site=Zürich_Ñandú-1 sex=male age=6 \(entry)"] + toRisk + [
                    "2015-04-02 response-assessed marrow=m1 mrd=>=10 treatment-failure=no",
                    "2015-04-06 risk-assigned", "2015-04-08 randomised arm=B allocated-by=office",
                    "2015-04-10 course-started course=blinatumomab-1",
                    "2015-04-12 adverse-event term=other grade=2 serious=no",
                    "2015-04-13 infusion-held cause=cytokine-release",
                ]),
            // Relapsed and lost, one date known to the year.
            try made(
                "P-006",
                ["2015-03-02 enrolled site=Bern sex=female age=11 \(entry)"] + toRisk + [
                    "2015-04-02 response-assessed marrow=m3 treatment-failure=yes",
                    "2015-04-20 off-therapy reason=treatment-failure", "2015-06 relapsed relapse-sites=marrow",
                    "2016 second-malignancy diagnosis=osteosarcoma", "2018-01-15 lost-to-follow-up",
                ]),
        ]
    }

    private static func made(_ id: String, _ lines: [String], isSynthetic: Bool = false) throws -> Subject {
        var record = try PatientRecord(id, lines)
        record.isSynthetic = isSynthetic
        return try record.subject()
    }
}
