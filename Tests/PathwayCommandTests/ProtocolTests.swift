import Foundation
import Testing

@Suite struct ProtocolTests {
    @Test func `a sound document is said to be so`() async throws {
        try await withTool { tool in
            let bundled = try Template.text()
            try tool.write("aall1331.yaml", bundled)
            let answer = try await tool("protocol", "check", "aall1331.yaml")
            #expect(answer.code == 0)
            #expect(answer.talk.isEmpty)
            #expect(answer.output.hasPrefix("aall1331.yaml: sound: aall1331 version 1, "))
        }
    }

    @Test func `every fault of a document is listed with its line`() async throws {
        try await withTool { tool in
            let lines = try Template.text().split(separator: "\n", omittingEmptySubsequences: false)
            let index = try #require(lines.firstIndex { $0.hasPrefix("version:") })
            var broken = lines.map(String.init)
            broken[index] = "versoin: 1"
            try tool.write("broken.yaml", broken.joined(separator: "\n"))
            let answer = try await tool("protocol", "check", "broken.yaml")
            #expect(answer.code == 65)
            #expect(answer.output.isEmpty)
            #expect(answer.talk.contains("broken.yaml:\(index + 1): "))
            #expect(answer.talk.contains("versoin"))
            #expect(answer.talk.contains("\nerror: broken.yaml has "))
        }
    }

    @Test func `the transition table is shown to people and to programs`() async throws {
        try await withTool { tool in
            let text = try await tool("protocol", "show", "aall1331")
            #expect(text.code == 0)
            #expect(
                normalised(text.output).hasPrefix(
                    """
                    Risk-stratified blinatumomab in first relapse of B-ALL
                    aall1331 version 1, SHA-256 SHA-256


                    """))
            let json = try await tool("protocol", "show", "aall1331", "--format", "json").json()
            #expect(
                json.keys == [
                    "analyses", "digest", "protocol", "rules", "strata", "title", "transitions", "version", "words",
                ])
            let stratum = json["strata"]?.elements.first { $0["stratum"] == .text("low-marrow-mrd-negative") }
            #expect(stratum?["randomisation"] == .text("low") && stratum?["takes"]?.string?.contains("mrd") == true)
            let fever = json["words"]?.elements.first { $0["word"] == .text("febrile-neutropenia") }
            #expect(fever?["list"] == .text("adverse event"))
            #expect(text.output.contains("low-marrow-mrd-negative") && text.output.contains("febrile-neutropenia"))
            // Of the comparison nobody has read more than its direction: it is marked.
            let looks = json["analyses"]?.elements.first { $0["kind"] == .text("looks") }
            #expect(looks?["says"] == .text("at 80, 131 events, obrien-fleming"))
            #expect(looks?["verified"] == .flag(false))
            #expect(text.output.contains("disease-free-survival against A, one-sided 0.025, stratified"))
            #expect(json["transitions"]?.elements.first?["milestone"] == .text("enrolled"))
            #expect(json["transitions"]?.elements.allSatisfy { $0["source"] != nil && $0["line"] != nil } == true)
        }
    }

    @Test(arguments: [
        ("mermaid", "stateDiagram-v2\n", "[*] --> enrolled: enrolled\n"), ("dot", "digraph \"aall1331\" {\n", "}\n"),
        ("svg", "<?xml version=\"1.0\"", "</svg>\n"),
    ])
    func `a protocol is drawn`(_ format: String, _ start: String, _ part: String) async throws {
        try await withTool { tool in
            let answer = try await tool("protocol", "diagram", "aall1331", "--format", format)
            if answer.code == 69 {
                // Without Graphviz it names the package.
                #expect(format == "svg")
                #expect(answer.talk.contains("install the package graphviz"))
            } else {
                #expect(answer.code == 0)
                #expect(answer.output.hasPrefix(start))
                #expect(answer.output.contains(part))
                #expect(answer.talk.isEmpty)
            }
        }
    }

    @Test func `without Graphviz the package is named`() async throws {
        try await withTool { tool in
            let answer = try await tool.with(["PATH": "/nowhere"])("protocol", "diagram", "aall1331", "--format", "svg")
            #expect(
                answer.everything == """
                    ! error: drawing SVG needs Graphviz, and its program "dot" is not here
                    ! hint: install the package graphviz (apt-get install graphviz, brew install graphviz), or use --format mermaid
                    = 69

                    """)
        }
    }

    @Test func `versions are added once and listed`() async throws {
        try await withTool(Template.schema) { tool, _ in
            let added = try await tool("protocol", "add", "aall1331", "--by", "berta")
            #expect(normalised(added.everything) == "aall1331 version 1, SHA-256 SHA-256\n")
            #expect(try await tool("protocol", "add", "aall1331").everything == added.everything)
            let list = try await tool("protocol", "list").output.split(separator: "\n")
            #expect(list.count == 2)
            #expect(list[1].hasPrefix("aall1331        1  2014-12-17  "))
            #expect(list[1].hasSuffix("  berta     Risk-stratified blinatumomab in first relapse of B-ALL"))
            let rows = try await tool("protocol", "list", "--format", "json").json()
            #expect(rows.keys == ["added-at", "added-by", "digest", "effective", "protocol", "title", "version"])
        }
    }

    @Test func `another document as the same version is refused`() async throws {
        try await withTool(Template.trial) { tool, _ in
            try tool.write("other.yaml", try Template.text() + "\n# another\n")
            let answer = try await tool("protocol", "add", "other.yaml")
            #expect(answer.code == 65)
            #expect(answer.talk.hasPrefix("error: "))
            #expect(try await tool("protocol", "list").output.split(separator: "\n").count == 2)
        }
    }

    @Test func `the words list every milestone with its fields`() async throws {
        try await withTool { tool in
            let answer = try await tool("protocol", "words")
            #expect(answer.code == 0)
            #expect(
                answer.output.contains(
                    "\nresponse-assessed\n    marrow: one of m1, m2, m3, not-done, inadequate (required)\n"))
            #expect(answer.output.contains("\ndied  (moves the status)\n"))
        }
    }

    @Test func `two protocols in one log ask which one a patient enters`() async throws {
        try await withTool(Template.trial) { tool, administrator in
            #expect(try await tool("protocol", "add", "intreall-sr-2010").code == 0)
            let line = "register P-1 --on 2018-01-10 \(Clinic.enrolment)"
            let unnamed = try await tool.line(line)
            #expect(unnamed.code == 65)
            #expect(try await eventCount(administrator) == 0)
            #expect(try await tool.line(line + " --protocol aall1331").code == 0)
        }
    }
}
