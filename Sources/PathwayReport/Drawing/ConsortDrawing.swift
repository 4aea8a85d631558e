public import PathwayCore

extension SVG {
    /// The flow of patients from enrolment to the cut, in the manner of CONSORT, with zeros and reasons.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - analysed: how many of each arm are in the analysis set, by the arm's word, where that is known.
    ///   - population: whose flow was counted; what comes before they belonged to it is left out.
    public static func consort(
        id: String, title: String, _ count: ConsortCount, of treatment: TreatmentProtocol,
        analysed: [String: Int] = [:], population: Population = .enrolled
    ) -> SVG {
        let flow = ConsortFlow(count, treatment, analysed: analysed, population: population)
        let arms = max(1, flow.rows.map { $0.reduce(0) { $0 + $1.arms.count } }.max() ?? 1)
        let column = arms > 4 ? 190.0 : 214.0
        let width = max(760, 18 + Double(arms) * (column + 14) + 4)
        var svg = SVG(
            id: id, width: width, height: 400, title: title,
            description: title + ". " + flow.spoken)
        svg.write(title, at: .init(18, 20), size: 14, bold: true)

        let center = width * 0.36
        var foot = Foot(line: 20, next: 36)
        for (place, stage) in flow.stages.enumerated() {
            if place > 0 { svg.arrow(from: .init(center, foot.line), to: .init(center, foot.next)) }
            foot = svg.box(stage.box, x: center - 120, y: foot.next, width: 240)
            for box in stage.leavers { foot = svg.side(box, from: center, at: foot, width: width) }
        }
        for (place, row) in flow.rows.enumerated() {
            // Only the last level hangs on the trunk; the arms of earlier ones stand below, each row for itself.
            foot = svg.arms(row, from: place == 0 && !flow.stages.isEmpty ? center : nil, at: foot, column: column)
        }
        svg.height = foot.line + 16
        return svg
    }

    /// Where the last box ended, and where the next begins.
    private struct Foot {
        let line: Double
        let next: Double
    }

    /// Randomisations side by side, each arm with its boxes below.
    private mutating func arms(
        _ row: [ConsortFlow.Allocation], from center: Double?, at foot: Foot, column: Double
    ) -> Foot {
        var x = 18.0
        var bottom = foot.next
        let rail = foot.next - 16
        if let center { line(from: .init(center, foot.line), to: .init(center, rail), .line(SVG.quiet, 1.2)) }
        for allocation in row {
            let span = Double(allocation.arms.count) * (column + 14) - 14
            let middle = x + span / 2
            if let center {
                line(from: .init(center, rail), to: .init(middle, rail), .line(SVG.quiet, 1.2))
                arrow(from: .init(middle, rail), to: .init(middle, foot.next))
            }
            let head = box(allocation.box, x: middle - 105, y: foot.next, width: 210)
            for arm in allocation.arms {
                let armMiddle = x + column / 2
                line(from: .init(middle, head.line), to: .init(middle, head.line + 12), .line(SVG.quiet, 1.2))
                line(from: .init(middle, head.line + 12), to: .init(armMiddle, head.line + 12), .line(SVG.quiet, 1.2))
                var step = head.line + 12
                for box in arm {
                    arrow(from: .init(armMiddle, step), to: .init(armMiddle, step + 16))
                    step = self.box(box, x: x, y: step + 16, width: column).line
                }
                bottom = max(bottom, step)
                x += column + 14
            }
        }
        return Foot(line: bottom, next: bottom + 40)
    }

    private mutating func box(_ box: ConsortFlow.Box, x: Double, y: Double, width: Double) -> Foot {
        let lines = box.lines.flatMap { wrapped($0, width: width - 16, size: 11) }
        let heads = wrapped(box.title, width: width - 16)
        let height = Double(lines.count) * 14 + Double(heads.count) * 15 + 12
        rectangle(at: .init(x, y), width: width, height: height, radius: 3, Ink(stroke: SVG.quiet, fill: "#ffffff"))
        for (place, line) in heads.enumerated() {
            write(line, at: .init(x + 8, y + 18 + Double(place) * 15), bold: true)
        }
        for (place, line) in lines.enumerated() {
            write(line, at: .init(x + 8, y + 18 + Double(heads.count) * 15 + Double(place) * 14), size: 11)
        }
        return Foot(line: y + height, next: y + height + 34)
    }

    /// A box at the right of the trunk, for who left.
    private mutating func side(_ box: ConsortFlow.Box, from center: Double, at foot: Foot, width: Double) -> Foot {
        let x = center + 60
        let end = self.box(box, x: x, y: foot.line + 14, width: width - x - 18)
        let y = foot.line + 30
        arrow(from: .init(center, y), to: .init(x, y))
        line(from: .init(center, foot.line), to: .init(center, end.line), .line(SVG.quiet, 1.2))
        return Foot(line: end.line, next: end.line + 36)
    }
}
