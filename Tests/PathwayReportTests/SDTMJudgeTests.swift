import PathwayCore
import PathwayReport
import Testing

/// The datasets before a judge that knows the standards and the protocol's document, and not the program.
@Suite(.apart) struct SDTMJudgeTests {
    private func verdict(_ export: Export, _ treatment: String = "aall1331") throws -> Judge.Verdict {
        try export.judged(by: .sdtm, [".", Judge.document(treatment)])
    }

    @Test func `six subjects pass, as study days and with moved dates`() throws {
        for disguise in [Disguise.studyDays, try .moved] {
            let export = try Export(SDTMFormat.self, of: TabulatedSubjects.all(), as: disguise)
            let verdict = try verdict(export)
            #expect(verdict.isPassed, "\(verdict.words)")
        }
    }

    @Test func `the synthetic cohort passes, and every one of it is marked as synthetic`() throws {
        for disguise in [Disguise.studyDays, try .moved] {
            let export = try Export(SDTMFormat.self, of: SyntheticCohort.subjects(), as: disguise)
            let verdict = try verdict(export)
            #expect(verdict.isPassed, "\(verdict.words)")
            #expect(verdict.words.contains("DM=661"), "\(verdict.words)")
            #expect(try export.text("sdtm/suppdm.csv").split(separator: "\n").count { $0.contains(",SYNTH,") } == 661)
            #expect(try export.text("sdtm/se.json").contains("\"originator\":\"pathway (synthetic patients)\""))
        }
    }

    @Test func `another protocol with two randomisations passes without a word of it in the program`() throws {
        let export = try Export(SDTMFormat.self, of: [TabulatedSubjects.other()], under: Protocols.intreall, as: .moved)
        let verdict = try verdict(export, "intreall-sr-2010")
        #expect(verdict.isPassed, "\(verdict.words)")
        let arms = try export.text("sdtm/ta.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
        #expect(Set(arms) == ["A", "A-E", "A-N", "B", "B-E", "B-N"])
        #expect(
            try export.text("sdtm/dm.csv").contains(
                ",A-E,\"ALL-REZ BFM backbone, then With epratuzumab\",A-E,\"ALL-REZ BFM backbone, then With epratuzumab\",,,"
            ))
    }

    @Test(arguments: [
        ("sdtm/se.json", "\"TREATMENT\",30,32,", "\"TREATMENT\",30,31,", "the next begins 32"),
        ("sdtm/se.json", "\"BLOCK1\"", "\"BLOCKS\"", "BLOCKS is not in TE"),
        ("sdtm/se.json", "\"SE\",\"AALL1331-P-5\",2", "\"SE\",\"AALL1331-P-5\",1", "has the sequence numbers"),
        ("sdtm/ae.json", "AALL1331-P-4", "AALL1331-P-8", "AALL1331-P-8 is not in DM"),
        ("sdtm/dm.json", "\"records\":6", "\"records\":7", "records says 7"),
        ("sdtm/dm.json", "\"label\":\"Sex\",", "", "schema: 'label' is a required property"),
        ("sdtm/dm.json", "\"dataType\":\"integer\"", "\"dataType\":\"number\"", "schema: 'number' is not one of"),
        (
            "sdtm/dm.json", "\"datasetJSONVersion\":\"1.1.0\"", "\"datasetJSONVersion\":\"1.0.0\"",
            "schema: '1.0.0' does not match"
        ),
        ("sdtm/dm.csv", ",F,", ",M,", "of the table says"),
        ("sdtm/rs.json", "\"PROTOCOL DEFINED RESPONSE CRITERIA\"", "\"PROTOCOL\"", "RSCAT is 'PROTOCOL'"),
        ("sdtm/ae.json", "AEREL\",\"name\":\"AEREL\"", "AERELNST\",\"name\":\"AERELNST\"", "AEREL is expected"),
        ("sdtm/te.json", "\"course-started block-1\"", "\"\(String(repeating: "x", count: 201))\"", "has 201 bytes"),
        ("sdtm/ds.json", ",-1]", ",0]", "there is no study day 0"),
        ("sdtm/lb.json", "\"<0.01\",null,\"%\"", "\"<0.01\",\"0.01\",\"%\"", "has the number"),
        ("sdtm/ta.json", "\"ABLOCK3\",\"Arm A, Block 3\"", "\"ABLOCK3\",\"Arm C, Block 3\"", "no arrow leads from"),
        ("sdtm/dm.json", "\"NOT ASSIGNED\"", "\"NOT KNOWN\"", "ARMNRS is 'NOT KNOWN'"),
    ])
    func `a deliberate fault is found`(_ file: String, _ text: String, _ other: String, _ finding: String) throws {
        let export = try Export(SDTMFormat.self, of: TabulatedSubjects.all())
        try export.damage(file, text, other)
        let verdict = try verdict(export)
        #expect(!verdict.isPassed)
        #expect(verdict.words.contains(finding), "\(verdict.words)")
    }
}
