internal import PathwayCore

/// A column of a clinical table, as its four lines of heading describe it, and what stands in it for a subject.
struct ClinicalColumn: Sendable {
    enum Kind: String, Sendable {
        case text = "STRING"
        case number = "NUMBER"
        case flag = "BOOLEAN"
    }

    let name: String
    let title: String
    let description: String
    let kind: Kind
    let value: @Sendable (Subject) -> String?

    init(
        _ name: String, _ title: String, _ description: String, _ kind: Kind = .text,
        _ value: @escaping @Sendable (Subject) -> String?
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.kind = kind
        self.value = value
    }

    /// The four lines above the names of the columns: titles, descriptions, types and priorities.
    static func heading(_ columns: [ClinicalColumn]) -> [[String]] {
        [columns.map(\.title), columns.map(\.description), columns.map(\.kind.rawValue), columns.map { _ in "1" }]
    }

    static let patient = ClinicalColumn("PATIENT_ID", "Patient", "Study number") { $0.id.description }

    static let sample = ClinicalColumn("SAMPLE_ID", "Sample", "The relapse that led to the enrolment") {
        ClinicalColumn.sample(of: $0)
    }

    /// cBioPortal knows patients by their samples: each has one, the relapse that led to the enrolment.
    static func sample(of subject: Subject) -> String { "\(subject.id)-relapse" }

    /// A word as a part of a column's name: upper-case letters, digits and underscores.
    static func identifier(_ word: String) -> String {
        String(
            word.uppercased().unicodeScalars.map { scalar in
                ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
            })
    }

    /// The columns of the patients, but for the endpoints.
    static func patients(_ allocations: [Allocation]) -> [ClinicalColumn] {
        [
            patient,
            ClinicalColumn("SYNTHETIC", "Synthetic", "Whether the patient is made up", .flag) {
                $0.isSynthetic ? "TRUE" : "FALSE"
            },
            ClinicalColumn("SITE", "Site", "Site of the patient") { $0.site },
            ClinicalColumn("SEX", "Sex", "Sex") { $0.enrolment.facts.word(.sex).map(title) },
            ClinicalColumn(
                "AGE", "Age", "Age at enrolment in years; \(Disguise.ageLimit) stands for all from there on", .number
            ) {
                $0.enrolment.facts.years(.age).map { String(Disguise.age($0).years) }
            },
            ClinicalColumn("RISK_GROUP", "Risk group", "Risk group assigned last") { $0.path.standing.risk },
        ] + allocations.flatMap(\.columns) + [
            ClinicalColumn("PHASE", "Phase", "Phase of treatment at the cut") { $0.path.phase.name },
            ClinicalColumn("STATUS", "Status", "Status at the cut") { $0.path.standing.status.rawValue },
            ClinicalColumn("TRANSPLANTED", "Transplanted", "Whether a transplant was recorded", .flag) {
                $0.first(.transplanted) != nil ? "TRUE" : "FALSE"
            },
        ]
    }

    /// The columns of the samples.
    static let samples = [
        patient, sample,
        ClinicalColumn("SAMPLE_TYPE", "Sample type", "What the sample is of") { _ in "Recurrence" },
        ClinicalColumn("RELAPSE_SITES", "Sites of relapse", "Where the leukaemia had relapsed") { subject in
            subject.enrolment.facts.text(.relapseSites)
        },
        ClinicalColumn(
            "DAYS_DIAGNOSIS_TO_RELAPSE", "Days to relapse",
            "Days from first diagnosis to relapse; empty unless both days are known", .number
        ) {
            $0.enrolment.facts.daysToRelapse
        },
        ClinicalColumn("MARROW", "Marrow", "Marrow morphology at enrolment") { $0.enrolment.facts.word(.marrow) },
        ClinicalColumn("BLASTS", "Blasts", "Blasts in the marrow at enrolment in percent", .number) { subject in
            guard case .level(let level)? = subject.enrolment.facts[.blasts] else { return nil }
            return level.percent
        },
        ClinicalColumn("CYTOGENETICS", "Cytogenetics", "Cytogenetic risk") {
            $0.enrolment.facts.word(.cytogenetics)
        },
    ]

    private static func title(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
