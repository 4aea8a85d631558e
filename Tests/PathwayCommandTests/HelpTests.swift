import Foundation
import Testing

@Suite struct HelpTests {
    static let commands = [
        "register", "log", "randomise", "status", "next", "history", "timeline", "cohort", "worklist", "import",
        "export", "simulate", "protocol", "protocol check", "protocol show", "protocol diagram", "protocol add",
        "protocol list", "protocol words", "database", "database init", "database migrate", "database status",
        "database start", "database stop", "demo", "correct", "sign", "lock", "unlock", "erase", "deviations",
        "refusals",
        "changes", "replay", "audit", "audit key", "audit seal", "audit checkpoint", "audit verify", "audit prove",
        "audit consistency",
        "access", "access grant", "access revoke", "access list", "snapshot", "snapshot take", "snapshot list",
        "snapshot show", "snapshot diff", "snapshot export", "snapshot key", "report", "curve",
    ]

    @Test(arguments: commands)
    func `every command explains itself with an example, on standard output`(_ command: String) async throws {
        try await withTool { tool in
            let answer = try await tool.line("\(command) --help")
            #expect(answer.code == 0)
            #expect(answer.output.contains("Example: pathway \(command)"))
            #expect(answer.output.contains("USAGE: pathway \(command)"))
            #expect(answer.talk.isEmpty)
        }
    }

    @Test func `the help lists the commands and the exit codes`() async throws {
        try await withTool { tool in
            let answer = try await tool("--help")
            #expect(answer.code == 0)
            for command in HelpTests.commands where !command.contains(" ") {
                #expect(answer.output.contains("\n  \(command) "))
            }
            #expect(
                answer.output.contains(
                    """
                    Exit codes: 0 done, 1 refused by the pathway, 64 usage, 65 bad input, 69
                    database unreachable, 70 our bug, 75 others were in the way (repeat it), 77 the
                    login has no right to it.
                    """))
        }
    }

    @Test(arguments: [
        "nosuch", "log", "status", "status P-017 --format xml", "simulate --patients 0",
        "simulate --patients 10000001", "simulate --seed x", "cohort --nosuch",
        "protocol diagram aall1331 --format png",
        "log P-017 enrolled", "log P-017 seen --request 12",
    ])
    func `a command that is used wrongly exits 64 and says nothing on standard output`(_ line: String) async throws {
        try await withTool { tool in
            let answer = try await tool.line(line)
            #expect(answer.code == 64)
            #expect(answer.output.isEmpty)
            #expect(answer.talk.lowercased().hasPrefix("error: "))
        }
    }

    @Test func `a study number that is none is told what one looks like`() async throws {
        try await withTool { tool in
            let answer = try await tool("status", "P 17")
            #expect(answer.code == 64)
            #expect(answer.talk.contains("The value 'P 17' is invalid for '<patient>'"))
            #expect(answer.talk.contains("1 to 32 letters, digits, dots, hyphens and underscores"))
        }
    }

    @Test(arguments: [("bash", "complete"), ("zsh", "#compdef pathway"), ("fish", "complete -c 'pathway'")])
    func `completions are written for every shell`(_ shell: String, _ mark: String) async throws {
        try await withTool { tool in
            let answer = try await tool("--generate-completion-script", shell)
            #expect(answer.code == 0)
            #expect(answer.output.contains(mark))
            for word in ["worklist", "protocol", "diagram", "response-assessed"] {
                #expect(answer.output.contains(word))
            }
        }
    }

    @Test func `bash takes the completion script`() async throws {
        try await withTool { tool in
            let script = try await tool("--generate-completion-script", "bash")
            try tool.write("completion.bash", script.output)
            let answer = try await tool.run(["bash", "-n", "completion.bash"])
            #expect(answer.code == 0)
            #expect(answer.talk.isEmpty)
        }
    }
}
