import Foundation
import Testing

/// A folder that goes with whoever holds it.
class Folder {
    let url: URL

    /// - Parameter exists: whether it is made now, and not by somebody else.
    init(exists: Bool = true) throws {
        url = FileManager.default.temporaryDirectory.appending(path: "pathway-report-\(UUID().uuidString)")
        if exists { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// A file's text.
    func text(_ file: String) throws -> String { try String(contentsOf: url.appending(path: file), encoding: .utf8) }

    /// A file's lines.
    func lines(_ file: String) throws -> [String] {
        try text(file).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    func write(_ file: String, _ text: String) throws { try Data(text.utf8).write(to: url.appending(path: file)) }

    /// Puts other words into a file once, to see whether a judge notices; the words must be there.
    func damage(_ file: String, _ words: String, _ others: String, at location: SourceLocation = #_sourceLocation)
        throws
    {
        let whole = try text(file)
        let range = try #require(whole.range(of: words), "\(file) has no \(words)", sourceLocation: location)
        try write(file, whole.replacingCharacters(in: range, with: others))
    }

    /// What a judge says that is started in the folder.
    func judged(by judge: Judge, _ arguments: [String] = []) throws -> Judge.Verdict {
        try judge.run(arguments, in: url)
    }
}
