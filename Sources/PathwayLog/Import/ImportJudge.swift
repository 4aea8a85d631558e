internal import PathwayCore
internal import Postgres

/// Judges the lines of an import in their order, each against its patient's path as the lines before left it.
struct ImportJudge {
    private let log: PathwayLog
    private let person: String
    private let isTrial: Bool
    private var ledgers: [PatientID: Ledger] = [:]
    /// The first line of a patient that was refused: what follows waits for it.
    private var blocked: [PatientID: Int] = [:]
    /// Patients whose record a trial run would have changed, so that it cannot judge what follows.
    private var unjudged: Set<PatientID> = []
    private var closed: Set<String> = []

    init(for log: PathwayLog, by person: String, isTrial: Bool) {
        self.log = log
        self.person = person
        self.isTrial = isTrial
    }

    /// How many patients' paths are in memory.
    var patients: Int { ledgers.count }

    /// Forgets the paths, which can be read again.
    mutating func forgetPatients() { ledgers.removeAll(keepingCapacity: true) }

    /// Reads the paths that the lines of a part are about, and which sites take no patients.
    mutating func load(_ part: ImportPart) async throws {
        var wanted: Set<PatientID> = []
        for line in part.lines {
            if let patient = line.patient, ledgers[patient] == nil { wanted.insert(patient) }
        }
        guard !wanted.isEmpty else { return }
        let patients = wanted.sorted()
        let (read, closed) = try await log.attempting {
            isTrial ? [] : [RefusedAttempt(lines: part.numbers, of: patients, $0, by: person)]
        } _: {
            let (records, closed) = try await log.pool.withConnection { connection in
                (try await connection.records(of: patients), try await connection.closedScopes())
            }
            return (try records.mapValues { try Ledger(replaying: $0, editions: log.editions) }, closed)
        }
        self.closed = closed
        ledgers.merge(read) { $1 }
    }

    /// Judges a line: what is accepted is part of the batch, and so is what the register of refusals keeps.
    mutating func judge(_ line: ImportLine, of part: ImportPart, into batch: inout ImportBatch) throws -> LineVerdict {
        do {
            switch line.content {
            case .fault(let fault, _, _): throw fault
            case .attempt(let attempt) where part.unreadable == nil: return try judge(attempt, into: &batch)
            case .attempt, .act: throw LogError.waiting(for: part.unreadable ?? part.numbers.lowerBound)
            }
        } catch {
            guard let refused = RefusedLine(error) else { throw error }
            batch.refused.append(kept(line, refused.why))
            if let patient = line.patient ?? part.act?.patient { block(patient, at: part.unreadable ?? line.number) }
            return refused.verdict
        }
    }

    private mutating func judge(_ attempt: Attempt, into batch: inout ImportBatch) throws -> LineVerdict {
        var ledger =
            try ledgers[attempt.patient]
            ?? Ledger(
                of: attempt.patient, under: log.editions.edition(attempt.edition, on: attempt.milestone.on.earliest))
        let request = attempt.request ?? attempt.contentRequest
        if let before = ledger.recorded[request] {
            if let refusal = ledger.refusal(of: attempt, repeating: before) { throw refusal }
            return .repeated
        }
        if unjudged.contains(attempt.patient) { return .notJudged }
        if let first = blocked[attempt.patient] { throw LogError.waiting(for: first) }
        if attempt.restates != nil {
            throw LogError(
                .impossibleCorrection, "it states a milestone again, and no correction stands before it",
                hint: "a correction and what it states anew have one \"at\"")
        }
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
            batch.events.append(event)
            return .recorded(isOffProtocol: step.answer == .offProtocol, step.warnings)
        }
    }

    /// What the register of refusals keeps of a line; of one that cannot be read what could be, none of it in the line's own words.
    private func kept(_ line: ImportLine, _ why: WhyNot) -> RefusedAttempt {
        let ledger = line.patient.flatMap { ledgers[$0] }
        switch line.content {
        case .attempt(let attempt):
            let edition = try? log.editions.edition(attempt.edition, on: attempt.milestone.on.earliest)
            return RefusedAttempt(
                attempt, why, at: ledger?.site, under: ledger?.path.treatment ?? edition?.treatment, by: person,
                door: .import)
        case .act(let act): return act.refused(why, on: nil, stating: [], by: person)
        case .fault(_, let readable, _):
            // A study number that nobody knows may be a name in the wrong place.
            return RefusedAttempt(
                of: ledger?.patient, at: ledger?.site,
                JSONB.object([("line", String(line.number))] + readable).text, why, .import, person)
        }
    }

    /// Does again what was done to a record, with what a correction states anew.
    mutating func repeatAct(_ act: ActLine, _ part: ImportPart) async throws -> LineVerdict {
        guard !isTrial else {
            unjudged.insert(act.patient)
            return .notJudged
        }
        ledgers[act.patient] = nil
        let waitsFor = blocked[act.patient]
        do {
            let isNew = try await log.repeatAct(act, by: person) {
                if let waitsFor { throw LogError.waiting(for: waitsFor) }
                return part.attempts
            }
            return isNew ? .recorded(isOffProtocol: false, []) : .repeated
        } catch {
            guard let refused = RefusedLine(error) else { throw error }
            block(act.patient, at: part.numbers.lowerBound)
            return refused.verdict
        }
    }

    private mutating func block(_ patient: PatientID, at line: Int) {
        if blocked[patient] == nil { blocked[patient] = line }
    }
}

/// Why a line is not recorded: what is said of it, and what the register of refusals keeps.
private struct RefusedLine: Error {
    let verdict: LineVerdict
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
            verdict = .refused(
                "cannot record \"\(refusal.milestone)\": \(refusal.explanation)", hint: refusal.hint)
        case let fault as LineFault: verdict = .refused(fault.message, hint: fault.hint)
        case let error as LogError: verdict = .refused(error.message, hint: error.hint)
        default: return nil
        }
    }

    init(unplanned step: Step) {
        why = WhyNot(unplanned: step)
        verdict = .refused("leaves the protocol: \(why.explanation)", hint: "give the reason as \"deviation\"")
    }
}

extension LogError {
    fileprivate static func waiting(for line: Int) -> LogError {
        LogError(
            .impossibleCorrection, "waits for line \(line) of the same patient, which was refused",
            hint: "mend that line, then import both again")
    }
}
