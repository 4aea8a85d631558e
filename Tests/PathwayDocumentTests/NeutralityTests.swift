import Foundation
import PathwayCore
import PathwayDocument
import Testing

/// Nothing of a particular trial is wired into Swift: its words stand in its document.
@Suite struct NeutralityTests {
    private static let sources = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    private static let forbidden = [
        "aall1331", "intreall", "block-1", "block-2", "block-3", "blinatumomab", "salvage", "continuation-",
        "epratuzumab",
        "induction-", "risk-pending", "treatment-failure-", "reinduction",
    ]

    /// What a line may hold: comments, the closed vocabulary, examples in a command's help, and which document is the default.
    private static func isAllowed(_ line: String, _ word: String, in file: String) -> Bool {
        let code = line.trimmingCharacters(in: .whitespaces)
        if code.hasPrefix("//") { return true }
        if word == "blinatumomab" {
            return line.lowercased().contains("prior" + "-blinatumomab") || line.contains("priorBlinatumomab")
        }
        if word == "aall1331", code.hasPrefix("static let protocolName") { return true }
        return file == "BundledProtocols.swift" || code.contains("Example: ") || code.hasPrefix("abstract: ")
    }

    @Test(arguments: ["PathwayCore", "PathwayDocument", "PathwayLog", "PathwayCommand"])
    func `no Swift source knows the words of a trial`(target: String) throws {
        let folder = NeutralityTests.sources.appending(path: target)
        let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        var read = 0
        for case let name as String in files where name.hasSuffix(".swift") {
            let url = folder.appending(path: name)
            let lines = try String(contentsOf: url, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            read += 1
            for (number, line) in lines.enumerated() {
                for word in NeutralityTests.forbidden where line.lowercased().contains(word) {
                    #expect(
                        NeutralityTests.isAllowed(String(line), word, in: url.lastPathComponent),
                        "\(name):\(number + 1) says \"\(word)\"")
                }
            }
        }
        #expect(read > 3)
    }

    @Test(arguments: BundledProtocols.all.map(\.name))
    func `a bundled document has the name it is listed under, and is sound`(name: String) throws {
        #expect(try Bundled.treatment(name).name == name)
        #expect(try Bundled.treatment(name).faults == [])
    }

    @Test(arguments: Bundled.names)
    func `what is unverified draws arrows or warns, and never refuses`(name: String) throws {
        for rule in try Bundled.treatment(name).rules where !rule.provenance.isVerified {
            #expect(rule.otherwise == .warned, "\(rule.name)")
        }
    }
}
