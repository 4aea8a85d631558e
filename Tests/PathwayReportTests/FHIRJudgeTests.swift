import PathwayReport
import Testing

/// The folder before three readers of FHIR R4 that others wrote; and what they say when it is damaged.
@Suite(.serialized, .apart) struct FHIRJudgeTests {
    private func export(_ subjects: [Subject], as disguise: Disguise = .studyDays) throws -> Export {
        try Export(FHIRSnapshot.self, of: subjects, as: disguise)
    }

    @Test func `six subjects are read, with days`() throws {
        let export = try export(ClinicalSubjects.all())
        let judged = try export.judged(by: .fhir, [".", "--no-dates", "--every", "--synthetic", "P-002"])
        #expect(judged.lines == ["96 resources of 65 shapes"])
        #expect(judged.isPassed)
    }

    @Test func `six subjects are read, with shifted dates`() throws {
        let export = try export(ClinicalSubjects.all(), as: .moved)
        let judged = try export.judged(by: .fhir, [".", "--every", "--synthetic", "P-002"])
        #expect(judged.lines == ["96 resources of 65 shapes"])
    }

    @Test func `the cohort of 661 is read, with days`() throws {
        let export = try export(SyntheticCohort.subjects())
        let judged = try export.judged(by: .fhir, [".", "--no-dates", "--synthetic", "all"])
        #expect(judged.lines.count == 1 && judged.lines[0].contains(" resources of "), "\(judged.lines)")
    }

    @Test func `the cohort of 661 is read, with shifted dates`() throws {
        let export = try export(SyntheticCohort.subjects(), as: .moved)
        let judged = try export.judged(by: .fhir, [".", "--synthetic", "all"])
        #expect(judged.lines.count == 1 && judged.lines[0].contains(" resources of "), "\(judged.lines)")
    }

    @Test func `a snapshot of nobody is read`() throws {
        let export = try export([])
        #expect(try export.judged(by: .fhir, ["."]).lines == ["2 resources of 2 shapes"])
    }

    /// A file, words in it, what is put in their place, and what the judge then says among other things.
    private typealias Damage = (file: String, words: String, others: String, complaint: String)

    // Reading HL7's definitions takes the judge seconds: all of a kind are tried at once, each on words of its own.
    private static let damages: [Damage] = [
        ("ResearchSubject", #""status":"follow-up""#, #""status":"at-home""#, "status is 'at-home', not one of"),
        (
            "Observation", #""status":"final""#, #""status":"ready""#,
            "Observation.status: 'ready' is not in the required list"
        ),
        ("Observation", #""comparator":"<""#, #""comparator":"~""#, "to google.fhir.r4.core.QuantityComparatorCode"),
        ("AdverseEvent", #""code":"moderate","display":"Moderate""#, #""code":"grave""#, "has no code 'grave'"),
        (
            "AdverseEvent", #""code":"severe","display":"Severe""#, #""code":"mild","display":"Light""#,
            "calls 'mild' 'Mild', not 'Light'"
        ),
        (
            "AdverseEvent", "http://terminology.hl7.org/CodeSystem/adverse-event-outcome", "urn:pathway:code:outcome",
            "AdverseEvent.outcome: no coding is in the required list"
        ),
        ("Observation", #""valueQuantity""#, #""valueAmount""#, "fhir.resources refuses it"),
        ("Patient", #""gender":"female""#, #""birthDate":"2006-01-02""#, "an element that identifies: birthDate"),
        ("Patient", #""gender":"female""#, #""gender":"female","name":[{"text":"Ada"}]"#, "identifies: name"),
        ("Patient", #""gender":"male""#, #""gender":"unknown","photo":[]"#, "an empty value"),
        ("Patient", #""gender":"male""#, #""gender":"male","gender":"unknown""#, "'gender' twice"),
        (
            "MedicationAdministration", #""subject":{"reference":"Patient/"#,
            #""subject":{"reference":"ResearchStudy/"#,
            "invalid reference type"
        ),
        ("Procedure", #""valueInteger":148"#, #""valueDate":"2015-07-28""#, "a date where none may be shown"),
        ("Condition", #""resourceType":"Condition""#, #""resourceType":"Patient""#, "in the wrong file"),
        (
            "Procedure", #""valueQuantity":{"value":12"#, #""valueQuantity":{"value":13"#,
            "not the resource of the bundle"
        ),
    ]

    @Test func `damage to the files is found, each piece`() throws {
        let export = try export(ClinicalSubjects.all())
        for damage in FHIRJudgeTests.damages {
            try export.damage("fhir/\(damage.file).ndjson", damage.words, damage.others)
        }
        let judged = try export.judged(by: .fhir, [".", "--no-dates", "--synthetic", "P-002"])
        for damage in FHIRJudgeTests.damages {
            #expect(judged.lines.contains { $0.contains(damage.complaint) }, "\(damage.complaint): \(judged.lines)")
        }
        #expect(!judged.isPassed)
    }

    @Test func `damage to the bundle is found, each piece`() throws {
        let damages: [Damage] = [
            ("", #""type":"collection""#, #""type":"heap""#, "not a Bundle of type collection"),
            ("", #"{"fullUrl":"urn:uuid:df11d7a9"#, #"{"fullUrl":"urn:uuid:0f11d7a9"#, "a reference to nothing"),
            ("", #""id":"71e34642-0023"#, #""id":"71e34642_0023"#, "no valid id"),
        ]
        let export = try export(ClinicalSubjects.all())
        for damage in damages { try export.damage("fhir/bundle.json", damage.words, damage.others) }
        let judged = try export.judged(by: .fhir, [".", "--no-dates", "--synthetic", "P-002"])
        for damage in damages {
            #expect(judged.lines.contains { $0.contains(damage.complaint) }, "\(damage.complaint): \(judged.lines)")
        }
        #expect(!judged.isPassed)
    }

    @Test func `a made-up patient without a mark is found`() throws {
        let export = try export(ClinicalSubjects.all())
        let judged = try export.judged(by: .fhir, [".", "--synthetic", "P-001", "P-002"])
        #expect(judged.lines.contains { $0.hasSuffix("is not marked as test data") })
    }
}
