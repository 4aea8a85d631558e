import DatabaseTesting
import Foundation
import Testing

/// What a command leaves that was interrupted while it wrote.
@Suite struct InterruptionTests {
    @Test(
        arguments: [SIGINT, SIGTERM],
        ["snapshot export first --out new --format csv sdtm fhir", "report first --out new"])
    func `an interruption leaves nothing of what was being written`(signal: Int32, line: String) async throws {
        try await withTool(Template.cohort) { tool, _ in
            let taken = try await tool.line("snapshot take first --through 2019-12-31")
            #expect(taken.code == 0, "\(taken.talk)")
            let (processes, started) = AsyncStream.makeStream(of: pid_t.self)
            async let running = tool.run(
                [Tool.program] + line.split(separator: " ").map(String.init), started: { started.yield($0) })
            var numbers = processes.makeAsyncIterator()
            let number = try #require(await numbers.next())
            let start = ContinuousClock.now
            while try written(tool) != ["new.partial-\(number)"] {
                try #require(ContinuousClock.now - start < .seconds(50), "nothing was ever written")
                await Task.yield()
            }
            #expect(kill(number, signal) == 0)
            let answer = try await running
            #expect(answer.code == 128 + signal, "\(answer.talk)")
            #expect(answer.talk == "error: interrupted: nothing was written\n")
            #expect(try written(tool) == [])
        }
    }

    @Test func `what a process left that was killed goes with the next export of the name`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            _ = try await tool.line("snapshot take first --through 2019-12-31")
            let (processes, started) = AsyncStream.makeStream(of: pid_t.self)
            _ = try await tool.run(["/bin/true"], started: { started.yield($0) })
            var numbers = processes.makeAsyncIterator()
            let dead = try #require(await numbers.next())
            let alive = ProcessInfo.processInfo.processIdentifier
            for name in ["new.partial-\(dead)", "new.partial-\(alive)", "new.partial-x", "other.partial-\(dead)"] {
                try FileManager.default.createDirectory(
                    atPath: "\(tool.folder)/\(name)/csv", withIntermediateDirectories: true)
            }
            let answer = try await tool.line("snapshot export first --out new")
            #expect(answer.code == 0, "\(answer.talk)")
            #expect(try written(tool) == ["new", "new.partial-\(alive)", "new.partial-x"])
            #expect(FileManager.default.fileExists(atPath: "\(tool.folder)/other.partial-\(dead)"))
        }
    }

    @Test func `a file is written over only with --force`() async throws {
        try await withTool(Template.clinic) { tool, _ in
            _ = try await tool.line("snapshot take first --through 2019-12-31")
            try FileManager.default.createSymbolicLink(
                atPath: tool.folder + "/link", withDestinationPath: "nowhere")
            for command in ["report first", "export", "simulate --patients 2"] {
                try tool.write("new", "mine\n")
                for name in ["new", "link"] {
                    let refused = try await tool.line("\(command) --out \(name)")
                    #expect(refused.code == 65)
                    #expect(
                        refused.talk
                            == "error: \"\(name)\" exists\nhint: name another file, or write over it with --force\n")
                }
                #expect(try tool.read("new") == "mine\n")
                let forced = try await tool.line("\(command) --out new --force")
                #expect(forced.code == 0, "\(forced.talk)")
                #expect(try tool.read("new").count > 100)
            }
            let folder = try await tool.line("snapshot export first --out link")
            #expect(
                folder.talk == "error: \"link\" exists\nhint: name a folder that does not: nothing is written over\n")
        }
    }

    /// What stands in the folder under the name, whole or in part.
    private func written(_ tool: Tool) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: tool.folder).filter { $0.hasPrefix("new") }.sorted()
    }
}
