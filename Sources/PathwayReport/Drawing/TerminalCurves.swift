internal import PathwayEstimates

/// Survival curves drawn with characters, as wide as the terminal: every curve has a line of its own kind and its name at its end.
public struct TerminalCurves: Sendable {
    /// Which characters a terminal shows.
    public enum Characters: Sendable, CaseIterable {
        /// Lines and blocks of Unicode.
        case unicode
        /// Plain letters and signs.
        case ascii
    }

    private let curves: [NamedCurve]
    private let characters: Characters
    private let lastDay: Int

    /// The narrowest and the widest that is drawn.
    public static let widths = 40...160

    /// Draws these curves.
    public init(_ curves: [NamedCurve], characters: Characters = .unicode, lastDay: Int? = nil) {
        (self.curves, self.characters) = (curves, characters)
        self.lastDay = max(1, lastDay ?? curves.map(\.figure.value.lastDay).max() ?? 1)
    }

    /// The characters of one curve's line: level, fall, and the corners before and after a fall.
    private struct Pen {
        let level: Character
        let fall: Character
    }

    private static let unicodePens = [
        Pen(level: "━", fall: "┃"), Pen(level: "╌", fall: "╎"), Pen(level: "═", fall: "║"), Pen(level: "·", fall: ":"),
    ]
    private static let asciiPens = [
        Pen(level: "-", fall: "|"), Pen(level: ".", fall: ":"), Pen(level: "=", fall: "H"), Pen(level: "~", fall: "!"),
    ]

    private func pen(_ place: Int) -> Pen {
        let pens = characters == .unicode ? TerminalCurves.unicodePens : TerminalCurves.asciiPens
        return pens[place % pens.count]
    }

    /// The drawing in lines of at most this width.
    /// - Parameters:
    ///   - width: columns of the terminal; narrower than 40 is drawn for 40, wider than 160 for 160.
    ///   - height: lines for the curves, from 5 to 60.
    public func text(width: Int, height: Int = 17) -> String {
        let width = min(max(width, TerminalCurves.widths.lowerBound), TerminalCurves.widths.upperBound)
        let height = min(max(height, 5), 60)
        let ticks = PlotFrame.ticks(to: lastDay)
        let end = ticks.last?.day ?? 1
        // "100 % ┤" at the left, or a curve's name and a space if that is longer; its name and a space at the right.
        let labels = ends(height: height)
        let columns = width - left - 1 - (labels.values.map(\.count).max() ?? 0) - 2
        var grid = [[Character]](repeating: [Character](repeating: " ", count: columns), count: height)
        for (place, curve) in curves.enumerated() { draw(curve, pen(place), on: &grid, end: end) }
        var lines = legend(width: width)
        let axis: (Character, Character, Character, Character) =
            characters == .unicode ? ("┤", "│", "└", "─") : ("+", "|", "+", "-")
        for (row, cells) in grid.enumerated() {
            let share = 100 - row * 100 / (height - 1)
            let isLabelled = [0, (height - 1) / 4, (height - 1) / 2, (height - 1) * 3 / 4, height - 1].contains(row)
            let number = String(share)
            let words = isLabelled ? number + " % " : ""
            let label = String(repeating: " ", count: left - words.count) + words
            lines.append(label + String(isLabelled ? axis.0 : axis.1) + String(cells) + " " + (labels[row] ?? ""))
        }
        lines.append(String(repeating: " ", count: left) + String(axis.2) + String(repeating: axis.3, count: columns))
        lines.append(scale(ticks, columns: columns, end: end))
        lines += atRisk(ticks, columns: columns, end: end)
        return lines.map { line in
            var line = String(line.prefix(width))
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n") + "\n"
    }

    /// The columns of the longest name.
    private var names: Int { min(8, curves.map(\.name.count).max() ?? 0) }

    /// The columns before the axis.
    private var left: Int { max(6, names + 2) }

    private func draw(_ curve: NamedCurve, _ pen: Pen, on grid: inout [[Character]], end: Double) {
        guard let columns = grid.first?.count else { return }
        let last = Double(curve.figure.value.lastDay)
        var before: Int?
        for column in 0..<columns {
            let day = end * Double(column + 1) / Double(columns)
            guard end * Double(column) / Double(columns) <= last else { break }
            let survival = curve.figure.value.steps.last { Double($0.day) <= day }?.survival ?? 1
            let row = self.row(survival, height: grid.count)
            for between in (before ?? row)..<max(before ?? row, row) { grid[between][column] = pen.fall }
            grid[row][column] = pen.level
            before = row
        }
    }

    private func row(_ survival: Double, height: Int) -> Int { Int(((1 - survival) * Double(height - 1)).rounded()) }

    /// Which names stand at the end of which line; curves that end together share it.
    private func ends(height: Int) -> [Int: String] {
        var ends: [Int: String] = [:]
        for curve in curves {
            let row = row(curve.figure.value.steps.last?.survival ?? 1, height: height)
            ends[row] = (ends[row].map { $0 + "," } ?? "") + String(curve.name.prefix(names))
        }
        return ends
    }

    private func legend(width: Int) -> [String] {
        var lines: [String] = []
        for (place, curve) in curves.enumerated() {
            let sample = String(repeating: pen(place).level, count: 4)
            for (number, line) in TerminalCurves.wrapped(curve.legend, columns: width - 5).enumerated() {
                lines.append((number == 0 ? sample : "    ") + " " + line)
            }
        }
        if let basis = curves.first?.figure.basis {
            lines += TerminalCurves.wrapped("\(basis.endpoint), cut \(basis.cut)", columns: width - 5).map {
                "     " + $0
            }
        }
        return lines + [""]
    }

    private static func wrapped(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private func scale(_ ticks: [(day: Double, label: String)], columns: Int, end: Double) -> String {
        var line = [Character](repeating: " ", count: columns + left + 8)
        for tick in ticks { put(tick.label, on: &line, at: left + 1 + place(tick.day, columns, end)) }
        return String(line)
    }

    private func atRisk(_ ticks: [(day: Double, label: String)], columns: Int, end: Double) -> [String] {
        ["years; at risk:"]
            + curves.map { curve in
                var line = [Character](repeating: " ", count: columns + left + 8)
                put(String(curve.name.prefix(names)), on: &line, at: 0, centred: false)
                for tick in ticks {
                    let patients = curve.figure.value.atRisk(on: Int(tick.day.rounded(.up)))
                    put(String(patients), on: &line, at: left + 1 + place(tick.day, columns, end))
                }
                return String(line)
            }
    }

    private func place(_ day: Double, _ columns: Int, _ end: Double) -> Int {
        Int((day / end * Double(columns)).rounded())
    }

    private func put(_ text: String, on line: inout [Character], at column: Int, centred: Bool = true) {
        let start = max(0, centred ? column - text.count / 2 : column)
        for (place, character) in text.enumerated() where start + place < line.count { line[start + place] = character }
    }
}
