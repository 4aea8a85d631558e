import Foundation
import PathwayCore
import PathwayReport
import Testing

/// A snapshot in one form, in a folder that is removed afterwards.
struct Exported {
    let folder: URL

    /// Writes a snapshot and lends its folder.
    static func with<Format: SnapshotFormat, Result>(
        _ format: Format.Type, _ subjects: [Subject], _ disguise: Disguise, name: String = "final",
        under treatment: TreatmentProtocol? = nil,
        _ body: (Exported) throws -> Result
    ) throws -> Result {
        let place = FileManager.default.temporaryDirectory.appending(path: "pathway-export-\(UUID().uuidString)")
        let context = try Subjects.context(subjects, disguise, name: name, under: treatment)
        let folder = try ExportFolder(place.path())
        var writer = try Format(context, in: folder)
        for subject in subjects { try writer.add(subject) }
        try writer.finish()
        _ = try folder.commit(context, formats: [Format.word], tool: "pathway")
        defer { try? FileManager.default.removeItem(at: place) }
        return try body(Exported(folder: place))
    }

    /// A file's text.
    func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// A file's lines.
    func lines(_ name: String) throws -> [String] {
        try text(name).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Puts other words into a file, which must be there.
    func damage(_ name: String, _ words: String, _ others: String, at location: SourceLocation = #_sourceLocation)
        throws
    {
        let before = try text(name)
        let range = try #require(before.range(of: words), sourceLocation: location)
        try before.replacingCharacters(in: range, with: others)
            .write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }

    /// What a judge of ours says of the folder, line by line, and its exit code.
    func judged(by script: String, _ arguments: [String] = []) throws -> (code: Int32, words: [String]) {
        let judged = try Judges.run(script, [folder.path()] + arguments)
        return (judged.isPassed ? 0 : 1, judged.words.split(separator: "\n").map(String.init))
    }
}
