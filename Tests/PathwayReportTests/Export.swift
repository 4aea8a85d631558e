import Foundation
import PathwayCore
import PathwayReport
import Testing

/// An export, in a folder that goes with it.
final class Export: Folder {
    /// Writes subjects in some forms, under AALL1331 unless another protocol is given.
    init(
        _ formats: any SnapshotFormat.Type..., of subjects: [Subject], under treatment: TreatmentProtocol? = nil,
        as disguise: Disguise = .studyDays, name: String = "final"
    ) throws {
        let treatment = try treatment ?? Protocols.aall1331
        let cut = try Cut.made(of: subjects, under: treatment, name: name)
        try super.init(exists: false)
        let context = ExportContext(cut: cut, treatment: treatment, disguise: disguise)
        let folder = try ExportFolder(url.path())
        func write<Format: SnapshotFormat>(_ format: Format.Type) throws -> String {
            var writing = try Format(context, in: folder)
            for subject in subjects { try writing.add(subject) }
            try writing.finish()
            return Format.word
        }
        _ = try folder.commit(context, formats: formats.map { try write($0) }, tool: "test")
    }

    /// The rows of a dataset in the tabulation model, without the study, the dataset's name and the study's part of the subject.
    func rows(_ dataset: String, of subject: String) throws -> [String] {
        try lines("sdtm/\(dataset).csv").filter { $0.contains(",AALL1331-\(subject),") }.map {
            String($0.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)[3])
        }
    }
}

extension Cut {
    /// A cut of these subjects that is the same whenever it is made.
    static func made(
        of subjects: [Subject], under treatment: TreatmentProtocol, name: String = "final",
        through cut: String = "2021-06-30"
    ) throws -> Cut {
        Cut(
            name: name, protocolName: treatment.name,
            versions: [Version(version: treatment.version, digest: String(repeating: "a", count: 64))],
            population: .enrolled, through: try #require(Day(cut)), asOf: try #require(Instant("2026-11-23T10:00:00Z")),
            size: 1000, root: String(repeating: "b", count: 64), patients: subjects.count,
            entries: subjects.reduce(0) { $0 + $1.record.count }, digest: String(repeating: "c", count: 64),
            isSynthetic: subjects.contains(where: \.isSynthetic))
    }
}

extension Disguise {
    /// Dates moved under a key that is the same whenever the tests run.
    static var moved: Disguise {
        get throws {
            let key = try #require(ShiftKey("pathway-date-shift:" + String(repeating: "0123456789abcdef", count: 4)))
            let treatment = try Protocols.aall1331
            return .shifted(DateShift(key, of: try Cut.made(of: [], under: treatment), under: [treatment]))
        }
    }
}
