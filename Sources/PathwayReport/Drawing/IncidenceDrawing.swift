public import PathwayEstimates

/// The causes of one arm's events, with the name that stands above them.
public struct NamedIncidence: Sendable {
    /// The arm.
    public let name: String
    /// What it stands for.
    public let title: String
    /// The states on their basis.
    public let figure: Figure<AalenJohansen>

    /// Names an arm's causes.
    public init(name: String, title: String, figure: Figure<AalenJohansen>) {
        (self.name, self.title, self.figure) = (name, title, figure)
    }
}

extension SVG {
    /// Cumulative incidence or occupation: a panel for each arm, a line for each state.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - states: the states that are drawn, with their titles, in this order; one that nobody was in lies at 0.
    ///   - highest: the probability that the scale reaches up to, where drawings are to be compared.
    public static func incidence(
        id: String, title: String, _ arms: [NamedIncidence], states: [(state: State, title: String)],
        lastDay: Int? = nil, highest: Double? = nil
    ) -> SVG {
        let last = max(1, lastDay ?? arms.map(\.figure.value.lastDay).max() ?? 1)
        let ticks = PlotFrame.ticks(to: last)
        let legend = Double(states.count) * 17
        let (panel, gap) = (290.0, 90.0)
        let highest = highest ?? arms.map { $0.highest(states, until: last) }.max() ?? 1
        var svg = SVG(
            id: id, width: 62 + Double(max(1, arms.count)) * (panel + gap) + 14, height: 440 + legend, title: title,
            description: ([title] + arms.map { $0.spoken(states) }).joined(separator: ". "))
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        for (place, state) in states.enumerated() {
            let y = 40 + Double(place) * 17
            svg.line(from: .init(18, y - 4), to: .init(54, y - 4), LinePattern.number(place).ink())
            svg.write("\(place + 1): \(state.title)", at: .init(62, y), size: 11)
        }
        for (place, arm) in arms.enumerated() {
            let frame = PlotFrame(
                left: 62 + Double(place) * (panel + gap), top: 76 + legend, width: panel, height: 250,
                days: Int(ticks.last?.day ?? 1),
                scale: 0...min(1, max(0.2, (highest * 10).rounded(.up) / 10)))
            frame.drawPercentages(in: &svg, ticks: ticks, axis: "years (of 365.25 days)", scaleTitle: "")
            svg.write(
                "\(arm.name): \(arm.title), n = \(arm.figure.denominator)", at: .init(frame.left, frame.top - 12),
                size: 11, bold: true)
            svg.causes(arm.figure.value, states, frame)
            let y = frame.bottom + 54
            svg.write("at risk", at: .init(frame.left - 56, y), size: 10, fill: SVG.quiet)
            for tick in ticks {
                let atRisk = arm.figure.value.atRisk(on: Int(tick.day.rounded(.up)))
                svg.write(String(atRisk), at: .init(frame.x(tick.day), y), .middle, size: 11)
            }
        }
        if let basis = arms.first?.figure.basis {
            svg.foot("\(basis.endpoint); cut \(basis.cut); Aalen-Johansen")
        }
        return svg
    }

    private mutating func causes(
        _ model: AalenJohansen, _ states: [(state: State, title: String)], _ frame: PlotFrame
    ) {
        var ends: [Double] = []
        for (place, state) in states.enumerated() {
            let number = model.states.firstIndex(of: state.state)
            let first = number.map { model.initial[$0] } ?? 0
            let points = frame.corners(
                from: first, model.steps.map { step in (step.day, number.map { step.probability[$0] } ?? 0) })
            line(through: points, LinePattern.number(place).ink())
            ends.append(points.last?.y ?? frame.y(first))
        }
        let places = PlotFrame.spread(ends, within: frame.top...frame.bottom)
        for place in states.indices {
            line(
                from: .init(min(frame.x(model.lastDay), frame.right) + 1, ends[place]),
                to: .init(frame.right + 6, places[place]),
                .line(SVG.faint, 0.8))
            write(
                "\(place + 1)", at: .init(frame.right + 8, places[place] + 4), size: 11, bold: true,
                fill: LinePattern.number(place).colour)
        }
    }
}

extension NamedIncidence {
    /// The highest of its lines up to a day.
    func highest(_ states: [(state: State, title: String)], until day: Int) -> Double {
        let drawn = states.compactMap { figure.value.states.firstIndex(of: $0.state) }
        let steps = figure.value.steps.prefix { $0.day <= day }.map(\.probability) + [figure.value.initial]
        return steps.flatMap { step in drawn.map { step[$0] } }.max() ?? 0
    }

    fileprivate func spoken(_ states: [(state: State, title: String)]) -> String {
        let shares = states.map { state in
            let number = figure.value.states.firstIndex(of: state.state)
            let share = number.flatMap { figure.value.steps.last?.probability[$0] } ?? 0
            return "\(state.title) \(fixed(share * 100, places: 1)) %"
        }
        return "\(name): \(title), n = \(figure.denominator), in the end " + shares.joined(separator: ", ")
    }
}
