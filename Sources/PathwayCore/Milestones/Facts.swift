/// The facts of one milestone: at most one value per field, in the order of ``Field``.
public struct Facts: Sendable, Hashable {
    /// One field with its value.
    public struct Entry: Sendable, Hashable {
        /// The field.
        public let field: Field
        /// Its value.
        public let value: Value
    }

    /// The fields that were given, in the order of `Field.allCases`.
    public private(set) var entries: [Entry] = []

    /// No facts.
    public init() {}

    /// The value of a field, or `nil` if it was not given; setting `nil` removes it.
    public subscript(field: Field) -> Value? {
        get {
            for entry in entries where entry.field == field { return entry.value }
            return nil
        }
        set {
            let place = entries.firstIndex { $0.field.index >= field.index } ?? entries.endIndex
            if place < entries.endIndex, entries[place].field == field { entries.remove(at: place) }
            if let newValue { entries.insert(Entry(field: field, value: newValue), at: place) }
        }
    }

    /// The word of a field that holds one, such as `arm`.
    public func word(_ field: Field) -> String? {
        if case .word(let word)? = self[field] { word } else { nil }
    }
}
