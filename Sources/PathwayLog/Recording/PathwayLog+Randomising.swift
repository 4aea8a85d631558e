public import PathwayCore
internal import Postgres
internal import Synchronization

extension PathwayLog {
    /// Draws the patient's allocation and records it, in one transaction: neither exists without the other.
    ///
    /// The list of allocations to come is read by nobody: the database draws the next one of the patient's stratum.
    /// - Parameter request: makes a repetition harmless, so that a caller who lost the answer may ask again.
    public func randomise(
        _ patient: PatientID, on day: Day, by person: String, door: Door = .library, request: RequestID = .random()
    ) async throws -> Outcome {
        precondition(!person.isEmpty, "whoever acts is named")
        defer { recorder.state.withLock { $0.cache[patient] = nil } }
        func refused(_ why: WhyNot) -> [RefusedAttempt] {
            let site = recorder.state.withLock { $0.cache[patient]?.site }
            let words = AttemptInWords.milestone(MilestoneKind.randomised.rawValue, on: day.description)
            return [RefusedAttempt(of: patient, at: site, words.kept(under: nil), why, door, person)]
        }
        func kept(_ outcome: Outcome) -> [RefusedAttempt] { WhyNot(outcome).map(refused) ?? [] }
        return try await attempting(refused, answered: kept) {
            try await draw(for: patient, on: day, by: person, request: request)
        }
    }

    private func draw(
        for patient: PatientID, on day: Day, by person: String, request: RequestID
    ) async throws -> Outcome {
        try await pool.withConnection { connection in
            do {
                return try await connection.transaction { connection in
                    try await randomise(patient, on: day, by: person, request: request, &connection)
                }
            } catch let refusal as Refusal {
                return .refused(refusal)
            } catch let conflict as AppendConflict {
                let record = try await connection.records(of: [patient])[patient]
                return .conflict(record?.entries.filter { $0.position > conflict.seen } ?? [])
            }
        }
    }

    private func randomise(
        _ patient: PatientID, on day: Day, by person: String, request: RequestID, _ connection: inout Connection
    ) async throws -> Outcome {
        guard let record = try await connection.records(of: [patient])[patient] else {
            throw LogError.unknownPatient(patient)
        }
        let editions = try await editions(&connection)
        var ledger = try Ledger(replaying: record, editions: editions)
        recorder.state.withLock { $0.cache[patient] = ledger }
        if let before = ledger.recorded[request] {
            try await connection.secureWhatWasRead()
            let attempt = Attempt(patient: patient, milestone: try record.allocation(under: request, on: day))
            return try Outcome.repetition(of: attempt, before, ledger, in: record.entries, editions: editions)
        }
        if ledger.isLocked { throw ledger.path.recordLocked(try .randomised(on: day)) }
        let (randomisation, stratum) = try ledger.path.randomisable(on: day, today: today)
        let arm: String
        do {
            arm = try await connection.row(
                """
                SELECT drawn_arm FROM pathway.draw_allocation(
                    \(patient.description), \(Int32(ledger.edition)), \(randomisation.name), \(stratum))
                """, as: String.self)
        } catch let error as PostgresError where error.constraint == "one_allocation_a_patient" {
            throw AppendConflict(seen: ledger.head)
        }
        var facts = Facts()
        facts[.arm] = .word(arm)
        facts[.allocatedBy] = .text(PathwayLog.ownAllocation)
        let milestone = try Milestone(.randomised, on: ClinicalDate(day), facts: facts)
        guard case .planned(let step) = ledger.path.judge(milestone, today: today) else {
            throw LogError(.contradiction, "the arm that was drawn is not allowed")
        }
        let attempt = Attempt(patient: patient, milestone: milestone)
        let entry = ledger.pending(step, attempt, by: person, request: request)
        let rows = try await connection.append([entry], behind: ledger.head, as: types)
        let instant = rows.first.map { Instant($0.recordedAt) } ?? now
        ledger.accept(entry, recordedAt: instant)
        return .recorded(Receipt(entry, step, ledger.path, recordedAt: instant), isRepetition: false)
    }

    /// What `allocated-by` says of an allocation that the service drew; nobody may write it by hand.
    public static var ownAllocation: String { Field.ownAllocation }
}

extension Attempt {
    /// Whether it says that the service drew the allocation: only the service itself may.
    var claimsOwnAllocation: Bool { milestone.facts[.allocatedBy] == .text(PathwayLog.ownAllocation) }
}

extension Milestone {
    /// A randomisation before anything was drawn.
    fileprivate static func randomised(on day: Day, facts: Facts = Facts()) throws -> Milestone {
        var facts = facts
        if facts[.arm] == nil { facts[.arm] = .word("any") }
        return try Milestone(.randomised, on: ClinicalDate(day), facts: facts)
    }
}

extension PatientRecord {
    /// What a request to randomise on a day would have recorded: whoever asks again does not know what was drawn.
    fileprivate func allocation(under request: RequestID, on day: Day) throws -> Milestone {
        guard case .milestone(let event)? = entries.first(where: { $0.request == request }), event.isOwnAllocation
        else {
            return try .randomised(on: day)
        }
        return try .randomised(on: day, facts: event.milestone.facts)
    }
}

/// Somebody appended between reading and writing.
struct AppendConflict: Error {
    let seen: Int
}
