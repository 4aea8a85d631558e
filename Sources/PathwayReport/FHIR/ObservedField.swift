internal import PathwayCore

/// A field of the log that becomes an observation: under which code, and in which unit.
struct ObservedField: Sendable {
    let field: Field
    let coding: Coding
    let category: Coding
    /// UCUM's code of the unit, for numbers.
    let unit: String?

    private init(_ field: Field, _ coding: Coding, _ category: Coding, unit: String? = nil) {
        self.field = field
        self.coding = coding
        self.category = category
        self.unit = unit
    }

    private init(_ field: Field, own title: String, _ category: Coding, unit: String? = nil) {
        self.init(field, .own("observation", field.rawValue, title), category, unit: unit)
    }

    /// The fields, in the order of the log's list.
    static let all = [
        ObservedField(.ecog, .performance, .survey),
        ObservedField(.cytogenetics, own: "Cytogenetic risk", .laboratory),
        ObservedField(.downSyndrome, own: "Down syndrome", .exam),
        ObservedField(.philadelphia, own: "Philadelphia chromosome", .laboratory),
        ObservedField(.weight, .bodyWeight, .vitalSigns, unit: "kg"),
        ObservedField(.height, .bodyHeight, .vitalSigns, unit: "cm"),
        ObservedField(.marrow, own: "Marrow morphology (M1, M2, M3)", .laboratory),
        ObservedField(.blasts, own: "Blasts in the marrow", .laboratory, unit: "%"),
        ObservedField(.mrd, own: "Minimal residual disease in the marrow", .laboratory, unit: "%"),
        ObservedField(.cns, own: "Central nervous system status (CNS1, CNS2, CNS3)", .laboratory),
        ObservedField(.testis, own: "Testes involved", .exam),
        ObservedField(.response, own: "Response to treatment", .exam),
        ObservedField(.treatmentFailure, own: "Treatment failure, as the investigator judged", .exam),
        ObservedField(.neutrophils, .neutrophils, .laboratory, unit: "/uL"),
        ObservedField(.platelets, .platelets, .laboratory, unit: "10*9/L"),
    ]

    /// Not a field: a milestone that says it by having happened.
    static let engraftment = ObservedField(
        .stemCells, .own("observation", "engrafted", "Engraftment after transplant"), .laboratory)

    /// Writes the value, or why there is none.
    func write(_ value: Value, _ text: inout ResourceText) {
        switch value {
        case .word("not-done"): text.concept("dataAbsentReason", [.notPerformed])
        case .word("inadequate"): writeInadequate(&text)
        case .word(let word): text.concept("valueCodeableConcept", [.own(field.rawValue, word)])
        case .number(let number):
            if let unit {
                text.quantity("valueQuantity", field.text(value), unit)
            } else {
                text.literal("valueInteger", String(number))
            }
        case .flag(let flag): text.literal("valueBoolean", String(flag))
        case .level(let level): text.quantity("valueQuantity", level.percent, unit ?? "1")
        case .mrd(let result): write(result, &text)
        // No field of the list holds a date, several words or text.
        case .words, .date, .text: break
        }
    }

    private func write(_ result: MRD.Result, _ text: inout ResourceText) {
        switch result {
        case .level(let level): text.quantity("valueQuantity", level.percent, "%")
        case .below(let level): text.quantity("valueQuantity", level.percent, "%", comparator: "<")
        case .atLeast(let level): text.quantity("valueQuantity", level.percent, "%", comparator: ">=")
        case .above(let level): text.quantity("valueQuantity", level.percent, "%", comparator: ">")
        case .notDone: text.concept("dataAbsentReason", [.notPerformed])
        case .inadequate: writeInadequate(&text)
        }
    }

    // FHIR's list has no word for a sample that allowed no result.
    private func writeInadequate(_ text: inout ResourceText) {
        text.concept(
            "dataAbsentReason", [.own("data-absent-reason", "inadequate")], text: "the sample allowed no result")
    }
}
