package import PathwayCore
package import Yams

/// Reads the conditions of a document into guards.
package struct ConditionReader {
    let words: ProtocolWords
    let collector: FaultCollector

    package init(words: ProtocolWords, collector: FaultCollector) {
        self.words = words
        self.collector = collector
    }

    /// A condition is a mapping, all of whose lines must hold.
    package func read(_ node: Node) -> Guard {
        guard case .mapping = node else {
            collector.add(node.line, "a condition must be a mapping such as {marrow: [m1]}")
            return .all([])
        }
        let parts = Table(node, "a condition", collector).entries.compactMap { entry in
            line(entry.key, entry.node, at: entry.line)
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private func line(_ key: String, _ node: Node, at line: Int) -> Guard? {
        switch key {
        case "all": return .all(conditions(node, key))
        case "any": return .any(conditions(node, key))
        case "not": return .not(read(node))
        case "elapsed": return elapsed(node)
        case "received": return .received(known(node, key, words.agents, "agent of any course"))
        case "happened": return happened(node)
        case "day": return day(node)
        case "known": return fields(node, key).map { .all($0.map(Guard.known)) }
        case "missing": return fields(node, key).map { .all($0.map { .not(.known($0)) }) }
        default: break
        }
        if let word = Standing.Word(rawValue: key) { return standing(word, node) }
        guard let field = Field(rawValue: key) else {
            collector.add(line, "unknown word \"\(key)\" in a condition")
            return nil
        }
        return fact(field, node)
    }

    private func conditions(_ node: Node, _ key: String) -> [Guard] {
        guard case .sequence(let nodes) = node, !nodes.isEmpty else {
            collector.add(node.line, "\"\(key)\" must be a list of conditions")
            return []
        }
        return nodes.map(read)
    }

    private func fields(_ node: Node, _ key: String) -> [Field]? {
        node.words(key, collector).compactMap { word, line in
            let field = Field(rawValue: word)
            if field == nil { collector.add(line, "unknown field \"\(word)\"") }
            return field
        }
    }

    private func happened(_ node: Node) -> Guard {
        .happened(
            node.words("happened", collector).compactMap { word, line in
                let kind = MilestoneKind(rawValue: word)
                if kind == nil { collector.add(line, "unknown milestone \"\(word)\"") }
                return kind
            })
    }

    /// `after 2019-09-18`, in the comparisons of numbers.
    private func day(_ node: Node) -> Guard? {
        if case .scalar(let scalar) = node {
            let parts = scalar.string.split(separator: " ").map(String.init)
            if parts.count == 2, let comparison = Guard.Comparison(rawValue: parts[0]), let day = Day(parts[1]) {
                return .day(comparison, day)
            }
        }
        collector.add(node.line, "\"day\" is compared as in: above 2019-09-18")
        return nil
    }

    private func standing(_ word: Standing.Word, _ node: Node) -> Guard {
        switch word {
        case .arm: .standing(.arm, known(node, word.rawValue, words.arms, "arm"))
        case .risk: .standing(.risk, known(node, word.rawValue, words.risks, "risk group"))
        case .phase: .standing(.phase, known(node, word.rawValue, words.phases, "phase"))
        case .status: .standing(.status, known(node, word.rawValue, Status.allCases.map(\.rawValue), "status"))
        }
    }

    private func known(_ node: Node, _ key: String, _ all: [String], _ what: String) -> [String] {
        node.words(key, collector).map { word, line in
            if !all.contains(word) { collector.add(line, "unknown \(what) \"\(word)\"") }
            return word
        }
    }

    private func elapsed(_ node: Node) -> Guard? {
        let table = Table(node, "elapsed", collector)
        table.allow(["from", "to"] + Guard.Comparison.allCases.map(\.rawValue), in: "elapsed")
        let limits = Guard.Comparison.allCases.compactMap { comparison in
            table.span(comparison.rawValue).map { (comparison, $0) }
        }
        guard let from = table.choice("from", Clock.self), let to = table.choice("to", Clock.self), !limits.isEmpty
        else {
            collector.add(node.line, "elapsed needs from, to and at least one of below, at-most, at-least, above")
            return nil
        }
        let parts = limits.map { Guard.elapsed(from: from, to: to, $0.0, $0.1) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private func fact(_ field: Field, _ node: Node) -> Guard? {
        switch field.type {
        case .flag:
            guard let text = scalar(node, field), let value = try? field.value(text), case .flag(let flag) = value
            else {
                collector.add(node.line, "\"\(field.rawValue)\" must be yes or no")
                return nil
            }
            return .flag(field, flag)
        case .choice(let all), .choices(let all):
            return .oneOf(field, known(node, field.rawValue, all, field.rawValue))
        case .word(let list):
            return .oneOf(field, known(node, field.rawValue, words[list], list.rawValue))
        case .code, .text:
            return .oneOf(field, node.words(field.rawValue, collector).map(\.word))
        case .integer, .decimal, .percentage, .mrd:
            return comparison(field, node)
        case .date:
            collector.add(node.line, "\"\(field.rawValue)\" is a date: compare it with elapsed")
            return nil
        }
    }

    /// `at-least 36`, `below 0.1 %`, `undetermined at 0.1 %`.
    private func comparison(_ field: Field, _ node: Node) -> Guard? {
        guard let text = scalar(node, field) else { return nil }
        var parts = text.split(separator: " ").map(String.init)
        if parts.last == "%" { parts.removeLast() }
        if parts.count == 3, parts[1] == "at" { parts.remove(at: 1) }
        guard parts.count == 2 else { return fault(field, node, text) }
        let (relation, limit) = (parts[0], parts[1])
        switch field.type {
        case .mrd:
            guard let side = Guard.MRDSide(rawValue: relation), let level = MRD.Level(percent: limit) else {
                return fault(field, node, text)
            }
            return .mrd(side, level)
        case .percentage:
            guard let comparison = Guard.Comparison(rawValue: relation), let level = MRD.Level(percent: limit) else {
                return fault(field, node, text)
            }
            return .level(field, comparison, level)
        case .integer, .decimal:
            guard let comparison = Guard.Comparison(rawValue: relation) else { return fault(field, node, text) }
            // A limit must be a value of the field: beyond its range the comparison would be no condition.
            guard let value = try? field.value(limit), case .number(let number) = value else {
                collector.add(
                    node.line, "the limit of \"\(field.rawValue)\" must be \(field.expectation), not \"\(limit)\"")
                return nil
            }
            return .number(field, comparison, number)
        case .choice, .choices, .word, .flag, .date, .code, .text: return nil
        }
    }

    private func scalar(_ node: Node, _ field: Field) -> String? {
        if case .scalar(let scalar) = node { return scalar.string }
        collector.add(node.line, "\"\(field.rawValue)\" must be a single value")
        return nil
    }

    private func fault(_ field: Field, _ node: Node, _ text: String) -> Guard? {
        let example = field == .mrd ? "below 0.1 %, at-least 0.1 % or undetermined at 0.1 %" : "below 5 or at-least 5"
        collector.add(node.line, "\"\(field.rawValue)\" cannot be compared as \"\(text)\"; write \(example)")
        return nil
    }
}

/// The words that a document defines, read before anything uses them.
package struct ProtocolWords {
    package var phases: [String] = []
    package var courses: [String] = []
    package var arms: [String] = []
    package var risks: [String] = []
    package var agents: [String] = []
    package var vocabulary = Vocabulary()
    var groups: [String: [String]] = [:]

    package init() {}

    subscript(list: ProtocolWord) -> [String] {
        switch list {
        case .course: courses
        case .arm: arms
        case .risk: risks
        case .adverseEvent: vocabulary.adverseEvents.map(\.name)
        case .diagnosis: vocabulary.diagnoses.map(\.name)
        case .exclusion: vocabulary.exclusions.map(\.name)
        }
    }
}
