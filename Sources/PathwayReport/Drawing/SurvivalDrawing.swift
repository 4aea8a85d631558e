public import PathwayEstimates

/// A curve with the name that stands beside it.
public struct NamedCurve: Sendable {
    /// A short name: the arm.
    public let name: String
    /// What it stands for.
    public let title: String
    /// The curve on its basis.
    public let figure: Figure<KaplanMeier>

    /// Names a curve.
    public init(name: String, title: String, figure: Figure<KaplanMeier>) {
        (self.name, self.title, self.figure) = (name, title, figure)
    }
}

extension SVG {
    /// Survival by arm: curves with confidence bands and censoring marks, numbers at risk below.
    ///
    /// The arms are told apart by the dashes of their lines and by the names at their ends.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - missing: arms without a curve, with the reason in words.
    ///   - scaleTitle: what those are who are still on the curve.
    public static func survival(
        id: String, title: String, _ curves: [NamedCurve], missing: [String] = [], lastDay: Int? = nil,
        scaleTitle: String = "free of event"
    ) -> SVG {
        let last = max(1, lastDay ?? curves.map(\.figure.value.lastDay).max() ?? 1)
        let ticks = PlotFrame.ticks(to: last)
        let legend = Double(curves.count + missing.count) * 17
        let longest = curves.map { textWidth($0.name) }.max() ?? 0
        let frame = PlotFrame(
            left: max(62, 18 + longest + 26), top: 62 + legend, width: 520, height: 280,
            days: Int(ticks.last?.day ?? 1), scale: 0...1)
        let table = frame.bottom + 58
        var svg = SVG(
            id: id, width: frame.right + 16 + longest + 30,
            height: table + Double(curves.count) * 17 + 34, title: title,
            description: ([title] + curves.map(\.spoken) + missing).joined(separator: ". "))
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        for (place, curve) in curves.enumerated() {
            let y = 40 + Double(place) * 17
            svg.line(from: .init(18, y - 4), to: .init(54, y - 4), LinePattern.number(place).ink())
            svg.write(curve.legend, at: .init(62, y), size: 11)
        }
        for (place, words) in missing.enumerated() {
            svg.write(words, at: .init(62, 40 + Double(curves.count + place) * 17), size: 11, fill: SVG.quiet)
        }
        frame.drawPercentages(in: &svg, ticks: ticks, axis: "years (of 365.25 days)", scaleTitle: scaleTitle)
        for (place, curve) in curves.enumerated() { svg.band(curve.figure.value, LinePattern.number(place), frame) }
        for (place, curve) in curves.enumerated() { svg.steps(curve.figure.value, LinePattern.number(place), frame) }
        svg.nameEnds(curves, frame)
        svg.numbersAtRisk(curves, ticks, frame, top: table)
        if let basis = curves.first?.figure.basis {
            svg.foot(
                "\(basis.endpoint); cut \(basis.cut); Kaplan-Meier, 95 % log-log limits; a tick marks who was censored")
        }
        return svg
    }

    private mutating func steps(_ curve: KaplanMeier, _ pattern: LinePattern, _ frame: PlotFrame) {
        line(through: frame.corners(from: 1, curve.steps.map { ($0.day, $0.survival) }), pattern.ink())
        for step in curve.steps where step.censored > 0 && step.day <= frame.days {
            let (x, y) = (frame.x(step.day), frame.y(step.survival))
            line(from: .init(x, y - 4), to: .init(x, y + 4), .line(pattern.colour, 1))
        }
    }

    /// The area between the log-log limits, which begin with the first event.
    private mutating func band(_ curve: KaplanMeier, _ pattern: LinePattern, _ frame: PlotFrame) {
        var (upper, lower): ([Point], [Point]) = ([], [])
        var before: ConfidenceLimits?
        for step in curve.steps.drop(while: { curve.limits(at: $0) == nil }) {
            let x = min(frame.x(step.day), frame.right)
            if let before {
                upper.append(Point(x, frame.y(before.upper)))
                lower.append(Point(x, frame.y(before.lower)))
            }
            before = curve.limits(at: step)
            guard let before, step.day <= frame.days else { break }
            upper.append(Point(x, frame.y(before.upper)))
            lower.append(Point(x, frame.y(before.lower)))
        }
        guard upper.count > 1 else { return }
        line(through: upper + lower.reversed(), closed: true, .area(pattern.colour, opacity: 0.12))
        for edge in [upper, lower] {
            line(through: edge, Ink(stroke: pattern.colour, width: 0.5, dash: pattern.dash, opacity: 0.55))
        }
    }

    private mutating func nameEnds(_ curves: [NamedCurve], _ frame: PlotFrame) {
        let last = curves.map { curve in curve.figure.value.steps.last { $0.day <= frame.days }?.survival ?? 1 }
        let ends = last.map(frame.y)
        let places = PlotFrame.spread(ends, within: frame.top...frame.bottom)
        for (place, curve) in curves.enumerated() {
            let end = min(frame.x(curve.figure.value.lastDay), frame.right)
            let label = Point(frame.right + 16, places[place] + 4)
            line(
                from: .init(end + 2, ends[place]), to: .init(label.x - 3, places[place]), .line(SVG.faint, 0.8))
            write(curve.name, at: label, bold: true, fill: LinePattern.number(place).colour)
        }
    }

    /// A line at the foot of the drawing, in as many lines as its width needs.
    mutating func foot(_ words: String) {
        for (place, line) in wrapped(words, width: width - 36, size: 10).enumerated() {
            if place > 0 { height += 13 }
            write(line, at: .init(18, height - 10), size: 10, fill: SVG.quiet)
        }
    }

    private mutating func numbersAtRisk(
        _ curves: [NamedCurve], _ ticks: [(day: Double, label: String)], _ frame: PlotFrame, top: Double
    ) {
        write("at risk", at: .init(18, top - 6), size: 11, fill: SVG.quiet)
        for (place, curve) in curves.enumerated() {
            let y = top + 12 + Double(place) * 17
            write(curve.name, at: .init(18, y), size: 11, bold: true, fill: LinePattern.number(place).colour)
            for tick in ticks {
                let atRisk = curve.figure.value.atRisk(on: Int(tick.day.rounded(.up)))
                write(String(atRisk), at: .init(frame.x(tick.day), y), .middle, size: 11)
            }
        }
    }
}

extension NamedCurve {
    /// The curve in a line of words.
    var legend: String {
        "\(name): \(title), n = \(figure.denominator), \(figure.value.events) event\(figure.value.events == 1 ? "" : "s")"
    }

    /// The curve for who does not see it.
    fileprivate var spoken: String {
        let years = AnalysisYear.customary.compactMap { year in
            (try? figure.value.estimate(at: AnalysisYear.day(year))).map { estimate in
                "\(fixed(estimate.survival * 100, places: 1)) % after \(year) year\(year == 1 ? "" : "s")"
            }
        }
        return legend + (years.isEmpty ? "" : ", " + years.joined(separator: ", "))
    }
}
