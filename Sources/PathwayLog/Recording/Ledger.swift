internal import PathwayCore

/// One patient's path as it was last seen in the log, with what appending to it needs.
struct Ledger: Sendable {
    let patient: PatientID
    private(set) var path: Path
    private(set) var edition: Int
    private(set) var site: String
    private(set) var isSynthetic: Bool
    private(set) var isLocked = false
    /// The position of the last entry of the record, 0 for nobody's.
    private(set) var head = 0
    private(set) var lastRecordedAt: Instant?
    private(set) var recorded: [RequestID: Recorded] = [:]
    /// The key of what identifies the patient, if one was made and may be read.
    private(set) var key: PatientKey?
    /// Whether another log recorded every milestone first, by what an import said.
    private(set) var isFromElsewhere = true

    /// The ledger of a patient nobody has enrolled, under the version that would take them.
    init(of patient: PatientID, under edition: Edition) {
        self.patient = patient
        path = Path(under: edition.treatment)
        self.edition = edition.number
        site = ""
        isSynthetic = false
    }

    /// Replays a record; each entry must lead where the table says it led.
    init(replaying record: PatientRecord, editions: Editions) throws {
        self.init(try PatientPath(replaying: record.entries, editions: editions), key: record.key)
    }

    init(_ replayed: PatientPath, key: PatientKey?) {
        patient = replayed.patient
        path = replayed.path
        edition = replayed.edition
        site = replayed.site
        isSynthetic = replayed.isSynthetic
        isLocked = replayed.isLocked
        head = replayed.head
        lastRecordedAt = replayed.entries.last?.recordedAt
        recorded = replayed.recorded
        for entry in replayed.entries {
            if case .milestone(let event) = entry, event.originAt == nil { isFromElsewhere = false }
        }
        self.key = key
    }

    private mutating func move(to other: Edition) throws(Refusal) {
        try path.move(to: other.treatment)
        edition = other.number
    }

    /// Judges an attempt; what is accepted is not part of the path before ``accept(_:recordedAt:)``.
    /// - Parameter closed: the sites, or `*` for the study, that take no patients.
    mutating func judge(
        _ attempt: Attempt, editions: Editions, today: Day, closed: Set<String> = []
    ) throws -> Judgement {
        if isLocked { return .refused(path.recordLocked(attempt.milestone)) }
        if attempt.milestone.kind == .enrolled, path.standing.position == 0,
            case .text(let site)? = attempt.milestone.facts[.site],
            let refusal = path.refusal(of: attempt.milestone, at: site, closed: closed)
        {
            return .refused(refusal)
        }
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

    /// The refusal of an attempt whose request recorded something else; `nil` if it is a repetition.
    func refusal(of attempt: Attempt, repeating before: Recorded) -> Refusal? {
        before.difference(from: attempt).map { path.requestUsed(attempt.milestone, $0) }
    }

    /// The entry that an accepted step becomes.
    func pending(_ step: Step, _ attempt: Attempt, by person: String, request: RequestID) -> PendingEntry {
        var entry = pendingEntry(by: person, request: request)
        if step.milestone.kind == .enrolled {
            if case .text(let text)? = step.milestone.facts[.site] { entry.site = text }
            entry.follows = nil
        }
        if path.standing.position == 0 { entry.isSynthetic = attempt.isSynthetic }
        entry.take(step, under: path.treatment, floorBefore: path.standing.floor)
        if step.answer == .offProtocol { entry.reason = attempt.deviation.map { Reason($0) } }
        if attempt.by != nil || attempt.recordedElsewhereAt != nil {
            entry.origin = Origin(
                by: attempt.by, at: attempt.recordedElsewhereAt.map { Instant(microseconds: $0) })
        }
        return entry
    }

    /// The entry that comes next and changes nothing yet.
    func pendingEntry(by person: String, request: RequestID) -> PendingEntry {
        PendingEntry(
            of: patient, at: head + 1, on: path, edition: edition, site: site, isSynthetic: isSynthetic,
            isLocked: isLocked, recordedAfter: lastRecordedAt, key: key, by: person, request: request)
    }

    /// Makes an entry that the database took part of the path.
    mutating func accept(_ entry: PendingEntry, recordedAt: Instant) {
        if let step = entry.step {
            path.take(step)
            if entry.origin?.at == nil { isFromElsewhere = false }
        }
        site = entry.site
        isSynthetic = entry.isSynthetic
        isLocked = entry.lockedAfter
        head = entry.position
        key = entry.key ?? key
        lastRecordedAt = recordedAt
        recorded[entry.request] = Recorded(entry)
    }
}

extension Path {
    /// Why nobody is enrolled at a site: it is locked, or the study (`*`) with all of them.
    func refusal(of milestone: Milestone, at site: String, closed: Set<String>) -> Refusal? {
        if closed.contains(Scope.study.word) { return studyLocked(milestone) }
        return closed.contains(site) ? siteLocked(milestone, site) : nil
    }
}

extension LogError {
    static func contradiction(_ event: Event, _ why: String) -> LogError {
        LogError(
            .contradiction,
            "event \(event.position) of patient \(event.patient) contradicts the protocol it was judged under: \(why)")
    }
}
