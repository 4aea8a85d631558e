import PathwayCore
import PathwayDocument
import Testing

@testable import PathwayReport

/// The six subjects as study days, literally.
@Suite(.apart) struct SDTMTests {
    private let export: Export

    init() throws {
        export = try Export(SDTMFormat.self, of: TabulatedSubjects.all())
    }

    private func rows(_ dataset: String, _ subject: String) throws -> [String] {
        try export.rows(dataset, of: subject)
    }

    @Test func `elements of a planned path abut, and each has its place on the arm's way`() throws {
        #expect(
            try rows("se", "P-1") == [
                "1,ENROLLED,\"Enrolled, before Block 1\",1,SCREENING,1,2,",
                "2,BLOCK1,Block 1,2,TREATMENT,2,30,",
                "3,BLO1EVAL,Evaluation after Block 1,3,TREATMENT,30,32,",
                "4,RISKASSE,Risk to be assigned,4,TREATMENT,32,35,",
                "5,HIORINRI,\"High or intermediate risk, to be randomised\",5,TREATMENT,35,37,",
                "6,ABEFBLO2,\"Arm A, before Block 2\",6,TREATMENT,37,39,",
                "7,ABLOCK2,\"Arm A, Block 2\",7,TREATMENT,39,67,",
                "8,ABLO2EVA,\"Arm A, evaluation after Block 2\",8,TREATMENT,67,69,",
                "9,ABEFBLO3,\"Arm A, before Block 3\",9,TREATMENT,69,71,",
                "10,ABLOCK3,\"Arm A, Block 3\",10,TREATMENT,71,99,",
                "11,ABLO3EVA,\"Arm A, evaluation after Block 3\",11,TREATMENT,99,101,",
                "12,TRANPLAN,Transplant planned,12,TREATMENT,101,122,",
                "13,CONDITIO,Conditioning,13,TREATMENT,122,129,",
                "14,TRANSPLA,\"Transplanted, before engraftment\",14,TREATMENT,129,151,",
                "15,ENGRAFTE,Engrafted,15,TREATMENT,151,214,",
                "16,FOLLOWUP,Follow-up after completed treatment,16,FOLLOW-UP,214,,",
            ])
    }

    @Test func `who leaves the plan is in an unplanned element, described by the rule that was left`() throws {
        let rule = "\"from \"\"Arm C, evaluation after Block 2\"\" the protocol plans response-assessed\""
        #expect(
            try rows("se", "P-2").suffix(2) == [
                "8,CBLO2EVA,\"Arm C, evaluation after Block 2\",8,TREATMENT,64,71,",
                "9,UNPLAN,,,TREATMENT,71,,\(rule)",
            ])
        #expect(try rows("dv", "P-2") == ["1,\(rule),COURSE-STARTED,TREATMENT,71"])
    }

    @Test func `the datasets show the path as corrected`() throws {
        #expect(
            try rows("lb", "P-3") == [
                "1,MARROW,Marrow Morphology Class,BONE MARROW,M1,,,,,M1,,,,,,,,BONE MARROW,,,2,"
                    + "Evaluation after Block 1: response-assessed,TREATMENT,32",
                "2,MRD,Minimal Residual Disease,BONE MARROW,0.5,%,,,,0.5,0.5,%,,,,,,BONE MARROW,,,2,"
                    + "Evaluation after Block 1: response-assessed,TREATMENT,32",
            ])
        #expect(
            try rows("ds", "P-3") == [
                "1,enrolled,ENROLLED,PROTOCOL MILESTONE,,SCREENING,1",
                "2,risk-assigned: intermediate,RISK GROUP ASSIGNED,PROTOCOL MILESTONE,,TREATMENT,33",
            ])
    }

    // The site did not say that the event was serious: of grade 5 it is.
    @Test func `a death known to the month has no study day, and its adverse event has grade and seriousness`() throws {
        #expect(
            try rows("ds", "P-4").last == "2,died: infection,DEATH,DISPOSITION EVENT,STUDY PARTICIPATION,,")
        #expect(try rows("ae", "P-4") == ["1,Sepsis,,,,,,,,,INFECTION,,,,,Y,,,FATAL,5,TREATMENT,11"])
        #expect(try rows("dm", "P-4") == ["P-4,Y,701,8,YEARS,U,,,,,,NOT ASSIGNED,,"])
        #expect(try rows("ex", "P-4").map { $0.suffix(12) } == ["TREATMENT,2,"])
    }

    @Test func `partial dates give no study days, and keep their precision where dates are shown`() throws {
        #expect(try rows("mh", "P-5").prefix(3).map { $0.suffix(2) } == [",,", ",,", ",,"])
        #expect(try rows("ae", "P-5") == ["1,Fever,,,,,,,,,,,,,,,,,,3,,"])
        let shifted = try Export(SDTMFormat.self, of: TabulatedSubjects.all(), as: .moved)
        // Moved by 930 days: from the first day that each can mean.
        #expect(
            try shifted.rows("mh", of: "P-5").prefix(3) == [
                "1,first diagnosis,DIAGNOSIS OF THE STUDY DISEASE,DIAGNOSIS,STUDY DISEASE,,,2015,,,",
                "2,first-line therapy,FIRST-LINE THERAPY OF THE STUDY DISEASE,,STUDY DISEASE,,,,2017-12,,",
                "3,relapse: marrow,RELAPSE OF THE STUDY DISEASE,RELAPSE,STUDY DISEASE,,,2018-08,,,",
            ])
        #expect(
            try shifted.rows("ds", of: "P-5").suffix(2) == [
                "2,off-therapy: refusal,WITHDRAWAL BY SUBJECT,DISPOSITION EVENT,STUDY TREATMENT,FOLLOW-UP,2018-10-06,20",
                "3,lost-to-follow-up,LOST TO FOLLOW-UP,DISPOSITION EVENT,STUDY PARTICIPATION,,2019,",
            ])
    }

    @Test func `a held infusion is two exposures and an element of its own`() throws {
        #expect(
            try rows("ex", "P-6").suffix(2) == [
                "2,BLINATUMOMAB,BLINATUMOMAB CYCLE 1,15,ug/m2/day,,blinatumomab,,TREATMENT,38,43",
                "3,BLINATUMOMAB,BLINATUMOMAB CYCLE 1,5,ug/m2/day,,blinatumomab,neurotoxicity,TREATMENT,48,71",
            ])
        #expect(
            try rows("se", "P-6").suffix(4) == [
                "7,BBLINAT1,\"Arm B, blinatumomab cycle 1\",7,TREATMENT,38,43,",
                "8,BBLI1HEL,\"Arm B, blinatumomab cycle 1, infusion interrupted\",,TREATMENT,43,48,",
                "9,BBLINAT1,\"Arm B, blinatumomab cycle 1\",7,TREATMENT,48,71,",
                "10,BBLI1EVA,\"Arm B, evaluation after cycle 1\",8,TREATMENT,71,,",
            ])
    }

    @Test func `a result with an operator is no number, and the assay's sensitivity is its limit of detection`() throws
    {
        let residual = try rows("lb", "P-1").filter { $0.contains(",MRD,") }.map {
            $0.split(separator: ",BONE MARROW,")[1]
        }
        #expect(residual == ["0.5,%,,,0.01,0.5,0.5,%,,,,,", "<0.01,%,,,,<0.01,,%,,,,,", "<0.01,%,,,,<0.01,,%,,,,,"])
        #expect(
            try rows("lb", "P-6")[1].hasPrefix(
                "2,MRD,Minimal Residual Disease,BONE MARROW,,,,,0.01,,,,,,,NOT DONE,SPECIMEN INADEQUATE,BONE MARROW,"))
    }

    @Test func `enrolment is day 1, the day before it day -1, and what preceded the first course is flagged`() throws {
        #expect(
            try rows("ds", "P-1").prefix(2) == [
                "1,consented,INFORMED CONSENT OBTAINED,PROTOCOL MILESTONE,,,-1",
                "2,enrolled,ENROLLED,PROTOCOL MILESTONE,,SCREENING,1",
            ])
        let flagged = try rows("lb", "P-1").filter { $0.contains(",Y,") }.map { $0.prefix(8) }
        #expect(flagged == ["1,MARROW", "2,BLASTP", "3,CNSSTA"])
    }

    @Test func `study days leave out every variable of dates`() throws {
        for name in ["dm", "ds", "se", "ex", "mh", "lb", "rs", "ae", "pr", "dv"] {
            #expect(try !export.text("sdtm/\(name).json").contains("DTC\""), "\(name)")
            #expect(try !export.text("sdtm/\(name).csv").contains("DTC"), "\(name)")
        }
    }

    @Test func `the same subjects give the same bytes`() throws {
        let again = try Export(SDTMFormat.self, of: TabulatedSubjects.all())
        #expect(try again.text("manifest.json") == export.text("manifest.json"))
    }

    @Test func `no subjects give datasets without rows`() throws {
        let empty = try Export(SDTMFormat.self, of: [])
        #expect(try empty.text("sdtm/dm.json").hasSuffix("\n],\"rows\":[\n]}\n"))
        #expect(try empty.text("sdtm/dm.json").contains("\"records\":0,"))
        #expect(
            try empty.text("sdtm/se.csv")
                == "STUDYID,DOMAIN,USUBJID,SESEQ,ETCD,ELEMENT,TAETORD,EPOCH,SESTDY,SEENDY,SEUPDES\n")
    }

    @Test func `element codes are short, readable and apart`() {
        var codes = ElementCodes()
        #expect(codes.code(for: "enrolled") == "ENROLLED")
        #expect(codes.code(for: "block-1-evaluation") == "BLO1EVAL")
        #expect(codes.code(for: "blocks-1-evaluations") == "BLO1EVA2")
        #expect(codes.code(for: "block-1-evaluation") == "BLO1EVAL")
        #expect(codes.code(for: "unplan") == "UNPLAN2")
        #expect(codes.code(for: "a-b-c-d-e-f-g-h-i-j") == "ABCDEFGH")
    }

    @Test func `an arm that was allocated may not have been received`() throws {
        let way = try TrialPlan(Protocols.aall1331).way(of: ["A"])
        #expect(try ReceivedArm(TabulatedSubjects.planned(), along: way) == .asPlanned)
        #expect(try ReceivedArm(TabulatedSubjects.dead(), along: nil) == .notAssigned)
        #expect(try ReceivedArm(TabulatedSubjects.planned(), along: nil) == .otherTreatment(["allocated to A"]))
        var path = try TabulatedSubjects.randomisedToA()
        #expect(try ReceivedArm(path.subject(), along: way) == .notTreated)
        try path.record(
            "2015-04-08 crossover-offered", "2015-04-09 crossover-started",
            "2015-04-10 course-started course=blinatumomab-1")
        #expect(try ReceivedArm(path.subject(), along: way) == .otherTreatment(["Blinatumomab cycle 1"]))
    }

    @Test func `an arm that the latest version no longer has is on a planned way all the same`() throws {
        let later = try ProtocolDocument(
            Protocols.text("aall1331").replacing("version: 1\n", with: "version: 2\n")
                .replacing("  A: {title", with: "  K: {title").replacing("arm: A", with: "arm: K")
                .replacing("arms: [A, B]", with: "arms: [K, B]").replacing("arm: [A", with: "arm: [K")
                .replacing("reference: A", with: "reference: K")
        ).treatment
        let export = try Export(SDTMFormat.self, of: [TabulatedSubjects.planned()], under: later)
        #expect(try export.rows("dm", of: "P-1").first?.contains(",A,\"Chemotherapy, then transplant\",A,") == true)
        let arms = try export.text("sdtm/ta.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
        #expect(arms.uniqued() == ["K", "B", "C", "D", "A"])
    }

    @Test func `an age over the limit is shown as the limit, and said to be so`() throws {
        let adults = try ProtocolDocument(
            Protocols.text("aall1331").replacing("age: at-most 30", with: "age: at-most 120")
        ).treatment
        var path = try PatientRecord("P-9", under: adults)
        try path.record(
            "2016-05-02 enrolled diagnosed=2014-05-01 relapsed-on=2016-04-25 age=93 \(TabulatedSubjects.enrolment)")
        let export = try Export(SDTMFormat.self, of: [path.subject()], under: adults)
        #expect(try export.rows("dm", of: "P-9") == ["P-9,,701,90,YEARS,U,,,,,,NOT ASSIGNED,,"])
        #expect(
            try export.rows("suppdm", of: "P-9").first == ",,AGEOVER,Age Stands for All Ages from It On Flag,Y,Derived,"
        )
    }

    @Test func `a phase that the latest version no longer has is an element all the same`() throws {
        let later = try ProtocolDocument(
            Protocols.text("aall1331").replacing("version: 1\n", with: "version: 2\n")
                .replacing("risk-pending", with: "risk-awaited")
        ).treatment
        var path = try PatientRecord("P-9")
        try path.record(
            "2016-05-02 enrolled diagnosed=2010-05-01 relapsed-on=2016-04-25 age=9 \(TabulatedSubjects.enrolment)")
        try path.record(
            "2016-05-03 course-started course=block-1", "2016-05-31 course-ended course=block-1",
            "2016-06-01 response-assessed marrow=m1 mrd=not-done treatment-failure=no",
            "2016-06-02 risk-assigned risk=pending")
        let export = try Export(SDTMFormat.self, of: [path.subject()], under: later)
        #expect(
            try export.rows("se", of: "P-9").last == "5,RISKPEND,\"Risk pending, repeat the sample\",,TREATMENT,32,,")
        let elements = try export.text("sdtm/te.csv")
        #expect(elements.contains("TE,RISKAWAI,") && elements.contains("TE,RISKPEND,"))
    }
}
