public import PathwayCore
internal import Postgres
internal import Synchronization

extension PathwayLog {
    /// Records a milestone if the pathway allows it: the one door.
    ///
    /// - Parameters:
    ///   - attempt: what happened; a `request` makes a repetition harmless, so that a caller who lost the answer may ask again.
    ///   - person: who records it; never empty.
    ///   - door: where the attempt came in.
    ///   - seen: the position of the last event that the caller has seen; if somebody appended since, the outcome is a conflict.
    /// - Throws: `PostgresError` if the database cannot be asked; then nothing is known but by asking again with the same request.
    public func record(
        _ attempt: Attempt, by person: String, door: Door = .library, seen: Int? = nil
    ) async throws -> Outcome {
        precondition(!person.isEmpty, "whoever acts is named")
        return try await recorder.record(
            Recorder.Call(attempt: attempt, person: person, door: door, seen: seen), in: self)
    }

    /// Judges and appends one batch, in which each patient occurs once, and answers each call.
    func record(_ batch: [Recorder.Call], triesLeft: Int = 5) async -> [Result<Outcome, any Error>] {
        do {
            return try await recordTogether(batch)
        } catch let error where batch.count > 1 && error.isOfOneCall {
            // One of them is at fault; alone, each gets its own answer.
            var answers: [Result<Outcome, any Error>] = []
            for call in batch { answers += await record([call]) }
            return answers
        } catch let error as PostgresError where error.isPassing && triesLeft > 0 {
            // Somebody made a key for one of the patients meanwhile, signs many of them, or locked the site: read it all again.
            recorder.state.withLock { state in for call in batch { state.cache[call.attempt.patient] = nil } }
            return await record(batch, triesLeft: triesLeft - 1)
        } catch {
            recorder.state.withLock { state in for call in batch { state.cache[call.attempt.patient] = nil } }
            guard batch.count == 1, let call = batch.first else { return batch.map { _ in .failure(error) } }
            do {
                let edition = try? editions.edition(call.attempt.edition, on: call.attempt.milestone.on.earliest)
                let outcome: Outcome = try await attempting {
                    [
                        RefusedAttempt(
                            call.attempt, $0, at: nil, under: edition?.treatment, by: call.person, door: call.door)
                    ]
                } _: {
                    throw error
                }
                return [.success(outcome)]
            } catch { return [.failure(error)] }
        }
    }

    private func recordTogether(_ batch: [Recorder.Call]) async throws -> [Result<Outcome, any Error>] {
        let round = try await pool.withConnection { connection in
            var round = Round(log: self, batch: batch)
            try await round.load(&connection)
            round.judge()
            try await round.reloadStale(&connection)
            try await round.append(&connection)
            try await round.secureRepetitions(&connection)
            return round
        }
        try await keep(round.refusals)
        return round.finish()
    }
}

extension Error {
    /// Whether one call of a batch is at fault, and its neighbours are not.
    fileprivate var isOfOneCall: Bool {
        (self as? PostgresError)?.isRowFault == true || (self as? LogError)?.code == .unwritableText
    }
}

extension PostgresError {
    /// Whether the server could not take a value, a constraint refused a row, or the login may not write it.
    var isRowFault: Bool {
        sqlState?.classCode == "22" || sqlState?.classCode == "23" || sqlState == .insufficientPrivilege
    }
}

/// One batch on its way through judging and appending.
struct Round {
    private let log: PathwayLog
    private let batch: [Recorder.Call]
    private var editions: Editions
    private var ledgers: [Ledger?]
    private var isFresh: [Bool]
    private var answers: [Result<Outcome, any Error>?]
    private var pending: [(index: Int, entry: PendingEntry)] = []
    private var closed: Set<String> = []

    init(log: PathwayLog, batch: [Recorder.Call]) {
        self.log = log
        self.batch = batch
        editions = log.editions
        ledgers = log.recorder.state.withLock { state in batch.map { state.cache[$0.attempt.patient] } }
        isFresh = ledgers.map { _ in false }
        answers = batch.map { _ in nil }
    }

    /// Reads the histories of the patients that are not in memory.
    mutating func load(_ connection: inout Connection) async throws {
        try await load(batch.indices.filter { ledgers[$0] == nil }, &connection)
    }

    private mutating func load(_ indices: [Int], _ connection: inout Connection) async throws {
        guard !indices.isEmpty else { return }
        let records = try await connection.records(of: indices.map { batch[$0].attempt.patient })
        // Somebody else may have added a version: it counts for whoever is enrolled now, or was judged under it.
        if records.values.contains(where: { !editions.know($0.entries) })
            || indices.contains(where: {
                batch[$0].attempt.edition != nil || batch[$0].attempt.milestone.kind == .enrolled
            })
        {
            (editions, closed) = try await log.editionsAndClosedScopes(&connection)
        }
        for index in indices {
            isFresh[index] = true
            let attempt = batch[index].attempt
            do {
                if let record = records[attempt.patient] {
                    ledgers[index] = try Ledger(replaying: record, editions: editions)
                } else {
                    ledgers[index] = Ledger(of: attempt.patient, under: try edition(for: attempt))
                }
            } catch {
                answers[index] = .failure(error)
            }
        }
    }

    /// The version that takes a new patient; for any other milestone the refusal is the same under all of them.
    private func edition(for attempt: Attempt) throws -> Edition {
        if attempt.milestone.kind != .enrolled, attempt.edition == nil, let any = editions.all.first { return any }
        return try editions.edition(attempt.edition, on: attempt.milestone.on.earliest)
    }

    mutating func judge() {
        for index in batch.indices where answers[index] == nil { judge(index) }
    }

    private mutating func judge(_ index: Int) {
        let waiting = batch[index]
        guard var ledger = ledgers[index] else { return }
        if let request = waiting.attempt.request, ledger.recorded[request] != nil {
            answers[index] = .success(.conflict([]))  // Answered as a repetition once its event is read.
            return
        }
        if let seen = waiting.seen, seen != ledger.head {
            answers[index] = .success(.conflict([]))
            return
        }
        if waiting.attempt.claimsOwnAllocation {
            answers[index] = .success(.refused(ledger.path.unattributed(waiting.attempt.milestone)))
            return
        }
        do {
            switch try ledger.judge(waiting.attempt, editions: editions, today: log.today, closed: closed) {
            case .planned(let step): accept(step, ledger, index)
            case .offProtocol(let step) where waiting.attempt.deviation?.isEmpty == false: accept(step, ledger, index)
            case .offProtocol(let step): answers[index] = .success(.needsReason(step))
            case .refused(let refusal): answers[index] = .success(.refused(refusal))
            }
        } catch {
            answers[index] = .failure(error)
        }
    }

    private mutating func accept(_ step: Step, _ ledger: Ledger, _ index: Int) {
        let waiting = batch[index]
        ledgers[index] = ledger
        var entry = ledger.pending(
            step, waiting.attempt, by: waiting.person, request: waiting.attempt.request ?? .random())
        entry.provideKey()
        pending.append((index, entry))
    }

    /// What was not accepted on a path from memory is judged again on the path from the log: somebody may have added to it.
    mutating func reloadStale(_ connection: inout Connection) async throws {
        let stale = batch.indices.filter { answers[$0] != nil && !isFresh[$0] }
        for index in stale {
            answers[index] = nil
            ledgers[index] = nil
        }
        try await load(stale, &connection)
        for index in stale where answers[index] == nil { judge(index) }
        try await explainConflicts(&connection)
    }

    mutating func append(_ connection: inout Connection) async throws {
        guard !pending.isEmpty else { return }
        pending.sort { $0.entry.patient < $1.entry.patient }
        let rows = try await append(pending.map(\.entry), &connection)
        let recorded = Dictionary(
            rows.map { ($0.patient, Instant($0.recordedAt)) }, uniquingKeysWith: { first, _ in first })
        for (index, entry) in pending {
            guard let instant = recorded[entry.patient.description], let step = entry.step else {
                answers[index] = .success(.conflict([]))
                ledgers[index] = nil
                continue
            }
            ledgers[index]?.accept(entry, recordedAt: instant)
            answers[index] = .success(
                .recorded(Receipt(entry, step, ledgers[index]?.path, recordedAt: instant), isRepetition: false))
        }
        try await explainConflicts(&connection)
    }

    /// Appends as if nobody else did; if somebody did, again, and leaves out what came too late.
    private func append(_ entries: [PendingEntry], _ connection: inout Connection) async throws -> [Appended] {
        do {
            return try await connection.append(entries, as: log.types)
        } catch let error as PostgresError
            where error.sqlState == .uniqueViolation && error.constraint != "one_allocation_a_randomisation"
        {
            return try await connection.append(entries, as: log.types, skipping: true)
        }
    }

    /// Says what was recorded meanwhile, or that the attempt itself was.
    private mutating func explainConflicts(_ connection: inout Connection) async throws {
        let conflicts = batch.indices.filter { index in
            if case .success(.conflict(let entries))? = answers[index] { entries.isEmpty } else { false }
        }
        guard !conflicts.isEmpty else { return }
        let records = try await connection.records(of: conflicts.map { batch[$0].attempt.patient })
        for index in conflicts {
            let waiting = batch[index]
            // Who has seen events of a patient who is not in the log stays in conflict, with nothing to show for it.
            guard let record = records[waiting.attempt.patient] else { continue }
            do {
                let ledger = try Ledger(replaying: record, editions: editions)
                ledgers[index] = ledger
                if let request = waiting.attempt.request, let before = ledger.recorded[request] {
                    answers[index] = .success(
                        try Outcome.repetition(
                            of: waiting.attempt, before, ledger, in: record.entries, editions: editions))
                } else {
                    let seen = waiting.seen ?? pending.first { $0.index == index }.map { $0.entry.position - 1 } ?? 0
                    answers[index] = .success(.conflict(record.entries.filter { $0.position > seen }))
                }
            } catch let refusal as Refusal {
                answers[index] = .success(.refused(refusal))
            } catch {
                answers[index] = .failure(error)
            }
        }
    }

    /// What is kept of the refused attempts, although nothing else of them is.
    var refusals: [RefusedAttempt] {
        batch.indices.compactMap { index in
            let why: WhyNot?
            switch answers[index] {
            case .success(let outcome)?: why = WhyNot(outcome)
            case .failure(let error)?: why = WhyNot(error)
            case nil: why = nil
            }
            let (call, ledger) = (batch[index], ledgers[index])
            return why.map {
                RefusedAttempt(
                    call.attempt, $0, at: ledger?.site, under: ledger?.path.treatment, by: call.person, door: call.door)
            }
        }
    }

    /// A repetition is answered from what was read, and what can be read may not be safe yet.
    func secureRepetitions(_ connection: inout Connection) async throws {
        let isRepeated = answers.contains { answer in
            if case .success(.recorded(_, isRepetition: true))? = answer { true } else { false }
        }
        if isRepeated { try await connection.secureWhatWasRead() }
    }

    func finish() -> [Result<Outcome, any Error>] {
        log.recorder.state.withLock { state in
            for (waiting, ledger) in zip(batch, ledgers) where ledger?.head != 0 {
                state.cache[waiting.attempt.patient] = ledger
            }
        }
        return answers.map { $0 ?? .failure(LogError(.contradiction, "an attempt was not answered")) }
    }
}

extension Receipt {
    init(_ entry: PendingEntry, _ step: Step, _ path: Path?, recordedAt: Instant) {
        self.init(
            patient: entry.patient, position: entry.position, recordedAt: recordedAt, step: step,
            phase: path?.phase.name ?? "", phaseTitle: path?.phase.title ?? "")
    }
}

extension Editions {
    /// Whether every entry was judged under a version that is known here.
    func know(_ entries: [Entry]) -> Bool {
        entries.allSatisfy { entry in all.contains { $0.number == entry.edition } }
    }
}
