import Foundation
import Testing

@Suite struct SimulateTests {
    @Test func `the same seed gives the same bytes, and another seed other patients`() async throws {
        try await withTool { tool in
            let first = try await tool.line("simulate --patients 50 --seed 7")
            let second = try await tool.line("simulate --patients 50 --seed 7 --out again.ndjson")
            #expect(first.code == 0)
            #expect(first.talk.isEmpty)
            #expect(first.output == (try tool.read("again.ndjson")))
            let count = first.output.split(separator: "\n").count
            #expect(second.everything == "! \(count) milestones of 50 synthetic patients in again.ndjson\n")
            #expect(try await tool.line("simulate --patients 50 --seed 8").output != first.output)
        }
    }

    @Test func `every line says that it is synthetic`() async throws {
        try await withTool { tool in
            let lines = try await tool("simulate").output.split(separator: "\n")
            #expect(lines.count > 6_610)
            #expect(lines.allSatisfy { $0.hasSuffix(",\"synthetic\":true}") })
            #expect(Set(lines.map { $0.prefix(while: { $0 != "," }) }).count == 661)
        }
    }

    #if os(Linux)
        @Test func `ten thousand patients take no more memory than one thousand`() async throws {
            try await withTool { tool in
                func peak(_ patients: Int) async throws -> Int {
                    let words = [Tool.program, "simulate", "--patients", "\(patients)", "--out", "/dev/null"]
                    let answer = try await tool.run(words, measured: true)
                    #expect(answer.code == 0)
                    return answer.peakMemory
                }
                let (few, many) = (try await peak(1_000), try await peak(10_000))
                #expect(few > 0)
                #expect(many < few + 16 << 20)
                var status = stat()
                #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR, "a device stays one")
            }
        }
    #endif

    @Test func `the demonstration reproduces every published count, and again on what is there`() async throws {
        try await withTool(Template.schema) { tool, administrator in
            let first = try await tool("demo", "--database", #require(tool.environment["DATABASE_URL"]))
            #expect(first.code == 0)
            #expect(first.talk.isEmpty)
            #expect(first.output.contains("every published count is reproduced ("))
            #expect(first.output.contains("\nerror: cannot record \""))
            let events = try await eventCount(administrator)
            #expect(
                first.output.hasPrefix(
                    "661 synthetic patients, \(events) milestones: \(events) recorded, 0 there before, in "))
            let second = try await tool("demo", "--database", #require(tool.environment["DATABASE_URL"]))
            #expect(second.code == 0)
            #expect(
                second.output.hasPrefix(
                    "661 synthetic patients, \(events) milestones: 0 recorded, \(events) there before, in "))
            #expect(try await eventCount(administrator) == events)
        }
    }
}
