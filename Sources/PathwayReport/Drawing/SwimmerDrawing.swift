internal import PathwayCore

extension SVG {
    /// The lanes of a swimmer plot, arm below arm.
    /// - Parameters:
    ///   - id: a word that no other drawing of the page has.
    ///   - lastDay: where the axis ends; lanes that are longer go over its edge with an arrow.
    public static func swimmer(id: String, title: String, _ swimmer: Swimmer, lastDay: Int? = nil) -> SVG {
        let arms = swimmer.randomisation.arms
        let lanes = arms.flatMap { swimmer.lanes[$0] ?? [] }
        let last = max(1, lastDay ?? lanes.map(\.last).max() ?? 1)
        // Blocks last weeks and patients are followed for years: the first year takes up most of the axis.
        let year = 365.25
        let bend = Double(last) > 1.5 * year ? (day: year, share: 0.68) : nil
        let ticks =
            bend == nil
            ? PlotFrame.ticks(to: last)
            : (0...3).map { (day: Double($0) * year / 4, label: decimal(Double($0) / 4, places: 2)) }
                + PlotFrame.years(to: last)
        let courses = SwimmerKey.courses(of: lanes, in: swimmer.treatment)
        let legend = SwimmerKey.height(courses)
        let rows = Double(lanes.count) * 15 + Double(arms.count) * 30
        let frame = PlotFrame(
            left: 104, top: 36 + legend, width: 600, height: rows, days: Int(ticks.last?.day ?? 1), scale: 0...1,
            bend: bend)
        var svg = SVG(
            id: id, width: 740, height: frame.bottom + 48, title: title,
            description: title + ". " + arms.map { swimmer.words(of: $0) }.joined(separator: ". "))
        svg.write(title, at: .init(18, 20), size: 14, bold: true)
        SwimmerKey.draw(courses, in: &svg, top: 36)
        for tick in ticks.dropFirst() {
            svg.line(
                from: .init(frame.x(tick.day), frame.top), to: .init(frame.x(tick.day), frame.bottom),
                .line(SVG.faint, 0.6))
        }
        if let bend {
            svg.line(
                from: .init(frame.x(bend.day), frame.top), to: .init(frame.x(bend.day), frame.bottom),
                .line(SVG.quiet, 1.2, dash: "5 3"))
        }
        frame.drawAxis(
            in: &svg, ticks: ticks,
            axis: "years since randomisation" + (bend == nil ? "" : "; the first year is drawn wider"))
        var y = frame.top
        for arm in arms {
            svg.rectangle(at: .init(14, y + 4), width: svg.width - 20, height: 19, .area("#ffffff"))
            svg.write(swimmer.words(of: arm), at: .init(18, y + 18), size: 11, bold: true)
            y += 30
            for lane in swimmer.lanes[arm] ?? [] {
                svg.lane(lane, y: y, frame, courses)
                y += 15
            }
        }
        return svg
    }

    private mutating func lane(
        _ lane: Swimmer.Lane, y: Double, _ frame: PlotFrame, _ courses: [(word: String, title: String)]
    ) {
        let end = min(frame.x(lane.last), frame.right)
        write(lane.id, at: .init(frame.left - 8, y + 4), .end, size: 10, fill: SVG.quiet)
        line(from: .init(frame.left, y), to: .init(end, y), .line(SVG.quiet, 1.2))
        for bar in lane.bars where frame.x(bar.start) < frame.right {
            let place = courses.firstIndex { $0.word == bar.course } ?? 0
            let width = max(2, min(frame.x(bar.stop), frame.right) - frame.x(bar.start))
            SwimmerKey.bar(at: .init(frame.x(bar.start), y - 5), width: width, place, isGiven: bar.isGiven, in: &self)
        }
        if lane.goesOn || frame.x(lane.last) > frame.right {
            line(
                through: [.init(end + 7, y), .init(end, y - 4), .init(end, y + 4)], closed: true, .area(SVG.quiet))
        }
        for mark in lane.marks where frame.x(mark.day) <= frame.right {
            SwimmerKey.symbol(mark.mark, at: .init(frame.x(mark.day), y), in: &self)
        }
    }
}

extension Swimmer {
    fileprivate func words(of arm: String) -> String {
        let (shown, all) = (lanes[arm]?.count ?? 0, counts[arm] ?? 0)
        let title = treatment.arms.first { $0.name == arm }?.title ?? arm
        let words = all == 0 ? "nobody" : all > shown ? "the first \(shown) of \(all.patients)" : all.patients
        return "\(arm): \(title): \(words)"
    }
}

/// What the bars and symbols of a swimmer plot stand for.
private enum SwimmerKey {
    /// The courses that are drawn, in the protocol's order.
    static func courses(of lanes: [Swimmer.Lane], in treatment: TreatmentProtocol) -> [(word: String, title: String)] {
        let drawn = Set(lanes.flatMap(\.bars).map(\.course))
        return treatment.courses.filter { drawn.contains($0.name) }.map { ($0.name, $0.title) }
    }

    private static let columns = 3

    static func height(_ courses: [(word: String, title: String)]) -> Double {
        let rows = (courses.count + 1 + Swimmer.Lane.Mark.allCases.count + 1 + columns - 1) / columns
        return Double(rows) * 17 + 8
    }

    static func draw(_ courses: [(word: String, title: String)], in svg: inout SVG, top: Double) {
        var place = 0
        func next() -> SVG.Point {
            defer { place += 1 }
            return .init(18 + Double(place % columns) * 240, top + 6 + Double(place / columns) * 17)
        }
        for (number, course) in courses.enumerated() {
            let point = next()
            bar(at: .init(point.x, point.y - 5), width: 26, number, isGiven: true, in: &svg)
            svg.write(course.title, at: .init(point.x + 34, point.y + 4), size: 11)
        }
        let missed = next()
        bar(at: .init(missed.x, missed.y - 5), width: 26, 0, isGiven: false, in: &svg)
        svg.write("planned and not given", at: .init(missed.x + 34, missed.y + 4), size: 11)
        for mark in Swimmer.Lane.Mark.allCases {
            let point = next()
            symbol(mark, at: .init(point.x + 13, point.y), in: &svg)
            svg.write(mark.title, at: .init(point.x + 34, point.y + 4), size: 11)
        }
        let ongoing = next()
        svg.line(from: .init(ongoing.x + 2, ongoing.y), to: .init(ongoing.x + 16, ongoing.y), .line(SVG.quiet, 1.2))
        svg.line(
            through: [
                .init(ongoing.x + 23, ongoing.y), .init(ongoing.x + 16, ongoing.y - 4),
                .init(ongoing.x + 16, ongoing.y + 4),
            ],
            closed: true, .area(SVG.quiet))
        svg.write("goes on", at: .init(ongoing.x + 34, ongoing.y + 4), size: 11)
    }

    /// A bar: its shade and its stripes tell one course from another.
    static func bar(at corner: SVG.Point, width: Double, _ place: Int, isGiven: Bool, in svg: inout SVG) {
        let colour = LinePattern.number(place).colour
        guard isGiven else {
            return svg.rectangle(
                at: corner, width: width, height: 10,
                SVG.Ink(stroke: SVG.text, width: 0.9, dash: "2 2", fill: "#ffffff"))
        }
        let opacity = [0.95, 0.45, 0.7, 0.25][place % 4]
        svg.rectangle(at: corner, width: width, height: 10, .area("#ffffff"))
        svg.rectangle(at: corner, width: width, height: 10, SVG.Ink(fill: colour, opacity: opacity))
        svg.rectangle(at: corner, width: width, height: 10, .line(colour, 0.8))
        // One stripe more for each course, as far as they have room.
        let stripes = place % 4
        for stripe in 0..<stripes {
            let x = corner.x + width * Double(stripe + 1) / Double(stripes + 1)
            svg.line(
                from: .init(x, corner.y), to: .init(x, corner.y + 10), .line(place % 2 == 0 ? "#ffffff" : colour, 1.2))
        }
    }

    static func symbol(_ mark: Swimmer.Lane.Mark, at point: SVG.Point, in svg: inout SVG) {
        let (x, y) = (point.x, point.y)
        let filled = SVG.Ink(stroke: "#ffffff", width: 0.6, fill: SVG.text)
        switch mark {
        case .transplant:
            svg.line(
                through: [.init(x, y - 6), .init(x + 5.5, y + 4.5), .init(x - 5.5, y + 4.5)], closed: true,
                SVG.Ink(stroke: SVG.text, width: 1.2, fill: "#ffffff"))
        case .failure:
            svg.line(from: .init(x, y - 6), to: .init(x, y + 6), .line(SVG.text, 2))
            svg.line(from: .init(x - 5, y), to: .init(x + 5, y), .line(SVG.text, 2))
        case .relapse:
            svg.line(from: .init(x - 4.5, y - 4.5), to: .init(x + 4.5, y + 4.5), .line(SVG.text, 2))
            svg.line(from: .init(x - 4.5, y + 4.5), to: .init(x + 4.5, y - 4.5), .line(SVG.text, 2))
        case .secondMalignancy:
            svg.line(
                through: [.init(x, y - 6), .init(x + 6, y), .init(x, y + 6), .init(x - 6, y)], closed: true, filled)
        case .death: svg.rectangle(at: .init(x - 4.5, y - 4.5), width: 9, height: 9, filled)
        case .lost:
            svg.line(from: .init(x - 2, y - 6), to: .init(x - 2, y + 6), .line(SVG.text, 1.4))
            svg.line(from: .init(x + 2, y - 6), to: .init(x + 2, y + 6), .line(SVG.text, 1.4))
        }
    }
}
