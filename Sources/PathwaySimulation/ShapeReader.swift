internal import PathwayCore
internal import PathwayDocument
internal import Yams

/// Reads a whole shape, collecting faults; the result is meaningful only if there are none.
struct ShapeReader {
    struct Head {
        let protocolName: String
        let patients: Int
        let until: Day
        let visits: Int?
        let accrual: [Day]
        let numberPrefix: String
        let coordinator: String
        let sites: [(code: String, weight: Int)]
    }

    struct Parts {
        let head: Head
        let stepNames: [String]
        let steps: [ScriptStep]
        let segments: [Segment]
        let decks: [Deck]
        let bags: [Deck]
        let ways: [Way]
    }

    let root: Table
    let collector = FaultCollector()
    private var sources: [String] = []
    private(set) var script: ScriptReader

    static let head = [
        "cohort", "protocol", "patients", "until", "visits", "accrual", "study-numbers", "coordinator", "sites",
        "sources",
        "bags",
        "decks", "segments", "ways",
    ]

    init(_ node: Node) {
        root = Table(node, "a cohort", collector)
        root.allow(ShapeReader.head, in: "the document")
        script = ScriptReader(collector: collector)
    }

    mutating func read() -> Parts? {
        sources = root["sources"].map { Table($0, "sources", collector).keys } ?? []
        let bags = tables("bags")
        let decks = tables("decks")
        let segments = tables("segments")
        script.bags = bags.map(\.name)
        script.decks = decks.map(\.name)
        script.segments = segments.map(\.name)
        let readBags = bags.map { deck($0.name, $0.table, isBag: true) }
        let readDecks = decks.map { deck($0.name, $0.table, isBag: false) }
        let readSegments = segments.map { segment($0.name, $0.table) }
        let ways = readWays()
        let head = readHead()
        script.checkAnchors()
        guard collector.faults.isEmpty, let head else { return nil }
        let parts = Parts(
            head: head, stepNames: script.stepNames, steps: script.steps, segments: readSegments, decks: readDecks,
            bags: readBags, ways: ways)
        parts.check(collector)
        return collector.faults.isEmpty ? parts : nil
    }

    private func readHead() -> Head? {
        for key in ["until", "patients", "accrual", "sites", "ways"] where root[key] == nil {
            collector.add(root.line, "the document needs \"\(key)\"")
        }
        let accrual = (root.list("accrual") ?? []).compactMap { word, line -> Day? in
            let day = Day(word)
            if day == nil { collector.add(line, "\"\(word)\" is no day such as 2014-12-17") }
            return day
        }
        if root["accrual"] != nil, accrual.count < 2 || zip(accrual, accrual.dropFirst()).contains(where: { $0 >= $1 })
        {
            collector.add(root.line(of: "accrual"), "\"accrual\" must be at least two days, each after the one before")
        }
        let sites = root["sites"].map { readSites(Table($0, "sites", collector)) } ?? []
        guard let name = root.requiredText("protocol", in: "the document"),
            let coordinator = root.requiredText("coordinator", in: "the document"),
            let prefix = root.requiredText("study-numbers", in: "the document"),
            let patients = root.integer("patients", 1...100_000), let until = root.day("until")
        else { return nil }
        return Head(
            protocolName: name, patients: patients, until: until, visits: root.integer("visits", 14...1_000),
            accrual: accrual, numberPrefix: prefix,
            coordinator: coordinator, sites: sites)
    }

    private func readSites(_ table: Table) -> [(code: String, weight: Int)] {
        table.entries.compactMap { entry -> (code: String, weight: Int)? in
            guard let weight = table.integer(entry.key, 1...1_000_000) else { return nil }
            do throws(FieldFault) { _ = try Field.site.value(entry.key) } catch {
                collector.add(entry.line, "site \"\(entry.key)\" is not \(error.expected)")
            }
            return (entry.key, weight)
        }
    }

    private func tables(_ key: String) -> [(name: String, table: Table)] {
        guard let node = root[key] else { return [] }
        return Table(node, key, collector).entries.map {
            ($0.key, Table($0.node, "\(key) \"\($0.key)\"", collector, at: $0.line))
        }
    }

    // MARK: decks, segments, ways

    private mutating func deck(_ name: String, _ table: Table, isBag: Bool) -> Deck {
        table.allow(["cards", "count", "days", "source", "certainty", "note"], in: isBag ? "a bag" : "a deck")
        checkSource(table, isBag ? "bag \"\(name)\"" : "deck \"\(name)\"", sources, collector)
        if !isBag, table["days"] != nil { return quantileDeck(name, table) }
        guard case .sequence(let nodes)? = table["cards"], !nodes.isEmpty else {
            collector.add(table.line, "\"\(name)\" needs \"cards\", or \"count\" and \"days\"")
            return Deck(name: name, cards: [], quantiles: [], total: 0, line: table.line)
        }
        let cards = nodes.map { script.card($0, needsCount: !isBag) }
        return Deck(
            name: name, cards: cards, quantiles: [], total: cards.reduce(0) { $0 + $1.count }, line: table.line)
    }

    /// `days` at equally spaced quantiles: dealing one card from each slice keeps the distribution whatever the seed.
    private func quantileDeck(_ name: String, _ table: Table) -> Deck {
        let days = (table.list("days") ?? []).compactMap { word, line -> Int? in
            guard let day = Int(word), (0...20_000).contains(day) else {
                collector.add(line, "\"\(word)\" is no number of days")
                return nil
            }
            return day
        }
        if days.count < 2 || zip(days, days.dropFirst()).contains(where: { $0 > $1 }) {
            collector.add(table.line(of: "days"), "\"days\" must be at least two numbers that do not fall")
        }
        if table["count"] == nil { collector.add(table.line, "deck \"\(name)\" needs \"count\"") }
        return Deck(
            name: name, cards: [], quantiles: days, total: table.integer("count", 1...100_000) ?? 0, line: table.line)
    }

    private mutating func segment(_ name: String, _ table: Table) -> Segment {
        table.allow(["steps", "source", "certainty", "note"], in: "a segment")
        checkSource(table, "segment \"\(name)\"", sources, collector)
        return Segment(name: name, items: script.items(table, "segment \"\(name)\""), line: table.line)
    }

    private mutating func readWays() -> [Way] {
        guard let node = root["ways"] else { return [] }
        guard case .sequence(let nodes) = node else {
            collector.add(node.line, "\"ways\" must be a list")
            return []
        }
        return nodes.map { node in
            let table = Table(node, "a way", collector)
            table.allow(["way", "count", "steps", "source", "certainty", "note"], in: "a way")
            let name = table.requiredText("way", in: "a way") ?? ""
            checkSource(table, "way \"\(name)\"", sources, collector)
            if table["count"] == nil { collector.add(table.line, "way \"\(name)\" needs \"count\"") }
            return Way(
                name: name, count: table.integer("count", 1...100_000) ?? 0,
                items: script.items(table, "way \"\(name)\""), line: table.line)
        }
    }
}
