internal import PathwayCore

extension SVG {
    /// The protocol as columns of numbered phases, with the patients that stand in each, a drawing for each column: before randomisation, each arm, and
    /// what follows or is shared. The boxes add up to everybody: who is in an interrupted infusion is counted with its course.
    ///
    /// Every planned way is there: an arrow to the box below, and a number with a name for every other one, so that columns can stand anywhere.
    /// - Parameter id: a word that no other drawing of the page has.
    static func phases(id: String, of treatment: TreatmentProtocol, _ patients: (String) -> Int) -> [SVG] {
        PhaseMap(treatment, patients).columns.enumerated().map { place, column in
            phases(id: "\(id)-\(place + 1)", column)
        }
    }

    private static func phases(id: String, _ column: PhaseMap.Column) -> SVG {
        let (width, gap, x) = (158.0, 16.0, 4.0)
        var svg = SVG(id: id, width: width + 2 * x, height: 0, title: column.title, description: column.spoken)
        for (row, line) in wrapped(column.title, width: width).prefix(2).enumerated() {
            svg.write(line, at: .init(x, 14 + Double(row) * 13), size: 11, bold: true)
        }
        var y = 42.0
        for box in column.boxes {
            let heads = wrapped("\(box.number) \(box.title)", width: width - 40, size: 10)
            let exits = box.exits.flatMap { wrapped("→ \($0)", width: width - 8, size: 9) }
            let height = max(30, Double(heads.count) * 12 + Double(exits.count) * 11 + 11)
            svg.rectangle(
                at: .init(x, y), width: width, height: height, radius: 3,
                Ink(
                    stroke: box.patients > 0 ? SVG.text : SVG.faint, width: box.patients > 0 ? 1.6 : 1, fill: "#ffffff")
            )
            for (line, words) in heads.enumerated() {
                svg.write(words, at: .init(x + 6, y + 15 + Double(line) * 12), size: 10)
            }
            for (line, words) in exits.enumerated() {
                svg.write(
                    words, at: .init(x + 6, y + 14 + Double(heads.count) * 12 + Double(line) * 11), size: 9,
                    fill: SVG.quiet)
            }
            svg.write(
                String(box.patients), at: .init(x + width - 6, y + 17), .end, size: 13, bold: box.patients > 0,
                fill: box.patients > 0 ? SVG.text : SVG.quiet)
            if box.leadsDown {
                svg.arrow(from: .init(x + width / 2, y + height), to: .init(x + width / 2, y + height + gap))
            }
            y += height + gap
        }
        svg.height = y
        return svg
    }
}

/// Where each phase stands in the drawing, and where it leads.
private struct PhaseMap {
    struct Box {
        let number: Int
        let title: String
        let patients: Int
        /// The ways to boxes other than the one below.
        let exits: [String]
        let leadsDown: Bool
    }

    struct Column {
        let title: String
        let boxes: [Box]

        /// The column for who does not see it.
        var spoken: String {
            title + ": "
                + boxes.map { box in
                    "\(box.number) \(box.title) \(box.patients)"
                        + (box.exits.isEmpty ? "" : " (leads to \(box.exits.joined(separator: "; ")))")
                }.joined(separator: ", ")
        }
    }

    let columns: [Column]

    init(_ treatment: TreatmentProtocol, _ patients: (String) -> Int) {
        let phases = treatment.phases
        // An interrupted infusion stands in the box of its course.
        let home = phases.indices.map { number in
            guard phases[number].isHeld else { return number }
            return phases[..<number].lastIndex { !$0.isHeld && $0.course == phases[number].course } ?? number
        }
        let shown = phases.indices.filter { phases[$0].name != TreatmentProtocol.outside && home[$0] == $0 }
        let trunk = TrialTrunk(treatment)
        let before = trunk.levels.reduce(into: Set<Int>()) { $0.formUnion($1.before) }
        let columns =
            [("Before randomisation", shown.filter { phases[$0].arm == nil && before.contains($0) })]
            + treatment.arms.map { arm in
                ("\(arm.name): \(arm.title)", shown.filter { phases[$0].arm == arm.name })
            }
            + [("Shared, and after treatment", shown.filter { phases[$0].arm == nil && !before.contains($0) })]
        let filled = columns.filter { !$0.1.isEmpty }
        let numbers = Dictionary(
            uniqueKeysWithValues: zip(filled.flatMap(\.1), 1...))
        let counts = Dictionary(
            phases.indices.map { (home[$0], patients(phases[$0].name)) }, uniquingKeysWith: +)
        let arrows = treatment.diagramArrows.map { (source: home[$0.source], target: home[$0.target]) }
        self.columns = filled.map { title, members in
            let boxes = members.enumerated().map { place, phase in
                let below = place + 1 < members.count ? members[place + 1] : nil
                var targets: [Int] = []
                for arrow in arrows where arrow.source == phase && arrow.target != phase {
                    if !targets.contains(arrow.target) { targets.append(arrow.target) }
                }
                return Box(
                    number: numbers[phase] ?? 0, title: phases[phase].title, patients: counts[phase] ?? 0,
                    exits: targets.filter { $0 != below }.map { "\(numbers[$0] ?? 0) \(phases[$0].title)" },
                    leadsDown: below.map(targets.contains) ?? false)
            }
            return Column(title: title, boxes: boxes)
        }
    }
}
