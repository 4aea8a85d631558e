public import PathwayCore
internal import Postgres
internal import Synchronization

/// What became of a correction.
public enum CorrectionOutcome: Sendable {
    /// It is in the log, from this position on; `isRepetition` says that it was there already under the same request.
    case recorded(CorrectionPlan?, position: Int, recordedAt: Instant, isRepetition: Bool)
    /// Milestones need a reason or a correction of their own; nothing is recorded.
    case incomplete(CorrectionPlan)
    /// It cannot be corrected; nothing is recorded.
    case refused(Refusal)
    /// Somebody added these entries meanwhile; nothing is recorded.
    case conflict([Entry])
}

extension PathwayLog {
    /// Works out what a correction would do, or would have done, and records nothing.
    /// - Throws: ``LogError`` if the correction changes nothing, or names a position that does not stand.
    public func plan(
        _ correction: Correction, of patient: PatientID, at point: ReadingPoint = ReadingPoint()
    ) async throws -> CorrectionPlan {
        let path = try await path(of: patient, at: point)
        return try plan(correction, of: path, editions: try await freshEditions())
    }

    private func plan(
        _ correction: Correction, of path: PatientPath, editions: Editions
    ) throws -> CorrectionPlan {
        let recorded = try path.recorded(editions)
        let unknown = correction.unknownPositions(in: recorded)
        guard unknown.isEmpty else {
            throw path.nothingStands(at: unknown)
        }
        guard correction.first != nil else { throw LogError.changesNothing }
        let plan = CorrectionPlan(correction, of: recorded, today: today)
        if path.stays(as: plan.statements, behind: plan.rewindsTo) { throw LogError.changesNothing }
        let unused = correction.deviations.keys.filter { position in
            !plan.rows.contains { $0.position == position && $0.judgement?.isOffProtocol == true }
        }
        guard unused.isEmpty else { throw plan.needlessReasons(at: unused.sorted()) }
        guard let (index, refusal) = path.objection(to: plan) else { return plan }
        return plan.refusing(refusal, at: index)
    }

    /// Corrects a record: rewinds it to before the first change, states anew what is corrected, and what followed with its own dates.
    ///
    /// Nothing is updated. What the correction makes illegal or off protocol needs a reason or a correction of its own first.
    /// - Parameters:
    ///   - reason: why; never empty.
    ///   - source: what in the source records supports it.
    ///   - seen: the position of the last entry that the caller has seen; if somebody added one since, the outcome is a conflict.
    ///   - request: makes a repetition harmless, so that a caller who lost the answer may ask again.
    public func correct(
        _ patient: PatientID, _ correction: Correction, reason: String, source: String? = nil, by person: String,
        door: Door = .library, seen: Int? = nil, request: RequestID = .random()
    ) async throws -> CorrectionOutcome {
        precondition(!person.isEmpty && !reason.isEmpty, "whoever acts is named and says why")
        var path: PatientPath?
        func refused(_ why: WhyNot) -> [RefusedAttempt] {
            [
                RefusedAttempt(
                    correcting: patient, at: path?.site, under: path?.path.treatment,
                    changes: path.map(correction.words(of:)), why, door: door, by: person)
            ]
        }
        func kept(_ outcome: CorrectionOutcome) -> [RefusedAttempt] {
            switch outcome {
            case .recorded: []
            case .incomplete(let plan): plan.refusals(of: path, correction, by: person, door: door)
            case .refused(let refusal): refused(WhyNot(refusal))
            case .conflict(let entries): refused(WhyNot(meanwhile: entries))
            }
        }
        return try await attempting(refused, answered: kept) {
            try await correct(patient, correction, Reason(reason, source: source), person, seen, request) { path = $0 }
        }
    }

    private func correct(
        _ patient: PatientID, _ correction: Correction, _ reason: Reason, _ person: String, _ seen: Int?,
        _ request: RequestID, reading: (PatientPath) -> Void
    ) async throws -> CorrectionOutcome {
        try await changing(patient) { connection, record, editions in
            let path = try PatientPath(replaying: record.entries, editions: editions)
            reading(path)
            if let done = path.entries.first(where: { $0.request == request }) {
                guard try repeats(correction, reason, as: done, of: path, editions) else {
                    throw LogError.requestUsed(done)
                }
                try await connection.secureWhatWasRead()
                return .recorded(nil, position: done.position, recordedAt: done.recordedAt, isRepetition: true)
            }
            if let seen, seen != path.head { return .conflict(path.entries.filter { $0.position > seen }) }
            let plan = try plan(correction, of: path, editions: editions)
            if let refusal = plan.objection { return .refused(refusal) }
            guard plan.isComplete else { return .incomplete(plan) }
            try path.checkReadable(behind: plan.rewindsTo)
            var writer = RecordWriter(path, key: record.key, by: person)
            writer.rewind(
                to: plan.rewindsTo, standing: try path.standing(at: plan.rewindsTo, editions),
                because: reason, request: request)
            for row in plan.rows {
                guard let step = row.judgement?.step else { continue }
                let edition = try editions.edition(
                    EditionName(name: row.treatment.name, version: row.treatment.version), on: today)
                writer.state(
                    step, under: edition, restates: row.change == .inserted ? nil : row.position,
                    deviation: row.deviation, request: .random())
            }
            if let refusal = try await connection.lockedSite(taking: writer, from: path) { return .refused(refusal) }
            let appended = try await connection.append(writer.entries, behind: path.head, as: types)
            return .recorded(
                plan, position: path.head + 1, recordedAt: appended.first.map { Instant($0.recordedAt) } ?? now,
                isRepetition: false)
        } conflict: {
            .conflict($0)
        }
    }

    /// Whether a correction, worked out on the record as it was then, is what an entry and those stated with it recorded.
    private func repeats(
        _ correction: Correction, _ reason: Reason, as entry: Entry, of path: PatientPath, _ editions: Editions
    ) throws -> Bool {
        guard case .act(let act) = entry, case .rewound(let position) = act.kind, path.states(reason, as: act) else {
            return false
        }
        let before = try PatientPath(
            replaying: path.entries.filter { $0.position < act.position }, editions: editions)
        guard let plan = try? plan(correction, of: before, editions: editions), plan.rewindsTo == position else {
            return false
        }
        let statements = plan.rows.compactMap { row -> Attempt? in
            guard let milestone = row.judgement?.step?.milestone else { return nil }
            var attempt = Attempt(patient: path.patient, milestone: milestone, deviation: row.deviation)
            attempt.restates = row.change == .inserted ? nil : row.position
            return attempt
        }
        return path.states(statements, with: act)
    }

    /// Reads a record and changes it in one transaction; forgets what was known of it.
    func changing<Value: Sendable>(
        _ patient: PatientID,
        _ body: (inout Connection, PatientRecord, Editions) async throws -> Value, conflict: ([Entry]) -> Value
    ) async throws -> Value {
        defer { recorder.state.withLock { $0.cache[patient] = nil } }
        return try await repeating {
            try await pool.withConnection { connection in
                do {
                    return try await connection.transaction { connection in
                        guard let record = try await connection.records(of: [patient])[patient] else {
                            throw LogError.unknownPatient(patient)
                        }
                        return try await body(&connection, record, try await editions(&connection))
                    }
                } catch let lost as AppendConflict {
                    let record = try await connection.records(of: [patient])[patient]
                    return conflict(record?.entries.filter { $0.position > lost.seen } ?? [])
                }
            }
        }
    }
}

/// What a correction states behind the position to which it goes back.
struct Statement {
    /// The position that it states again; `nil` for a milestone that was forgotten.
    let restates: Int?
    /// What it says, completed by the rules where they judged it.
    let milestone: Milestone
}

extension CorrectionPlan {
    /// What would be stated.
    fileprivate var statements: [Statement] {
        rows.compactMap { row in
            guard row.change != .kept, let stated = row.judgement?.step?.milestone ?? row.after?.milestone else {
                return nil
            }
            return Statement(restates: row.change == .inserted ? nil : row.position, milestone: stated)
        }
    }
}

extension PatientPath {
    /// The milestone that stands at a position.
    /// - Throws: ``LogError`` if none does.
    public func event(at position: Int) throws -> Event {
        guard let event = events.first(where: { $0.position == position }) else {
            throw nothingStands(at: [position])
        }
        return event
    }

    /// Makes sure that what is to be stated again can be read whole: what a lost key keeps back would be left out for good.
    fileprivate func checkReadable(behind position: Int) throws {
        guard let event = events.first(where: { $0.position > position && $0.hidesFacts && !isErased($0.position) })
        else { return }
        throw LogError(
            .contradiction,
            "what identifies patient \(patient) in event \(event.position) cannot be read with the patient's key, and nobody erased it",
            hint: "restore the row of the patient in pathway.patient_key from a backup first")
    }

    /// Whether these milestones are what was stated together with an act that rewound the record.
    func states(_ attempts: [Attempt], with act: RecordAct) -> Bool {
        let together = entries.filter { $0.position > act.position && $0.recordedAt == act.recordedAt }
        return together.count == attempts.count
            && zip(together, attempts).allSatisfy { entry, attempt in
                guard case .milestone(let event) = entry, event.restates == attempt.restates else { return false }
                return Recorded(entry, erasedAt: lastErasure).difference(from: attempt) == nil
            }
    }

    /// Whether a correction leaves the path as it is: it states what stands behind a position, all of it and nothing else.
    func stays(as statements: [Statement], behind position: Int) -> Bool {
        let standing = events.filter { $0.position > position }
        return standing.count == statements.count
            && zip(standing, statements).allSatisfy { $0.position == $1.restates && $0.milestone == $1.milestone }
    }
}

extension LogError {
    /// The rule of every door: what goes back to state the same again is no correction.
    static let changesNothing = LogError(.impossibleCorrection, "the correction changes nothing")
}

extension CorrectionPlan {
    /// That reasons are given for what no reason helps: what is refused needs a correction, and what is planned needs nothing.
    fileprivate func needlessReasons(at positions: [Int]) -> LogError {
        let refused = positions.filter { position in rows.contains { $0.position == position && $0.isRefused } }
        let planned = positions.filter { !refused.contains($0) }
        let words = [(refused, "which is refused whatever the reason"), (planned, "which the protocol plans")]
            .filter { !$0.0.isEmpty }.map { "event \($0.0.map(String.init).joined(separator: ", ")), \($0.1)" }
        return LogError(
            .impossibleCorrection, "a reason is given for \(words.joined(separator: ", and for "))",
            hint: refused.isEmpty
                ? "leave it out; why the record is corrected is the reason of the correction"
                : "what is refused needs a correction of its own together with this one, or is removed")
    }
}

extension PatientPath {
    /// That a correction names positions at which nothing stands, and where what stood there stands now.
    fileprivate func nothingStands(at positions: [Int]) -> LogError {
        let moved = positions.compactMap { position in
            events.first { restates($0, position) }.map { "event \(position) was stated again as event \($0.position)" }
        }
        return LogError(
            .impossibleCorrection,
            "patient \(patient) has no milestone that stands at position \(positions.map(String.init).joined(separator: ", "))",
            hint: (moved + ["\"pathway history \(patient)\" shows those that do"]).joined(separator: "; "))
    }

    /// Whether an event states again what was recorded at a position, at once or over other corrections.
    private func restates(_ event: Event, _ position: Int) -> Bool {
        var earlier = event.restates
        while let found = earlier, found != position {
            guard case .milestone(let before)? = entries.first(where: { $0.position == found }) else { return false }
            earlier = before.restates
        }
        return earlier == position
    }
}

extension PatientPath {
    /// Why the correction cannot be, whatever reasons are given, and which row of the plan says so.
    fileprivate func objection(to plan: CorrectionPlan) -> (index: Int, refusal: Refusal)? {
        for (index, row) in plan.rows.enumerated() where row.change != .kept {
            let (before, after) = (row.before?.milestone, row.after?.milestone)
            guard let milestone = after ?? before else { continue }
            if isLocked { return (index, path.recordLocked(milestone)) }
            let wasDrawn = before?.facts[.allocatedBy] == .text(PathwayLog.ownAllocation)
            // What was drawn was drawn: it can be dated right, not undone.
            if wasDrawn, let before, after?.facts != before.facts { return (index, path.allocationStands(before)) }
            if !wasDrawn, after?.facts[.allocatedBy] == .text(PathwayLog.ownAllocation) {
                return (index, path.unattributed(milestone))
            }
        }
        return nil
    }
}

extension Judgement {
    var step: Step? {
        switch self {
        case .planned(let step), .offProtocol(let step): step
        case .refused: nil
        }
    }
}

extension Connection {
    /// Why a correction cannot enrol the patient where it does: the site or the study is locked and takes no patients.
    mutating func lockedSite(taking record: RecordWriter, from path: PatientPath) async throws -> Refusal? {
        for entry in record.entries {
            guard let milestone = entry.step?.milestone, milestone.kind == .enrolled else { continue }
            if let refusal = path.path.refusal(of: milestone, at: entry.site, closed: try await closedScopes()) {
                return refusal
            }
        }
        return nil
    }
}

extension CorrectionPlan {
    /// What the register keeps of a plan that is not complete: each milestone that is refused or needs a reason.
    fileprivate func refusals(
        of path: PatientPath?, _ correction: Correction, by person: String, door: Door
    ) -> [RefusedAttempt] {
        rows.compactMap { row in
            let why: WhyNot
            switch row.judgement {
            case .refused(let refusal)?: why = WhyNot(refusal)
            case .offProtocol(let step)? where row.needsReason: why = WhyNot(unplanned: step)
            default: return nil
            }
            guard let path, let milestone = row.after?.milestone else { return nil }
            return RefusedAttempt(
                correcting: path.patient, at: path.site, milestone, under: row.treatment,
                changes: correction.words(of: path), why, door: door, by: person)
        }
    }
}
