public import PathwayCore
internal import PathwayProof
internal import Postgres

/// What somebody wants to do to a record.
public enum ActRequest: Sendable, Hashable {
    /// Stand for it as it is now.
    case sign(SignatureMeaning)
    /// Close it: nothing is recorded before it is unlocked.
    case lock
    /// Open it again.
    case unlock
    /// Destroy the key of what identifies the patient.
    case erase
}

/// What became of it.
public enum ActOutcome: Sendable {
    /// It is in the log at this position; `isRepetition` says that it was there already under the same request.
    case recorded(position: Int, recordedAt: Instant, isRepetition: Bool)
    /// It cannot be done, and why.
    case refused(String)
    /// Somebody added these entries meanwhile; nothing is recorded.
    case conflict([Entry])
}

extension PathwayLog {
    /// Signs, locks, unlocks or erases the record of one patient; what is refused is kept in the register of refusals.
    /// - Parameters:
    ///   - reason: why; only a signature goes without.
    ///   - door: where the request came in.
    ///   - seen: the position of the last entry that the caller has seen; if somebody added one since, the outcome is a conflict.
    ///   - request: makes a repetition harmless.
    public func act(
        _ wanted: ActRequest, on patient: PatientID, reason: String?, by person: String, door: Door = .library,
        seen: Int? = nil, request: RequestID = .random()
    ) async throws -> ActOutcome {
        precondition(!person.isEmpty && (reason?.isEmpty == false || wanted.needsNoReason), "whoever acts says why")
        var site: String?
        func refused(_ why: WhyNot) -> [RefusedAttempt] {
            [RefusedAttempt(wanted.word, wanted.detail, on: patient, at: site, why, door: door, by: person)]
        }
        func kept(_ outcome: ActOutcome) -> [RefusedAttempt] {
            switch outcome {
            case .recorded: []
            case .refused(let why): refused(WhyNot(.refused, why))
            case .conflict(let entries): refused(WhyNot(meanwhile: entries))
            }
        }
        return try await attempting(refused, answered: kept) {
            try await changing(patient) { connection, record, editions in
                let path = try PatientPath(replaying: record.entries, editions: editions)
                site = path.site
                return try await act(wanted, on: path, record.key, reason, person, seen, request, &connection)
            } conflict: {
                ActOutcome.conflict($0)
            }
        }
    }

    private func act(
        _ wanted: ActRequest, on path: PatientPath, _ key: PatientKey?, _ reason: String?, _ person: String,
        _ seen: Int?, _ request: RequestID, _ connection: inout Connection
    ) async throws -> ActOutcome {
        if let done = path.entries.first(where: { $0.request == request }) {
            guard path.repeats(wanted, reason, as: done) else { return .refused(LogError.requestUsed(done).message) }
            try await connection.secureWhatWasRead()
            return .recorded(position: done.position, recordedAt: done.recordedAt, isRepetition: true)
        }
        if let seen, seen != path.head { return .conflict(path.entries.filter { $0.position > seen }) }
        if let objection = try await connection.objection(to: wanted, on: path, hasKey: key != nil) {
            return .refused(objection)
        }
        var writer = RecordWriter(path, key: key, by: person)
        let kind = wanted.kind(digest: try await connection.chain(of: path.patient).last?.digest.hexadecimal ?? "")
        writer.act(kind, because: reason.map { Reason($0) }, request: request)
        let appended = try await connection.append(writer.entries, behind: path.head, as: types)
        if case .erase = wanted {
            try await connection.execute(
                "SELECT pathway.forget_key(\(path.patient.description), \(reason), \(person))")
        }
        return .recorded(
            position: path.head + 1, recordedAt: appended.first.map { Instant($0.recordedAt) } ?? now,
            isRepetition: false)
    }
}

extension ActRequest {
    var needsNoReason: Bool { if case .sign = self { true } else { false } }

    /// The word of the act that it asks for.
    var word: String { kind(digest: "").word }

    /// What else the register of refusals keeps of it.
    var detail: [(String, String)] { if case .sign(let meaning) = self { [("meaning", meaning.rawValue)] } else { [] } }

    func kind(digest: String) -> RecordAct.Kind {
        switch self {
        case .sign(let meaning): .signed(RecordAct.Signature(meaning: meaning, digest: digest))
        case .lock: .locked
        case .unlock: .unlocked
        case .erase: .erased
        }
    }
}

extension Connection {
    /// Why it cannot be done to one record by itself; `nil` if it can. What is locked with its site or the study is unlocked with it.
    mutating func objection(to wanted: ActRequest, on path: PatientPath, hasKey: Bool) async throws -> String? {
        if let objection = path.objection(to: wanted, hasKey: hasKey) { return objection }
        guard case .unlock = wanted else { return nil }
        let closed = try await closedScopes()
        return [Scope.study, .site(path.site)].first { closed.contains($0.word) }.map { scope in
            "the record of patient \(path.patient) is locked with \(scope.title); unlock that, with a reason"
        }
    }
}

extension PatientPath {
    /// Whether what is asked for is what an entry recorded.
    fileprivate func repeats(_ wanted: ActRequest, _ reason: String?, as entry: Entry) -> Bool {
        guard case .act(let act) = entry else { return false }
        switch (wanted, act.kind) {
        case (.sign(let meaning), .signed(let signature)) where signature.meaning == meaning: break
        case (.lock, .locked), (.unlock, .unlocked), (.erase, .erased): break
        default: return false
        }
        return states(reason.map { Reason($0) }, as: act)
    }

    /// Whether a reason is that of an act, as far as it can still be read.
    func states(_ reason: Reason?, as act: RecordAct) -> Bool {
        act.position <= lastErasure || reason?.text == Event.withheld
            || act.reason == reason?.text && act.source == reason?.source
    }

    /// Why it cannot be done, by the record alone; `nil` if it can.
    func objection(to wanted: ActRequest, hasKey: Bool) -> String? {
        switch wanted {
        case .sign where isLocked: "the record of patient \(patient) is locked; unlock it first, with a reason"
        case .sign where events.isEmpty: "nothing stands in the record of patient \(patient)"
        case .lock where isLocked: "the record of patient \(patient) is locked already"
        case .unlock where !isLocked: "the record of patient \(patient) is not locked"
        case .erase where !hasKey && erasure != nil: "what identifies patient \(patient) was erased before"
        case .sign, .lock, .unlock, .erase: nil
        }
    }
}
