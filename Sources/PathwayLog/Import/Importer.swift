internal import PathwayCore
internal import Postgres

/// Takes a file of milestones in through the same guard as a coordinator's.
///
/// Lines are judged in their order while the server takes the batch before. A batch is one transaction, so that an interruption
/// leaves whole batches; importing the file again recognises what is recorded by its request, or by its content.
public struct Importer {
    /// How the lines are written.
    public enum Format: Sendable, Hashable {
        /// One JSON object a line.
        case ndjson
        /// Comma-separated values with a line of names.
        case csv
    }

    /// How many patients are kept in memory between batches.
    private static let patients = 20_000

    private let log: PathwayLog
    private let person: String
    private let isTrial: Bool
    private var batches: BatchReader
    private var judge: ImportJudge
    /// What became of the lines so far, also of an import that failed.
    public private(set) var report = Report()

    /// Prepares an import.
    /// - Parameter isTrial: judge everything and record nothing.
    public init(into log: PathwayLog, by person: String, format: Format, isTrial: Bool = false) {
        precondition(!person.isEmpty, "whoever acts is named")
        self.log = log
        self.person = person
        self.isTrial = isTrial
        batches = BatchReader(format)
        judge = ImportJudge(for: log, by: person, isTrial: isTrial)
    }

    /// Reads the file to its end.
    /// - Parameters:
    ///   - reader: the file.
    ///   - remark: is called for every line that is refused or odd, with its number and its bytes.
    ///   - progress: is called after each batch with the bytes read so far.
    public mutating func run(
        _ reader: inout LineReader, remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void,
        progress: (Int, Report) -> Void
    ) async throws -> Report {
        // One batch is on its way while the next is judged; whoever is cancelled takes it along, and it is whole in the log or not at all.
        try await withThrowingTaskGroup(of: Int.self) { group in
            do {
                try await take(&reader, writing: &group, remark, progress)
                try await settle(&group)
            } catch {
                // What stood before a line or file that cannot be read is recorded all the same.
                while let result = await group.nextResult() { report.committed += (try? result.get()) ?? 0 }
                throw error
            }
        }
        if report.repeated > 0, !isTrial {
            try await log.pool.withConnection { connection in try await connection.secureWhatWasRead() }
        }
        return report
    }

    /// Waits for the batch that is on its way.
    private mutating func settle(_ group: inout ThrowingTaskGroup<Int, any Error>) async throws {
        while let count = try await group.next() { report.committed += count }
    }

    private mutating func take(
        _ reader: inout LineReader, writing group: inout ThrowingTaskGroup<Int, any Error>,
        _ remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void, _ progress: (Int, Report) -> Void
    ) async throws {
        while true {
            let parts = try batches.next(&reader)
            if parts.isEmpty { return }
            for part in parts {
                if let act = part.act, part.unreadable == nil {
                    try await settle(&group)
                    try await take(act, part, remark)
                    continue
                }
                let batch = try await take(part, remark)
                try await settle(&group)
                try Task.checkCancellation()
                guard !isTrial else { continue }
                group.addTask { [log, person] in
                    try await log.write(batch, by: person)
                    return batch.events.count
                }
            }
            progress(reader.bytesRead, report)
            // A trial finds nothing of what it accepted in the log again.
            if judge.patients > Importer.patients, !isTrial {
                try await settle(&group)
                judge.forgetPatients()
            }
        }
    }

    /// Judges lines with milestones, or refuses those of a correction that cannot be read whole.
    /// - Returns: what of them goes to the server.
    private mutating func take(
        _ part: ImportPart, _ remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void
    ) async throws -> ImportBatch {
        try await judge.load(part)
        var batch = ImportBatch(part.numbers)
        for line in part.lines {
            report.lines += 1
            let verdict = try judge.judge(line, of: part, into: &batch)
            report.count(verdict)
            if let said = verdict.remark { try remark(line.number, line.bytes, said) }
        }
        report.synthetic += batch.events.count { $0.isSynthetic }
        return batch
    }

    /// Does to a record what was done to it elsewhere.
    private mutating func take(
        _ act: ActLine, _ part: ImportPart, _ remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void
    ) async throws {
        report.lines += part.lines.count
        let verdict = try await judge.repeatAct(act, part)
        for line in part.lines {
            report.count(verdict)
            if case .recorded = verdict { report.committed += 1 }
            if let said = verdict.remark { try remark(line.number, line.bytes, said) }
        }
    }
}
