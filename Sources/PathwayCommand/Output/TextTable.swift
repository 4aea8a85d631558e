/// Columns of text, padded to their widest cell; in a terminal that is narrower, cells go on in the next line.
struct TextTable {
    private var rows: [[String]] = []
    private let headings: [String]
    private let rightAligned: Set<Int>
    private static let gap = "  "

    init(_ headings: [String], rightAligned: Set<Int> = []) {
        self.headings = headings
        self.rightAligned = rightAligned
    }

    mutating func add(_ cells: [String]) { rows.append(cells.map(Terminal.visible)) }

    var text: String { text(within: Terminal.tableWidth) }

    /// The table in at most so many columns of a terminal; in `nil` each row is one line.
    func text(within width: Int?) -> String {
        let all = [headings] + rows
        var widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        if let width {
            let available = width - (widths.count - 1) * TextTable.gap.count
            guard TextTable.narrow(&widths, of: all, to: available) else { return blocks(within: width) }
        }
        return all.enumerated().flatMap { number, row in
            lines(of: row, widths).map { number == 0 ? Terminal.styled($0, .bold) : $0 }
        }.joined(separator: "\n") + "\n"
    }

    /// Each row as lines of a name and a value, where no width keeps the words whole.
    private func blocks(within width: Int) -> String {
        let names = headings.map(\.count).max() ?? 0
        return rows.map { row in
            zip(headings, row).filter { !$0.1.isEmpty }.flatMap { heading, cell in
                Wrapped.lines(cell, within: max(width - names - TextTable.gap.count, 10)).enumerated().map {
                    number, line in
                    let name = number == 0 ? heading : ""
                    return name + String(repeating: " ", count: names - name.count) + TextTable.gap + line
                }
            }.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    private func lines(of row: [String], _ widths: [Int]) -> [String] {
        let cells = zip(row, widths).map { Wrapped.lines($0, within: $1) }
        return (0..<(cells.map(\.count).max() ?? 0)).map { number in
            let line = cells.enumerated().map { column, lines in
                let cell = number < lines.count ? lines[number] : ""
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                if rightAligned.contains(column) { return padding + cell }
                return column == row.count - 1 ? cell : cell + padding
            }.joined(separator: TextTable.gap)
            // An empty last cell leaves nothing behind the one before it.
            let end = line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex
            return String(line[..<end])
        }
    }

    /// Takes from the columns where it makes the fewest lines more.
    /// - Returns: whether it suffices: no word is broken.
    private static func narrow(_ widths: inout [Int], of rows: [[String]], to available: Int) -> Bool {
        let lengths = rows.map { $0.map(\.count) }
        let words = widths.indices.map { column in rows.map { Wrapped.longestWord($0[column]) }.max() ?? 0 }
        while widths.reduce(0, +) > available {
            let candidates = widths.indices.filter { widths[$0] > max(words[$0], 1) }
            let heights = lengths.map { row in zip(row, widths).map(height).max() ?? 1 }
            func added(_ column: Int) -> Int {
                zip(lengths, heights).reduce(0) { $0 + max(0, height($1.0[column], widths[column] - 1) - $1.1) }
            }
            let costs = candidates.map { (column: $0, added: added($0)) }
            // Of those that cost the same the widest.
            guard let best = costs.min(by: { ($0.added, -widths[$0.column]) < ($1.added, -widths[$1.column]) }) else {
                return false
            }
            widths[best.column] -= 1
        }
        return true
    }

    /// The lines that so many characters take; a column that is empty has no width.
    private static func height(_ length: Int, _ width: Int) -> Int { max(1, (length + width - 1) / max(width, 1)) }
}

/// Text in lines of a width.
enum Wrapped {
    private static let joints = "=+,"

    /// A line of output: in a terminal that is narrower as several, in a file as it is.
    static func line(_ text: String) -> String {
        Terminal.tableWidth.map { lines(text, within: $0).joined(separator: "\n") } ?? text
    }

    /// Breaks behind blanks and what joins words, else anywhere.
    static func lines(_ text: String, within width: Int) -> [String] {
        var rest = text[...]
        var lines: [String] = []
        while rest.count > width {
            let line = rest.prefix(width)
            let next = rest[line.endIndex]
            let end =
                next == " "
                ? line.endIndex
                : line.lastIndex { $0 == " " || joints.contains($0) }.map(line.index(after:)) ?? line.endIndex
            let whole = rest[..<end]
            lines.append(String(whole.last == " " ? whole.dropLast() : whole))
            rest = rest[end...]
            if rest.first == " " { rest = rest.dropFirst() }
        }
        return lines + [String(rest)]
    }

    /// How long the longest part is that stays whole as long as possible.
    static func longestWord(_ text: String) -> Int {
        var (longest, length) = (0, 0)
        for character in text {
            length = character == " " ? 0 : length + 1
            longest = max(longest, length)
            if joints.contains(character) { length = 0 }
        }
        return longest
    }
}
