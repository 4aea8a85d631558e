import PathwayCore

/// One item of the record in the operational model: a field of a milestone, or what every milestone has.
enum ODMItem: Hashable {
    /// The day on which it happened.
    case on
    /// Whether the protocol planned it.
    case answer
    /// A fact.
    case field(Field)

    var identifier: String {
        switch self {
        case .on: "IT.on"
        case .answer: "IT.answer"
        case .field(let field): "IT.\(field.rawValue)"
        }
    }

    var name: String {
        switch self {
        case .on: "on"
        case .answer: "answer"
        case .field(let field): field.rawValue
        }
    }

    /// What kind of values it has.
    var shape: Shape {
        switch self {
        case .on: Shape(type: "partialDate")
        case .answer: Shape(type: "text", length: 12, words: Transition.Answer.allCases.map(\.rawValue))
        case .field(let field): Shape(field.type)
        }
    }

    /// A data type of ODM with what narrows it.
    struct Shape {
        let type: String
        var length: Int?
        var decimals: Int?
        var unit = ""
        var words: [String] = []
        var range: (String, String)?
    }

    /// The items of a kind of milestone, without those that say who the patient is.
    static func all(of kind: MilestoneKind) -> [ODMItem] {
        [.on, .answer] + kind.fields.filter { !$0.isIdentifying }.map { .field($0) }
    }

    /// The items of all kinds, each once.
    static let all: [ODMItem] = [.on, .answer] + Field.allCases.filter { !$0.isIdentifying }.map { .field($0) }
}

extension ODMItem.Shape {
    fileprivate init(_ type: FieldType) {
        switch type {
        case .choice(let words): self.init(type: "text", length: words.longest, words: words)
        // Several words joined by "+" are one value here: a code list has single words only.
        case .choices(let words): self.init(type: "text", length: words.joined(separator: "+").count)
        case .word: self.init(type: "text", length: 40)
        case .integer(let range, let unit):
            let bounds = ("\(range.lowerBound)", "\(range.upperBound)")
            self.init(type: "integer", length: bounds.1.count, unit: unit, range: bounds)
        case .decimal(let range, let scale, let unit):
            let bounds = (Scaled.text(range.lowerBound, scale: scale), Scaled.text(range.upperBound, scale: scale))
            self.init(type: "float", length: bounds.1.count + scale + 1, decimals: scale, unit: unit, range: bounds)
        case .flag: self.init(type: "text", length: 3, words: ["yes", "no"])
        case .percentage: self.init(type: "float", length: 11, decimals: 7, unit: "%", range: ("0", "100"))
        case .mrd: self.init(type: "text", length: 13, unit: "%")
        case .date: self.init(type: "partialDate")
        case .code: self.init(type: "text", length: 20)
        case .text: self.init(type: "text", length: 1000)
        }
    }
}

extension [String] {
    fileprivate var longest: Int { map(\.count).max() ?? 1 }
}
