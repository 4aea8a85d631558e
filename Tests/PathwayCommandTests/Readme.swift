import Foundation

/// The README as lines, with the commands that it shows and what it says that they print.
struct Readme {
    /// A command with the lines under it.
    struct Example {
        let command: String
        /// Where its output stands, as indices of ``Readme/lines``.
        let output: Range<Int>
    }

    private let path: String
    private(set) var lines: [String]

    init() throws {
        // Two folders above this one; a link to it is followed, so that recording writes the file itself.
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        path = root.appendingPathComponent("README.md").resolvingSymlinksInPath().path
        lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    }

    /// The commands of the blocks marked `console`, in their order.
    var examples: [Example] {
        blocks("console").flatMap { block in
            // A comment is one hash and one space, unlike the heading of a table of numbered rows.
            let isComment = { (line: String) in line.hasPrefix("# ") && !line.hasPrefix("#  ") }
            let starts = block.filter { lines[$0].hasPrefix("$ ") || isComment(lines[$0]) } + [block.upperBound]
            return zip(starts, starts.dropFirst()).filter { lines[$0.0].hasPrefix("$ ") }.map { start, end in
                Example(command: String(lines[start].dropFirst(2)), output: start + 1..<end)
            }
        }
    }

    /// What stands between the fences of the blocks with exactly this mark.
    func blocks(_ mark: String) -> [Range<Int>] {
        var blocks: [Range<Int>] = []
        var open: Int?
        for (index, line) in lines.enumerated() where line.hasPrefix("```") {
            if let start = open {
                if lines[start - 1] == "```" + mark { blocks.append(start..<index) }
                open = nil
            } else {
                open = index + 1
            }
        }
        return blocks
    }

    /// Puts other lines in place of these.
    mutating func replace(_ range: Range<Int>, with text: [String]) { lines.replaceSubrange(range, with: text) }

    func save() throws { try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path)) }
}

/// Whether text is what was expected, where a line that is just `…` stands for any number of lines.
func matches(_ text: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return text.isEmpty }
    if first == "…" {
        return (text.startIndex...text.endIndex).contains { matches(text[$0...], expected.dropFirst()) }
    }
    return text.first == first && matches(text.dropFirst(), expected.dropFirst())
}

/// The lines that differ between a common beginning and a common end, marked as diff does.
func difference(_ expected: [String], _ text: [String]) -> String {
    let start = zip(expected, text).prefix { $0 == $1 }.count
    let rest = min(expected.count, text.count) - start
    let end = zip(expected.reversed(), text.reversed()).prefix(rest).prefix { $0 == $1 }.count
    return (expected[start..<expected.count - end].map { "- " + $0 } + text[start..<text.count - end].map { "+ " + $0 })
        .joined(separator: "\n")
}
