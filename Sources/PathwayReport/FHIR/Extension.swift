internal import PathwayCore

/// What FHIR has no element for, or may not be told in the element meant for it.
struct Extension: Sendable {
    enum Value: Sendable {
        case code(String)
        case text(String)
        case integer(Int)
        case flag(Bool)
        case coding(Coding)
        case concept(Coding)
        case amount(String, unit: String, comparator: String?)
        case parts([Extension])
        case period(PeriodText)
    }

    let url: String
    let value: Value

    /// One of our own.
    init(_ name: String, _ value: Value) {
        url = "urn:pathway:extension:\(name)"
        self.value = value
    }

    private init(url: String, _ value: Value) {
        self.url = url
        self.value = value
    }

    /// FHIR's: the value is known and not shown.
    static let masked = Extension(url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", .code("masked"))

    /// HL7's guide to adverse events of cancer trials: the grade.
    static func grade(_ grade: Int) -> Extension {
        Extension(url: "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade", .concept(.grade(grade)))
    }

    /// A part of a composed extension, which is known by a plain name.
    static func part(_ name: String, _ value: Value) -> Extension { Extension(url: name, value) }
}

extension ResourceText {
    /// Writes extensions, unless there are none.
    mutating func extensions(_ extensions: [Extension]) { list("extension", extensions) { $0.fill($1) } }

    private mutating func fill(_ one: Extension) {
        text("url", one.url)
        switch one.value {
        case .code(let code): text("valueCode", code)
        case .text(let words): text("valueString", words)
        case .integer(let number): literal("valueInteger", String(number))
        case .flag(let flag): literal("valueBoolean", String(flag))
        case .coding(let coding): self.coding("valueCoding", coding)
        case .concept(let coding): concept("valueCodeableConcept", [coding])
        case .amount(let digits, let unit, let comparator):
            quantity("valueQuantity", digits, unit, comparator: comparator)
        case .parts(let parts): extensions(parts)
        case .period(let period): self.period("valuePeriod", period)
        }
    }
}

/// A date as it may be shown: itself, or masked with the day of the study in its place.
struct DateText: Sendable {
    let shown: ClinicalDate?
    let studyDay: Int
    let precision: ClinicalDate.Precision

    /// The day of the study, and how much of the date is known where that is less than the day.
    var days: [Extension] {
        [Extension("study-day", .integer(studyDay))]
            + (precision == .day ? [] : [Extension("date-precision", .code(precision.rawValue))])
    }
}

/// A time from a date to a date, either of which may be unknown.
struct PeriodText: Sendable {
    let start: DateText?
    let end: DateText?

    // On the period and not on its ends: a reader that compares the ends of a period stumbles over two that have no value.
    fileprivate var masked: [Extension] {
        let days = [("start", start), ("end", end)].flatMap { name, date -> [Extension] in
            guard let date, date.shown == nil else { return [] }
            return [.part(name, .integer(date.studyDay))]
                + (date.precision == .day ? [] : [.part("\(name)-precision", .code(date.precision.rawValue))])
        }
        return days.isEmpty ? [] : [.masked, Extension("study-days", .parts(days))]
    }
}

extension ResourceText {
    /// Writes a date: known only to the month or year, so far; where none may be shown, FHIR's word for that and the day of the study.
    mutating func date(_ name: String, _ date: DateText?) {
        guard let date else { return }
        if let shown = date.shown {
            text(name, shown.description)
        } else {
            object("_" + name) { $0.extensions([.masked] + date.days) }
        }
    }

    /// Writes a period, unless neither end is known; where no dates may be shown, FHIR's word for that and the days of the study.
    mutating func period(_ name: String, _ period: PeriodText) {
        object(name) { object in
            object.extensions(period.masked)
            if period.start?.shown != nil { object.date("start", period.start) }
            if period.end?.shown != nil { object.date("end", period.end) }
        }
    }
}
