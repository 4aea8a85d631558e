extension Facts {
    /// Adds the facts of a JSON object such as `{"age": "12", "marrow": "m1"}`, if it is as plain as the log writes it: texts without
    /// escapes, each the spelling of a value of a field that is given once.
    ///
    /// Words of closed lists are found by their bytes, and only what remains becomes text: the log is read in millions of rows.
    /// - Returns: whether it was. If not, nothing was added, and ``JSONLine/read(_:)`` reads it or says what is wrong.
    public mutating func addPlain(json bytes: ArraySlice<UInt8>) -> Bool {
        var scanner = PlainScanner(rest: bytes)
        var facts = self
        var given = FieldSet()
        guard scanner.take(UInt8(ascii: "{")) else { return false }
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                guard let name = scanner.text(), scanner.take(UInt8(ascii: ":")), let value = scanner.text(),
                    let field = Field.named(name), !given.contains(field), facts.set(field, spelled: value)
                else { return false }
                given.insert(field)
            } while scanner.take(UInt8(ascii: ","))
            guard scanner.take(UInt8(ascii: "}")) else { return false }
        }
        guard scanner.rest.isEmpty else { return false }
        self = facts
        return true
    }

    private mutating func set(_ field: Field, spelled bytes: ArraySlice<UInt8>) -> Bool {
        if let index = field.choice(bytes) {
            set(field, choice: index)
        } else {
            guard let text = String(utf8: bytes), let value = try? field.value(text) else {
                return false
            }
            self[field] = value
        }
        return true
    }
}

private struct PlainScanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ byte: UInt8) -> Bool {
        while rest.first == 0x20 { rest.removeFirst() }
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// A quoted text without escapes.
    mutating func text() -> ArraySlice<UInt8>? {
        let quote = UInt8(ascii: "\"")
        guard take(quote), let end = rest.firstIndex(where: { $0 == quote || $0 == UInt8(ascii: "\\") || $0 < 0x20 }),
            rest[end] == quote
        else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }
}
