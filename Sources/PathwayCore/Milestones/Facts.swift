/// The facts of one milestone: at most one value per field, in the order of ``Field``.
public struct Facts: Sendable, Hashable {
    /// One field with its value.
    public struct Entry: Sendable, Hashable {
        /// Its value.
        public let value: Value
        /// The field.
        public let field: Field
        /// The value as judging reads it.
        let code: FactCode

        init(_ field: Field, _ value: Value, code: FactCode) {
            self.field = field
            self.value = value
            self.code = code
        }
    }

    /// The fields that were given, in the order of `Field.allCases`.
    public private(set) var entries: [Entry] = []
    /// The fields that were given.
    private(set) var known = FieldSet()

    /// No facts.
    public init() {}

    /// The same facts with one more, of a field that was not given.
    func adding(_ field: Field, _ value: Value) -> Facts {
        var facts = Facts()
        facts.known = known
        facts.known.insert(field)
        facts.entries.reserveCapacity(entries.count + 1)
        let place = known.count(before: field)
        for entry in entries[..<place] { facts.entries.append(entry) }
        facts.entries.append(Entry(field, value, code: FactCode(value, of: field)))
        for entry in entries[place...] { facts.entries.append(entry) }
        return facts
    }

    /// The value of a field, or `nil` if it was not given; setting `nil` removes it.
    public subscript(field: Field) -> Value? {
        get { place(of: field).map { entries[$0].value } }
        set {
            if let newValue { set(field, newValue, code: FactCode(newValue, of: field)) } else { remove(field) }
        }
    }

    /// The word of a field that holds one, such as `arm`.
    public func word(_ field: Field) -> String? {
        if case .word(let word)? = self[field] { word } else { nil }
    }

    /// What judging reads of a field; unknown if it was not given.
    func code(_ field: Field) -> FactCode { place(of: field).map { entries[$0].code } ?? .unknown }

    /// Sets a field to the word at a place of its closed list.
    mutating func set(_ field: Field, choice index: Int) {
        guard case .choice(let words) = field.type else { return }
        set(field, .word(words[index]), code: FactCode(choice: index))
    }

    private mutating func set(_ field: Field, _ value: Value, code: FactCode) {
        remove(field)
        entries.insert(Entry(field, value, code: code), at: known.count(before: field))
        known.insert(field)
    }

    private mutating func remove(_ field: Field) {
        guard let place = place(of: field) else { return }
        entries.remove(at: place)
        known.remove(field)
    }

    // The entries stand in the order of their fields: as many come before one as fields that were given do.
    private func place(of field: Field) -> Int? { known.contains(field) ? known.count(before: field) : nil }
}

/// Some fields, one bit each: there are fewer than 64.
struct FieldSet: Sendable, Hashable {
    private(set) var bits: UInt64 = 0

    init(_ fields: [Field] = []) { for field in fields { insert(field) } }

    func contains(_ field: Field) -> Bool { bits & FieldSet.bit(field) != 0 }
    func intersects(_ other: FieldSet) -> Bool { bits & other.bits != 0 }
    /// How many of them come before a field.
    func count(before field: Field) -> Int { (bits & (FieldSet.bit(field) &- 1)).nonzeroBitCount }
    mutating func insert(_ field: Field) { bits |= FieldSet.bit(field) }
    mutating func remove(_ field: Field) { bits &= ~FieldSet.bit(field) }
    mutating func formUnion(_ other: FieldSet) { bits |= other.bits }
    mutating func subtract(_ other: FieldSet) { bits &= ~other.bits }

    private static func bit(_ field: Field) -> UInt64 { 1 &<< UInt64(field.index) }
}
