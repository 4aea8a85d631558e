import Foundation
import Testing

/// R with a script of this folder, on tables in a folder of its own.
struct RunningR {
    let folder: URL

    /// Makes the folder, which the caller removes.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "pathway-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    func read(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// Runs a script.
    /// - Returns: what it said.
    func run(_ script: String, _ arguments: [String] = []) throws -> String {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: script)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["Rscript", "--vanilla", path.path()] + arguments
        process.currentDirectoryURL = folder
        let words = Pipe()
        process.standardOutput = words
        process.standardError = words
        try process.run()
        let said = String(decoding: try words.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus, words: said) }
        return said
    }

    /// R did not judge.
    struct Failed: Error, CustomStringConvertible {
        let status: Int32
        let words: String

        var description: String {
            status == 127
                ? "R is not installed: the program \"Rscript\" is not found" : "R did not judge (\(status)): \(words)"
        }
    }
}
