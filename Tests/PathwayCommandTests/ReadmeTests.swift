import Foundation
import Testing

/// PATHWAY_RECORD=1 writes what the commands print into the README instead of comparing it.
@Suite struct ReadmeTests {
    private let records = ProcessInfo.processInfo.environment["PATHWAY_RECORD"] == "1"

    @Test func `the commands of the README print what it shows, and its diagram is the protocol's`() async throws {
        var readme = try Readme()
        #expect(readme.examples.count > 10)
        var found: [(Range<Int>, [String])] = []
        var document = ""
        try await withPrivateServer { tool in
            let folder = URL(fileURLWithPath: Tool.program).deletingLastPathComponent().path
            let tool = tool.with(["PATH": "\(folder):\(tool.environment["PATH"] ?? "")", "COLUMNS": "100"])
            // The README begins where the server has been made, as after the demonstration.
            #expect(try await tool("database", "start").code == 0)
            for example in readme.examples {
                let answer = try await tool.run(["/bin/sh", "-c", example.command], joined: true)
                found.append(
                    (
                        example.output,
                        answer.output.split(separator: "\n", omittingEmptySubsequences: false)
                            .dropLast(answer.output.hasSuffix("\n") || answer.output.isEmpty ? 1 : 0).map(String.init)
                    ))
            }
            document = try await tool.line("protocol list --format json").json().elements.first?["digest"]?.string ?? ""
            let diagram = try await tool("protocol", "diagram", "aall1331").output
            let drawn = try #require(readme.blocks("mermaid").first)
            found.append((drawn, diagram.split(separator: "\n").map(String.init)))
        }
        try #require(document.count == 64)
        // The digest of the document is the same everywhere, unlike those of what was recorded just now.
        let comparable = { (line: String) in normalised(line.replacing(document, with: "of the document")) }
        var isChanged = false
        // From the end, so that the places before stay where they are.
        for (place, text) in found.reversed() {
            let shown = Array(readme.lines[place])
            let expected = shown.map(comparable)
            let printed = text.map(comparable)
            guard !matches(printed[...], expected[...]) else { continue }
            if records {
                readme.replace(place, with: text)
                isChanged = true
            } else {
                Issue.record(
                    "README.md:\(place.lowerBound): \(readme.lines[place.lowerBound - 1])\n\(difference(expected, printed))"
                )
            }
        }
        if isChanged { try readme.save() }
    }

    @Test func `a line that is just an ellipsis stands for any number of lines`() {
        #expect(matches(["a", "b", "c"], ["a", "…"]))
        #expect(matches(["a"], ["a", "…"]))
        #expect(matches(["a", "b", "c"], ["…", "c"]))
        #expect(!matches(["a", "b", "c"], ["…", "b"]))
        #expect(!matches(["a", "b"], ["a"]))
        #expect(matches([], []))
    }

    @Test func `what differs is shown as diff does`() {
        #expect(difference(["a", "b", "c"], ["a", "x", "y", "c"]) == "- b\n+ x\n+ y")
        #expect(difference(["a"], ["a", "b"]) == "+ b")
        #expect(difference(["a", "a"], ["a"]) == "- a")
    }
}
