import DatabaseTesting
import Foundation
import Synchronization
import Testing

/// The short form of `pathway-faults`: one round of each fault, with servers of its own.
@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    /// What a run of the program left behind.
    private struct Run: Sendable {
        let code: Int32
        let lines: [String]
    }

    /// A small disk can be mounted on Linux only: by root, or by anybody where user namespaces are allowed.
    #if os(Linux)
        private static let faults = ["kill", "restart", "cut", "full", "promote"]
    #else
        private static let faults = ["kill", "restart", "cut", "promote"]
    #endif

    private static func run(_ words: String...) async throws -> Run {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("pf-\(UUID().uuidString).out").path
        try Data().write(to: URL(fileURLWithPath: output))
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BuiltProgram.path("pathway-faults"))
        process.arguments = words
        let file = try #require(FileHandle(forWritingAtPath: output))
        process.standardOutput = file
        process.standardError = file
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = try String(contentsOfFile: output, encoding: .utf8)
        print(text)
        return Run(code: process.terminationStatus, lines: text.split(separator: "\n").map(String.init))
    }

    @Test func `whatever is done to the servers, what was acknowledged is in the log, once and whole`() async throws {
        let run = try await FaultTests.run(
            "--seed", "20161", "--rounds", "\(FaultTests.faults.count)", "--only",
            FaultTests.faults.joined(separator: ","))
        #expect(run.code == 0)
        #expect(run.lines.first == "seed 20161")
        let rounds: [String] = run.lines.filter { $0.hasPrefix("round ") }.map {
            String($0.split(separator: " ")[2].dropLast())
        }
        #expect(rounds.sorted() == FaultTests.faults.sorted())
        #expect(run.lines.last?.hasPrefix("\(FaultTests.faults.count) rounds, ") == true)
        #expect(run.lines.last?.hasSuffix(": nothing lost, doubled or half") == true)
    }

    @Test func `a fault that does not exist is a mistake of usage`() async throws {
        let run = try await FaultTests.run("--only", "kill,flood")
        #expect(run.code == 64)
    }
}
