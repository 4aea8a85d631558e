import PathwayCore
import PathwayDocument
import Testing

/// The words of a refusal, and of the hint below it; a refusal names the rule, where the patient is, and what is allowed.
@Suite struct RefusalTests {
    private func check(
        _ refusal: Refusal, _ explanation: String, hint: String? = nil, source: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(refusal.explanation == explanation, sourceLocation: sourceLocation)
        #expect(refusal.hint == hint, sourceLocation: sourceLocation)
        #expect(refusal.source == source, sourceLocation: sourceLocation)
    }

    @Test func `what is not drawn is told where the patient is and what is planned`() throws {
        let patient = try AALL1331.randomised(to: "A")
        let refusal = try patient.refusal("2015-07-12 engrafted")
        #expect(refusal.milestone == "engrafted")
        #expect(refusal.explanation == "the pathway is in \"Arm A, before Block 2\"")
        #expect(refusal.hint?.hasPrefix("allowed now: course-started block-2, ") == true)
    }

    @Test func `conditions of which none holds are told`() throws {
        let treatment = try ProtocolDocument(
            Small.with(
                line: 51,
                "      - {on: off-therapy, to: follow-up, source: S1}\n"
                    + "      - {on: transplanted, when: {marrow: [m1]}, to: follow-up, source: S1}")
        ).treatment
        var patient = try Patient(
            under: treatment,
            "2015-06-01 enrolled site=x diagnosed=2012-01-10 relapsed-on=2015-05-20 relapse-sites=marrow age=20",
            "2015-06-02 course-started course=block", "2015-06-29 course-ended course=block",
            "2015-07-01 response-assessed marrow=m2 mrd=0.05", "2015-07-05 risk-assigned",
            "2015-07-10 randomised arm=X allocated-by=x")
        check(
            try patient.refusal("2015-07-12 transplanted donor=sibling"), "in \"Standard\" it needs marrow is m1",
            hint: "allowed now: off-therapy, transplanted, adverse-event", source: "S1")
        try patient.planned("2015-07-13 off-therapy reason=relapse")
        #expect(patient.phase == "follow-up")
    }

    @Test func `missing facts are named`() throws {
        let patient = try AALL1331.assessed(diagnosed: "2012-05", response: "marrow=m1 treatment-failure=no")
        check(
            try patient.refusal("2015-07-05 risk-assigned"), "diagnosed and mrd must be known to decide it",
            hint:
                "diagnosed comes with \"enrolled\" and mrd comes with \"response-assessed\": record that again with it, or correct what was recorded"
        )
    }

    @Test func `a risk group that the rules do not give is refused with the one they give`() throws {
        let refusal = try AALL1331.assessed().refusal("2015-07-05 risk-assigned risk=high")
        check(
            refusal, "the protocol's rules give the risk group \"low\"",
            hint: "record \"risk-assigned low\", or correct the fact that is wrong", source: "R8")
        #expect(refusal.milestone == "risk-assigned high")
    }

    @Test func `words that the protocol does not have are told with those it has`() throws {
        let patient = try AALL1331.randomised(to: "A")
        check(
            try patient.refusal("2015-07-12 course-started course=block-7"), "the protocol has no course \"block-7\"",
            hint:
                "did you mean \"block-1\"? the protocol has block-1, block-2, block-3, blinatumomab-1, blinatumomab-2, blinatumomab-3, salvage-1, "
                + "salvage-2, continuation-1, continuation-2, maintenance")
        check(
            try patient.refusal("2015-07-12 randomised arm=E allocated-by=OPEN"), "the protocol has no arm \"E\"",
            hint: "did you mean \"A\"? the protocol has A, B, C, D")
    }

    @Test func `nothing follows a death`() throws {
        var patient = try AALL1331.randomised(to: "A")
        try patient.planned("2015-08 died death-cause=infection")
        for text in [
            "2015-08-01 course-started course=block-2", "2016 died", "2016-01 seen",
            "2015-07-20 adverse-event term=fever grade=1",
        ] {
            check(
                try patient.refusal(text), "the patient has died, and nothing follows a death",
                hint: "if an earlier record is wrong, correct it")
        }
    }

    @Test func `after withdrawal, loss and leaving the study it is told why`() throws {
        for (text, explanation, hint) in [
            (
                "2015-08-01 consent-withdrawn", "consent to further data was withdrawn",
                "if an earlier record is wrong, correct it"
            ),
            ("2015-08-01 lost-to-follow-up", "the patient is lost to follow-up", "record \"seen\" first"),
            (
                "2015-08-01 off-study reason=other-study", "the patient has left the study",
                "if an earlier record is wrong, correct it"
            ),
        ] {
            var patient = try AALL1331.randomised(to: "A")
            try patient.planned(text)
            check(try patient.refusal("2015-08-02 course-started course=block-2"), explanation, hint: hint)
        }
    }

    @Test func `a day in the future is refused, today is not`() throws {
        let patient = try AALL1331.randomised(to: "A")
        let today = try #require(Day("2015-07-12"))
        check(
            try patient.refusal("2015-07-13 course-started course=block-2", today: today),
            "2015-07-13 is in the future (on Earth it is 2015-07-12 at the latest)")
        for text in ["2015-07-12 course-started course=block-2", "2015-07 seen", "2015 seen"] {
            guard case .planned = try patient.judge(text, today: today) else {
                Issue.record("\(text) is not planned")
                continue
            }
        }
        #expect(try patient.refusal("2015-08 seen", today: today).reason == .future(today: today))
    }

    @Test func `a day before an earlier milestone is refused, the same day is not`() throws {
        var patient = try AALL1331.randomised(to: "A")
        check(
            try patient.refusal("2015-07-09 course-started course=block-2"),
            "2015-07-09 is before 2015-07-10, the day of an earlier milestone",
            hint:
                "what was forgotten goes in before it: pathway correct PATIENT POSITION --insert \"course-started block-2 on=2015-07-09\""
        )
        check(
            try patient.refusal("2015-06 died"), "2015-06 is before 2015-07-10, the day of an earlier milestone",
            hint:
                "what was forgotten goes in before it: pathway correct PATIENT POSITION --insert \"died on=2015-06\"")
        try patient.planned("2015-07-10 course-started course=block-2")
    }

    @Test func `a day before birth is refused`() throws {
        let patient = Patient(under: try AALL1331.treatment())
        check(
            try patient.refusal(AALL1331.enrolment("2004-06-01", more: "born=2005-02-01")),
            "2004-06-01 is before the patient's birth (2005-02-01)")
    }

    @Test(arguments: [
        ("2012-01-10", "2012-01-09", "born=2005-02-01", "diagnosed 2012-01-10 is after relapsed-on 2012-01-09"),
        ("2004-12-31", "2015-05-20", "born=2005-02-01", "born 2005-02-01 is after diagnosed 2004-12-31"),
        ("2005", "2005-01-31", "born=2005-02-01", "born 2005-02-01 is after relapsed-on 2005-01-31"),
        (
            "2012-01-10", "2015-06-02", "born=2005-02-01",
            "relapsed-on 2015-06-02 is after the milestone itself (2015-06-01)"
        ),
        ("2012-01-10", "2015-07", "age=9", "relapsed-on 2015-07 is after the milestone itself (2015-06-01)"),
        ("2012-01-10", "2015-05-20", "born=2005-02-01 age=9", "age 9 contradicts the date of birth, which makes it 10"),
        (
            "2012-01-10", "2015-05-20", "born=2005-06-02 age=10",
            "age 10 contradicts the date of birth, which makes it 9"
        ),
    ])
    func `dates that contradict each other are refused`(
        diagnosed: String, relapsed: String, more: String, explanation: String
    ) throws {
        let patient = Patient(under: try AALL1331.treatment())
        check(
            try patient.refusal(AALL1331.enrolment(diagnosed: diagnosed, relapsed: relapsed, more: more)), explanation)
    }

    @Test(arguments: [("2012-01", "2012-01"), ("2012", "2012-06"), ("2012-01-10", "2012-01-10"), ("2012-06", "2012")])
    func `dates that can be in order are taken to be`(diagnosed: String, relapsed: String) throws {
        let patient = Patient(under: try AALL1331.treatment())
        guard case .planned = try patient.judge(AALL1331.enrolment(diagnosed: diagnosed, relapsed: relapsed)) else {
            Issue.record("diagnosed \(diagnosed), relapsed \(relapsed) is not planned")
            return
        }
    }

    @Test func `a study number is enrolled once, and first`() throws {
        let patient = try AALL1331.randomised(to: "A")
        check(try patient.refusal(AALL1331.enrolment("2015-07-12")), "the study number is in use")
        check(
            try Patient(under: AALL1331.treatment()).refusal("2015-07-12 seen"), "nobody has enrolled the patient")
    }

    @Test func `an allocation made elsewhere says where`() throws {
        var patient = try AALL1331.assessed(diagnosed: "2013-11-20")
        try patient.planned("2015-07-05 risk-assigned")
        check(
            try patient.refusal("2015-07-10 randomised arm=A"), "an allocation made elsewhere must say where",
            hint: "let the service draw with \"pathway randomise\", or name the system with allocated-by=…")
    }

    @Test func `a rule of entry is told with its name, its condition and its source`() throws {
        let patient = Patient(under: try AALL1331.treatment())
        check(
            try patient.refusal(AALL1331.enrolment(more: "age=31")),
            "at most 30 years old: it needs that age is at most 30", source: "R2, R13, R14")
        check(
            try patient.refusal(AALL1331.enrolment(sites: "marrow+other")),
            "relapse in marrow, central nervous system or testes only: it needs that not (relapse-sites include other)",
            source: "R13")
        check(
            try patient.refusal(AALL1331.enrolment(more: "sex=male")), "age must be known to decide it",
            hint: "give age")
    }

    @Test func `a version without the phase cannot take the patient over`() throws {
        var path = Path(under: try ProtocolDocument(Small.text).treatment)
        let facts = "2015-06-01 enrolled site=x diagnosed=2012-01-10 relapsed-on=2015-05-20 relapse-sites=marrow age=20"
        try path.replay(try Patient.milestone(facts), offProtocol: false)
        let other = try ProtocolDocument(
            Small.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { number, line in
                switch number + 1 {
                case 2: "version: 2"
                case 6: "start: registered"
                case 26:
                    "  registered: {title: Registered, exits: [{on: course-started, course: block, to: block, source: S1}]}"
                default: String(line)
                }
            }.joined(separator: "\n")
        ).treatment
        let refusal = #expect(throws: Refusal.self) { try path.move(to: other) }
        #expect(refusal?.explanation == "this version of the protocol has no phase \"enrolled\"")
    }

    @Test func `what is found is told in the document's words, and where it lists none as other`() throws {
        let treatment = try ProtocolDocument(Small.text).treatment
        #expect(treatment.words(.adverseEvent) == ["other"])
        let listed = try ProtocolDocument(
            Small.with(line: 7, "sources: {S1: A paper}\ndiagnoses: {lymphoma: {title: Lymphoma, source: S1}}")
        ).treatment
        #expect(listed.words(.diagnosis) == ["lymphoma", "other"])
        #expect(listed.title(of: "lymphoma", in: .diagnosis) == "Lymphoma")
        let fault = #expect(throws: FieldFault.self) { try Field.term.value("Maria Huber Salzburg 0662 12345") }
        #expect(fault?.expected == "a word of the protocol's list, or other with what it was in note")
        #expect(throws: FieldFault.self) { try Field.site.value("Maria Huber") }
        #expect(try Field.allocatedBy.value("PathWay") == .text("pathway"))
    }
}
