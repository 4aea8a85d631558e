import Foundation

/// Judges that others wrote, in an environment of their own that `Scripts/prepare --tests` makes.
enum Judges {
    /// A judge that is not installed: a failure, never a skip.
    struct Missing: Error, CustomStringConvertible { let description: String }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let project = tests.deletingLastPathComponent().deletingLastPathComponent()
    private static let python = project.appending(path: ".build/judges/bin/python")

    /// Runs a script of this folder; what it says on either stream is one text.
    static func run(_ script: String, _ arguments: [String]) throws -> (isPassed: Bool, words: String) {
        guard FileManager.default.isExecutableFile(atPath: python.path()) else {
            throw Missing(description: "\(python.path()) is missing: run Scripts/prepare --tests")
        }
        let process = Process()
        process.executableURL = python
        process.arguments = [tests.appending(path: script).path()] + arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus == 0, String(decoding: said, as: UTF8.self))
    }

    /// A bundled protocol's document, as a file.
    static func document(_ name: String) -> String {
        project.appending(path: "Sources/PathwayDocument/Protocols/\(name).yaml").path()
    }
}
