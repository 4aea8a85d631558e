package import PathwayCore
package import Yams

/// Collects every fault of a document, so that its author sees them all at once.
package final class FaultCollector {
    package private(set) var faults: [Fault] = []

    package init() {}

    package func add(_ line: Int, _ message: String) { faults.append(Fault(line: line, message)) }
}

/// A mapping of a document: every key is asked for once, and what nobody asked for is a fault.
package struct Table {
    package let line: Int
    private let pairs: [(key: String, line: Int, node: Node)]
    private let collector: FaultCollector

    /// Reads a node as a mapping; anything else is a fault and reads as an empty one.
    /// - Parameter named: the line of its name, where it has one: below it the mapping itself may begin lines later.
    package init(_ node: Node, _ name: String, _ collector: FaultCollector, at named: Int? = nil) {
        line = named ?? node.line
        self.collector = collector
        guard case .mapping(let mapping) = node else {
            collector.add(node.line, "\(name) must be a mapping of names to values")
            pairs = []
            return
        }
        pairs = mapping.compactMap { key, value in
            guard case .scalar(let scalar) = key else {
                collector.add(key.line, "a name in \(name) is not a word")
                return nil
            }
            return (scalar.string, key.line, value)
        }
    }

    package var keys: [String] { pairs.map(\.key) }

    /// The entries in the document's order.
    package var entries: [(key: String, line: Int, node: Node)] { pairs }

    package subscript(key: String) -> Node? { pairs.first { $0.key == key }?.node }

    package func line(of key: String) -> Int { pairs.first { $0.key == key }?.line ?? line }

    /// Faults every key that is not among these.
    package func allow(_ keys: [String], in name: String) {
        for pair in pairs where !keys.contains(pair.key) {
            collector.add(
                pair.line, "unknown word \"\(pair.key)\" in \(name); it takes \(keys.joined(separator: ", "))")
        }
    }

    package func text(_ key: String) -> String? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let scalar) = node else {
            collector.add(node.line, "\"\(key)\" must be a single value")
            return nil
        }
        return scalar.string
    }

    package func requiredText(_ key: String, in name: String) -> String? {
        if self[key] == nil { collector.add(line, "\(name) needs \"\(key)\"") }
        return text(key)
    }

    /// A list of words; a single word counts as a list of one.
    package func list(_ key: String) -> [(word: String, line: Int)]? {
        guard let node = self[key] else { return nil }
        return node.words(key, collector)
    }

    package func flag(_ key: String) -> Bool? {
        guard let text = text(key) else { return nil }
        switch text {
        case "yes", "true": return true
        case "no", "false": return false
        default:
            collector.add(line(of: key), "\"\(key)\" must be yes or no, not \"\(text)\"")
            return nil
        }
    }

    package func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = text(key) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            collector.add(
                line(of: key),
                "\"\(key)\" must be a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
            return nil
        }
        return number
    }

    package func day(_ key: String) -> Day? {
        guard let text = text(key) else { return nil }
        guard let day = Day(text) else {
            collector.add(line(of: key), "\"\(key)\" must be a day such as 2014-12-17, not \"\(text)\"")
            return nil
        }
        return day
    }

    package func span(_ key: String) -> Span? {
        guard let text = text(key) else { return nil }
        guard let span = Span(text) else {
            collector.add(line(of: key), "\"\(key)\" must be a length of time such as 36 months, not \"\(text)\"")
            return nil
        }
        return span
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            collector.add(line(of: key), "unknown word \"\(text)\" for \"\(key)\"; it takes \(known)")
            return nil
        }
        return choice
    }
}

extension Node {
    /// The line where the node stands, from 1.
    package var line: Int { mark?.line ?? 1 }

    package func words(_ name: String, _ collector: FaultCollector) -> [(word: String, line: Int)] {
        switch self {
        case .scalar(let scalar): return [(scalar.string, line)]
        case .sequence(let nodes):
            return nodes.compactMap { node in
                guard case .scalar(let scalar) = node else {
                    collector.add(node.line, "\"\(name)\" must be a list of words")
                    return nil
                }
                return (scalar.string, node.line)
            }
        case .mapping, .alias:
            collector.add(line, "\"\(name)\" must be a word or a list of words")
            return []
        }
    }
}

extension Span {
    /// Reads `36 months` or `1 day`.
    package init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let count = Int(parts[0]), (0...100_000).contains(count) else { return nil }
        let unit = parts[1].hasSuffix("s") ? String(parts[1]) : parts[1] + "s"
        guard let unit = Unit(rawValue: unit) else { return nil }
        self.init(count, unit)
    }
}
