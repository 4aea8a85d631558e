import Foundation
import PathwayCore
import PathwayLog
import Synchronization

/// What an import counted.
struct Tally: Equatable {
    let lines: Int
    let recorded: Int
    let repeated: Int
    let refused: Int
    let warned: Int
    let offProtocol: Int

    init(
        lines: Int = 0, recorded: Int = 0, repeated: Int = 0, refused: Int = 0, warned: Int = 0, offProtocol: Int = 0
    ) {
        (self.lines, self.recorded, self.repeated) = (lines, recorded, repeated)
        (self.refused, self.warned, self.offProtocol) = (refused, warned, offProtocol)
    }

    init(_ report: Importer.Report) {
        self.init(
            lines: report.lines, recorded: report.recorded, repeated: report.repeated, refused: report.refused,
            warned: report.warned, offProtocol: report.offProtocol)
    }
}

/// What an import said.
struct Imported {
    var report = Tally()
    /// `3: refused …` or `3: warned …`, without the hint.
    var remarks: [String] = []
    var hints: [Int: String] = [:]
    /// The bytes of each refused line.
    var rejected: [Int: String] = [:]
    var batches = 0
}

/// Lends a file with these bytes.
func withFile<Value>(_ bytes: [UInt8], _ body: (String) async throws -> Value) async throws -> Value {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("pathway-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await body(file.path)
}

/// The lines of NDJSON for milestones in the short form, recorded elsewhere at a fixed moment so that exports can be compared.
func lines(_ milestones: [String], by person: String? = "anna", protocol name: String? = nil) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for milestone in milestones {
        var attempt = try attempt(milestone, protocol: name)
        attempt.by = person
        attempt.recordedElsewhereAt = person == nil ? nil : 1_460_000_000_000_000
        attempt.appendLine(to: &bytes)
    }
    return bytes
}

extension PathwayLog {
    /// Takes in a file of these bytes.
    /// - Parameter cancelsAfter: the batch after which the import is cancelled.
    func imports(
        _ bytes: [UInt8], _ format: Importer.Format = .ndjson, isTrial: Bool = false, by person: String = "import",
        cancelsAfter: Int? = nil
    ) async throws -> Imported {
        try await withFile(bytes) { path in
            try await imports(path: path, format, isTrial: isTrial, by: person, cancelsAfter: cancelsAfter)
        }
    }

    func imports(
        path: String, _ format: Importer.Format = .ndjson, isTrial: Bool = false, by person: String = "import",
        cancelsAfter: Int? = nil
    ) async throws -> Imported {
        // A task of its own, so that cancelling it does not cancel the test.
        try await Task {
            var reader = try LineReader(path: path)
            var importer = Importer(into: self, by: person, format: format, isTrial: isTrial)
            var said = Imported()
            let report = try await importer.run(
                &reader,
                remark: { number, bytes, remark in
                    switch remark {
                    case .refused(let message, let hint):
                        said.remarks.append("\(number): refused \(message)")
                        said.hints[number] = hint
                        said.rejected[number] = String(decoding: bytes, as: UTF8.self)
                    case .warned(let warnings):
                        said.remarks.append("\(number): warned \(warnings.map(\.text).joined(separator: "; "))")
                    }
                },
                progress: { _, _ in
                    said.batches += 1
                    if said.batches == cancelsAfter { withUnsafeCurrentTask { $0?.cancel() } }
                })
            said.report = Tally(report)
            return said
        }.value
    }
}
