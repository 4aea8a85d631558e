/// A JSON document, for looking at what programs get.
enum JSON: Decodable, Equatable {
    case object([String: JSON])
    case list([JSON])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// The names of an object, sorted; of a list's first element.
    var keys: [String] {
        switch self {
        case .object(let entries): entries.keys.sorted()
        case .list(let elements): elements.first?.keys ?? []
        case .text, .number, .flag, .null: []
        }
    }

    subscript(name: String) -> JSON? {
        if case .object(let entries) = self { entries[name] } else { nil }
    }

    var elements: [JSON] { if case .list(let elements) = self { elements } else { [] } }
}
