/// A fact that a milestone can carry; the raw value is its one spelling in documents, commands, files and the database.
///
/// The list is closed: each field has a type (``type``), and nothing enters the log that does not fit it.
public enum Field: String, CaseIterable, Sendable, Hashable {
    // At enrolment.
    case site, born, age, sex
    case diagnosed
    case relapsedOn = "relapsed-on"
    case relapseSites = "relapse-sites"
    case therapyEnded = "therapy-ended"
    case consented, ecog, cytogenetics
    case downSyndrome = "down-syndrome"
    case philadelphia
    case priorTransplant = "prior-transplant"
    case priorBlinatumomab = "prior-blinatumomab"
    case priorRelapseTherapy = "prior-relapse-therapy"
    case exclusion

    // What the protocol names.
    case course, arm, risk

    // Courses and infusions.
    case outcome, cause, grade
    case doseMicrograms = "dose-micrograms"
    case weight, height

    // Assessments.
    case marrow, blasts, mrd
    case mrdSensitivity = "mrd-sensitivity"
    case mrdMethod = "mrd-method"
    case cns, testis, response
    case treatmentFailure = "treatment-failure"
    case neutrophils, platelets

    // Randomisation.
    case allocatedBy = "allocated-by"

    // Radiotherapy and transplant.
    case irradiated, gray, donor
    case stemCells = "stem-cells"
    case conditioning

    // Adverse events and endings.
    case term, serious, reason, diagnosis
    case deathCause = "death-cause"

    // Free text: identifying until shown otherwise.
    case note
}

/// What a field can hold, with its bounds.
public enum FieldType: Sendable, Hashable {
    /// One word of a closed list.
    case choice([String])
    /// Some words of a closed list, written `marrow+cns`.
    case choices([String])
    /// A word that the protocol document defines.
    case word(ProtocolWord)
    /// A whole number.
    case integer(ClosedRange<Int>, unit: String)
    /// A decimal, kept as an integer at the given scale.
    case decimal(ClosedRange<Int>, scale: Int, unit: String)
    /// `yes` or `no`.
    case flag
    /// A share of cells in percent.
    case percentage
    /// A residual disease result such as `0.05`, `<0.01` or `not-done`, in percent.
    case mrd
    /// A date, possibly known only to the month or year.
    case date
    /// A code word of a site or a system: ASCII letters, digits, hyphens and dots, at most 20 of them. It is no free text.
    case code
    /// Free text of at most 1,000 characters.
    case text
}

/// The lists of words that come from the protocol document.
public enum ProtocolWord: String, Sendable, Hashable, CaseIterable {
    /// A course of treatment.
    case course
    /// An arm of a randomisation.
    case arm
    /// A risk group.
    case risk
    /// What an adverse event was.
    case adverseEvent = "adverse-event"
    /// What a second malignancy was.
    case diagnosis
    /// Why a patient should not have been enrolled.
    case exclusion

    /// What it is called in a sentence.
    public var title: String { self == .adverseEvent ? "adverse event" : rawValue }

    /// Whether its words say what somebody found: every protocol has ``ListedWord/other`` among them, and what else was found
    /// goes into the note.
    public var isListed: Bool {
        switch self {
        case .course, .arm, .risk: false
        case .adverseEvent, .diagnosis, .exclusion: true
        }
    }
}

extension Field {
    /// What the field can hold.
    public var type: FieldType { Field.types[index] }

    /// Whether the field says who the patient is, or may: kept apart, encrypted and erasable.
    public var isIdentifying: Bool { self == .born || self == .note }

    /// The position in ``allCases``, for tables indexed by field.
    ///
    /// An enumeration of fewer than 256 cases without payloads is stored as its case's number; a test holds this.
    @usableFromInline var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    private static let types: [FieldType] = allCases.map(\.declaredType)

    private var declaredType: FieldType {
        switch self {
        case .site, .allocatedBy: .code
        case .term: .word(.adverseEvent)
        case .diagnosis: .word(.diagnosis)
        case .exclusion: .word(.exclusion)
        case .born, .diagnosed, .relapsedOn, .therapyEnded, .consented: .date
        case .age: .integer(0...120, unit: "years")
        case .sex: .choice(["female", "male", "unknown"])
        case .relapseSites: .choices(["marrow", "cns", "testis", "other"])
        case .ecog: .integer(0...4, unit: "")
        case .cytogenetics: .choice(["favourable", "unfavourable", "other", "unknown"])
        case .downSyndrome, .philadelphia, .priorTransplant, .priorBlinatumomab, .priorRelapseTherapy,
            .treatmentFailure, .serious:
            .flag
        case .course: .word(.course)
        case .arm: .word(.arm)
        case .risk: .word(.risk)
        case .outcome: .choice(["completed", "modified", "stopped"])
        case .cause:
            .choice([
                "cytokine-release", "neurotoxicity", "seizure", "infection", "liver", "cytopenia", "other-toxicity",
                "technical", "other",
            ])
        case .grade: .integer(1...5, unit: "CTCAE")
        case .doseMicrograms: .decimal(0...1000, scale: 1, unit: "µg/m² a day")
        case .weight: .decimal(20...3000, scale: 1, unit: "kg")
        case .height: .decimal(300...2500, scale: 1, unit: "cm")
        case .marrow: .choice(["m1", "m2", "m3", "not-done", "inadequate"])
        case .blasts, .mrdSensitivity: .percentage
        case .mrd: .mrd
        case .mrdMethod: .choice(["flow", "pcr", "sequencing"])
        case .cns: .choice(["cns1", "cns2", "cns3", "not-done"])
        case .testis: .choice(["clear", "involved", "not-applicable", "not-done"])
        case .response: .choice(["complete", "complete-incomplete-counts", "partial", "none", "not-evaluable"])
        case .neutrophils: .integer(0...100_000, unit: "per µl")
        case .platelets: .integer(0...5_000, unit: "×10⁹/l")
        case .irradiated: .choice(["cranial", "testicular", "total-body", "other"])
        case .gray: .decimal(1...1000, scale: 1, unit: "Gy")
        case .donor: .choice(["sibling", "related", "unrelated", "cord-blood", "haploidentical"])
        case .stemCells: .choice(["marrow", "blood", "cord-blood"])
        case .conditioning: .choice(["total-body-irradiation", "chemotherapy", "other"])
        case .reason:
            .choice([
                "completed", "relapse", "treatment-failure", "second-malignancy", "toxicity", "physician-decision",
                "refusal", "pregnancy", "not-randomised", "arm-closed", "ineligible", "other-study", "follow-up-ended",
                "died",
                "other",
            ])
        case .deathCause: .choice(["disease", "infection", "toxicity", "transplant-related", "other", "unknown"])
        case .note: .text
        }
    }
}
