/// The value of one field, already checked against its type.
public enum Value: Sendable, Hashable {
    /// A word of a closed list or of the protocol document.
    case word(String)
    /// Some words of a field's closed list: bit `n` stands for its word `n`.
    case words(UInt32)
    /// A whole number, or a decimal at its field's scale.
    case number(Int)
    /// `yes` or `no`.
    case flag(Bool)
    /// A share of cells.
    case level(MRD.Level)
    /// A residual disease result.
    case mrd(MRD.Result)
    /// A date with its precision.
    case date(ClinicalDate)
    /// A code or free text.
    case text(String)
}

/// Why a text is no value of a field.
public struct FieldFault: Error, Sendable, Hashable {
    /// The field.
    public let field: Field
    /// What was given, shortened to 60 characters.
    public let given: String
    /// What the field takes, in words.
    public let expected: String
    /// What to write instead, where there is something to say.
    public let hint: String?

    init(_ field: Field, _ given: some StringProtocol, expected: String, hint: String? = nil) {
        self.field = field
        self.given = given.count > 60 ? String(given.prefix(59)) + "…" : String(given)
        self.expected = expected
        self.hint = hint
    }
}

extension Field {
    /// Reads a value; whether a protocol knows its words is checked later, where the protocol is known.
    public func value(_ text: String) throws(FieldFault) -> Value {
        switch type {
        case .choice(let words):
            guard words.contains(text) else { throw FieldFault(self, text, expected: expectation) }
            return .word(text)
        case .choices(let words):
            var bits: UInt32 = 0
            for part in text.split(separator: "+", omittingEmptySubsequences: false) {
                guard let index = words.firstIndex(where: { $0 == part }) else {
                    throw FieldFault(self, text, expected: expectation)
                }
                bits |= 1 << UInt32(index)
            }
            return .words(bits)
        case .word:
            guard Field.isProtocolWord(text) else {
                let hint = text.contains(" ") ? "it is one word: its parts are joined by hyphens" : nil
                throw FieldFault(self, text, expected: expectation, hint: hint)
            }
            return .word(text)
        case .integer(let range, _):
            guard let number = Scaled.parse(text, scale: 0), range.contains(number), !text.utf8.contains(46) else {
                throw FieldFault(self, text, expected: expectation)
            }
            return .number(number)
        case .decimal(let range, let scale, _):
            guard let number = Scaled.parse(text, scale: scale), range.contains(number) else {
                throw FieldFault(self, text, expected: expectation)
            }
            return .number(number)
        case .flag:
            switch text {
            case "yes", "true": return .flag(true)
            case "no", "false": return .flag(false)
            default: throw FieldFault(self, text, expected: expectation)
            }
        case .percentage:
            guard let level = MRD.Level(percent: text) else { throw FieldFault(self, text, expected: expectation) }
            return .level(level)
        case .mrd:
            guard let result = MRD.Result(text) else {
                let hint =
                    text.hasPrefix("neg")
                    ? "a negative result is written as less than what the assay sees, such as <0.01" : nil
                throw FieldFault(self, text, expected: expectation, hint: hint)
            }
            return .mrd(result)
        case .date:
            guard let date = ClinicalDate(text) else { throw FieldFault(self, text, expected: expectation) }
            return .date(date)
        case .code:
            guard Field.isCode(text) else { throw FieldFault(self, text, expected: expectation) }
            // However it is written, this service is one system.
            let isOwn = self == .allocatedBy && text.lowercased() == Field.ownAllocation
            return .text(isOwn ? Field.ownAllocation : text)
        case .text:
            guard text.unicodeScalars.count <= 1000, !text.isEmpty, !text.utf8.contains(0) else {
                throw FieldFault(self, text, expected: expectation)
            }
            return .text(text)
        }
    }

    /// What the field takes, in words.
    public var expectation: String {
        switch type {
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .choices(let words): "some of " + words.joined(separator: ", ") + ", joined by +"
        case .word(let list) where list.isListed: "a word of the protocol's list, or other with what it was in note"
        case .word(let list): "\(list == .arm ? "an" : "a") \(list.rawValue) of the protocol"
        case .integer(let range, let unit):
            "a whole number from \(range.lowerBound) to \(range.upperBound)" + (unit.isEmpty ? "" : " (\(unit))")
        case .decimal(let range, let scale, let unit):
            "a number from \(Scaled.text(range.lowerBound, scale: scale)) to \(Scaled.text(range.upperBound, scale: scale))"
                + " (\(unit)), at most \(scale) decimal\(scale == 1 ? "" : "s")"
        case .flag: "yes or no"
        case .percentage: "a percentage from 0 to 100"
        case .mrd: "a percentage from 0 to 100 such as 0.05, <0.01 or >=10, or not-done or inadequate"
        case .date: "a date such as 2019-03-02, 2019-03 or 2019"
        case .code: "a code word of 1 to 20 letters from a to z, digits, hyphens and dots"
        case .text: "1 to 1,000 characters of text"
        }
    }

    /// The one spelling of a value of this field.
    public func text(_ value: Value) -> String {
        switch value {
        case .word(let word), .text(let word): word
        case .words(let bits):
            switch type {
            case .choices(let words):
                words.enumerated().filter { bits & (1 << UInt32($0.offset)) != 0 }.map(\.element)
                    .joined(separator: "+")
            default: ""
            }
        case .number(let number):
            if case .decimal(_, let scale, _) = type { Scaled.text(number, scale: scale) } else { String(number) }
        case .flag(let flag): flag ? "yes" : "no"
        case .level(let level): level.percent
        case .mrd(let result): result.text
        case .date(let date): date.description
        }
    }

    static func isProtocolWord(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func isCode(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// What `allocated-by` says of an allocation that the service drew; nobody may write it by hand.
    public static let ownAllocation = "pathway"
}
