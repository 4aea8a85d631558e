extension TreatmentProtocol {
    /// The arrows of a diagram: of each two phases all planned rows between them, with their milestones.
    ///
    /// Ways that are open from most phases are left to the table.
    public var diagramArrows: [(source: Int, target: Int, labels: [String])] {
        var arrows: [(source: Int, target: Int, labels: [String])] = []
        let planned = transitions.filter { $0.answer == .planned && $0.source != $0.target }
        let plainTargets = Set(planned.filter { $0.warning == nil }.map(\.target))
        // An arrow that is taken with a warning is no part of the plan, unless nothing else leads where it leads.
        for row in planned where row.warning == nil || !plainTargets.contains(row.target) {
            let condition = row.condition.map { " [\($0.text)]" } ?? ""
            let label = row.kind.rawValue + (row.qualifier.map { " \($0)" } ?? "") + condition
            if let index = arrows.firstIndex(where: { $0.source == row.source && $0.target == row.target }) {
                if !arrows[index].labels.contains(label) { arrows[index].labels.append(label) }
            } else {
                arrows.append((row.source, row.target, [label]))
            }
        }
        // A way that is open from many phases would hide the plan: it is drawn from none and told in the table.
        let everywhere = Dictionary(grouping: arrows, by: \.target).filter { $0.value.count > phases.count / 3 }
        return arrows.filter { everywhere[$0.target] == nil }
    }

    private var drawn: [Int] {
        let used = Set(diagramArrows.flatMap { [$0.source, $0.target] })
        return phases.indices.filter { used.contains($0) }
    }

    /// The plan as a Mermaid state diagram; ways that lead out of most phases are left to the table.
    public var mermaid: String {
        var lines = ["stateDiagram-v2"]
        for index in drawn where index > 0 {
            lines.append("    state \"\(phases[index].title)\" as \(identifier(index))")
        }
        for arrow in diagramArrows {
            let source = arrow.source == 0 ? "[*]" : identifier(arrow.source)
            lines.append("    \(source) --> \(identifier(arrow.target)): \(short(arrow.labels, separator: " / "))")
        }
        for index in drawn where phases[index].ends { lines.append("    \(identifier(index)) --> [*]") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The plan in Graphviz's language.
    public var dot: String {
        var lines = [
            "digraph \"\(name)\" {",
            "    rankdir=TB; node [shape=box style=rounded fontname=\"Helvetica\" fontsize=11];",
            "    edge [fontname=\"Helvetica\" fontsize=9];",
        ]
        for index in drawn {
            let shape = index == 0 ? "shape=circle label=\"\" width=0.2" : "label=\"\(phases[index].title)\""
            lines.append("    \(identifier(index)) [\(shape)\(phases[index].ends ? " peripheries=2" : "")];")
        }
        for arrow in diagramArrows {
            lines.append(
                "    \(identifier(arrow.source)) -> \(identifier(arrow.target)) [label=\"\(short(arrow.labels, separator: "\\n"))\"];"
            )
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func identifier(_ phase: Int) -> String {
        String(phases[phase].name.map { $0 == "-" ? "_" : $0 })
    }

    // Conditions are long; the table has them whole.
    private func short(_ labels: [String], separator: String) -> String {
        labels.map { label in String(label.prefix { $0 != "[" }).trimmingTrailingSpace }.uniqued()
            .joined(separator: separator)
    }
}

extension String {
    fileprivate var trimmingTrailingSpace: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
