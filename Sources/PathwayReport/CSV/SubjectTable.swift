internal import PathwayCore

/// A table with rows of subjects; the raw value is its file's name.
enum SubjectTable: String, CaseIterable {
    case subjects, randomisations, phases, events, mrd, exposure, endpoints, states, transplants
    case adverse = "adverse-events"
    case deviations

    func columns(_ context: ExportContext) -> [Column] {
        switch self {
        case .subjects: SubjectRow.columns(context)
        case .randomisations: RandomisationRow.columns(context)
        case .phases: PhaseRow.columns(context)
        case .events: EventRow.columns(context)
        case .mrd: MRDRow.columns(context)
        case .exposure: ExposureRow.columns(context)
        case .endpoints: EndpointRow.columns(context)
        case .states: StateRow.columns(context)
        case .transplants: TransplantRow.columns(context)
        case .adverse: AdverseRow.columns(context)
        case .deviations: DeviationRow.columns(context)
        }
    }

    func rows(of subject: Subject, _ context: ExportContext) -> [[String?]] {
        switch self {
        case .subjects: SubjectRow.rows(of: subject, context)
        case .randomisations: RandomisationRow.rows(of: subject, context)
        case .phases: PhaseRow.rows(of: subject, context)
        case .events: EventRow.rows(of: subject, context)
        case .mrd: MRDRow.rows(of: subject, context)
        case .exposure: ExposureRow.rows(of: subject, context)
        case .endpoints: EndpointRow.rows(of: subject, context)
        case .states: StateRow.rows(of: subject, context)
        case .transplants: TransplantRow.rows(of: subject, context)
        case .adverse: AdverseRow.rows(of: subject, context)
        case .deviations: DeviationRow.rows(of: subject, context)
        }
    }
}

/// How the rows of a table are made of a subject.
protocol SubjectRows {
    static func columns(_ context: ExportContext) -> [Column]
    static func rows(of subject: Subject, _ context: ExportContext) -> [[String?]]
}

extension ExportContext {
    var showsDates: Bool { if case .shifted = disguise { true } else { false } }

    /// The columns of a day: always the count, with the date beside it where dates may be shown.
    func dayColumns(_ name: String, _ label: String) -> [Column] {
        let day = Column("\(name)_day", label, .day, unit: "days since enrolment")
        return showsDates ? [day, Column("\(name)_date", "\(label), as a moved date", .date)] : [day]
    }

    /// The columns of a day of which only the month or year may be known: how much is known stands beside the count.
    func partialDayColumns(_ name: String, _ label: String) -> [Column] {
        var columns = dayColumns(name, label)
        columns.insert(.precision("\(name)_precision", "How much is known of the date of: \(label)"), at: 1)
        return columns
    }

    /// The cells of a day: what ``dayColumns(_:_:)`` names.
    func dayCells(_ step: SubjectMilestone?, of subject: Subject) -> [String?] {
        dayCells(step?.day, step?.milestone.on, of: subject)
    }

    /// What ``partialDayColumns(_:_:)`` names.
    func partialDayCells(_ step: SubjectMilestone?, of subject: Subject) -> [String?] {
        partialDayCells(step?.day, step?.milestone.on, of: subject)
    }

    func partialDayCells(_ day: Day?, _ date: ClinicalDate?, of subject: Subject) -> [String?] {
        var cells = dayCells(day, date, of: subject)
        cells.insert(date?.precision.rawValue, at: 1)
        return cells
    }

    private func dayCells(_ day: Day?, _ date: ClinicalDate?, of subject: Subject) -> [String?] {
        let count = day.map { String(subject.days(to: $0)) }
        return showsDates ? [count, date.flatMap { disguise.date($0, of: subject) }?.description] : [count]
    }
}

extension Column {
    static let id = Column("id", "Study number", .text)

    /// How much of a date is known. A time that rests on less than the day is one that somebody assumed: who analyses it must see that.
    static func precision(_ name: String, _ label: String) -> Column {
        Column(
            name,
            "\(label). What is known to the month or year counts from the first day that it can mean, but, save for an adverse event, from none before what came earlier on the path",
            .code, codes: ClinicalDate.Precision.allCases.map { Code($0.rawValue, $0.rawValue.inWords) },
            source: "the log; the day is derived")
    }

    /// A flag is written `yes` or `no`.
    static func flag(_ name: String, _ label: String, source: String = "the log") -> Column {
        Column(name, label, .flag, codes: [Code("no", "No"), Code("yes", "Yes")], source: source)
    }

    /// Whether the subject belongs into the set that the report analyses: each file may be used alone.
    static let eligible = Column.flag(
        "eligible", "Not found ineligible after entering: the report analyses the randomised who are",
        source: "no: a milestone off-therapy or off-study has the reason ineligible")

    /// A column for a field of the domain, with its unit and codes.
    static func field(_ field: Field, _ label: String, _ treatment: TreatmentProtocol, as name: String? = nil) -> Column
    {
        let name = name ?? field.rawValue.split(separator: "-").joined(separator: "_")
        let source = field == .grade ? "CTCAE, as the site graded" : "the log, field \(field.rawValue)"
        switch field.type {
        case .choice(let words):
            return Column(name, label, .code, codes: words.map { Code($0, $0.inWords) }, source: source)
        case .word(let list):
            return Column(name, label, .code, codes: treatment.codes(of: list), source: treatment.citation(of: list))
        case .choices(let words):
            return Column(
                name, "\(label): of \(words.joined(separator: ", ")), joined by +", .text, source: source)
        case .integer(_, let unit): return Column(name, label, .integer, unit: unit, source: source)
        case .decimal(_, _, let unit): return Column(name, label, .decimal, unit: unit, source: source)
        case .percentage: return Column(name, label, .decimal, unit: "%", source: source)
        case .flag: return .flag(name, label, source: source)
        case .mrd, .code, .text, .date: return Column(name, label, .text, source: source)
        }
    }
}

extension String {
    /// A word of a list as a label: `cns1` stays, `not-done` becomes `Not done`.
    var inWords: String {
        let spaced = split(separator: "-").joined(separator: " ")
        return spaced.prefix(1).uppercased() + spaced.dropFirst()
    }
}

extension TreatmentProtocol {
    /// The words of one of the protocol's lists with their titles.
    func codes(of list: ProtocolWord) -> [Column.Code] { titles(list).map { Column.Code($0.word, $0.title) } }

    /// Where one of the protocol's lists comes from: `aall1331, arms: R7, R9; R7, R12`.
    func citation(of list: ProtocolWord) -> String {
        switch list {
        case .course: citation("courses", courses.map(\.provenance))
        case .arm: citation("arms", arms.map(\.provenance))
        case .risk: citation("risks", risks.map(\.provenance))
        case .adverseEvent: citation("adverse-events", vocabulary.adverseEvents)
        case .diagnosis: citation("diagnoses", vocabulary.diagnoses)
        case .exclusion: citation("exclusions", vocabulary.exclusions)
        }
    }

    /// Where the randomisations and their strata come from.
    var randomisationCitation: String {
        citation("randomisations", randomisations.flatMap { [$0.provenance] + $0.strata.map(\.provenance) })
    }

    /// Where the endpoints come from.
    var endpointCitation: String { citation("analyses", plan.endpoints.map(\.provenance)) }

    /// The phases are the document's own.
    var phaseCitation: String { "\(name), phases" }

    private func citation(_ section: String, _ words: [ListedWord]) -> String {
        citation(section, citations: words.compactMap(\.source))
    }

    private func citation(_ section: String, _ provenances: [Provenance]) -> String {
        citation(section, citations: provenances.map(\.citation))
    }

    private func citation(_ section: String, citations: [String]) -> String {
        let sources = citations.uniqued().joined(separator: "; ")
        return sources.isEmpty ? "\(name), \(section)" : "\(name), \(section): \(sources)"
    }

    /// The phases with their titles.
    var phaseCodes: [Column.Code] { phases.map { Column.Code($0.name, $0.title) } }
}

extension Milestone {
    /// What the protocol calls what was found: the title of an adverse event or a diagnosis.
    func listedTitle(_ field: Field, under treatment: TreatmentProtocol) -> String? {
        guard case .word(let list) = field.type else { return nil }
        return facts.word(field).map { treatment.title(of: $0, in: list) }
    }
}

extension Facts {
    /// A field's value in its one spelling.
    func text(_ field: Field) -> String? { self[field].map { field.text($0) } }
}

func yesNo(_ value: Bool) -> String { value ? "yes" : "no" }
