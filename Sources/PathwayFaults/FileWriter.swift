internal import Foundation
internal import PathwayCore
internal import PathwayLog

/// Somebody who imports files, and imports each again until all of it is in the log.
struct FileWriter: Sendable {
    let path: String
    let log: PathwayLog
    let memory: Memory

    func run(_ files: [[Attempt]]) async throws {
        for attempts in files { try await importUntilDone(attempts) }
    }

    private func importUntilDone(_ attempts: [Attempt]) async throws {
        var bytes: [UInt8] = []
        for attempt in attempts { attempt.appendLine(to: &bytes) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var isRepetition = false
        while true {
            do {
                let report = try await importOnce()
                check(report, lines: attempts.count)
                acknowledge(attempts, isResolved: isRepetition && report.repeated > 0)
                return
            } catch {
                memory.fail(error, of: "an import")
                isRepetition = true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func importOnce() async throws -> Importer.Report {
        var importer = Importer(into: log, by: "importer", format: .ndjson)
        var reader = try LineReader(path: path)
        return try await importer.run(&reader) { number, _, remark in
            guard case .refused(let why, _) = remark else { return }
            memory.find("lost: line \(number) of the file was refused: \(why)")
        } progress: { _, _ in
        }
    }

    /// The file is one batch, and a batch is one transaction: all of it was there, or nothing.
    private func check(_ report: Importer.Report, lines: Int) {
        guard report.lines == lines, report.recorded + report.repeated == lines,
            report.repeated == 0 || report.recorded == 0
        else {
            memory.find("half: of \(lines) lines \(report.repeated) were in the log, \(report.recorded) were recorded")
            return
        }
    }

    private func acknowledge(_ attempts: [Attempt], isResolved: Bool) {
        var positions: [PatientID: Int] = [:]
        for attempt in attempts {
            positions[attempt.patient, default: 0] += 1
            guard let request = attempt.request, let position = positions[attempt.patient] else { continue }
            memory.acknowledge(
                request, Memory.Acknowledged(patient: attempt.patient, position: position, recordedAt: nil),
                isResolved: isResolved, isLine: true)
        }
    }
}
