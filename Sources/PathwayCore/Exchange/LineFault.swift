/// What is wrong with a line of an import file, apart from the pathway.
public struct LineFault: Error, Sendable, Hashable {
    /// What is wrong, in words.
    public let message: String
    /// What would work, if there is something to say.
    public let hint: String?
    /// What the message quotes of the line; `nil` if all of it is in words of our own.
    let quoted: String?

    /// Makes a fault.
    public init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
        quoted = nil
    }

    /// Makes a fault whose message holds, in quotes, what the line said.
    public init(_ message: String, hint: String? = nil, quoting quoted: some StringProtocol) {
        self.message = message
        self.hint = hint
        self.quoted = String(quoted)
    }

    /// What is wrong, without what the line said: that may be a name that slipped into another place.
    public var messageWithoutQuote: String { quoted.map { message.replacing("\"\($0)\"", with: "\"…\"") } ?? message }

    /// The same fault where a file ends in the middle of a line.
    public var ofCutOffLine: LineFault {
        reworded("the last line is cut off: \(message)", hint: "is the file complete?")
    }

    private func reworded(_ words: String, hint: String?) -> LineFault {
        quoted.map { LineFault(words, hint: hint, quoting: $0) } ?? LineFault(words, hint: hint)
    }

    /// That one thing is said twice; its name is quoted unless it is one of ours.
    public static func givenTwice(_ name: some StringProtocol, for what: String) -> LineFault {
        let words = "\"\(name)\" is given twice for \(what)"
        let isOurs = LineNames.fields[String(name)] != nil || LineNames.keys[String(name)] != nil
        return isOurs || name == "remove" ? LineFault(words) : LineFault(words, quoting: name)
    }

    /// That a field has no name of ours.
    public static func unknownField(_ name: some StringProtocol, among names: [String]) -> LineFault {
        LineFault(
            "unknown field \"\(name.prefix(60))\"",
            hint: nearest(String(name), among: names).map { "did you mean \"\($0)\"?" },
            quoting: name.prefix(60))
    }
}

/// The names of a line's entries that are not fields of the milestone.
public enum LineKey: String, CaseIterable, Sendable {
    /// The study number.
    case patient
    /// The kind of milestone.
    case milestone
    /// The day.
    case on
    /// The protocol.
    case `protocol`
    /// Its version.
    case version
    /// Why the protocol was left.
    case deviation
    /// Who recorded it.
    case by
    /// When another log recorded it.
    case at
    /// The key under which a repetition is recognised.
    case request
    /// Whether the patient is made up.
    case synthetic
    /// The position that a corrected milestone states again.
    case restates
    /// What was done to the record, in a line that is no milestone.
    case act
    /// The position to which a correction rewinds.
    case to
    /// Why it was done.
    case why
    /// What in the source records supports a correction.
    case source
    /// What a signature means.
    case meaning
    /// What was signed.
    case digest
}

extension Attempt {
    /// Makes an attempt of the named values of one line, in any order; empty values count as absent.
    public init(entries: [(name: String, value: String)]) throws(LineFault) {
        var keys: [LineKey: String] = [:]
        var facts = Facts()
        var fieldTexts: [(Field, String)] = []
        for (name, value) in entries where !value.isEmpty {
            if let key = LineNames.keys[name] {
                guard keys.updateValue(value, forKey: key) == nil else { throw LineFault("\"\(name)\" is given twice") }
            } else if let field = LineNames.fields[name] {
                guard !fieldTexts.contains(where: { $0.0 == field }) else {
                    throw LineFault("\"\(name)\" is given twice")
                }
                fieldTexts.append((field, value))
            } else {
                throw LineFault(
                    "unknown field \"\(name.prefix(60))\"", hint: closest(to: name).map { "did you mean \"\($0)\"?" },
                    quoting: name.prefix(60))
            }
        }
        guard let patientText = keys[.patient] else { throw LineFault("\"patient\" is missing") }
        guard let patient = PatientID(patientText) else {
            throw LineFault(
                "\"\(patientText.prefix(60))\" is no study number: it takes \(PatientID.expectation)",
                quoting: patientText.prefix(60))
        }
        guard let kindText = keys[.milestone] else { throw LineFault("\"milestone\" is missing") }
        guard let kind = LineNames.kinds[kindText] else { throw LineFault.unknownMilestone(kindText) }
        guard let dateText = keys[.on] else { throw LineFault("\"on\" is missing: the day it happened") }
        guard let on = ClinicalDate(dateText) else {
            throw LineFault(
                "\"\(dateText.prefix(60))\" is no date: it takes a day such as 2019-03-02", quoting: dateText.prefix(60)
            )
        }
        for (field, text) in fieldTexts {
            do { facts[field] = try field.value(text) } catch { throw LineFault(error) }
        }
        let milestone: Milestone
        do { milestone = try Milestone(kind, on: on, facts: facts) } catch { throw LineFault(error) }
        self.init(patient: patient, milestone: milestone, deviation: keys[.deviation], by: keys[.by])
        for key in [LineKey.act, .to, .why, .source, .meaning, .digest] where keys[key] != nil {
            throw LineFault("\"\(key.rawValue)\" says what was done to a record, and the line has a milestone")
        }
        if let text = keys[.restates] {
            guard let position = Int(text), position > 0 else {
                throw LineFault("\"\(text.prefix(60))\" is no position", quoting: text.prefix(60))
            }
            restates = position
        }
        try readRecord(keys)
    }

    private mutating func readRecord(_ keys: [LineKey: String]) throws(LineFault) {
        if let name = keys[.protocol] {
            var version: Int?
            if let text = keys[.version] {
                guard let number = Int(text), number > 0 else {
                    throw LineFault("\"\(text.prefix(60))\" is no version", quoting: text.prefix(60))
                }
                version = number
            }
            edition = EditionName(name: name, version: version)
        } else if keys[.version] != nil {
            throw LineFault("\"version\" needs \"protocol\"")
        }
        let origin = try LineOrigin(keys)
        (by, recordedElsewhereAt, request) = (origin.by, origin.at, origin.request)
        isSynthetic = origin.isSynthetic
        if let deviation, deviation.unicodeScalars.count > 1000 {
            throw LineFault("\"deviation\" is longer than 1,000 characters")
        }
        if let deviation, deviation.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw LineFault("\"deviation\" is empty", hint: "say why")
        }
        if let deviation, deviation.utf8.contains(0) { throw LineFault("\"deviation\" holds a NUL character") }
    }
}

/// Who recorded a line first, when, and under which key.
struct LineOrigin {
    var by: String?
    var at: Int64?
    var request: RequestID?
    var isSynthetic = false

    init(_ keys: [LineKey: String]) throws(LineFault) {
        if let text = keys[.at] {
            guard let instant = Instant(text) else {
                throw LineFault(
                    "\"\(text.prefix(60))\" is no moment such as 2026-11-23T05:52:29.123456Z", quoting: text.prefix(60))
            }
            at = instant.microseconds
        }
        if let text = keys[.request] {
            guard let key = RequestID(text) else {
                throw LineFault("\"\(text.prefix(60))\" is no request key (a UUID)", quoting: text.prefix(60))
            }
            request = key
        }
        if let text = keys[.synthetic] {
            guard text == "true" || text == "yes" || text == "false" || text == "no" else {
                throw LineFault(
                    "\"synthetic\" takes true or false, not \"\(text.prefix(60))\"", quoting: text.prefix(60))
            }
            isSynthetic = text == "true" || text == "yes"
        }
        by = keys[.by]
        if let by {
            guard by.unicodeScalars.contains(where: { $0 != " " }) else { throw LineFault("\"by\" is blank") }
            guard by.unicodeScalars.count <= 100, !by.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                throw LineFault("\"by\" is longer than 100 characters, or holds control characters")
            }
        }
    }
}

extension LineFault {
    /// The fault of a line of column names that are no names of ours; `nil` if they all are.
    public static func inColumns(_ names: [String]) -> LineFault? {
        guard let name = names.first(where: { LineNames.keys[$0] == nil && LineNames.fields[$0] == nil }) else {
            return nil
        }
        if names.count == 1, let separator = [";", "\t", "|"].first(where: name.contains) {
            return LineFault(
                "the columns are separated by \(separator == "\t" ? "tabs" : "\"\(separator)\"")",
                hint: "separate them by commas")
        }
        return LineFault(
            "unknown column \"\(name.prefix(60))\"", hint: closest(to: name).map { "did you mean \"\($0)\"?" })
    }
}

enum LineNames {
    static let keys = Dictionary(uniqueKeysWithValues: LineKey.allCases.map { ($0.rawValue, $0) })
    static let fields = Dictionary(uniqueKeysWithValues: Field.allCases.map { ($0.rawValue, $0) })
    static let kinds = Dictionary(uniqueKeysWithValues: MilestoneKind.allCases.map { ($0.rawValue, $0) })
}

func closest(to name: String) -> String? {
    nearest(name, among: LineKey.allCases.map(\.rawValue) + Field.allCases.map(\.rawValue))
}

/// The word that differs least from `text`, if it differs by at most a third of it.
public func nearest(_ text: String, among words: [String]) -> String? {
    let scored = words.map { (word: $0, distance: editDistance(Array(text.utf8.prefix(40)), Array($0.utf8))) }
    guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= max(1, text.utf8.count / 3) else {
        return nil
    }
    return best.word
}

/// The three words that differ least from `text`, the nearest first.
func closestWords(to text: String, among words: [String]) -> [String] {
    words.map { (word: $0, distance: editDistance(Array(text.utf8.prefix(40)), Array($0.utf8))) }
        .sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }.prefix(3).map(\.word)
}

private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in right.indices {
            let substituted = diagonal + (byte == right[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
        }
    }
    return row[right.count]
}

extension LineFault {
    /// Words a fault of one value.
    public init(_ fault: FieldFault) {
        self.init(
            "\(fault.field.rawValue) \"\(fault.given)\" is not \(fault.expected)", hint: fault.hint,
            quoting: fault.given)
    }

    /// Words a fault of a milestone's fields.
    public init(_ fault: MilestoneFault) {
        switch fault {
        case .foreignField(let field, let kind):
            let takes = kind.fields + [.note]
            self.init(
                "\"\(kind.rawValue)\" has no field \"\(field.rawValue)\"",
                hint: "it takes " + takes.map(\.rawValue).joined(separator: ", "))
        case .missingFields(let fields, let kind):
            self.init(
                "\"\(kind.rawValue)\" needs \(fields.map(\.rawValue).joined(separator: ", "))",
                hint: fields.map { "\($0.rawValue) is \($0.expectation)" }.joined(separator: "; "))
        case .partialDate(let kind, let date):
            self.init("\"\(kind.rawValue)\" needs the day, and \"\(date)\" is not known to the day")
        case .noneFoundWithoutSensitivity:
            self.init(
                "mrd \"0\" says nothing without the assay's sensitivity",
                hint: "write <0.01, or give mrd-sensitivity")
        }
    }

    /// Words a milestone that does not exist.
    public static func unknownMilestone(_ text: String) -> LineFault {
        let kinds = MilestoneKind.allCases.map(\.rawValue)
        if let near = nearest(text, among: kinds) {
            return LineFault(
                "unknown milestone \"\(text.prefix(60))\"", hint: "did you mean \"\(near)\"?",
                quoting: text.prefix(60))
        }
        return LineFault(
            "unknown milestone \"\(text.prefix(60))\"", hint: "it takes " + kinds.joined(separator: ", "),
            quoting: text.prefix(60))
    }
}
