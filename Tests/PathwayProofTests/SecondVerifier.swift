import Foundation
import PathwayProof
import Testing

/// The second implementation, `verify_proof.py`, at work on files in a folder of its own.
struct SecondVerifier {
    let folder: URL

    /// Lends a verifier with an empty folder, which is removed afterwards.
    static func with<Result>(_ body: (SecondVerifier) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pathway-proof-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(SecondVerifier(folder: folder))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: folder.appending(path: file))
    }

    func write(_ text: String, to file: String) throws {
        try write([UInt8](text.utf8), to: file)
    }

    /// Its exit code and what it said on standard output.
    func run(_ arguments: [String]) throws -> (code: Int32, words: String) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "verify_proof.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", script.path()] + arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONUTF8": "1"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let words = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: words, as: UTF8.self))
    }

    /// The command line for `checkpoint` and `proof.json`.
    static func inclusion(_ key: NoteVerifier) -> [String] {
        ["inclusion", "--vkey", key.text, "--checkpoint", "checkpoint", "--proof", "proof.json"]
    }

    /// The command line for `old`, `new` and `proof.json`.
    static func consistency(_ key: NoteVerifier) -> [String] {
        ["consistency", "--vkey", key.text, "old", "new", "--proof", "proof.json"]
    }

    /// Requires that it believes.
    func believes(_ arguments: [String], at location: SourceLocation = #_sourceLocation) throws {
        let (code, words) = try run(arguments)
        #expect(words == "verified\n", sourceLocation: location)
        #expect(code == 0, sourceLocation: location)
    }

    /// Requires that it refuses, with these words.
    func refuses(_ arguments: [String], _ reason: String, at location: SourceLocation = #_sourceLocation) throws {
        let (code, words) = try run(arguments)
        #expect(words == reason + "\n", sourceLocation: location)
        #expect(code == 1, sourceLocation: location)
    }
}

/// Base64 by Foundation, so that a test does not encode with what it tests.
func foundationBase64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
