internal import PathwayCore

extension Facts {
    /// The facts that are not identifying, or those that are, as a JSON object; `nil` if there are none of the latter.
    func json(identifying: Bool) -> String? {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for entry in entries where entry.field.isIdentifying == identifying {
            JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &bytes)
        }
        if identifying, bytes.count == 1 { return nil }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the facts of a JSON object that ``json(identifying:)`` wrote.
    mutating func add(json bytes: ArraySlice<UInt8>) throws {
        if addPlain(json: bytes) { return }
        for (name, text) in try JSONLine.read(bytes) {
            guard let field = FieldNames.byName[name] else {
                throw LogError(.contradiction, "the log holds a fact \"\(name)\" that this program does not know")
            }
            self[field] = try field.value(text)
        }
    }
}

enum FieldNames {
    static let byName = Dictionary(uniqueKeysWithValues: Field.allCases.map { ($0.rawValue, $0) })
    static let kinds = Dictionary(uniqueKeysWithValues: MilestoneKind.allCases.map { ($0.rawValue, $0) })
}
