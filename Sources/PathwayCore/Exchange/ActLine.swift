/// Something done to a patient's record, as a line of an export has it.
public struct ActLine: Sendable, Hashable {
    /// Whose record it is.
    public var patient: PatientID
    /// What was done: `rewound`, `signed`, `locked`, `unlocked` or `erased`.
    public var act: String
    /// The position to which a correction rewinds; 0 is the beginning.
    public var to: Int?
    /// Why.
    public var why: String?
    /// What in the source records supports a correction.
    public var source: String?
    /// What a signature means.
    public var meaning: String?
    /// What was signed: 64 hexadecimal digits.
    public var digest: String?
    /// Who did it.
    public var by: String?
    /// When, in microseconds since 1970, UTC.
    public var at: Int64?
    /// The key under which a repetition is recognised.
    public var request: RequestID?
    /// Whether the patient is made up.
    public var isSynthetic = false

    /// Makes an act.
    public init(patient: PatientID, act: String) {
        self.patient = patient
        self.act = act
    }

    /// Whether a line is about a record and no milestone.
    public static func isAct(_ entries: [(name: String, value: String)]) -> Bool {
        entries.contains { $0.name == LineKey.act.rawValue && !$0.value.isEmpty }
    }

    /// Makes an act of the named values of one line, in any order; empty values count as absent.
    public init(entries: [(name: String, value: String)]) throws(LineFault) {
        var keys: [LineKey: String] = [:]
        for (name, value) in entries where !value.isEmpty {
            guard let key = LineNames.keys[name] else {
                throw LineFault(
                    "unknown field \"\(name.prefix(60))\" of an act",
                    hint: closest(to: name).map { "did you mean \"\($0)\"?" }, quoting: name.prefix(60))
            }
            guard keys.updateValue(value, forKey: key) == nil else { throw LineFault("\"\(name)\" is given twice") }
        }
        for key in [LineKey.milestone, .on, .protocol, .version, .deviation, .restates] where keys[key] != nil {
            throw LineFault("an act has no \"\(key.rawValue)\"")
        }
        guard let text = keys[.patient] else { throw LineFault("\"patient\" is missing") }
        guard let patient = PatientID(text) else {
            throw LineFault(
                "\"\(text.prefix(60))\" is no study number: it takes \(PatientID.expectation)", quoting: text.prefix(60)
            )
        }
        let word = keys[.act] ?? ""
        guard ActLine.words.contains(word) else {
            throw LineFault(
                "unknown act \"\(word.prefix(60))\"", hint: "it takes " + ActLine.words.joined(separator: ", "),
                quoting: word.prefix(60))
        }
        self.init(patient: patient, act: word)
        if word == "rewound" {
            guard let to = keys[.to].flatMap({ Int($0) }), to >= 0 else {
                throw LineFault("\"to\" of \"rewound\" is a position, or 0 for the beginning")
            }
            self.to = to
        }
        why = keys[.why]
        guard word == "signed" || why?.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) == true else {
            throw LineFault("\"why\" is missing: who changes, locks, unlocks or forgets a record says why")
        }
        guard why?.unicodeScalars.count ?? 0 <= 1_000, keys[.source]?.unicodeScalars.count ?? 0 <= 1_000 else {
            throw LineFault("\"why\" or \"source\" is longer than 1,000 characters")
        }
        (source, meaning, digest) = (keys[.source], keys[.meaning], keys[.digest])
        guard word != "signed" || meaning != nil && ActLine.isDigest(digest ?? "") else {
            throw LineFault("a signature has a \"meaning\" and a \"digest\" of 64 hexadecimal digits")
        }
        let origin = try LineOrigin(keys)
        (by, at, request, isSynthetic) = (origin.by, origin.at, origin.request, origin.isSynthetic)
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(Array("0123456789abcdef".utf8).contains)
    }

    /// The words of all acts.
    public static let words = ["rewound", "signed", "locked", "unlocked", "erased"]

    /// Appends the act as the line of NDJSON that an import reads, with its line break.
    public func appendLine(to bytes: inout [UInt8]) {
        var line: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append(LineKey.patient.rawValue, patient.description, to: &line)
        JSONLine.append(LineKey.act.rawValue, act, to: &line)
        if let to { JSONLine.append(LineKey.to.rawValue, literal: String(to), to: &line) }
        for (key, text) in [(LineKey.why, why), (.source, source), (.meaning, meaning), (.digest, digest)] {
            if let text { JSONLine.append(key.rawValue, text, to: &line) }
        }
        JSONLine.appendOrigin(by: by, at: at, request: request, isSynthetic: isSynthetic, to: &line)
        bytes.append(contentsOf: line)
    }
}
