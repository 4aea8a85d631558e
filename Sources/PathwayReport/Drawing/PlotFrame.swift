/// A rectangle with a time axis below and a scale at its left.
struct PlotFrame {
    let left: Double
    let top: Double
    let width: Double
    let height: Double
    /// The last day of the axis.
    let days: Int
    /// The range of the scale.
    let scale: ClosedRange<Double>
    /// Up to this day the axis takes up that share of the width, and is steeper behind it.
    var bend: (day: Double, share: Double)?

    var right: Double { left + width }
    var bottom: Double { top + height }

    func x(_ day: Double) -> Double {
        let last = Double(max(1, days))
        guard let bend, bend.day < last else { return left + width * day / last }
        if day <= bend.day { return left + width * bend.share * day / bend.day }
        return left + width * (bend.share + (1 - bend.share) * (day - bend.day) / (last - bend.day))
    }
    func x(_ day: Int) -> Double { x(Double(day)) }
    func y(_ value: Double) -> Double {
        bottom - height * (value - scale.lowerBound) / (scale.upperBound - scale.lowerBound)
    }

    /// The days of the axis: so many parts of a year that there are not more than eight steps.
    static func ticks(to lastDay: Int) -> [(day: Double, label: String)] {
        let steps: [(years: Double, places: Int)] = [(0.25, 2), (0.5, 1), (1, 0), (2, 0), (5, 0), (10, 0)]
        let step = steps.first { Double(lastDay) / ($0.years * 365.25) <= 8 } ?? (20, 0)
        let count = max(1, Int((Double(lastDay) / (step.years * 365.25)).rounded(.up)))
        return (0...count).map { number in
            (Double(number) * step.years * 365.25, decimal(Double(number) * step.years, places: step.places))
        }
    }

    /// Whole years from the first on: so many at a step that there are not more than eight.
    static func years(to lastDay: Int) -> [(day: Double, label: String)] {
        let count = max(1, Int((Double(lastDay) / 365.25).rounded(.up)))
        let step = (count + 7) / 8
        return stride(from: 1, through: count + step - 1, by: step).map { (Double($0) * 365.25, String($0)) }
    }

    /// The axis, its grid, and a scale of per cent.
    func drawPercentages(in svg: inout SVG, ticks: [(day: Double, label: String)], axis: String, scaleTitle: String) {
        for share in stride(
            from: 0, through: Int((scale.upperBound * 100).rounded()), by: scale.upperBound > 0.5 ? 20 : 10)
        {
            let y = y(Double(share) / 100)
            if share > 0 { svg.line(from: .init(left, y), to: .init(right, y), .line(SVG.faint, 0.6)) }
            svg.write("\(share) %", at: .init(left - 8, y + 4), .end, size: 11, fill: SVG.quiet)
        }
        svg.write(scaleTitle, at: .init(left - 44, top - 10), size: 11, fill: SVG.quiet)
        drawAxis(in: &svg, ticks: ticks, axis: axis)
    }

    /// The time axis.
    func drawAxis(in svg: inout SVG, ticks: [(day: Double, label: String)], axis: String) {
        svg.line(from: .init(left, bottom), to: .init(right, bottom), .line(SVG.quiet))
        svg.line(from: .init(left, top), to: .init(left, bottom), .line(SVG.quiet))
        for tick in ticks {
            svg.line(from: .init(x(tick.day), bottom), to: .init(x(tick.day), bottom + 5), .line(SVG.quiet))
            svg.write(tick.label, at: .init(x(tick.day), bottom + 18), .middle, size: 11, fill: SVG.quiet)
        }
        svg.write(axis, at: .init((left + right) / 2, bottom + 34), .middle, size: 11, fill: SVG.quiet)
    }

    /// The corners of a line that keeps its value from one step to the next, as far as the axis goes.
    func corners(from first: Double, _ steps: [(day: Int, value: Double)]) -> [SVG.Point] {
        var points = [SVG.Point(x(0), y(first))]
        var value = first
        for step in steps {
            guard step.day <= days else {
                points.append(.init(right, y(value)))
                break
            }
            points.append(.init(x(step.day), y(value)))
            value = step.value
            points.append(.init(x(step.day), y(value)))
        }
        return points
    }

    /// Places for labels at these heights, none nearer to another than a line of text.
    static func spread(_ heights: [Double], by gap: Double = 15, within bounds: ClosedRange<Double>) -> [Double] {
        let order = heights.indices.sorted { heights[$0] < heights[$1] }
        var placed = heights
        var last = bounds.lowerBound - gap
        for index in order {
            placed[index] = max(heights[index], last + gap)
            last = placed[index]
        }
        var next = bounds.upperBound + gap
        for index in order.reversed() {
            placed[index] = min(placed[index], next - gap)
            next = placed[index]
        }
        return placed
    }
}

/// How wide a text is about, in the viewer's sans-serif letters.
func textWidth(_ text: String, size: Double = 12) -> Double { Double(text.count) * size * 0.56 }

/// A text in lines that are about so wide.
func wrapped(_ text: String, width: Double, size: Double = 12) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if line.isEmpty {
            line = String(word)
        } else if textWidth(line + " " + word, size: size) <= width {
            line += " " + word
        } else {
            lines.append(line)
            line = String(word)
        }
    }
    return line.isEmpty ? lines : lines + [line]
}
