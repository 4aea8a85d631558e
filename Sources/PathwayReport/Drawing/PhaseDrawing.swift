internal import PathwayCore

extension SVG {
    /// The protocol as columns of phases, with the patients that stand in each: before randomisation, each arm, and what follows or is shared.
    ///
    /// An arrow is drawn for each planned way from one phase to another of its column; ways into other columns are named in the box.
    /// - Parameter id: a word that no other drawing of the page has.
    static func phases(id: String, title: String, of treatment: TreatmentProtocol, _ patients: (String) -> Int) -> SVG {
        let columns = PhaseColumn.columns(of: treatment)
        let (width, height, gap) = (150.0, 46.0, 16.0)
        let rows = columns.map(\.phases.count).max() ?? 1
        let total = columns.reduce(0) { $0 + $1.phases.reduce(0) { $0 + patients(treatment.phases[$1].name) } }
        var svg = SVG(
            id: id, width: 12 + Double(columns.count) * (width + 24), height: 72 + Double(rows) * (height + gap),
            title: title,
            description: title + ". "
                + columns.map { column in
                    column.title + ": "
                        + column.phases.map { "\(treatment.phases[$0].title) \(patients(treatment.phases[$0].name))" }
                        .joined(separator: ", ")
                }.joined(separator: ". ") + ". \(total) patients in all.")
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        for (place, column) in columns.enumerated() {
            let x = 12 + Double(place) * (width + 24)
            for (row, line) in wrapped(column.title, width: width).prefix(2).enumerated() {
                svg.write(line, at: .init(x, 42 + Double(row) * 13), size: 11, bold: true)
            }
            for (row, phase) in column.phases.enumerated() {
                let y = 66 + Double(row) * (height + gap)
                let count = patients(treatment.phases[phase].name)
                svg.rectangle(
                    at: .init(x, y), width: width, height: height, radius: 3,
                    Ink(stroke: count > 0 ? SVG.text : SVG.faint, width: count > 0 ? 1.6 : 1, fill: "#ffffff"))
                for (line, words) in wrapped(treatment.phases[phase].title, width: width - 44, size: 10).prefix(3)
                    .enumerated()
                {
                    svg.write(words, at: .init(x + 6, y + 15 + Double(line) * 12), size: 10)
                }
                svg.write(
                    String(count), at: .init(x + width - 6, y + 28), .end, size: 13, bold: count > 0,
                    fill: count > 0 ? SVG.text : SVG.quiet)
                let next = row + 1 < column.phases.count ? column.phases[row + 1] : nil
                if let next, column.leads(phase, next, treatment) {
                    svg.arrow(from: .init(x + width / 2, y + height), to: .init(x + width / 2, y + height + gap))
                }
            }
        }
        return svg
    }
}

/// A column of the drawing: phases by their numbers.
private struct PhaseColumn {
    let title: String
    let phases: [Int]

    static func columns(of treatment: TreatmentProtocol) -> [PhaseColumn] {
        let shown = treatment.phases.indices.filter {
            treatment.phases[$0].name != TreatmentProtocol.outside && !treatment.phases[$0].isHeld
        }
        let firstOfArm = shown.first { treatment.phases[$0].arm != nil } ?? treatment.phases.count
        var columns = [
            PhaseColumn(title: "Before randomisation", phases: shown.filter { $0 < firstOfArm })
        ]
        for arm in treatment.arms {
            columns.append(
                PhaseColumn(
                    title: "\(arm.name): \(arm.title)", phases: shown.filter { treatment.phases[$0].arm == arm.name }))
        }
        columns.append(
            PhaseColumn(
                title: "Shared, and after treatment",
                phases: shown.filter { $0 > firstOfArm && treatment.phases[$0].arm == nil }))
        return columns.filter { !$0.phases.isEmpty }
    }

    /// Whether the protocol plans a way from one phase to another, also through an interruption of its infusion.
    func leads(_ source: Int, _ target: Int, _ treatment: TreatmentProtocol) -> Bool {
        treatment.transitions.contains { $0.source == source && $0.target == target && $0.answer == .planned }
    }
}
