internal import PathwayCore

/// One patient's path as it was last seen in the log, with what appending to it needs.
struct Ledger: Sendable {
    private(set) var path: Path
    private(set) var edition: Int
    private(set) var site: String
    private(set) var isSynthetic: Bool
    private(set) var lastRecordedAt: Instant?
    private(set) var positions: [RequestID: Int] = [:]

    /// The ledger of a patient nobody has enrolled, under the version that would take them.
    init(under edition: Edition) {
        path = Path(under: edition.treatment)
        self.edition = edition.number
        site = ""
        isSynthetic = false
    }

    /// Replays a history; each event must lead where the table says it led.
    init(replaying events: [Event], editions: Editions) throws {
        guard let first = events.first else { throw LogError(.contradiction, "a patient without events") }
        self.init(under: try editions.edition(first.edition))
        for event in events { try replay(event, editions: editions) }
    }

    mutating func replay(_ event: Event, editions: Editions) throws {
        do {
            if event.edition != edition { try move(to: try editions.edition(event.edition)) }
            let step = try path.replay(event.milestone, offProtocol: event.answer == .offProtocol)
            guard path.phase.name == event.phaseAfter, step.statusAfter == event.statusAfter,
                event.position == path.standing.position
            else { throw LogError.contradiction(event, "it leads elsewhere") }
        } catch let refusal as Refusal {
            throw LogError.contradiction(event, refusal.explanation)
        }
        note(event.site, event.isSynthetic, event.recordedAt, event.request)
    }

    private mutating func move(to other: Edition) throws(Refusal) {
        try path.move(to: other.treatment)
        edition = other.number
    }

    private mutating func note(_ site: String, _ isSynthetic: Bool, _ recordedAt: Instant, _ request: RequestID) {
        self.site = site
        self.isSynthetic = isSynthetic
        lastRecordedAt = recordedAt
        positions[request] = path.standing.position
    }

    /// Judges an attempt; what is accepted is not part of the path before ``accept(_:recordedAt:)``.
    mutating func judge(_ attempt: Attempt, editions: Editions, today: Day) throws -> Judgement {
        if let name = attempt.edition {
            let wanted = try editions.edition(name, on: attempt.milestone.on.earliest)
            if path.standing.position == 0 {
                path = Path(under: wanted.treatment)
                edition = wanted.number
            } else if name.name != path.treatment.name {
                throw LogError(
                    .unknownProtocol, "the patient is on protocol \"\(path.treatment.name)\", not \"\(name.name)\"")
            } else if name.version != nil, wanted.number != edition {
                do { try move(to: wanted) } catch { return .refused(error) }
            }
        }
        let judgement = path.judge(attempt.milestone, today: today)
        if case .planned = judgement, attempt.deviation != nil {
            return .refused(path.reasonNotNeeded(attempt.milestone))
        }
        return judgement
    }

    /// The event that an accepted step becomes.
    func pending(_ step: Step, _ attempt: Attempt, by person: String, request: RequestID) -> PendingEvent {
        var site = site
        if step.milestone.kind == .enrolled, case .text(let text)? = step.milestone.facts[.site] { site = text }
        let isImported = attempt.by != nil || attempt.recordedElsewhereAt != nil
        return PendingEvent(
            patient: attempt.patient, position: path.standing.position + 1, edition: edition,
            protocolName: path.treatment.name, site: site, step: step,
            phaseBefore: path.treatment.phases[step.phaseBefore].name,
            phaseAfter: path.treatment.phases[step.phaseAfter].name, floorBefore: path.standing.floor,
            randomisation: step.milestone.facts.word(.arm).flatMap { arm in
                step.milestone.kind == .randomised ? path.treatment.randomisation(of: arm)?.name : nil
            },
            deviation: step.answer == .offProtocol ? attempt.deviation : nil,
            isSynthetic: path.standing.position == 0 ? attempt.isSynthetic : isSynthetic, recordedBy: person,
            recordedAfter: lastRecordedAt, originBy: isImported ? attempt.by : nil,
            originAt: attempt.recordedElsewhereAt.map { Instant(microseconds: $0) }, request: request)
    }

    /// Makes an event that the database took part of the path.
    mutating func accept(_ event: PendingEvent, recordedAt: Instant) {
        path.take(event.step)
        note(event.site, event.isSynthetic, recordedAt, event.request)
    }
}

extension LogError {
    static func contradiction(_ event: Event, _ why: String) -> LogError {
        LogError(
            .contradiction,
            "event \(event.position) of patient \(event.patient) contradicts the protocol it was judged under: \(why)")
    }
}
