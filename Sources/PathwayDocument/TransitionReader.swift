internal import PathwayCore
internal import Yams

/// Expands the exits, the rows across phases and the infusions of a document into the flat table.
struct TransitionReader {
    let reader: ProtocolReader
    let phases: [Phase]
    let courses: [Course]
    private let numbers: [String: Int]

    private static let keys = [
        "on", "course", "arm", "risk", "when", "to", "due", "warning", "source", "certainty", "note",
    ]

    init(_ reader: ProtocolReader, phases: [Phase], courses: [Course]) {
        self.reader = reader
        self.phases = phases
        self.courses = courses
        numbers = Dictionary(phases.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private var collector: FaultCollector { reader.collector }

    /// A row before it is numbered and given its phases.
    private struct Draft {
        var sources: [Int]
        let kind: MilestoneKind
        let qualifiers: [String?]
        let condition: Guard?
        let target: Int?
        let answer: Transition.Answer
        let warning: String?
        let window: Window?
        let provenance: Provenance
    }

    func read() -> [Transition] {
        var drafts: [Draft] = []
        if let start = reader.root.text("start") {
            if let target = numbers[start], target != 0 {
                drafts.append(
                    Draft(
                        sources: [0], kind: .enrolled, qualifiers: [nil], condition: nil, target: target,
                        answer: .planned, warning: nil, window: nil,
                        provenance: Provenance(
                            source: "the start of every path", certainty: .read, line: reader.root.line(of: "start"))))
            } else {
                collector.add(reader.root.line(of: "start"), "unknown phase \"\(start)\"")
            }
        }
        drafts += exits()
        drafts += listed("across", .planned) + listed("off-protocol", .offProtocol)
        drafts += infusions()
        return number(drafts)
    }

    private func number(_ drafts: [Draft]) -> [Transition] {
        var rows: [Transition] = []
        for draft in drafts {
            for source in draft.sources {
                for qualifier in draft.qualifiers {
                    rows.append(
                        Transition(
                            number: rows.count + 1, source: source, kind: draft.kind, qualifier: qualifier,
                            condition: draft.condition, target: draft.target ?? source, answer: draft.answer,
                            warning: draft.warning, window: draft.window, provenance: draft.provenance))
                }
            }
        }
        return rows
    }

    private func exits() -> [Draft] {
        guard let node = reader.root["phases"] else { return [] }
        return Table(node, "phases", collector).entries.flatMap { entry -> [Draft] in
            guard case .mapping = entry.node,
                let exits = Table(entry.node, entry.key, collector, at: entry.line)["exits"]
            else { return [] }
            guard case .sequence(let nodes) = exits else {
                collector.add(exits.line, "\"exits\" must be a list of rows")
                return []
            }
            // What may follow a course may follow its interrupted infusion too.
            let sources = [entry.key, entry.key + "-held"].compactMap { numbers[$0] }
            return nodes.compactMap { draft($0, from: sources, .planned, keys: TransitionReader.keys) }
        }
    }

    private func listed(_ key: String, _ answer: Transition.Answer) -> [Draft] {
        guard let node = reader.root[key] else { return [] }
        guard case .sequence(let nodes) = node else {
            collector.add(node.line, "\"\(key)\" must be a list of rows")
            return []
        }
        return nodes.compactMap { node in
            let table = Table(node, "a row", collector)
            guard let from = table.list("from") else {
                collector.add(node.line, "a row of \"\(key)\" needs \"from\"")
                return nil
            }
            let sources = reader.expand(from).compactMap { numbers[$0] }
            return draft(node, from: sources, answer, keys: ["from"] + TransitionReader.keys)
        }
    }

    private func draft(_ node: Node, from sources: [Int], _ answer: Transition.Answer, keys: [String]) -> Draft? {
        let table = Table(node, "a row", collector)
        table.allow(keys, in: "a row")
        let provenance = reader.provenance(table, "a row")
        if table["on"] == nil { collector.add(table.line, "a row needs \"on\"") }
        guard let to = table.requiredText("to", in: "a row"), let kind = table.choice("on", MilestoneKind.self)
        else { return nil }
        guard kind.track == .phase, kind != .enrolled else {
            collector.add(
                table.line(of: "on"),
                "\"\(kind.rawValue)\" needs no arrow: it \(kind == .enrolled ? "leads to the start" : "moves the status")"
            )
            return nil
        }
        if to != "same", numbers[to] == nil { collector.add(table.line(of: "to"), "unknown phase \"\(to)\"") }
        let qualifiers = reader.qualifiers(table, kind)
        if kind.qualifier != nil, qualifiers.isEmpty, kind != .courseEnded {
            collector.add(table.line, "\"\(kind.rawValue)\" needs its \(kind.qualifier?.rawValue ?? "")")
        }
        return Draft(
            sources: sources, kind: kind, qualifiers: qualifiers.isEmpty ? [nil] : qualifiers,
            condition: table["when"].map(reader.conditions.read), target: to == "same" ? nil : numbers[to],
            answer: answer, warning: table.text("warning"), window: table["due"].flatMap(window),
            provenance: provenance)
    }

    private func window(_ node: Node) -> Window? {
        let table = Table(node, "due", collector)
        table.allow(["from", "opens", "closes", "source", "certainty", "note"], in: "due")
        let provenance = reader.provenance(table, "due")
        guard let from = table.choice("from", Clock.self), let closes = table.span("closes") else {
            collector.add(node.line, "due needs \"from\" and \"closes\"")
            return nil
        }
        let opens = table.span("opens")
        if let opens, opens.isLonger(than: closes) {
            collector.add(
                table.line(of: "closes"), "due closes \(closes.text) after, before it opens \(opens.text) after")
        }
        return Window(from: from, opens: opens, closes: closes, provenance: provenance)
    }

    // MARK: infusions

    private var interrupted: [(phase: Int, held: Int, course: Course, infusion: Course.Infusion)] {
        phases.indices.compactMap { held in
            let name = phases[held].name
            guard phases[held].isHeld, let phase = numbers[String(name.dropLast("-held".count))],
                let course = courses.first(where: { $0.name == phases[held].course }), let infusion = course.infusion
            else { return nil }
            return (phase, held, course, infusion)
        }
    }

    /// Held, resumed, started again as a new cycle, stopped.
    private func infusions() -> [Draft] {
        interrupted.flatMap { phase, held, course, infusion -> [Draft] in
            func arrow(_ from: Int, _ kind: MilestoneKind, _ to: Int, _ qualifier: String? = nil) -> Draft {
                Draft(
                    sources: [from], kind: kind, qualifiers: [qualifier], condition: nil, target: to, answer: .planned,
                    warning: nil, window: nil, provenance: infusion.provenance)
            }
            return [
                arrow(phase, .infusionHeld, held),
                arrow(held, .infusionResumed, phase),
                arrow(held, .courseStarted, phase, course.name),
                arrow(held, .infusionStopped, phase),
                arrow(phase, .infusionStopped, phase),
            ]
        }
    }

    /// The longest interruption after which the same cycle goes on.
    func infusionRules() -> [Rule] {
        interrupted.map { _, held, course, infusion in
            Rule(
                name: "interruption of \(course.title)", kind: .infusionResumed, qualifiers: [], phases: [held],
                appliesWhen: nil,
                requirement: .elapsed(from: .hold, to: .today, .atMost, infusion.resumeWithin),
                otherwise: infusion.provenance.isVerified ? .offProtocol : .warned, provenance: infusion.provenance)
        }
    }
}
