internal import PathwayCore

/// A code with its system and, where it has one, its wording.
///
/// A code of LOINC, SNOMED CT or RxNorm stands here only where its meaning was looked up, with the place; everything else is coded in systems of
/// its own, `urn:pathway:code:…`, by the words of the log.
struct Coding: Sendable, Hashable {
    let system: String
    let code: String
    let display: String?

    init(_ system: String, _ code: String, _ display: String? = nil) {
        self.system = system
        self.code = code
        self.display = display
    }

    /// A word of the log, in the system of its list.
    static func own(_ list: String, _ word: String, _ display: String? = nil) -> Coding {
        Coding("urn:pathway:code:\(list)", word, display)
    }

    /// A word of a protocol document.
    static func word(_ list: String, _ word: String, of treatment: TreatmentProtocol, _ display: String? = nil)
        -> Coding
    {
        own("\(treatment.name):\(list)", word, display)
    }
}

extension Coding {
    private static let terminology = "http://terminology.hl7.org/CodeSystem/"

    // FHIR R4's own lists, read in the package hl7.fhir.r4.core 4.0.1, which the tests read again.
    static let testData = Coding(terminology + "v3-ActReason", "HTEST", "test health data")
    static let clinicalProtocol = Coding(terminology + "plan-definition-type", "clinical-protocol", "Clinical Protocol")
    static let notPerformed = Coding(terminology + "data-absent-reason", "not-performed", "Not Performed")
    static let laboratory = Coding(terminology + "observation-category", "laboratory", "Laboratory")
    static let exam = Coding(terminology + "observation-category", "exam", "Exam")
    static let vitalSigns = Coding(terminology + "observation-category", "vital-signs", "Vital Signs")
    static let survey = Coding(terminology + "observation-category", "survey", "Survey")
    static let serious = Coding(terminology + "adverse-event-seriousness", "Serious", "Serious")
    static let notSerious = Coding(terminology + "adverse-event-seriousness", "Non-serious", "Non-serious")
    static let fatal = Coding(terminology + "adverse-event-outcome", "fatal", "Fatal")

    /// FHIR's three severities of a grade: CTCAE's grade 1 is mild, 2 moderate, 3 to 5 severe or worse.
    static func severity(_ grade: Int) -> Coding {
        let (code, display) =
            grade <= 1 ? ("mild", "Mild") : grade == 2 ? ("moderate", "Moderate") : ("severe", "Severe")
        return Coding(terminology + "adverse-event-severity", code, display)
    }

    /// A grade as HL7's guide to reporting adverse events of cancer trials codes it.
    static func grade(_ grade: Int) -> Coding {
        Coding("http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system", String(grade))
    }

    // SNOMED CT: the transplant in CDC's CDSi logic specification, radiotherapy in HL7's mCODE.
    static let transplant = Coding(
        "http://snomed.info/sct", "234336002", "Hemopoietic stem cell transplant (procedure)")
    static let radiotherapy = Coding(
        "http://snomed.info/sct", "1217123003", "Radiotherapy course of treatment (regime/therapy)")

    // LOINC: blood counts without a method, for the log does not say how cells were counted; body measures as FHIR's vital signs; the
    // performance status as mCODE.
    static let neutrophils = Coding("http://loinc.org", "26499-4", "Neutrophils [#/volume] in Blood")
    static let platelets = Coding("http://loinc.org", "26515-7", "Platelets [#/volume] in Blood")
    static let bodyWeight = Coding("http://loinc.org", "29463-7", "Body weight")
    static let bodyHeight = Coding("http://loinc.org", "8302-2", "Body height")
    static let performance = Coding("http://loinc.org", "89247-1", "ECOG Performance Status score")

    /// RxNorm's ingredient of an agent's name: blinatumomab in CIBMTR's implementation guide, the others in CPIC's list of drugs; `nil` for agents
    /// whose code was not looked up.
    static func ingredient(_ agent: String) -> Coding? {
        let codes = [
            "blinatumomab": "1597258", "cyclophosphamide": "3002", "etoposide": "4179", "mercaptopurine": "103",
            "methotrexate": "6851", "thioguanine": "10485",
        ]
        return codes[agent].map { Coding("http://www.nlm.nih.gov/research/umls/rxnorm", $0, agent) }
    }
}

extension ResourceText {
    /// Writes a coding.
    mutating func coding(_ name: String, _ coding: Coding) { object(name) { $0.fill(coding) } }

    /// Writes a concept of one meaning: its codings, then a wording if there is one.
    mutating func concept(_ name: String, _ codings: [Coding], text: String? = nil) {
        object(name) { $0.fill(codings, text: text) }
    }

    /// Writes a concept where FHIR takes several.
    mutating func concepts(_ name: String, _ concepts: [Coding]) {
        list(name, concepts) { object, coding in object.fill([coding], text: nil) }
    }

    private mutating func fill(_ codings: [Coding], text: String?) {
        list("coding", codings) { $0.fill($1) }
        self.text("text", text)
    }

    mutating func fill(_ coding: Coding) {
        text("system", coding.system)
        text("code", coding.code)
        text("display", coding.display)
    }

    /// Writes an amount; `unit` is a code of UCUM.
    mutating func quantity(_ name: String, _ digits: String, _ unit: String, comparator: String? = nil) {
        object(name) { quantity in
            quantity.literal("value", digits)
            quantity.text("comparator", comparator)
            quantity.text("unit", unit)
            quantity.text("system", "http://unitsofmeasure.org")
            quantity.text("code", unit)
        }
    }
}
