internal import PathwayCore
internal import PathwayDocument
internal import Yams

/// Reads the facts of a step or card: a value, a list to choose from, a range, or a date counted back from another.
struct FactReader {
    let collector: FaultCollector

    func facts(_ table: Table, besides known: [String], in name: String) -> [FactRule] {
        table.entries.compactMap { entry in
            if known.contains(entry.key) { return nil }
            guard let field = Field(rawValue: entry.key) else {
                collector.add(
                    entry.line,
                    "unknown word \"\(entry.key)\" in \(name); it takes \(known.joined(separator: ", ")) and fields")
                return nil
            }
            return choice(field, entry.node).map { FactRule(field: field, choice: $0, line: entry.line) }
        }
    }

    private func choice(_ field: Field, _ node: Node) -> FactRule.Choice? {
        if case .sequence = node {
            let values = node.words(field.rawValue, collector).compactMap { value(field, $0.word, $0.line) }
            return values.isEmpty ? nil : .oneOf(values)
        }
        guard case .scalar(let scalar) = node else {
            collector.add(node.line, "\"\(field.rawValue)\" must be a value or a list of values to choose from")
            return nil
        }
        switch field.type {
        case .date: return date(field, scalar.string, node.line).map(FactRule.Choice.date)
        case .integer where scalar.string.contains(".."):
            guard let range = wholeRange(scalar.string) else {
                collector.add(node.line, "\"\(scalar.string)\" is no range such as 500..3000")
                return nil
            }
            return .number(range)
        default: return value(field, scalar.string, node.line).map(FactRule.Choice.fixed)
        }
    }

    private func value(_ field: Field, _ text: String, _ line: Int) -> Value? {
        do { return try field.value(text) } catch {
            collector.add(line, "\(field.rawValue) \"\(text)\" is not \(error.expected)")
            return nil
        }
    }

    /// `3..14 days`, `18..35 months before relapsed-on`, `aged 1..9 and 6 months before diagnosed`, `…, to the month`.
    private func date(_ field: Field, _ text: String, _ line: Int) -> DateRule? {
        let rule = dateRule(text)
        if rule == nil {
            collector.add(
                line,
                "\"\(field.rawValue)\" must be a time back such as 3..14 days, 18..35 months before relapsed-on or "
                    + "aged 1..9 and 6 months before diagnosed, not \"\(text)\"")
        }
        return rule
    }

    private func dateRule(_ text: String) -> DateRule? {
        var words = text.split(separator: " ").map(String.init)
        var precision = ClinicalDate.Precision.day
        if words.suffix(3) == ["to", "the", "month"] {
            words.removeLast(3)
            guard words.last?.hasSuffix(",") ?? false else { return nil }
            words[words.count - 1].removeLast()
            precision = .month
        }
        if words.first == "aged" { return age(words, precision) }
        guard words.count == 2 || words.count == 4 && words[2] == "before", let range = wholeRange(words[0]),
            let unit = unit(words[1])
        else { return nil }
        let reference = words.count == 4 ? Field(rawValue: words[3]) : nil
        guard words.count == 2 || reference != nil else { return nil }
        return DateRule(
            shortest: .init(count: range.lowerBound, unit: unit), longest: .init(count: range.upperBound, unit: unit),
            reference: reference, besides: nil, precision: precision)
    }

    private func age(_ words: [String], _ precision: ClinicalDate.Precision) -> DateRule? {
        guard words.count == 2 || words.count == 7, let range = wholeRange(words[1]) else { return nil }
        var besides: (DateRule.Length, Field)?
        if words.count == 7 {
            guard words[2] == "and", words[5] == "before", let count = Int(words[3]), let unit = unit(words[4]),
                let field = Field(rawValue: words[6])
            else { return nil }
            besides = (.init(count: count, unit: unit), field)
        }
        // Nine complete years end the day before the tenth birthday: a day less than twelve times ten months.
        return DateRule(
            shortest: .init(count: range.lowerBound, unit: .years),
            longest: .init(count: range.upperBound * 12 + 11, unit: .months), reference: nil, besides: besides,
            precision: precision)
    }

    private func unit(_ word: String) -> Span.Unit? { Span.Unit(rawValue: word.hasSuffix("s") ? word : word + "s") }
}

/// Reads `3` or `3..14`.
func wholeRange(_ text: String) -> ClosedRange<Int>? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: true)
    guard let low = parts.first.flatMap({ Int($0) }), low >= 0 else { return nil }
    if parts.count == 1, text == String(parts[0]) { return low...low }
    guard parts.count == 2, text == "\(parts[0])..\(parts[1])", let high = Int(parts[1]), low <= high else {
        return nil
    }
    return low...high
}

extension Table {
    /// Reads `7 days` or `3..14 days`.
    func days(_ key: String, _ collector: FaultCollector) -> ClosedRange<Int>? {
        guard let text = text(key) else { return nil }
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 2, words[1] == "days" || words[1] == "day", let range = wholeRange(words[0]) else {
            collector.add(line(of: key), "\"\(key)\" must be days such as 3..14 days, not \"\(text)\"")
            return nil
        }
        return range
    }
}
