internal import PathwayCore
internal import Yams

/// Reads the section `analyses`: what the protocol says about its own analysis.
struct AnalysisReader {
    private let document: ProtocolReader
    private let randomisations: [Randomisation]
    private var collector: FaultCollector { document.collector }

    init(_ document: ProtocolReader, randomisations: [Randomisation]) {
        self.document = document
        self.randomisations = randomisations
    }

    func read(_ node: Node) -> AnalysisPlan {
        let table = Table(node, "analyses", collector)
        table.allow(["mrd-negative", "endpoints", "comparisons"], in: "analyses")
        let endpoints = named(table, "endpoints").map(readEndpoint)
        if endpoints.isEmpty { collector.add(table.line, "analyses need \"endpoints\"") }
        checkNames(of: endpoints)
        let comparisons = named(table, "comparisons").compactMap { name, row in
            readComparison(name, row, of: endpoints)
        }
        return AnalysisPlan(
            mrdNegative: table["mrd-negative"].flatMap(readThreshold), endpoints: endpoints, comparisons: comparisons)
    }

    private func named(_ table: Table, _ key: String) -> [(name: String, row: Table)] {
        guard let node = table[key] else { return [] }
        return Table(node, key, collector).entries.map { entry in
            if !document.isWord(entry.key) {
                collector.add(
                    entry.line, "\"\(entry.key)\" is no name: use lower case letters, digits and hyphens, at most 40")
            }
            return (entry.key, Table(entry.node, "\(key) \"\(entry.key)\"", collector, at: entry.line))
        }
    }

    private func readThreshold(_ node: Node) -> AnalysisPlan.Threshold? {
        let table = Table(node, "\"mrd-negative\"", collector)
        table.allow(["below", "source", "certainty", "note"], in: "\"mrd-negative\"")
        let provenance = document.provenance(table, "\"mrd-negative\"")
        guard let text = table.requiredText("below", in: "\"mrd-negative\"") else { return nil }
        guard let level = MRD.Level(percent: text), level.partsPerBillion > 0 else {
            collector.add(
                table.line(of: "below"), "\"below\" must be a percentage above 0 such as 0.01 %, not \"\(text)\"")
            return nil
        }
        return AnalysisPlan.Threshold(level: level, provenance: provenance)
    }

    // MARK: endpoints

    private func readEndpoint(_ name: String, _ table: Table) -> Endpoint {
        let what = "endpoint \"\(name)\""
        table.allow(["title", "abbreviation", "from", "components", "source", "certainty", "note"], in: "an endpoint")
        let provenance = document.provenance(table, what)
        if table["from"] == nil { collector.add(table.line, "\(what) needs \"from\"") }
        let origin = table.choice("from", Endpoint.Origin.self) ?? .enrolment
        if origin == .randomisation, randomisations.isEmpty {
            collector.add(table.line(of: "from"), "\(what) begins at a randomisation, and the document has none")
        }
        let components = named(table, "components").compactMap(readComponent)
        if table["components"].map({ Table($0, "components", FaultCollector()).entries.isEmpty }) ?? true {
            collector.add(table.line(of: "components"), "\(what) needs \"components\"")
        }
        for (place, component) in components.enumerated()
        where components[..<place].contains(where: { $0.trigger == component.trigger }) {
            collector.add(
                table.line(of: "components"), "\(what) counts what \"\(component.name)\" is seen by twice")
        }
        return Endpoint(
            name: name, title: table.requiredText("title", in: what) ?? name,
            abbreviation: table.requiredText("abbreviation", in: what) ?? name, from: origin, components: components,
            provenance: provenance)
    }

    private func readComponent(_ name: String, _ table: Table) -> Endpoint.Component? {
        let what = "component \"\(name)\""
        table.allow(["title", "phase", "milestone", "source", "certainty", "note"], in: "a component")
        let provenance = table["source"] == nil && table["certainty"] == nil ? nil : document.provenance(table, what)
        let title = table.requiredText("title", in: what) ?? name
        let phase = document.word(table, "phase", among: document.words.phases)
        let milestone = table.choice("milestone", MilestoneKind.self)
        guard (table["phase"] == nil) != (table["milestone"] == nil) else {
            collector.add(table.line, "\(what) needs either \"phase\" or \"milestone\"")
            return nil
        }
        guard let trigger = phase.map(Endpoint.Component.Trigger.phase) ?? milestone.map({ .milestone($0) }) else {
            return nil
        }
        return Endpoint.Component(name: name, title: title, trigger: trigger, provenance: provenance)
    }

    /// Titles and abbreviations stand above figures: two endpoints of one would be taken for each other.
    private func checkNames(of endpoints: [Endpoint]) {
        for (place, endpoint) in endpoints.enumerated() {
            for earlier in endpoints[..<place] {
                if endpoint.title == earlier.title {
                    collector.add(endpoint.provenance.line, "two endpoints have the title \"\(endpoint.title)\"")
                }
                if endpoint.abbreviation == earlier.abbreviation {
                    collector.add(
                        endpoint.provenance.line, "two endpoints have the abbreviation \"\(endpoint.abbreviation)\"")
                }
            }
        }
    }

    // MARK: comparisons

    private func readComparison(_ name: String, _ table: Table, of endpoints: [Endpoint]) -> Comparison? {
        let what = "comparison \"\(name)\""
        table.allow(
            ["reference", "endpoint", "sides", "alpha", "stratified", "monitoring", "source", "certainty", "note"],
            in: "a comparison")
        let provenance = document.provenance(table, what)
        for key in ["sides", "alpha", "stratified"] where table[key] == nil {
            collector.add(table.line, "\(what) needs \"\(key)\"")
        }
        let randomisation = randomisations.first { $0.name == name }
        if randomisation == nil { collector.add(table.line, "unknown randomisation \"\(name)\"") }
        let reference = table.requiredText("reference", in: what)
        if let reference { checkReference(reference, of: randomisation, at: table.line(of: "reference")) }
        let endpoint = table.requiredText("endpoint", in: what)
        if let endpoint { checkEndpoint(endpoint, among: endpoints, at: table.line(of: "endpoint")) }
        let alpha = readAlpha(table)
        let sides = table.choice("sides", TestedSides.self)
        let monitoring = table["monitoring"].flatMap(readMonitoring)
        guard let reference, let endpoint, let alpha, let sides, let isStratified = table.flag("stratified") else {
            return nil
        }
        return Comparison(
            randomisation: name, reference: reference, endpoint: endpoint, isOneSided: sides == .one,
            alphaTenThousandths: alpha, isStratified: isStratified, monitoring: monitoring, provenance: provenance)
    }

    private enum TestedSides: String, CaseIterable {
        case one, two
    }

    private func checkReference(_ arm: String, of randomisation: Randomisation?, at line: Int) {
        guard document.words.arms.contains(arm) else { return collector.add(line, "unknown arm \"\(arm)\"") }
        guard let randomisation, !randomisation.arms.contains(arm) else { return }
        collector.add(
            line,
            "the reference \"\(arm)\" is no arm of randomisation \"\(randomisation.name)\", which allocates "
                + randomisation.arms.joined(separator: ", "))
    }

    private func checkEndpoint(_ name: String, among endpoints: [Endpoint], at line: Int) {
        guard let endpoint = endpoints.first(where: { $0.name == name }) else {
            return collector.add(line, "unknown endpoint \"\(name)\"")
        }
        // Before the randomisation nobody is in an arm: a time that begins earlier would favour whoever lived to be randomised.
        if endpoint.from != .randomisation {
            collector.add(line, "arms cannot be compared by \"\(name)\": it does not begin at the randomisation")
        }
    }

    /// An error of the first kind, in ten-thousandths.
    private func readAlpha(_ table: Table) -> Int? {
        guard let text = table.text("alpha") else { return nil }
        guard let alpha = Scaled.parse(text[...], scale: 4), (1..<5000).contains(alpha) else {
            collector.add(
                table.line(of: "alpha"),
                "\"alpha\" must be a number above 0 and below 0.5 such as 0.025, with at most four decimals, not \"\(text)\""
            )
            return nil
        }
        return alpha
    }

    private func readMonitoring(_ node: Node) -> Comparison.Monitoring? {
        let table = Table(node, "monitoring", collector)
        table.allow(["events", "looks", "spending", "source", "certainty", "note"], in: "monitoring")
        let provenance = document.provenance(table, "monitoring")
        for key in ["events", "looks", "spending"] where table[key] == nil {
            collector.add(table.line, "monitoring needs \"\(key)\"")
        }
        let events = table.integer("events", 1...100_000)
        let spending = table.choice("spending", Comparison.Spending.self)
        let looks = table.list("looks")?.compactMap { word, line -> Int? in
            guard let look = Int(word), look > 0 else {
                collector.add(line, "a look is a number of events, not \"\(word)\"")
                return nil
            }
            return look
        }
        guard let looks, let events, let spending else { return nil }
        check(looks, events: events, at: table.line(of: "looks"))
        return Comparison.Monitoring(events: events, looks: looks, spending: spending, provenance: provenance)
    }

    private func check(_ looks: [Int], events: Int, at line: Int) {
        if looks.isEmpty || looks.count > 10 {
            collector.add(line, "there are from 1 to 10 looks, not \(looks.count)")
        }
        if !zip(looks, looks.dropFirst()).allSatisfy(<) { collector.add(line, "the looks must ascend") }
        if let last = looks.last, last != events {
            collector.add(line, "the last look must be at the final \(events) events, not at \(last)")
        }
        // Before so little information no boundary is computed.
        if let first = looks.first, first * 50 < events {
            collector.add(line, "the first look must have at least 2 % of the final \(events) events")
        }
    }
}
