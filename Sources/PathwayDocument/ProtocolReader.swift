internal import PathwayCore
internal import Yams

/// Reads a whole protocol document, collecting faults; the result is meaningful only if there are none.
struct ProtocolReader {
    let root: Table
    let collector: FaultCollector
    var words = ProtocolWords()
    var sourceNames: Set<String> = []

    static let head = [
        "protocol", "version", "title", "registry", "effective", "months", "start", "sources", "courses", "risks",
        "arms", "adverse-events", "diagnoses", "exclusions", "phases", "groups", "across", "off-protocol", "rules",
        "randomisations", "analyses",
    ]

    init(_ node: Node, _ collector: FaultCollector) {
        self.collector = collector
        root = Table(node, "a protocol document", collector)
        root.allow(ProtocolReader.head, in: "the document")
    }

    mutating func read() -> TreatmentProtocol? {
        let sources = readSources()
        let courses = readCourses()
        words.courses = courses.map(\.name)
        words.agents = courses.flatMap(\.agents)
        if Set(words.agents).count > 64 {
            collector.add(root.line(of: "courses"), "the courses have more than 64 agents")
        }
        let risks = readRisks()
        words.risks = risks.map(\.name)
        let arms = readArms()
        words.arms = arms.map(\.name)
        let vocabulary = Vocabulary(
            adverseEvents: readListed("adverse-events"), diagnoses: readListed("diagnoses"),
            exclusions: readListed("exclusions"))
        words.vocabulary = vocabulary
        let counts = ["courses": courses.count, "risks": risks.count, "arms": arms.count]
        for (key, count) in counts where count > 64 {
            collector.add(root.line(of: key), "there are more than 64 \(key)")
        }
        let phases = readPhases(courses: courses)
        words.phases = phases.map(\.name)
        readGroups(phases)
        let rows = TransitionReader(self, phases: phases, courses: courses)
        let transitions = rows.read()
        let rules = readRules() + rows.infusionRules()
        let randomisations = readRandomisations()
        let plan = root["analyses"].map { AnalysisReader(self, randomisations: randomisations).read($0) }
        let head = readHead()
        guard collector.faults.isEmpty, let head else { return nil }
        return TreatmentProtocol(
            name: head.name, version: head.version, title: head.title, registry: root.text("registry"),
            effective: head.effective, months: head.months, sources: sources, phases: phases, courses: courses,
            risks: risks, arms: arms, randomisations: randomisations, transitions: transitions, rules: rules,
            vocabulary: vocabulary, plan: plan ?? .none)
    }

    var conditions: ConditionReader { ConditionReader(words: words, collector: collector) }

    // MARK: the head

    private struct Head {
        let name: String
        let version: Int
        let title: String
        let effective: Day
        let months: MonthCount
    }

    private func readHead() -> Head? {
        let name = root.requiredText("protocol", in: "the document")
        if let name, !isWord(name) {
            collector.add(root.line(of: "protocol"), "\"\(name)\" is no name for a protocol: use lower case words")
        }
        for key in ["version", "effective", "months", "start"] where root[key] == nil {
            collector.add(root.line, "the document needs \"\(key)\"")
        }
        let title = root.requiredText("title", in: "the document")
        let version = root.integer("version", 1...9999)
        let effective = root.day("effective")
        guard let months = readMonths(), let name, let version, let title, let effective else { return nil }
        return Head(name: name, version: version, title: title, effective: effective, months: months)
    }

    private func readMonths() -> MonthCount? {
        guard let node = root["months"] else { return nil }
        let table = Table(node, "months", collector)
        table.allow(["count", "source", "certainty", "note"], in: "months")
        _ = provenance(table, "months")
        guard let text = table.requiredText("count", in: "months") else { return nil }
        if text == "calendar" { return .calendar }
        let parts = text.split(separator: " ")
        if parts.count == 2, parts[1] == "days", let length = Scaled.parse(parts[0], scale: 4),
            (280_000...310_000).contains(length)
        {
            return .tenThousandthsOfADay(length)
        }
        collector.add(table.line(of: "count"), "months are counted as calendar or as a length such as 30.5 days")
        return nil
    }

    private mutating func readSources() -> [(name: String, text: String)] {
        guard let node = root["sources"] else { return [] }
        let table = Table(node, "sources", collector)
        let sources = table.entries.compactMap { entry in
            table.text(entry.key).map { (name: entry.key, text: $0) }
        }
        sourceNames = Set(sources.map(\.name))
        return sources
    }

    // MARK: rows that say where they come from

    func provenance(_ table: Table, _ name: String) -> Provenance {
        let certainty = table.choice("certainty", Provenance.Certainty.self) ?? .read
        guard let source = table.requiredText("source", in: name) else {
            return Provenance(source: "", certainty: certainty, line: table.line)
        }
        for part in source.split(separator: ",") {
            let word = part.trimmed
            // A name such as R12 must be among the sources; anything longer is a citation in words.
            if word.isSourceName, !sourceNames.contains(word) {
                collector.add(table.line(of: "source"), "unknown source \"\(word)\"")
            }
        }
        return Provenance(source: source, certainty: certainty, line: table.line)
    }

    func isWord(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 45
            }
    }

    private func named(_ key: String) -> [(name: String, table: Table)] {
        guard let node = root[key] else { return [] }
        return Table(node, key, collector).entries.map { entry in
            if !isWord(entry.key), !(key == "arms" && isWord(entry.key.lowercased())) {
                collector.add(
                    entry.line, "\"\(entry.key)\" is no name: use lower case letters, digits and hyphens, at most 40")
            }
            return (entry.key, Table(entry.node, "\(key) \"\(entry.key)\"", collector, at: entry.line))
        }
    }

    private func readCourses() -> [Course] {
        named("courses").map { name, table in
            table.allow(["title", "agents", "days", "infusion", "source", "certainty", "note"], in: "a course")
            return Course(
                name: name, title: table.requiredText("title", in: "course \"\(name)\"") ?? name,
                agents: table.list("agents")?.map(\.word) ?? [], days: table.integer("days", 1...3650),
                infusion: table["infusion"].flatMap(readInfusion),
                provenance: provenance(table, "course \"\(name)\""))
        }
    }

    private func readInfusion(_ node: Node) -> Course.Infusion? {
        let table = Table(node, "an infusion", collector)
        table.allow(["days", "resume-within", "source", "certainty", "note"], in: "an infusion")
        let provenance = provenance(table, "an infusion")
        guard let days = table.integer("days", 1...365), let span = table.span("resume-within") else {
            collector.add(node.line, "an infusion needs \"days\" and \"resume-within\"")
            return nil
        }
        return Course.Infusion(days: days, resumeWithin: span, provenance: provenance)
    }

    private func readRisks() -> [RiskGroup] {
        named("risks").map { name, table in
            table.allow(["title", "source", "certainty", "note"], in: "a risk group")
            return RiskGroup(
                name: name, title: table.requiredText("title", in: "risk group \"\(name)\"") ?? name,
                provenance: provenance(table, "risk group \"\(name)\""))
        }
    }

    private func readArms() -> [Arm] {
        named("arms").map { name, table in
            table.allow(["title", "opens", "closes", "source", "certainty", "note"], in: "an arm")
            return Arm(
                name: name, title: table.requiredText("title", in: "arm \(name)") ?? name, opens: table.day("opens"),
                closes: table.day("closes"), provenance: provenance(table, "arm \(name)"))
        }
    }

    /// A list of words, each with its title, or with a title and a source.
    private func readListed(_ key: String) -> [ListedWord] {
        guard let node = root[key] else { return [] }
        return Table(node, key, collector).entries.map { entry in
            if !isWord(entry.key) || entry.key == ListedWord.other.name {
                collector.add(
                    entry.line,
                    entry.key == ListedWord.other.name
                        ? "\"\(entry.key)\" is in every list"
                        : "\"\(entry.key)\" is no name: use lower case letters, digits and hyphens, at most 40")
            }
            if case .scalar(let title) = entry.node { return ListedWord(name: entry.key, title: title.string) }
            let table = Table(entry.node, "\(key) \"\(entry.key)\"", collector, at: entry.line)
            table.allow(["title", "source", "certainty", "note"], in: "a word of \(key)")
            return ListedWord(
                name: entry.key, title: table.requiredText("title", in: "\(key) \"\(entry.key)\"") ?? entry.key,
                source: table["source"].map { _ in provenance(table, key).source })
        }
    }

    // MARK: phases and groups

    private func readPhases(courses: [Course]) -> [Phase] {
        var phases = [
            Phase(
                name: TreatmentProtocol.outside, title: "not enrolled", course: nil, arm: nil, ends: false, line: 1)
        ]
        if root["phases"] == nil { collector.add(root.line, "the document needs \"phases\"") }
        for (name, table) in named("phases") {
            table.allow(["title", "course", "arm", "ends", "exits", "source", "certainty", "note"], in: "a phase")
            if name == TreatmentProtocol.outside {
                collector.add(table.line, "\"\(name)\" is the phase before enrolment and cannot be defined")
            }
            let course = word(table, "course", among: words.courses)
            let arm = word(table, "arm", among: words.arms)
            let phase = Phase(
                name: name, title: table.requiredText("title", in: "phase \"\(name)\"") ?? name, course: course,
                arm: arm, ends: table.flag("ends") ?? false, line: table.line)
            phases.append(phase)
            if courses.contains(where: { $0.name == course && $0.infusion != nil }) {
                phases.append(
                    Phase(
                        name: name + "-held", title: phase.title + ", infusion interrupted", course: course, arm: arm,
                        ends: false, isHeld: true, line: table.line))
            }
        }
        return phases
    }

    func word(_ table: Table, _ key: String, among known: [String]) -> String? {
        guard let text = table.text(key) else { return nil }
        guard known.contains(text) else {
            collector.add(table.line(of: key), "unknown \(key) \"\(text)\"")
            return nil
        }
        return text
    }

    private mutating func readGroups(_ phases: [Phase]) {
        words.groups["all"] = phases.dropFirst().map(\.name)
        for phase in phases.dropFirst() { words.groups[phase.name] = [phase.name] }
        guard let node = root["groups"] else { return }
        let table = Table(node, "groups", collector)
        for entry in table.entries {
            if words.groups[entry.key] != nil {
                collector.add(entry.line, "\"\(entry.key)\" is the name of a phase or of an earlier group")
            }
            words.groups[entry.key] = expand(entry.node.words(entry.key, collector))
        }
    }

    /// Phases and groups as phases; a phase whose infusion can be interrupted stands for its interruption too.
    func expand(_ names: [(word: String, line: Int)]) -> [String] {
        var phases: [String] = []
        for (word, line) in names {
            guard let group = words.groups[word] else {
                collector.add(line, "unknown phase or group \"\(word)\"")
                continue
            }
            for phase in group {
                for name in [phase, phase + "-held"] where words.phases.contains(name) && !phases.contains(name) {
                    phases.append(name)
                }
            }
        }
        return phases
    }

    // MARK: rules and randomisations

    private func readRules() -> [Rule] {
        guard let node = root["rules"] else { return [] }
        guard case .sequence(let nodes) = node else {
            collector.add(node.line, "\"rules\" must be a list")
            return []
        }
        return nodes.compactMap(readRule)
    }

    private func readRule(_ node: Node) -> Rule? {
        let table = Table(node, "a rule", collector)
        table.allow(
            [
                "name", "on", "course", "arm", "risk", "phase", "applies-when", "require", "otherwise", "source",
                "certainty", "note",
            ], in: "a rule")
        let provenance = provenance(table, "a rule")
        let name = table.requiredText("name", in: "a rule")
        if table["require"] == nil { collector.add(table.line, "a rule needs \"require\"") }
        if table["otherwise"] == nil { collector.add(table.line, "a rule needs \"otherwise\"") }
        if table["on"] == nil { collector.add(table.line, "a rule needs \"on\"") }
        guard let name, let kind = table.choice("on", MilestoneKind.self),
            let otherwise = table.choice("otherwise", Rule.Otherwise.self), let requirement = table["require"]
        else { return nil }
        let guardRead = conditions.read(requirement)
        return Rule(
            name: name, kind: kind, qualifiers: qualifiers(table, kind),
            phases: table.list("phase").map { expand($0).compactMap(words.phases.firstIndex) } ?? [],
            appliesWhen: table["applies-when"].map(conditions.read), requirement: guardRead,
            otherwise: otherwise, provenance: provenance)
    }

    /// The courses, arms or risk groups that a row or rule is narrowed to.
    func qualifiers(_ table: Table, _ kind: MilestoneKind) -> [String] {
        var found: [String] = []
        for list in ProtocolWord.allCases {
            guard let named = table.list(list.rawValue) else { continue }
            guard let field = kind.qualifier, field.type == .word(list) else {
                collector.add(
                    table.line(of: list.rawValue),
                    "\"\(kind.rawValue)\" is not told apart by \(list.rawValue); use a condition")
                continue
            }
            for (word, line) in named {
                if !words[list].contains(word) { collector.add(line, "unknown \(list.rawValue) \"\(word)\"") }
                found.append(word)
            }
        }
        return found
    }

    private func readRandomisations() -> [Randomisation] {
        named("randomisations").map { name, table in
            table.allow(["arms", "block-sizes", "strata", "source", "certainty", "note"], in: "a randomisation")
            let strata = table["strata"].map { Table($0, "strata", collector) }
            if strata?.entries.isEmpty ?? true {
                collector.add(table.line, "randomisation \"\(name)\" needs \"strata\"")
            }
            for (word, line) in table.list("arms") ?? [] where !words.arms.contains(word) {
                collector.add(line, "unknown arm \"\(word)\"")
            }
            let sizes = (table.list("block-sizes") ?? []).compactMap { word, line -> Int? in
                if Int(word) == nil { collector.add(line, "a block size is a whole number, not \"\(word)\"") }
                return Int(word)
            }
            if sizes.isEmpty { collector.add(table.line, "randomisation \"\(name)\" needs \"block-sizes\"") }
            if (table.list("arms") ?? []).count < 2 {
                collector.add(table.line, "randomisation \"\(name)\" needs two arms")
            }
            return Randomisation(
                name: name, arms: table.list("arms")?.map(\.word) ?? [], blockSizes: sizes,
                strata: strata?.entries.map { readStratum($0.key, $0.node) } ?? [],
                provenance: provenance(table, "randomisation \"\(name)\""))
        }
    }

    private func readStratum(_ name: String, _ node: Node) -> Randomisation.Stratum {
        let table = Table(node, "stratum \"\(name)\"", collector)
        table.allow(["when", "source", "certainty", "note"], in: "a stratum")
        return Randomisation.Stratum(
            name: name, condition: table["when"].map(conditions.read) ?? .all([]),
            provenance: provenance(table, "stratum \"\(name)\""))
    }
}

extension Substring {
    var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension String {
    /// Whether this looks like a short name for a source, such as `R3b`.
    var isSourceName: Bool {
        guard utf8.count <= 6, let first = utf8.first, (65...90).contains(first) else { return false }
        return utf8.contains { (48...57).contains($0) } && utf8.allSatisfy { $0 != 32 }
    }
}
