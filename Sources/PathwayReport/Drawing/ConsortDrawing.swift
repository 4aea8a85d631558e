public import PathwayCore

extension SVG {
    /// The flow of patients from enrolment to the cut, in the manner of CONSORT, with zeros and reasons: what everybody passes, then a drawing for each
    /// randomisation with its arms. Each is narrow enough to be read on paper and on a phone.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - analysed: how many of each arm are in the analysis set, by the arm's word, where that is known.
    ///   - population: whose flow was counted; what comes before they belonged to it is left out.
    public static func consort(
        id: String, title: String, _ count: ConsortCount, of treatment: TreatmentProtocol,
        analysed: [String: Int] = [:], population: Population = .enrolled
    ) -> [SVG] {
        let flow = ConsortFlow(count, treatment, analysed: analysed, population: population)
        let arms = flow.rows.joined().enumerated().map { SVG.arms(of: $1, id: "\(id)-\($0 + 1)") }
        return (flow.stages.isEmpty ? [] : [trunk(flow, id: id, title: title)]) + arms
    }

    /// Where the last box ended, and where the next begins.
    private struct Foot {
        let line: Double
        let next: Double
    }

    /// What everybody passes, down to the randomisations of the last level.
    private static func trunk(_ flow: ConsortFlow, id: String, title: String) -> SVG {
        let ends = flow.rows.first ?? []
        let width = max(640, 36 + Double(ends.count) * 226)
        var svg = SVG(id: id, width: width, height: 400, title: title, description: title + ". " + flow.spoken)
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        let center = width * 0.3
        var foot = Foot(line: 20, next: 36)
        for (place, stage) in flow.stages.enumerated() {
            if place > 0 { svg.arrow(from: .init(center, foot.line), to: .init(center, foot.next)) }
            foot = svg.box(stage.box, x: center - 120, y: foot.next, width: 240)
            for box in stage.leavers { foot = svg.side(box, from: center, at: foot, width: width) }
        }
        let rail = foot.next - 16
        if !ends.isEmpty { svg.line(from: .init(center, foot.line), to: .init(center, rail), .line(SVG.quiet, 1.2)) }
        var bottom = foot.line
        for (place, allocation) in ends.enumerated() {
            let middle = 18 + Double(place) * 226 + 105
            svg.line(from: .init(center, rail), to: .init(middle, rail), .line(SVG.quiet, 1.2))
            svg.arrow(from: .init(middle, rail), to: .init(middle, foot.next))
            bottom = max(bottom, svg.box(allocation.box, x: middle - 105, y: foot.next, width: 210).line)
        }
        svg.height = bottom + 16
        return svg
    }

    /// A randomisation with its arms side by side, each with its boxes below.
    private static func arms(of allocation: ConsortFlow.Allocation, id: String) -> SVG {
        let (column, count) = (232.0, Double(allocation.arms.count))
        let span = count * (column + 14) - 14
        let title = ([allocation.box.title] + allocation.box.lines).joined(separator: ", ")
        var svg = SVG(
            id: id, width: max(246, span + 36), height: 400, title: title, description: allocation.spoken)
        let middle = 18 + span / 2
        let head = svg.box(allocation.box, x: middle - 105, y: 8, width: 210)
        for (place, arm) in allocation.arms.enumerated() {
            let x = 18 + Double(place) * (column + 14)
            var step = head.line + 12
            svg.line(from: .init(middle, head.line), to: .init(middle, step), .line(SVG.quiet, 1.2))
            svg.line(from: .init(middle, step), to: .init(x + column / 2, step), .line(SVG.quiet, 1.2))
            for box in arm {
                svg.arrow(from: .init(x + column / 2, step), to: .init(x + column / 2, step + 16))
                step = svg.box(box, x: x, y: step + 16, width: column).line
            }
            svg.height = max(place == 0 ? 0 : svg.height, step + 8)
        }
        return svg
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
