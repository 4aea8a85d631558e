/// A value as one integer: what conditions compare, so that judging a milestone reads no text and counts no references.
///
/// What a code means is the field's business:
/// - words of a closed list: one bit for each;
/// - numbers, at their field's scale, and shares of cells, in parts per billion: themselves;
/// - `yes` and `no`: 1 and 0;
/// - dates and results of residual disease: ``init(date:)`` and ``init(result:)``;
/// - words of a protocol: ``init(word:)``;
/// - codes and texts: nothing, for only their text says what they are.
struct FactCode: Sendable, Hashable {
    let number: Int

    /// Nothing was given, or nothing that a condition could compare.
    static let unknown = FactCode(number: .min)

    /// A word that its field's list does not have: it is none of any words that a condition names.
    private static let foreign = FactCode(number: 0)

    init(number: Int) { self.number = number }

    init(_ value: Value, of field: Field) {
        switch (value, field.type) {
        case (.word(let word), .choice(let words)), (.word(let word), .choices(let words)):
            self = words.firstIndex(of: word).map { FactCode(choice: $0) } ?? .foreign
        case (.word(let word), .word): self.init(word: word)
        case (.words(let bits), .choices): self.init(number: Int(bits))
        case (.number(let number), .integer), (.number(let number), .decimal): self.init(number: number)
        case (.flag(let flag), .flag): self.init(number: flag ? 1 : 0)
        case (.level(let level), .percentage): self.init(number: level.partsPerBillion)
        case (.mrd(let result), .mrd): self.init(result: result)
        case (.date(let date), .date): self.init(date: date)
        default: self = .unknown
        }
    }

    /// The word at this place of its field's list.
    init(choice index: Int) { self.init(number: 1 << index) }

    /// A digest of a word (FNV-1a, 64 bits): equal words have equal codes, and whoever finds an equal code compares the words.
    init(word: String) {
        let digest = word.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        number = Int(truncatingIfNeeded: digest)
    }

    /// A date: its first day, and in the lowest two bits how much of it is known.
    init(date: ClinicalDate) {
        let precision =
            switch date.precision {
            case .day: 0
            case .month: 1
            case .year: 2
            }
        self.init(number: Int(date.earliest.number) << 2 | precision)
    }

    /// The date that ``init(date:)`` was given.
    var date: ClinicalDate? {
        guard self != .unknown else { return nil }
        let day = Day(number: Int32(truncatingIfNeeded: number >> 2))
        return ClinicalDate(from: day, precision: number & 3 == 0 ? .day : number & 3 == 1 ? .month : .year)
    }

    /// A result of residual disease: its level, and in the lowest three bits its relation.
    init(result: MRD.Result) {
        switch result {
        case .level(let level): self.init(number: level.partsPerBillion << 3)
        case .below(let level): self.init(number: level.partsPerBillion << 3 | 1)
        case .atLeast(let level): self.init(number: level.partsPerBillion << 3 | 2)
        case .above(let level): self.init(number: level.partsPerBillion << 3 | 3)
        case .notDone: self.init(number: 4)
        case .inadequate: self.init(number: 5)
        }
    }

    /// The result that ``init(result:)`` was given.
    var result: MRD.Result? {
        guard self != .unknown else { return nil }
        let level = MRD.Level(validPartsPerBillion: number >> 3)
        switch number & 7 {
        case 0: return .level(level)
        case 1: return .below(level)
        case 2: return .atLeast(level)
        case 3: return .above(level)
        case 4: return .notDone
        default: return .inadequate
        }
    }
}
