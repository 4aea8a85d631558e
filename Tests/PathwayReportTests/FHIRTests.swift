import PathwayReport
import Testing

/// What single resources of the six subjects say, to the letter.
@Suite(.apart) struct FHIRTests {
    private let export: Export

    init() throws { export = try Export(FHIRSnapshot.self, of: ClinicalSubjects.all()) }

    private static let masked =
        #"{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}"#

    private func day(_ day: Int) -> String {
        #"{"extension":[\#(FHIRTests.masked),{"url":"urn:pathway:extension:study-day","valueInteger":\#(day)}]}"#
    }

    private func days(_ start: Int, _ end: Int?) -> String {
        let last = end.map { #",{"url":"end","valueInteger":\#($0)}"# } ?? ""
        return
            #"{"extension":[\#(FHIRTests.masked),{"url":"urn:pathway:extension:study-days","extension":[{"url":"start","valueInteger":\#(start)}\#(last)]}]}"#
    }

    /// The resources of a kind that hold all of these words.
    private func found(_ kind: String, _ words: String..., in other: Export? = nil) throws -> [String] {
        try (other ?? export).lines("fhir/\(kind).ndjson").filter { line in words.allSatisfy { line.contains($0) } }
    }

    private func patient(_ number: String) throws -> String {
        let line = try #require(try found("Patient", #""value":"\#(number)""#).first)
        return "Patient/" + (try #require(line.firstMatch(of: /"id":"([^"]+)"/)?.output.1))
    }

    @Test func `a patient is a study number and a sex`() throws {
        #expect(
            try found("Patient", "P-001") == [
                #"{"resourceType":"Patient","id":"df11d7a9-4a18-5f1f-8b39-03ca659c9d65","identifier":[{"system":"urn:pathway:study-number:aall1331","value":"P-001"}],"gender":"female"}"#
            ])
    }

    @Test func `who is made up is marked as test data, and nobody else`() throws {
        let marked = try export.lines("fhir/Patient.ndjson").map { $0.contains(#""code":"HTEST""#) }
        #expect(marked == [false, true, false, false, false, false])
        let events = try export.lines("fhir/AdverseEvent.ndjson").filter { $0.contains("HTEST") }
        #expect(events == [])
    }

    @Test func `residual disease keeps its relation, its digits and what the assay sees`() throws {
        let results = try found("Observation", #""code":"mrd""#)
        #expect(results.count == 5)
        let sensitivity =
            #""component":[{"code":{"coding":[{"system":"urn:pathway:code:observation","code":"mrd-sensitivity","display":"Smallest share of cells the assay sees"}]},"valueQuantity":{"value":0.1,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}]}"#
        #expect(
            results[0].hasSuffix(
                #""_effectiveDateTime":\#(day(31)),"valueQuantity":{"value":0.1,"comparator":"<","unit":"%","system":"http://unitsofmeasure.org","code":"%"},"method":{"coding":[{"system":"urn:pathway:code:mrd-method","code":"flow"}]},\#(sensitivity)"#
            ))
        #expect(results[1].contains(#""valueQuantity":{"value":0.0005,"unit":"%","#))
        #expect(results[1].contains(#""valueQuantity":{"value":0.0001,"unit":"%","#))
        #expect(results[4].contains(#""valueQuantity":{"value":10,"comparator":">=","unit":"%","#))
    }

    @Test func `what was not done or not adequate has no value and says why`() throws {
        let results = try found("Observation", #""code":"mrd""#)
        let notPerformed =
            #""dataAbsentReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-performed","display":"Not Performed"}]}}"#
        #expect(results[2].hasSuffix(notPerformed))
        #expect(
            results[3].hasSuffix(
                #""dataAbsentReason":{"coding":[{"system":"urn:pathway:code:data-absent-reason","code":"inadequate"}],"text":"the sample allowed no result"}}"#
            ))
        let third = try patient("P-003")
        for code in ["marrow", "cns"] {
            let lines = try found("Observation", third, #""code":"\#(code)""#)
            #expect(lines.map { $0.hasSuffix(notPerformed) } == [true])
        }
    }

    @Test func `counts of blood cells are coded in LOINC`() throws {
        #expect(
            try found(
                "Observation",
                #"{"system":"http://loinc.org","code":"26499-4","display":"Neutrophils [#/volume] in Blood"}"#,
                #""valueQuantity":{"value":1250,"unit":"/uL","system":"http://unitsofmeasure.org","code":"/uL"}"#
            ).count == 1)
        #expect(
            try found(
                "Observation", #""code":"29463-7""#, #""valueQuantity":{"value":31.4,"unit":"kg","#
            ).count == 1)
    }

    @Test func `a death known to the month stays so`() throws {
        let moved = try Export(FHIRSnapshot.self, of: ClinicalSubjects.all(), as: .moved)
        // 637 days later than 2015-04-01, of which the month is known.
        #expect(try found("Patient", "P-002", #""deceasedDateTime":"2016-12"}"#, in: moved).count == 1)
        #expect(
            try found(
                "Patient", "P-002",
                #""deceasedBoolean":true,"_deceasedBoolean":{"extension":[{"url":"urn:pathway:extension:study-day","valueInteger":30},{"url":"urn:pathway:extension:date-precision","valueCode":"month"}]}}"#
            ).count == 1)
    }

    @Test func `a transplant is a procedure of SNOMED CT, conditioning one of ours`() throws {
        let procedures = try export.lines("fhir/Procedure.ndjson")
        #expect(procedures.count == 2)
        #expect(
            procedures[0].contains(
                #""status":"completed","code":{"coding":[{"system":"urn:pathway:code:procedure","code":"conditioning","display":"Conditioning before transplant"},{"system":"urn:pathway:code:conditioning","code":"total-body-irradiation"}]}"#
            ))
        #expect(procedures[0].hasSuffix(#""performedPeriod":\#(days(140, nil))}"#))
        #expect(
            procedures[1].contains(
                #""code":{"coding":[{"system":"http://snomed.info/sct","code":"234336002","display":"Hemopoietic stem cell transplant (procedure)"}]}"#
            ))
        #expect(procedures[1].hasSuffix(#""_performedDateTime":\#(day(148))}"#))
    }

    @Test func `a course that was held and went on is completed, with the interruption`() throws {
        let first = try patient("P-001")
        let cycle = try #require(
            try found("MedicationAdministration", first, #""code":"blinatumomab-1""#).first)
        #expect(
            cycle.contains(
                #"{"url":"urn:pathway:extension:interruption","extension":[{"url":"period","valuePeriod":\#(days(42, 46))},{"url":"cause","valueCoding":{"system":"urn:pathway:code:cause","code":"neurotoxicity"}},{"url":"grade","valueInteger":3}]}"#
            ))
        #expect(cycle.contains(#""status":"completed""#))
        #expect(
            cycle.contains(
                #"{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1597258","display":"blinatumomab"}"#
            ))
        #expect(
            cycle.hasSuffix(
                #""effectivePeriod":\#(days(39, 71)),"dosage":{"rateQuantity":{"value":15,"unit":"ug/(m2.d)","system":"http://unitsofmeasure.org","code":"ug/(m2.d)"}}}"#
            ))
    }

    @Test func `an infusion held at the cut is on hold, and its course has no end`() throws {
        let moved = try Export(FHIRSnapshot.self, of: ClinicalSubjects.all(), as: .moved)
        let held = try found("MedicationAdministration", #""status":"on-hold""#, in: moved)
        #expect(held.count == 1)
        #expect(held.first?.hasSuffix(#""effectivePeriod":{"start":"2021-03-13"}}"#) == true)
    }

    @Test func `a course cut short by a death says that its end is not known`() throws {
        let lines = try found("MedicationAdministration", try patient("P-004"))
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.contains(#""status":"unknown""#) })
    }

    @Test func `an adverse event has its grade, its severity and, at grade 5, its outcome`() throws {
        let events = try export.lines("fhir/AdverseEvent.ndjson")
        let grades = events.map { $0.firstMatch(of: /ctcae-grade-code-system","code":"(.)"/)?.output.1 }
        #expect(grades == ["3", "5", "2"])
        #expect(events.map { $0.contains(#""code":"severe","display":"Severe"}"#) } == [true, true, false])
        #expect(events.map { $0.contains(#""code":"fatal","display":"Fatal"}"#) } == [false, true, false])
        #expect(events.map { $0.contains(#""code":"Serious","display":"Serious"}"#) } == [true, true, false])
        #expect(events[2].contains(#""event":{"text":"Other"}"#))
    }

    @Test func `statuses of research subjects`() throws {
        let statuses = try export.lines("fhir/ResearchSubject.ndjson").map { line in
            line.firstMatch(of: /"status":"([^"]+)"/)?.output.1
        }
        #expect(
            statuses == [
                "follow-up", "off-study", "on-study-intervention", "off-study", "on-study-intervention",
                "off-study",
            ])
        #expect(try export.lines("fhir/ResearchSubject.ndjson").allSatisfy { !$0.contains(#""period""#) })
        #expect(try found("ResearchSubject", #""assignedArm":"B","actualArm":"B"}"#).count == 2)
    }

    @Test func `the plan has an action for each phase, with conditions in words`() throws {
        let plan = try export.text("fhir/PlanDefinition.ndjson")
        #expect(plan.contains(#""code":"clinical-protocol""#))
        #expect(
            plan.contains(
                #"{"id":"way-17","title":"course-ended block-2","documentation":[{"type":"citation","citation":"R7, R9"}],"relatedAction":[{"actionId":"phase-a-block-2-evaluation","relationship":"before-start"}]}"#
            ))
        #expect(
            plan.contains(
                #"{"kind":"applicability","expression":{"language":"text/plain","expression":"treatment-failure is yes"}}"#
            ))
    }

    @Test func `the same snapshot gives the same bytes, whatever its name holds`() throws {
        let name = "a \"cut\"\tof\u{7} 5\u{2028}"
        let first = try Export(FHIRSnapshot.self, of: ClinicalSubjects.all(), name: name).text("fhir/bundle.json")
        let second = try Export(FHIRSnapshot.self, of: ClinicalSubjects.all(), name: name).text("fhir/bundle.json")
        #expect(first == second)
        #expect(first.contains(#""value":"a \"cut\" of  5"}"#))
    }
}
