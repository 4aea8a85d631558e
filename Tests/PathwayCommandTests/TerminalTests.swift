import Foundation
import Testing

/// What a terminal sees, and what a file or pipe sees instead.
@Suite struct TerminalTests {
    /// Runs it on a terminal of `script`; data and talk come together.
    private func onTerminal(_ tool: Tool, _ line: String, _ environment: [String: String?] = [:]) async throws -> String
    {
        let command = ([Tool.program] + line.split(separator: " ").map(String.init)).joined(separator: " ")
        let tool = tool.with(["TERM": "xterm"]).with(environment)
        #if os(Linux)
            let answer = try await tool.run(["script", "-qec", command, "/dev/null"])
        #else
            let answer = try await tool.run(["script", "-q", "/dev/null", "/bin/sh", "-c", command])
        #endif
        return answer.output
    }

    @Test func `a terminal sees bold, and nobody who does not want it`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            let bold = try await onTerminal(tool, "status P-017")
            #expect(bold.contains("\u{1B}[1mP-017\u{1B}[0m"))
            for (variable, value, isBold) in [
                ("NO_COLOR", "1", false), ("TERM", "dumb", false), ("NO_COLOR", "", true),
            ] {
                let seen = try await onTerminal(tool, "status P-017", [variable: value])
                #expect(seen.contains("\u{1B}") == isBold, "\(variable)=\(value)")
            }
        }
    }

    @Test(arguments: [60, 80, 100])
    func `a table that is wider than the terminal goes on in the next line, and a file gets all of it`(_ width: Int)
        async throws
    {
        try await withTool(Template.clinic) { tool, _ in
            for line in ["protocol show aall1331", "history P-017", "next P-017", "deviations", "cohort"] {
                let narrow = try await onTerminal(tool, line, ["COLUMNS": "\(width)", "NO_COLOR": "1"])
                    .replacing("\r\n", with: "\n")
                #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= width }, "\(line)")
                let wide = try await tool.with(["COLUMNS": "\(width)"]).line(line).output
                // Nothing is left out, whether the table is narrowed or each row is a block; no date or word of a column is broken.
                func counts(_ text: String) -> [Character: Int] {
                    Dictionary(text.filter { !$0.isWhitespace }.map { ($0, 1) }, uniquingKeysWith: +)
                }
                let (seen, all) = (
                    counts(narrow), counts(wide.split(separator: "\n").dropFirst(line.hasPrefix("n") ? 0 : 1).joined())
                )
                #expect(all.allSatisfy { seen[$0.key, default: 0] >= $0.value }, "\(line)")
                for word in wide.split(whereSeparator: \.isWhitespace)
                where word.hasPrefix("2018-") || word.hasSuffix("-started") {
                    #expect(narrow.contains(word), "\(line): \(word)")
                }
                if line.hasPrefix("protocol") { #expect(wide.split(separator: "\n").contains { $0.count > 120 }) }
            }
        }
    }

    @Test(arguments: [
        "status P-017", "next P-017", "history P-017", "timeline P-017", "cohort", "worklist --upcoming", "export",
        "protocol list", "protocol show aall1331", "protocol words", "import -", "database status", "--help",
        "status P-018",
    ])
    func `a file sees no escape codes`(_ line: String) async throws {
        try await withTool(Template.clinic) { tool, _ in
            let answer = try await tool.with(["TERM": "xterm-256color"]).line(line)
            #expect(!answer.output.contains("\u{1B}"))
            #expect(!answer.talk.contains("\u{1B}"))
        }
    }

    @Test func `a terminal sees how far an import is, and a file does not`() async throws {
        try await withTool(Template.trial) { tool, _ in
            try tool.write("cohort.ndjson", Data(Template.cohortLines(patients: 400)))
            let seen = try await onTerminal(tool, "import cohort.ndjson")
            #expect(seen.contains("\r\u{1B}[K[############"))
            #expect(seen.contains("8000 lines, 4000 recorded, 0 refused"))
            // The bar is gone before the result is printed.
            #expect(seen.contains("\u{1B}[K") && seen.contains(" recorded, 0 recorded before, 0 refused\r\n"))
            let silent = try await tool.line("import cohort.ndjson")
            #expect(silent.talk.isEmpty || !silent.talk.contains("\r"))
        }
    }
}
