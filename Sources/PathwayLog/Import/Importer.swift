internal import Crypto
public import PathwayCore
internal import Postgres

/// Takes a file of milestones in through the same guard as a coordinator's.
///
/// Lines are judged in their order while the server takes the batch before. A batch is one transaction, so that an interruption
/// leaves whole batches; importing the file again recognises what is recorded by its request, or by its content.
public struct Importer {
    /// What became of the lines.
    public struct Report: Sendable, Hashable {
        /// Lines with a milestone.
        public var lines = 0
        /// Recorded, or in a trial run acceptable.
        public var recorded = 0
        /// Recorded for certain: what is on its way to the server is not yet.
        public var committed = 0
        /// In the log already.
        public var repeated = 0
        /// Not recorded.
        public var refused = 0
        /// Recorded with a warning.
        public var warned = 0
        /// Recorded off protocol, with the reason given.
        public var offProtocol = 0
        /// In a trial run: corrections, and what follows them, which are judged when they are recorded.
        public var notJudged = 0
    }

    /// What is said of a line while it is read.
    public enum Remark: Sendable {
        /// It is not recorded, and why.
        case refused(String, hint: String?)
        /// It is recorded, but odd.
        case warned([Warning])
    }

    /// How the lines are written.
    public enum Format: Sendable, Hashable {
        /// One JSON object a line.
        case ndjson
        /// Comma-separated values with a line of names.
        case csv
    }

    private let log: PathwayLog
    private let person: String
    private let isTrial: Bool
    private let format: Format
    private var ledgers: [PatientID: Ledger] = [:]
    private var blocked: [PatientID: Int] = [:]
    /// Patients whose record a trial run would have changed, so that it cannot judge what follows.
    private var unjudged: Set<PatientID> = []
    private var closed: Set<String> = []
    private var columns: [String]?
    /// The line that was read one too far.
    private var kept: Line?
    /// What became of the lines so far, also of an import that failed.
    public private(set) var report = Report()

    /// How many lines go into one transaction.
    static let batch = 4_000
    /// How many bytes of a file at most, but for its last line: lines can be long.
    static let batchBytes = 4 << 20
    /// How many patients are kept in memory between batches.
    static let patients = 20_000

    /// Prepares an import.
    /// - Parameter isTrial: judge everything and record nothing.
    public init(into log: PathwayLog, by person: String, format: Format, isTrial: Bool = false) {
        precondition(!person.isEmpty, "whoever acts is named")
        self.log = log
        self.person = person
        self.format = format
        self.isTrial = isTrial
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
            let lines = try read(&reader)
            if let columns, let fault = LineFault.inColumns(columns) { throw fault }
            if lines.isEmpty { return }
            for part in Importer.parts(lines) {
                guard let first = part.first, let last = part.last else { continue }
                if case .success(.act(_)) = first.content {
                    try await settle(&group)
                    try await change(part, remark)
                    continue
                }
                let numbers = first.number...last.number
                try await load(part, numbers)
                let (events, refused) = try judge(part, remark)
                try await settle(&group)
                try Task.checkCancellation()
                guard !isTrial else { continue }
                group.addTask { [log, person] in
                    try await log.write(events, refused, of: numbers, by: person)
                    return events.count
                }
            }
            progress(reader.bytesRead, report)
            // A trial finds nothing of what it accepted in the log again.
            if ledgers.count > Importer.patients, !isTrial {
                try await settle(&group)
                ledgers.removeAll(keepingCapacity: true)
            }
        }
    }

    // MARK: reading

    /// What a line says.
    enum Content {
        case attempt(Attempt)
        case act(ActLine)
    }

    struct Line {
        let number: Int
        let bytes: ArraySlice<UInt8>
        let patient: PatientID?
        /// What of it could be read, where not all of it could.
        var said: [(String, String)] = []
        let content: Result<Content, LineFault>

        /// When another log recorded it.
        fileprivate var at: Int64? {
            switch content {
            case .success(.attempt(let attempt)): attempt.recordedElsewhereAt
            case .success(.act(let act)): act.at
            case .failure: nil
            }
        }
    }

    /// Cuts a batch at what is done to records. A correction with what it states anew is one part: it was recorded at one moment.
    private static func parts(_ lines: [Line]) -> [[Line]] {
        var parts: [[Line]] = []
        for line in lines {
            if case .success(.act(_)) = line.content {
                parts.append([line])
            } else if let last = parts.last, belongs(line, to: last) {
                parts[parts.count - 1].append(line)
            } else if case .success(.act(_))? = parts.last?.first?.content {
                parts.append([line])
            } else if parts.isEmpty {
                parts.append([line])
            } else {
                parts[parts.count - 1].append(line)
            }
        }
        return parts
    }

    private static func belongs(_ line: Line, to part: [Line]) -> Bool {
        guard let first = part.first, case .success(.act(let act)) = first.content, act.act == "rewound" else {
            return false
        }
        return line.patient == act.patient && line.at == act.at && line.at != nil
    }

    private mutating func read(_ reader: inout LineReader) throws -> [Line] {
        var lines: [Line] = []
        lines.reserveCapacity(Importer.batch)
        if let kept { lines.append(kept) }
        kept = nil
        let start = reader.bytesRead
        while let next = try reader.next() {
            switch next {
            case .tooLong:
                let fault = LineFault("the line is longer than \(LineReader.longest >> 20) MiB")
                lines.append(Line(number: reader.lineNumber, bytes: [], patient: nil, content: .failure(fault)))
            case .text(let bytes, let isWhole):
                if bytes.isEmpty || bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                guard let line = try read(bytes, isWhole, &reader) else { continue }
                let isFull = lines.count >= Importer.batch || reader.bytesRead - start >= Importer.batchBytes
                // A correction is not torn from what it states anew.
                if isFull, !Importer.belongs(line, to: Importer.parts(lines.suffix(1_000)).last ?? []) {
                    kept = line
                    return lines
                }
                lines.append(line)
            }
        }
        return lines
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, _ isWhole: Bool, _ reader: inout LineReader) throws -> Line?
    {
        let number = reader.lineNumber
        var record = bytes
        do throws(LineFault) {
            let entries: [(name: String, value: String)]
            switch format {
            case .ndjson: entries = try JSONLine.read(bytes)
            case .csv:
                var isOpen = CSVRecord.isOpen(record)
                while isOpen, record.count < LineReader.longest {
                    guard case .text(let more, _)? = try? reader.next() else { break }
                    record.append(0x0A)
                    record.append(contentsOf: more)
                    isOpen = CSVRecord.isOpen(more, continued: true)
                }
                let cells = try CSVRecord.read(record)
                guard let columns else {
                    self.columns = cells
                    return nil
                }
                guard cells.count == columns.count else {
                    throw LineFault("\(cells.count) cells, and the first line names \(columns.count) columns")
                }
                entries = zip(columns, cells).map { ($0, $1) }
            }
            let patient = entries.first { $0.name == LineKey.patient.rawValue }.flatMap { PatientID($0.value) }
            do throws(LineFault) {
                if ActLine.isAct(entries) {
                    let act = try ActLine(entries: entries)
                    return Line(number: number, bytes: record, patient: patient, content: .success(.act(act)))
                }
                var attempt = try Attempt(entries: entries)
                if attempt.request == nil { attempt.request = attempt.contentRequest }
                return Line(number: number, bytes: record, patient: patient, content: .success(.attempt(attempt)))
            } catch {
                return Line(
                    number: number, bytes: record, patient: patient, said: LineKey.readable(entries),
                    content: .failure(error))
            }
        } catch {
            return Line(
                number: number, bytes: record, patient: nil, content: .failure(isWhole ? error : error.ofCutOffLine))
        }
    }

    // MARK: judging

    private mutating func load(_ lines: [Line], _ numbers: ClosedRange<Int>) async throws {
        var wanted: Set<PatientID> = []
        for line in lines {
            if case .success(.act(_)) = line.content { continue }
            if let patient = line.patient, ledgers[patient] == nil { wanted.insert(patient) }
        }
        guard !wanted.isEmpty else { return }
        let patients = wanted.sorted()
        let (read, closed) = try await log.attempting {
            isTrial ? [] : [RefusedAttempt(lines: numbers, of: patients, $0, by: person)]
        } _: {
            let (records, closed) = try await log.pool.withConnection { connection in
                (try await connection.records(of: patients), try await connection.closedScopes())
            }
            return (try records.mapValues { try Ledger(replaying: $0, editions: log.editions) }, closed)
        }
        self.closed = closed
        ledgers.merge(read) { $1 }
    }

    private mutating func judge(
        _ lines: [Line], _ remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void
    ) throws -> ([PendingEntry], [RefusedAttempt]) {
        var events: [PendingEntry] = []
        var refused: [RefusedAttempt] = []
        for line in lines {
            report.lines += 1
            var verdict: Remark?
            do { verdict = try judge(line, &events) } catch {
                guard let fault = RefusedLine(error) else { throw error }
                refused.append(kept(line, fault.why))
                verdict = fault.remark
                report.refused += 1
                if let patient = line.patient, blocked[patient] == nil { blocked[patient] = line.number }
            }
            if let verdict { try remark(line.number, line.bytes, verdict) }
        }
        return (events, refused)
    }

    /// What the register of refusals keeps of a line; of one that cannot be read what could be, none of it in the line's own words.
    private func kept(_ line: Line, _ why: WhyNot) -> RefusedAttempt {
        let ledger = line.patient.flatMap { ledgers[$0] }
        if case .success(.attempt(let attempt)) = line.content {
            let edition = try? log.editions.edition(attempt.edition, on: attempt.milestone.on.earliest)
            return RefusedAttempt(
                attempt, why, at: ledger?.site, under: ledger?.path.treatment ?? edition?.treatment, by: person,
                door: .import)
        }
        // A study number that nobody knows may be a name in the wrong place.
        return RefusedAttempt(
            of: ledger == nil ? nil : line.patient, at: ledger?.site,
            JSONB.object([("line", String(line.number))] + line.said).text, why, .import, person)
    }

    private mutating func judge(_ line: Line, _ events: inout [PendingEntry]) throws -> Remark? {
        guard case .attempt(let attempt) = try line.content.get() else { return nil }
        var ledger =
            try ledgers[attempt.patient]
            ?? Ledger(
                of: attempt.patient, under: log.editions.edition(attempt.edition, on: attempt.milestone.on.earliest))
        guard let request = attempt.request else { return nil }
        if let before = ledger.recorded[request] {
            if let refusal = ledger.refusal(of: attempt, repeating: before) { throw refusal }
            report.repeated += 1
            return nil
        }
        if unjudged.contains(attempt.patient) {
            report.notJudged += 1
            return nil
        }
        if attempt.restates != nil {
            throw LogError(
                .impossibleCorrection, "it states a milestone again, and no correction stands before it",
                hint: "a correction and what it states anew have one \"at\"")
        }
        if let first = blocked[attempt.patient] { throw LogError.waiting(for: first) }
        // What another log drew comes with the moment at which it was recorded there, like all that comes before it.
        let judgement =
            attempt.claimsOwnAllocation && !(ledger.isFromElsewhere && attempt.recordedElsewhereAt != nil)
            ? .refused(ledger.path.unattributed(attempt.milestone))
            : try ledger.judge(attempt, editions: log.editions, today: log.today, closed: closed)
        switch judgement {
        case .refused(let refusal): throw refusal
        case .offProtocol(let step) where attempt.deviation == nil: throw RefusedLine(unplanned: step)
        case .planned(let step), .offProtocol(let step):
            var event = ledger.pending(step, attempt, by: person, request: request)
            event.provideKey()
            ledger.accept(event, recordedAt: ledger.lastRecordedAt ?? Instant(microseconds: 0))
            ledgers[attempt.patient] = ledger
            events.append(event)
            report.recorded += 1
            if step.answer == .offProtocol { report.offProtocol += 1 }
            if step.warnings.isEmpty { return nil }
            report.warned += 1
            return .warned(step.warnings)
        }
    }

    // MARK: what is done to records

    private mutating func change(_ part: [Line], _ remark: (Int, ArraySlice<UInt8>, Remark) throws -> Void) async throws
    {
        guard let first = part.first, case .success(.act(let act)) = first.content else { return }
        report.lines += part.count
        guard !isTrial else {
            unjudged.insert(act.patient)
            report.notJudged += part.count
            return
        }
        ledgers[act.patient] = nil
        let waitsFor = blocked[act.patient]
        do {
            let isNew = try await log.repeatAct(act, by: person) {
                if let waitsFor { throw LogError.waiting(for: waitsFor) }
                return try part.dropFirst().compactMap { line in
                    switch line.content {
                    case .failure(let fault): throw fault.inLine(line.number)
                    case .success(.attempt(let attempt)): attempt
                    case .success(.act(_)): nil
                    }
                }
            }
            if isNew {
                report.recorded += part.count
                report.committed += part.count
            } else {
                report.repeated += part.count
            }
        } catch {
            guard let fault = RefusedLine(error) else { throw error }
            report.refused += part.count
            if blocked[act.patient] == nil { blocked[act.patient] = first.number }
            for line in part { try remark(line.number, line.bytes, fault.remark) }
        }
    }
}

/// Why a line is not recorded: what is said of it, and what the register of refusals keeps.
private struct RefusedLine: Error {
    let remark: Importer.Remark
    let why: WhyNot

    /// `nil` if the error is about no line: the database cannot be asked, or refused the whole.
    init?(_ error: any Error) {
        if let line = error as? RefusedLine {
            self = line
            return
        }
        guard let why = WhyNot(error) else { return nil }
        self.why = why
        switch error {
        case let refusal as Refusal:
            remark = .refused(
                "cannot record \"\(refusal.milestone)\": \(refusal.explanation)", hint: refusal.hint)
        case let fault as LineFault: remark = .refused(fault.message, hint: fault.hint)
        case let error as LogError: remark = .refused(error.message, hint: error.hint)
        default: return nil
        }
    }

    init(unplanned step: Step) {
        why = WhyNot(unplanned: step)
        remark = .refused("leaves the protocol: \(why.explanation)", hint: "give the reason as \"deviation\"")
    }
}

extension LogError {
    fileprivate static func waiting(for line: Int) -> LogError {
        LogError(
            .impossibleCorrection, "waits for line \(line) of the same patient, which was refused",
            hint: "mend that line, then import both again")
    }
}

extension RefusedAttempt {
    /// What is kept of lines that were taken together, and refused together.
    fileprivate init(lines: ClosedRange<Int>, of patients: [PatientID], _ why: WhyNot, by person: String) {
        self.init(
            of: patients.count == 1 ? patients.first : nil, at: nil,
            JSONB.object([("act", "import"), ("lines", "\(lines.lowerBound)-\(lines.upperBound)")]).text, why, .import,
            person)
    }
}

extension PathwayLog {
    /// Appends a batch of an import, in one transaction. What was refused of it is kept, and so is that the whole was, if it is.
    fileprivate func write(
        _ events: [PendingEntry], _ refused: [RefusedAttempt], of lines: ClosedRange<Int>, by person: String
    ) async throws {
        let patients = Set(events.map(\.patient)).sorted()
        try await attempting {
            refused + [RefusedAttempt(lines: lines, of: patients, $0, by: person)]
        } _: {
            do {
                try await pool.withConnection { connection in
                    try await connection.transaction { connection in
                        if !events.isEmpty { _ = try await connection.append(events, as: types) }
                        try await connection.keep(refused)
                    }
                }
            } catch let error as PostgresError where error.sqlState == .uniqueViolation || error.isPassing {
                throw LogError(
                    .busy, "somebody recorded milestones of these patients during the import",
                    hint: "import the file again: what is recorded is recognised")
            }
        }
    }
}

extension LineKey {
    /// What of a line is in words of our own: nothing that could be a name in the wrong place.
    fileprivate static func readable(_ entries: [(name: String, value: String)]) -> [(String, String)] {
        entries.filter { name, value in
            switch LineKey(rawValue: name) {
            case .milestone: MilestoneKind(rawValue: value) != nil
            case .on: ClinicalDate(value) != nil
            case .act: ActLine.words.contains(value)
            default: false
            }
        }
    }
}

extension Attempt {
    /// A key made of the content, so that the same line is recognised when its file is imported again.
    ///
    /// What identifies the patient is no part of it: the key stays when that is erased, and whoever reads it could try all birth dates.
    var contentRequest: RequestID {
        var bytes: [UInt8] = []
        var bare = self
        bare.milestone = milestone.withoutIdentity
        bare.deviation = nil
        bare.request = nil
        bare.recordedElsewhereAt = nil
        bare.appendLine(to: &bytes)
        let digest = Array(SHA256.hash(data: bytes))
        func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return RequestID(high: half(digest[0..<8]), low: half(digest[8..<16]))
    }
}
