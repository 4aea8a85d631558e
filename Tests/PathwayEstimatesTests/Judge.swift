import Foundation
import PathwayEstimates
import Testing

/// What R says of the cohorts, asked once for all tests.
struct Judge: Sendable {
    /// By subject and key; `nil` where R says NA or infinity.
    let verdicts: [String: [String: Double?]]
    let cohorts: [String: Cohort]
    let walks: [String: Walks]

    /// The verdict, or why there is none: R, `survival` or `rpact` is missing.
    static func shared() throws -> Judge { try session.get() }

    private static let session = Result { try Judge() }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pathway-estimates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.write(to: folder)
        try Self.run(in: folder)
        var (cohorts, walks): ([String: Cohort], [String: Walks]) = ([:], [:])
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let name = file.deletingPathExtension().lastPathComponent
            let text = try String(contentsOf: file, encoding: .utf8)
            if name.hasPrefix("cohort-") { cohorts[name] = try Cohort(table: text) }
            if name.hasPrefix("paths-") { walks[name] = try Walks(table: text) }
        }
        (self.cohorts, self.walks) = (cohorts, walks)
        var verdicts: [String: [String: Double?]] = [:]
        let judged = try String(contentsOf: folder.appending(path: "judged.csv"), encoding: .utf8)
        for line in judged.split(separator: "\n") {
            let cells = line.split(separator: ",")
            guard cells.count == 3 else { throw UnreadableLine(line: String(line)) }
            verdicts[String(cells[0]), default: [:]][String(cells[1])] = .some(Double(cells[2]))
        }
        self.verdicts = verdicts
    }

    private static func write(to folder: URL) throws {
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: name + ".csv"))
        }
        // Seeds are part of the names, so that a failure tells which cohort to make again.
        for seed in 1...4 as ClosedRange<UInt64> {
            let ties = try Cohort.random(seed, patients: 90, days: 25, groups: 2, truncated: false)
            try write(ties.table, "cohort-ties-\(seed)")
            let late = try Cohort.random(seed, patients: 120, days: 60, groups: 2, truncated: true)
            try write(late.table, "cohort-late-\(seed)")
            let walks = try Walks.random(seed, patients: 60, truncated: seed == 3, mixedStart: seed > 1)
            try write(walks.table, "paths-walks-\(seed)")
        }
        let arms = try Cohort.random(5, patients: 150, days: 400, groups: 4, truncated: false)
        try write(arms.table, "cohort-arms-5")
        try write(try Cohort.random(6, patients: 100, days: 3, groups: 2, truncated: false).table, "cohort-crowded-6")
        for (name, cohort) in try SmallCohorts.all() { try write(cohort.table, "cohort-\(name)") }
        try write(PlannedDesign.table, "designs")
    }

    private static func run(in folder: URL) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "estimates.R")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["Rscript", "--vanilla", script.path(), folder.path()]
        let words = Pipe()
        process.standardOutput = words
        process.standardError = words
        try process.run()
        let said = try words.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Unjudged(status: process.terminationStatus, words: String(decoding: said, as: UTF8.self))
        }
    }

    /// R did not judge.
    struct Unjudged: Error, CustomStringConvertible {
        let status: Int32
        let words: String

        var description: String {
            status == 127
                ? "R is not installed: the program \"Rscript\" is not found" : "R did not judge (\(status)): \(words)"
        }
    }
}

/// Requires that our values are those of R, key for key, and that neither has one that the other lacks.
func expect(
    _ ours: [String: Double?], toBe verdicts: [String: Double?], within tolerance: Double = 1e-8, of subject: String,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(Set(ours.keys) == Set(verdicts.keys), "\(subject)", sourceLocation: location)
    for (key, our) in ours {
        guard let verdict = verdicts[key] else { continue }
        let agrees: Bool
        switch (our, verdict) {
        case (nil, nil): agrees = true
        // Relative where the value is not tiny, and never looser than the tolerance itself below 1.
        case (let our?, let verdict?): agrees = abs(our - verdict) <= tolerance * abs(verdict) + tolerance * 1e-4
        default: agrees = false
        }
        let words = "\(subject) \(key): \(our.map { "\($0)" } ?? "none"), R: \(verdict.map { "\($0)" } ?? "none")"
        #expect(agrees, "\(words)", sourceLocation: location)
    }
}
