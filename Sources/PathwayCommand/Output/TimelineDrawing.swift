internal import PathwayCore
internal import PathwayLog

/// A patient's courses and milestones along time, drawn in the terminal.
struct TimelineDrawing: Encodable {
    struct Bar: Encodable {
        let course: String
        let from: String
        let to: String?
    }
    struct Mark: Encodable {
        let milestone: String
        let on: [String]
    }

    let patient: String
    let site: String
    let synthetic: Bool
    let from: String
    let to: String
    let courses: [Bar]
    let milestones: [Mark]

    private let first: Day
    private let last: Day
    private let bars: [(label: String, start: Day, end: Day?)]
    private let marks: [(label: String, days: [ClinicalDate])]

    private enum CodingKeys: String, CodingKey { case patient, site, synthetic, from, to, courses, milestones }

    init(_ path: PatientPath) {
        patient = path.patient.description
        site = path.site
        synthetic = path.isSynthetic
        let days = path.events.map(\.milestone.on.earliest)
        first = days.min() ?? Day(number: 0)
        last = path.events.map(\.milestone.on.latest).max() ?? first
        bars = TimelineDrawing.bars(path)
        var marks: [(label: String, days: [ClinicalDate])] = []
        for event in path.events where event.milestone.facts.word(.course) == nil {
            let milestone = event.milestone
            let label = milestone.kind.rawValue + (milestone.qualifier.map { " \($0)" } ?? "")
            if let index = marks.firstIndex(where: { $0.label == label }) {
                marks[index].days.append(milestone.on)
            } else {
                marks.append((label, [milestone.on]))
            }
        }
        self.marks = marks
        from = first.description
        to = last.description
        courses = bars.map { Bar(course: $0.label, from: $0.start.description, to: $0.end?.description) }
        milestones = marks.map { Mark(milestone: $0.label, on: $0.days.map(\.description)) }
    }

    private static func bars(_ path: PatientPath) -> [(label: String, start: Day, end: Day?)] {
        var bars: [(label: String, start: Day, end: Day?)] = []
        for event in path.events {
            guard let course = event.milestone.facts.word(.course) else { continue }
            if event.milestone.kind == .courseStarted {
                bars.append((course, event.milestone.on.earliest, nil))
            } else if let index = bars.lastIndex(where: { $0.label == course && $0.end == nil }) {
                bars[index].end = event.milestone.on.earliest
            }
        }
        return bars
    }

    /// Courses as bars, going on as arrows; other milestones as diamonds, or as `~` at the first day that one may have had.
    func text(width: Int) -> String {
        let labels = (bars.map(\.label) + marks.map(\.label)).map(\.count).max() ?? 0
        let columns = max(width - labels - 3, 20)
        let span = max(last.days(since: first), 1)
        func column(_ day: Day) -> Int { day.days(since: first) * (columns - 1) / span }
        func row(_ label: String, _ cells: [Character]) -> String {
            var line = label + String(repeating: " ", count: labels - label.count) + "  " + String(cells)
            while line.last == " " { line.removeLast() }
            return line
        }

        var lines = [
            Terminal.styled(patient, .bold) + "  site \(site), \(from) to \(to)" + (synthetic ? "  [synthetic]" : "")
        ]
        lines.append(row("", axis(columns, span)))
        for bar in bars {
            var cells = [Character](repeating: " ", count: columns)
            let end = column(bar.end ?? last)
            for index in column(bar.start)...max(column(bar.start), end) { cells[index] = "█" }
            if bar.end == nil { cells[end] = "▶" }
            lines.append(row(bar.label, cells))
        }
        for mark in marks {
            var cells = [Character](repeating: " ", count: columns)
            for day in mark.days { cells[column(day.earliest)] = day.precision == .day ? "◆" : "~" }
            lines.append(row(mark.label, cells))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A tick at the first of a month with its name, as many as fit.
    private func axis(_ columns: Int, _ span: Int) -> [Character] {
        var cells = [Character](repeating: "─", count: columns)
        var day = first
        if first.parts.day != 1 {
            let (year, month, _) = first.parts
            day = (Day(year: year, month: month, day: 1) ?? first).adding(months: 1)
        }
        var free = 0
        while day <= last {
            let column = day.days(since: first) * (columns - 1) / span
            let label = Array("┬" + day.description.prefix(7))
            if column >= free, column + label.count <= columns {
                for (offset, character) in label.enumerated() { cells[column + offset] = character }
                free = column + label.count + 1
            }
            day = day.adding(months: 1)
        }
        return cells
    }
}
