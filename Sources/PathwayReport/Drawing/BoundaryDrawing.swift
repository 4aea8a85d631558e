internal import PathwayCore
internal import PathwayEstimates

extension SVG {
    /// The monitors' looks: the planned boundary over the information, and the statistic at each look.
    public static func monitoring(id: String, title: String, _ monitoring: TrialMonitoring) -> SVG {
        let planned = monitoring.planned.looks
        let values = planned.map(\.boundary) + monitoring.looks.map(\.z) + monitoring.looks.map(\.design.boundary)
        let highest = min(8, (values.map(abs).max() ?? 3).rounded(.up) + 0.5)
        let lowest = monitoring.planned.sides == .two ? -highest : min(0, (values.min() ?? 0).rounded(.down))
        let legend = Double(monitoring.looks.count + monitoring.ahead.count) * 17
        let frame = PlotFrame(
            left: 62, top: 70 + legend, width: 560, height: 250, days: 1000, scale: lowest...highest)
        var svg = SVG(
            id: id, width: 740, height: frame.bottom + 62, title: title,
            description: ([title] + monitoring.looks.map { $0.words(of: monitoring) } + monitoring.ahead.map(aheadWords))
                .joined(separator: ". "))
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        for (place, words) in (monitoring.looks.map { $0.words(of: monitoring) } + monitoring.ahead.map(aheadWords))
            .enumerated()
        {
            svg.write(words, at: .init(18, 40 + Double(place) * 17), size: 11)
        }
        for z in stride(from: Int(lowest.rounded(.up)), through: Int(highest), by: 1) {
            svg.line(
                from: .init(frame.left, frame.y(Double(z))), to: .init(frame.right, frame.y(Double(z))),
                .line(SVG.faint, z == 0 ? 1 : 0.6))
            svg.write(String(z), at: .init(frame.left - 8, frame.y(Double(z)) + 4), .end, size: 11, fill: SVG.quiet)
        }
        svg.write(
            "z, above 0 in favour of \(monitoring.arm)", at: .init(frame.left - 44, frame.top - 10), size: 11,
            fill: SVG.quiet)
        let ticks = stride(from: 0, through: 100, by: 20).map { share in
            (day: Double(share) * 10, label: "\(share) %")
        }
        frame.drawAxis(in: &svg, ticks: ticks, axis: "information: events of \(monitoring.plan.events)")
        svg.boundary(planned, frame, sign: 1)
        if monitoring.planned.sides == .two { svg.boundary(planned, frame, sign: -1) }
        for look in monitoring.looks { svg.look(look, frame) }
        svg.foot(
            "\(monitoring.basis.endpoint), \(monitoring.basis.analysisSet); cut \(monitoring.basis.cut); circles: boundary at each look; filled diamonds: statistic observed; source of the plan: \(monitoring.plan.provenance.citation)"
        )
        return svg
    }

    private static func aheadWords(_ events: Int) -> String { "look at \(events) events: not reached" }

    private mutating func boundary(_ looks: [GroupSequentialDesign.Look], _ frame: PlotFrame, sign: Double) {
        let points = looks.map {
            Point(frame.x($0.fraction * 1000), frame.y(sign * min($0.boundary, frame.scale.upperBound)))
        }
        line(through: points, .line(SVG.quiet, 1.2, dash: "6 3"))
        for (point, look) in zip(points, looks) {
            circle(at: point, radius: 4, Ink(stroke: SVG.text, width: 1.4, fill: "#ffffff"))
            write(
                fixed(sign * look.boundary, places: 2), at: .init(point.x, point.y - sign * 10 + (sign < 0 ? 6 : 0)),
                .middle, size: 11)
        }
    }

    private mutating func look(_ look: TrialMonitoring.Look, _ frame: PlotFrame) {
        let x = frame.x(look.design.fraction * 1000)
        // The boundary as it is with the events that there were.
        circle(at: .init(x, frame.y(look.design.boundary)), radius: 3, .line(SVG.quiet, 1))
        let point = Point(x, frame.y(max(frame.scale.lowerBound, min(look.z, frame.scale.upperBound))))
        let colour = LinePattern.number(0).colour
        line(
            through: [
                .init(point.x, point.y - 6), .init(point.x + 6, point.y), .init(point.x, point.y + 6),
                .init(point.x - 6, point.y),
            ],
            closed: true, .area(colour))
        write("z \(fixed(look.z, places: 2))", at: .init(point.x + 10, point.y + 4), size: 11, bold: true, fill: colour)
    }
}

extension TrialMonitoring.Look {
    fileprivate func words(of monitoring: TrialMonitoring) -> String {
        let what = planned.map { "look at \($0) events" } ?? "at the cut, not a planned look"
        let verdict =
            switch verdict {
            case .goesOn?: "boundary not reached"
            case .crossed?: "boundary reached"
            case .crossedBelow?: "lower boundary reached"
            case .endedWithout?: "ended without reaching it"
            case nil: "after a boundary had been reached"
            }
        return
            "\(what): \(events) events, \(decimal(design.fraction * 100, places: 1)) % of \(monitoring.plan.events); z \(fixed(z, places: 2)), "
            + "p \(fixed(pValue, places: 5)) against \(fixed(design.nominalPValue, places: 5)); \(verdict)"
    }
}
