internal import PathwayCore
internal import PathwayDocument
internal import Yams

/// Reads the published counts, collecting faults.
struct PublishedReader {
    let collector = FaultCollector()
    private let root: Table
    private let treatment: TreatmentProtocol
    private let conditions: ConditionReader
    private var sources: [String] = []
    private var patterns: [String: StepPattern] = [:]
    private var lists: [String: [StepPattern]] = [:]
    private var rows: [PublishedCounts.Row] = []

    private static let criteria = ["took", "all", "any", "not", "first"]

    init(_ node: Node, _ treatment: TreatmentProtocol) {
        self.treatment = treatment
        root = Table(node, "the published counts", collector)
        root.allow(["published", "sources", "patterns", "events", "rows"], in: "the document")
        var words = ProtocolWords()
        words.phases = treatment.phases.map(\.name)
        words.courses = treatment.courses.map(\.name)
        words.arms = treatment.arms.map(\.name)
        words.risks = treatment.risks.map(\.name)
        words.vocabulary = treatment.vocabulary
        words.agents = treatment.courses.flatMap(\.agents)
        conditions = ConditionReader(words: words, collector: collector)
    }

    mutating func read() -> [PublishedCounts.Row] {
        if let name = root.text("published"), name != treatment.name {
            collector.add(root.line(of: "published"), "these are counts of \"\(name)\", not of \"\(treatment.name)\"")
        }
        sources = root["sources"].map { Table($0, "sources", collector).keys } ?? []
        if let node = root["patterns"] {
            for entry in Table(node, "patterns", collector).entries { patterns[entry.key] = inline(entry.node) }
        }
        if let node = root["events"] {
            let table = Table(node, "events", collector)
            for entry in table.entries {
                lists[entry.key] = (table.list(entry.key) ?? []).compactMap { named($0.word, $0.line) }
            }
        }
        if root["rows"] == nil { collector.add(root.line, "the document needs \"rows\"") }
        if let node = root["rows"] { readRows(node, level: 0, parent: nil) }
        return rows
    }

    private mutating func readRows(_ node: Node, level: Int, parent: Int?) {
        guard case .sequence(let nodes) = node else {
            collector.add(node.line, "\"rows\" must be a list")
            return
        }
        for node in nodes {
            let table = Table(node, "a row", collector)
            table.allow(
                ["name", "count", "source", "certainty", "note", "rows"] + PublishedReader.criteria, in: "a row")
            let name = table.requiredText("name", in: "a row") ?? ""
            let count = table.integer("count", 0...1_000_000)
            if count != nil { checkSource(table, "row \"\(name)\"", sources, collector) }
            rows.append(
                PublishedCounts.Row(
                    name: name, level: level, published: count, criterion: criterion(table), parent: parent,
                    provenance: Provenance(
                        source: table.text("source") ?? "",
                        certainty: table.choice("certainty", Provenance.Certainty.self) ?? .read, line: table.line)))
            if let children = table["rows"] { readRows(children, level: level + 1, parent: rows.count - 1) }
        }
    }

    // MARK: criteria

    /// A mapping, all of whose criteria must hold.
    private func criterion(_ table: Table) -> Criterion {
        var parts: [Criterion] = []
        for entry in table.entries {
            switch entry.key {
            case "took": parts += took(entry.node).map { [.took($0)] } ?? []
            case "all": parts.append(.all(several(entry.node, entry.key)))
            case "any": parts.append(.any(several(entry.node, entry.key)))
            case "not": parts.append(.not(nested(entry.node)))
            case "first": parts += first(entry.node).map { [$0] } ?? []
            default: break
            }
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private func nested(_ node: Node) -> Criterion {
        let table = Table(node, "a criterion", collector)
        table.allow(PublishedReader.criteria, in: "a criterion")
        return criterion(table)
    }

    private func several(_ node: Node, _ key: String) -> [Criterion] {
        guard case .sequence(let nodes) = node, !nodes.isEmpty else {
            collector.add(node.line, "\"\(key)\" must be a list of criteria")
            return []
        }
        return nodes.map { nested($0) }
    }

    private func first(_ node: Node) -> Criterion? {
        let table = Table(node, "first", collector)
        table.allow(["of", "after", "is"], in: "first")
        guard let name = table.requiredText("of", in: "first"), let after = table["after"].flatMap({ took($0) }),
            let wanted = table["is"].flatMap({ took($0) })
        else {
            collector.add(table.line, "\"first\" needs \"of\", \"after\" and \"is\"")
            return nil
        }
        guard let events = lists[name] else {
            collector.add(table.line(of: "of"), "unknown list of events \"\(name)\"")
            return nil
        }
        return .first(of: events, after: after, is: wanted)
    }

    /// A pattern by name, or written out.
    private func took(_ node: Node) -> StepPattern? {
        if case .scalar(let scalar) = node { return named(scalar.string, node.line) }
        return inline(node)
    }

    private func named(_ name: String, _ line: Int) -> StepPattern? {
        if patterns[name] == nil { collector.add(line, "unknown pattern \"\(name)\"") }
        return patterns[name]
    }

    private func inline(_ node: Node) -> StepPattern? {
        let table = Table(node, "a step", collector)
        table.allow(["on", "phase", "stratum", "when"], in: "a step")
        if table["on"] == nil { collector.add(table.line, "a step needs \"on\"") }
        guard let kind = table.choice("on", MilestoneKind.self) else { return nil }
        let phases = (table.list("phase") ?? []).flatMap { word, line -> [Int] in
            // What happens while an infusion is interrupted happens in its cycle.
            let found = [word, word + "-held"].compactMap { treatment.phase(named: $0) }
            if found.isEmpty { collector.add(line, "unknown phase \"\(word)\"") }
            return found
        }
        let known = treatment.randomisations.flatMap(\.strata).map(\.name)
        let strata = (table.list("stratum") ?? []).map { word, line -> String in
            if !known.contains(word) { collector.add(line, "unknown stratum \"\(word)\"") }
            return word
        }
        return StepPattern(kind: kind, phases: phases, strata: strata, condition: table["when"].map(conditions.read))
    }
}
