import Foundation

/// Programs around libraries that others wrote: those in Python in an environment of their own that `Scripts/prepare --tests` makes.
enum Judge: String {
    case analysis = "analysis.R"
    case cBioPortal = "judge_cbioportal.py"
    case fhir = "judge_fhir.py"
    case intervals = "intervals.R"
    case odm = "judge_odm.py"
    case rebuild = "rebuild.R"
    case sdtm = "judge_sdtm.py"

    /// What a judge says on either stream, as one text, and whether it is content.
    struct Verdict {
        let isPassed: Bool
        let words: String

        var lines: [String] { words.split(separator: "\n").map(String.init) }
    }

    /// A judge that is not installed: a failure, never a skip.
    struct Missing: Error, CustomStringConvertible { let description: String }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let project = tests.deletingLastPathComponent().deletingLastPathComponent()

    /// A bundled protocol's document, as a file.
    static func document(_ name: String) -> String {
        project.appending(path: "Sources/PathwayDocument/Protocols/\(name).yaml").path()
    }

    /// Runs the judge in a folder.
    func run(_ arguments: [String], in folder: URL) throws -> Verdict {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = try interpreter() + [Judge.tests.appending(path: rawValue).path()] + arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        let words = Pipe()
        process.standardOutput = words
        process.standardError = words
        try process.run()
        let said = String(decoding: try words.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 127 { throw Missing(description: "\(rawValue) cannot be run: \(said)") }
        return Verdict(isPassed: process.terminationStatus == 0, words: said)
    }

    private func interpreter() throws -> [String] {
        guard rawValue.hasSuffix(".py") else { return ["Rscript", "--vanilla"] }
        let python = Judge.project.appending(path: ".build/judges/bin/python").path()
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Missing(description: "\(python) is missing: run Scripts/prepare --tests")
        }
        return [python]
    }
}
