import Foundation
import Testing

@Suite struct PrivateServerTests {
    @Test func `without a database a private one is made, used, shown, stopped and started again`() async throws {
        try await withPrivateServer { tool in
            func say(_ line: String) async throws -> String {
                normalised(try await tool.line(line).everything, folder: tool.folder)
            }
            #expect(
                try await say("database status")
                    == "server   private, in FOLDER/home\nnot usable now: not created; the first command makes it\n")
            #expect(
                try await say("protocol add aall1331") == """
                    aall1331 version 1, SHA-256 SHA-256
                    ! creating a private PostgreSQL in FOLDER/home

                    """)
            #expect(
                try await say("database status")
                    == "server   private, in FOLDER/home (process N)\nschema   migration 6 of 6\nusable\n")
            #expect(try await say("register P-1 --on 2018-01-10 \(Clinic.enrolment)").hasPrefix("P-1  event 1  "))
            #expect(try await say("database stop") == "the private PostgreSQL is stopped\n")
            #expect(try await say("database stop") == "the private PostgreSQL is stopped\n")
            #expect(
                try await say("database status")
                    == "server   private, in FOLDER/home\nnot usable now: stopped; the next command starts it\n")
            let status = try await tool.line("database status --format json").json()
            #expect(status["usable"] == .flag(false))
            #expect(status["fault"] == .text("stopped; the next command starts it"))
            let started = try await say("database start")
            #expect(started.hasPrefix("the private PostgreSQL "))
            #expect(started.hasSuffix(" runs (process N) in FOLDER/home\n"))
            // The log is what it was, and the login may not change it.
            #expect(try await say("status P-1").hasPrefix("P-1  site H-04, aall1331 version 1\n"))
            #expect(try await say("database init") == "the log is ready\n")
        }
    }
}

extension PrivateServerTests {
    @Test func `that a database is being made is not said of a folder that cannot be used`() async throws {
        try await withTool { tool in
            try tool.write("home", Data("a file".utf8))
            let answer = try await tool("database", "start")
            #expect(answer.code == 69)
            #expect(answer.talk.hasPrefix("error: cannot "), "\(answer.everything)")
        }
    }
}

/// Lends the program without a database, so that it makes a private one, which is stopped afterwards.
func withPrivateServer(_ body: (Tool) async throws -> Void) async throws {
    try await withTool { tool in
        do {
            try await body(tool)
            _ = try await tool("database", "stop")
        } catch {
            _ = try? await tool("database", "stop")
            throw error
        }
    }
}
