import Foundation
import PathwayCore
import PathwayReport
import Testing

/// An export in a folder that goes with it.
final class Export {
    let folder: String

    /// Writes subjects in one form.
    init<Format: SnapshotFormat>(
        _ format: Format.Type, _ subjects: [Subject], under treatment: TreatmentProtocol, _ disguise: Disguise
    ) throws {
        let parent = FileManager.default.temporaryDirectory.path()
        folder = "\(parent)pathway-export-\(UUID().uuidString)"
        let context = ExportContext(cut: Export.cut(of: subjects, treatment), treatment: treatment, disguise: disguise)
        let export = try ExportFolder(folder)
        var writing = try Format(context, in: export)
        for subject in subjects { try writing.add(subject) }
        try writing.finish()
        _ = try export.commit(context, formats: [Format.word], tool: "test")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A cut of these subjects that is the same whenever it is made.
    static func cut(of subjects: [Subject], _ treatment: TreatmentProtocol) -> Cut {
        Cut(
            name: "hand-made", protocolName: treatment.name,
            versions: [Cut.Version(version: treatment.version, digest: String(repeating: "a", count: 64))],
            population: .enrolled, through: Day(number: 18_000), asOf: Instant(microseconds: 1_600_000_000_000_000),
            size: 1000, root: String(repeating: "b", count: 64), patients: subjects.count,
            entries: subjects.reduce(0) { $0 + $1.record.count }, digest: String(repeating: "c", count: 64),
            isSynthetic: subjects.contains(where: \.isSynthetic))
    }

    func text(_ file: String) throws -> String { try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) }

    /// The rows of a table, the header first, without the study, the dataset's name and the study's part of the subject.
    func rows(_ dataset: String, of subject: String) throws -> [String] {
        try text("sdtm/\(dataset).csv").split(separator: "\n").filter { $0.contains(",AALL1331-\(subject),") }.map {
            String($0.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)[3])
        }
    }

    /// Replaces a text of a file everywhere, to see whether a judge notices; says whether there was any.
    func damage(_ file: String, _ text: String, _ other: String) throws {
        let whole = try self.text(file)
        try #require(whole.contains(text), "\(file) has no \(text)")
        try whole.replacing(text, with: other).write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
    }

    /// A key that is the same whenever the tests run.
    static var key: Disguise {
        get throws {
            let key = try #require(ShiftKey("pathway-date-shift:" + String(repeating: "5a", count: 32)))
            let treatment = try Cohort.aall1331.get()
            return .shifted(DateShift(key, of: cut(of: [], treatment), under: [treatment]))
        }
    }
}
