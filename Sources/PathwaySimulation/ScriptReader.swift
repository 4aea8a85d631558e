internal import PathwayCore
internal import PathwayDocument
internal import Yams

/// Reads lists of steps and cards into one flat table of steps.
struct ScriptReader {
    let collector: FaultCollector
    var segments: [String] = []
    var decks: [String] = []
    var bags: [String] = []
    private(set) var steps: [ScriptStep] = []
    private(set) var stepNames: [String] = []
    private var definedNames: Set<String> = []
    private var anchors: [(name: String, line: Int)] = []

    init(collector: FaultCollector) { self.collector = collector }

    private static let stepKeys = [
        "on", "as", "after", "from", "before-end", "beside", "deal", "draw", "deviation", "earliest", "latest", "note",
    ]

    mutating func items(_ table: Table, _ name: String) -> [ScriptItem] {
        guard let node = table["steps"] else {
            collector.add(table.line, "\(name) needs \"steps\"")
            return []
        }
        return items(node)
    }

    private mutating func items(_ node: Node) -> [ScriptItem] {
        switch node {
        case .scalar: return item(node).map { [$0] } ?? []
        case .sequence(let nodes): return nodes.compactMap { item($0) }
        case .mapping, .alias:
            collector.add(node.line, "\"steps\" must be a list of segments and steps")
            return []
        }
    }

    private mutating func item(_ node: Node) -> ScriptItem? {
        if case .scalar(let scalar) = node {
            return index(scalar.string, among: segments, "segment", node.line).map(ScriptItem.segment)
        }
        let table = Table(node, "a step", collector)
        if table["on"] != nil { return step(table).map(ScriptItem.step) }
        table.allow(["deal", "draw", "note"], in: "a step without \"on\"")
        if let text = table.text("deal") {
            return index(text, among: decks, "deck", table.line(of: "deal")).map(ScriptItem.deal)
        }
        if let text = table.text("draw") {
            return index(text, among: bags, "bag", table.line(of: "draw")).map(ScriptItem.draw)
        }
        collector.add(table.line, "a step needs \"on\", \"deal\" or \"draw\"")
        return nil
    }

    private mutating func step(_ table: Table) -> Int? {
        guard let kind = table.choice("on", MilestoneKind.self) else { return nil }
        let facts = FactReader(collector: collector).facts(table, besides: ScriptReader.stepKeys, in: "a step")
        for rule in facts where !kind.takes(rule.field) {
            collector.add(rule.line, "\"\(kind.rawValue)\" has no field \"\(rule.field.rawValue)\"")
        }
        let name = table.text("as") ?? kind.rawValue
        definedNames.insert(name)
        let anchor = table.text("from")
        if let anchor { anchors.append((anchor, table.line(of: "from"))) }
        let beforeEnd = table.days("before-end", collector)
        if beforeEnd != nil, table["after"] != nil || anchor != nil {
            collector.add(table.line, "\"before-end\" is counted from the end: it takes no \"after\" and no \"from\"")
        }
        steps.append(
            ScriptStep(
                kind: kind, name: number(name), facts: facts, after: table.days("after", collector),
                anchor: anchor.map { number($0) }, beforeEnd: beforeEnd, isBeside: table.flag("beside") ?? false,
                deals: known(table, "deal", decks, "deck"), draws: known(table, "draw", bags, "bag"),
                deviation: table.text("deviation"), earliest: table.day("earliest"), latest: table.day("latest"),
                line: table.line))
        return steps.count - 1
    }

    mutating func card(_ node: Node, needsCount: Bool) -> Card {
        let table = Table(node, "a card", collector)
        let known = ["count", "after", "steps", "note"]
        if needsCount, table["count"] == nil { collector.add(table.line, "a card needs \"count\"") }
        let facts = FactReader(collector: collector).facts(table, besides: known, in: "a card")
        let after = table.days("after", collector)
        let items = table["steps"].map { self.items($0) } ?? []
        if !items.isEmpty, after != nil || !facts.isEmpty {
            collector.add(table.line, "a card brings either steps or facts and a time")
        }
        return Card(
            count: table.integer("count", 1...100_000) ?? 1, facts: facts, after: after, items: items, line: table.line)
    }

    /// Every step that is counted from must be somewhere in the document.
    func checkAnchors() {
        for anchor in anchors where !definedNames.contains(anchor.name) {
            collector.add(anchor.line, "no step is called \"\(anchor.name)\"")
        }
    }

    private mutating func number(_ name: String) -> Int {
        if let index = stepNames.firstIndex(of: name) { return index }
        stepNames.append(name)
        return stepNames.count - 1
    }

    private func known(_ table: Table, _ key: String, _ all: [String], _ what: String) -> [Int] {
        (table.list(key) ?? []).compactMap { index($0.word, among: all, what, $0.line) }
    }

    private func index(_ name: String, among all: [String], _ what: String, _ line: Int) -> Int? {
        let index = all.firstIndex(of: name)
        if index == nil { collector.add(line, "unknown \(what) \"\(name)\"") }
        return index
    }
}
