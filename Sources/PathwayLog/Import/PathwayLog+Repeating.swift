internal import PathwayCore
internal import PathwayProof
internal import Postgres

extension PathwayLog {
    /// Does to a record what was done to it in another log: a correction with what it stated anew, a signature, a lock.
    ///
    /// The milestones are judged as a coordinator's correction is. What is refused is kept in the register of refusals.
    /// - Parameter attempts: what a correction states anew, or why it must wait.
    /// - Returns: whether it was not done before.
    /// - Throws: why it cannot be done; then nothing is.
    func repeatAct(_ line: ActLine, by person: String, _ attempts: () throws -> [Attempt]) async throws -> Bool {
        var before: PatientPath?
        var stated: [Attempt] = []
        return try await attempting {
            [line.refused($0, on: before, stating: stated, by: person)]
        } _: {
            stated = try attempts()
            return try await changing(line.patient) { connection, record, editions in
                let path = try PatientPath(replaying: record.entries, editions: editions)
                before = path
                return try await repeatAct(line, stated, on: path, record.key, person, editions, &connection)
            } conflict: { entries in
                .failure(LogError(.busy, WhyNot(meanwhile: entries).explanation, hint: "import the line again"))
            }.get()
        }
    }

    private func repeatAct(
        _ line: ActLine, _ attempts: [Attempt], on path: PatientPath, _ key: PatientKey?, _ person: String,
        _ editions: Editions, _ connection: inout Connection
    ) async throws -> Result<Bool, LogError> {
        if let request = line.request, let done = path.entries.first(where: { $0.request == request }) {
            guard path.repeats(line, attempts, as: done) else { throw LogError.requestUsed(done) }
            return .success(false)
        }
        var writer = RecordWriter(path, key: key, by: person)
        let origin = Origin(by: line.by, at: line.at.map { Instant(microseconds: $0) })
        let reason = line.why.map { Reason($0, source: line.source) }
        if let position = line.to {
            try restate(line, attempts, from: path, to: position, reason, origin, editions, &writer)
        } else {
            let wanted = try line.wanted
            if let objection = try await connection.objection(to: wanted, on: path, hasKey: true) {
                throw LogError(.impossibleCorrection, objection)
            }
            // What was signed elsewhere nobody can compute here; what says that it was signed here is compared.
            if case .sign = wanted, line.by == nil, line.at == nil,
                try await connection.chain(of: path.patient).last?.digest.hexadecimal != line.digest
            {
                throw LogError(
                    .impossibleCorrection, "the digest is not that of the record of patient \(path.patient)",
                    hint: "a signature of another log says who signed there and when, as \"by\" and \"at\"")
            }
            writer.act(
                wanted.kind(digest: line.digest ?? ""), because: reason, request: line.request ?? .random(),
                origin: origin)
        }
        if let refusal = try await connection.lockedSite(taking: writer, from: path) { throw refusal }
        _ = try await connection.append(writer.entries, behind: path.head, as: types)
        if line.act == "erased" {
            try await connection.execute(
                "SELECT pathway.forget_key(\(line.patient.description), \(line.why), \(person))")
        }
        return .success(true)
    }

    private func restate(
        _ line: ActLine, _ attempts: [Attempt], from path: PatientPath, to position: Int, _ reason: Reason?,
        _ origin: Origin,
        _ editions: Editions, _ writer: inout RecordWriter
    ) throws {
        guard !path.isLocked else {
            throw LogError(.impossibleCorrection, "the record of patient \(path.patient) is locked")
        }
        guard position == 0 || path.events.contains(where: { $0.position == position }), position < path.head,
            let reason
        else {
            throw LogError(
                .impossibleCorrection, "patient \(path.patient) has no milestone that stands at position \(position)")
        }
        if let refusal = path.undoneAllocation(by: attempts, behind: position) { throw refusal }
        var (walk, number) = try path.standing(at: position, editions)
        writer.rewind(
            to: position, standing: (walk, number), because: reason, request: line.request ?? .random(), origin: origin)
        var statements: [Statement] = []
        for attempt in attempts {
            let before = path.events.first { $0.position == attempt.restates }
            if let again = attempt.restates, before == nil {
                throw LogError(
                    .impossibleCorrection,
                    "patient \(path.patient) has no milestone that stands at position \(again) to be stated again")
            }
            if let name = attempt.edition {
                number = try editions.edition(name, on: attempt.milestone.on.earliest).number
            } else if let before {
                number = before.edition
            }
            let edition = try editions.edition(number)
            if walk.standing.position == 0 {
                walk = Path(under: edition.treatment)
            } else {
                try walk.move(to: edition.treatment)
            }
            let judgement =
                before.map { walk.judge(attempt.milestone, restating: $0.restatement) }
                ?? walk.judge(attempt.milestone, today: today)
            if case .refused(let refusal) = judgement { throw refusal }
            guard let step = judgement.step else { continue }
            if step.answer == .offProtocol, attempt.deviation == nil {
                throw LogError(
                    .impossibleCorrection,
                    "leaves the protocol: \(step.deviations.map(\.rule).joined(separator: "; "))",
                    hint: "give the reason as \"deviation\"")
            }
            walk.take(step)
            statements.append(Statement(restates: attempt.restates, milestone: step.milestone))
            writer.state(
                step, under: edition, restates: attempt.restates, deviation: attempt.deviation,
                request: attempt.request ?? .random(),
                origin: Origin(by: attempt.by, at: attempt.recordedElsewhereAt.map { Instant(microseconds: $0) }))
        }
        // What was withheld from an export may be what was corrected: a day of birth that was erased since.
        if reason.text != Event.withheld, path.stays(as: statements, behind: position) { throw LogError.changesNothing }
    }
}

extension PatientPath {
    /// Whether a line, with what it states anew, is what an entry recorded.
    fileprivate func repeats(_ line: ActLine, _ attempts: [Attempt], as entry: Entry) -> Bool {
        guard case .act(let act) = entry, act.kind.word == line.act,
            states(line.why.map { Reason($0, source: line.source) }, as: act)
        else { return false }
        switch act.kind {
        case .rewound(let position): return position == line.to && states(attempts, with: act)
        case .signed(let signature):
            return (signature.meaning.rawValue, signature.digest) == (line.meaning, line.digest)
        case .locked, .unlocked, .erased: return true
        }
    }

    /// Why what an imported correction states behind a position cannot be: what the service drew stays as it was drawn, and nobody
    /// states by hand that it drew.
    fileprivate func undoneAllocation(by attempts: [Attempt], behind position: Int) -> Refusal? {
        for event in events where event.position > position && event.isOwnAllocation {
            let again = attempts.first { $0.restates == event.position }
            if again?.milestone.facts != event.milestone.facts { return path.allocationStands(event.milestone) }
        }
        let claim = attempts.first { attempt in
            attempt.claimsOwnAllocation
                && !events.contains { $0.position == attempt.restates && $0.isOwnAllocation }
        }
        return claim.map { path.unattributed($0.milestone) }
    }
}

extension ActLine {
    /// What the register of refusals keeps of it.
    func refused(
        _ why: WhyNot, on path: PatientPath?, stating attempts: [Attempt], by person: String
    ) -> RefusedAttempt {
        let changes = to.flatMap { position in path?.changes(by: attempts, behind: position) }
        if why.refusal != nil {
            return RefusedAttempt(
                correcting: patient, at: path?.site, under: path?.path.treatment, changes: changes, why, door: .import,
                by: person)
        }
        let meaning = meaning.flatMap(SignatureMeaning.init)?.rawValue
        let detail = [("to", to.map(String.init)), ("meaning", meaning), ("changes", changes == "" ? nil : changes)]
        return RefusedAttempt(
            act, detail.compactMap { name, value in value.map { (name, $0) } }, on: patient, at: path?.site, why,
            door: .import, by: person)
    }

    /// What the line asks for.
    fileprivate var wanted: ActRequest {
        get throws {
            switch act {
            case "locked": return .lock
            case "unlocked": return .unlock
            case "erased": return .erase
            default:
                guard let meaning = meaning.flatMap(SignatureMeaning.init) else {
                    throw LineFault(
                        "\"\(meaning ?? "")\" is no meaning of a signature",
                        hint: "it takes " + SignatureMeaning.allCases.map(\.rawValue).joined(separator: ", "),
                        quoting: meaning ?? "")
                }
                return .sign(meaning)
            }
        }
    }
}
