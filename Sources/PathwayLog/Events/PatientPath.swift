public import PathwayCore

/// The moment up to which the log is read, and the day up to which what happened counts.
public struct ReadingPoint: Sendable, Hashable {
    /// Entries recorded after it are not read; `nil` reads all.
    public var asOf: Instant?
    /// Milestones after this day are left out of the path; `nil` leaves none out.
    public var through: Day?

    /// Makes a reading point; by default everything is read.
    public init(asOf: Instant? = nil, through: Day? = nil) {
        self.asOf = asOf
        self.through = through
    }
}

/// A patient's record with the path that it replays to.
///
/// What a correction rewound is among the ``entries`` and not on the path.
public struct PatientPath: Sendable {
    /// A signature on the record.
    public struct SignedRecord: Sendable {
        /// Who signed, when, and what it means.
        public let act: RecordAct
        /// The position of the correction that voided it, if one did.
        public let voidedBy: Int?
    }

    /// The whole record: milestones, corrections, signatures, locks, in their order.
    public private(set) var entries: [Entry]
    /// The milestones that stand, in their order; empty if a correction removed all of them.
    public private(set) var events: [Event] = []
    /// The positions of the milestones that corrections took off the path.
    public private(set) var corrected: Set<Int> = []
    /// The positions of the milestones that happened after the day of the reading.
    private var later: Set<Int> = []
    /// The position of the first of them that led the path on: an adverse event recorded behind it was judged where this path never came.
    private var cut: Int?
    private let through: Day?
    /// The version that judged each of ``events``.
    private var treatments: [TreatmentProtocol] = []
    /// Where the patient stands.
    public private(set) var path: Path
    /// The log's number of the version under which the patient is.
    public private(set) var edition: Int
    /// Whether the record is locked.
    public private(set) var isLocked = false
    /// The act that last erased what identifies the patient.
    public private(set) var erasure: RecordAct?
    /// The signatures, in their order.
    public private(set) var signatures: [SignedRecord] = []

    /// The positions behind the last erasure at which something was recorded of the kind that it forgot, and that can be read.
    public var identifyingSinceErasure: [Int] {
        guard let erasure else { return [] }
        return entries.filter { $0.position > erasure.position && $0.holdsIdentity }.map(\.position)
    }

    /// The position of the first entry of which something is sealed that the key does not open, though nobody erased it.
    var firstHidden: Int? {
        entries.first { $0.hidesIdentity && $0.position > (erasure?.position ?? 0) }?.position
    }

    /// The position of the first entry of which something can be read that was erased: its key is there again.
    var firstRevived: Int? {
        erasure.flatMap { erasure in entries.first { $0.position <= erasure.position && $0.holdsIdentity }?.position }
    }

    /// Whether what stood at a position was forgotten.
    public func isErased(_ position: Int) -> Bool { erasure.map { position < $0.position } ?? false }

    /// Replays a record.
    /// - Throws: ``LogError`` if an entry does not lead where the table says it led, with its position.
    init(replaying entries: [Entry], editions: Editions, at point: ReadingPoint = ReadingPoint()) throws {
        let read = point.asOf.map { asOf in entries.filter { $0.recordedAt <= asOf } } ?? entries
        guard let first = read.first else { throw LogError(.contradiction, "a patient without events") }
        self.entries = read
        through = point.through
        edition = first.edition
        path = Path(under: try editions.edition(edition).treatment)
        var last = 0
        for entry in read {
            // A snapshot of one protocol misses what stood under another one before the path was removed and begun anew.
            guard entry.position == last + 1 || events.isEmpty && entry.beginsPath else {
                throw LogError(
                    .contradiction, "the entry at position \(last + 1) of patient \(entry.patient) is missing")
            }
            last = entry.position
            switch entry {
            case .milestone(let event): try replay(event, editions)
            case .act(let act): try take(act, editions)
            }
        }
        guard !later.isEmpty else { return }
        cut = events.first { later.contains($0.position) && $0.milestone.kind != .adverseEvent }?.position
        try replayAgain(events.filter { !later.contains($0.position) }, editions)
    }

    /// Whether a milestone happened on this path but became known only behind the day of the reading.
    private func isOutrun(_ event: Event) -> Bool { cut.map { event.position > $0 } ?? false }

    private mutating func replay(_ event: Event, _ editions: Editions) throws {
        guard !isOutrun(event) else {
            path.note(event.milestone)
            events.append(event)
            treatments.append(path.treatment)
            return
        }
        do {
            if event.edition != edition || events.isEmpty {
                let treatment = try editions.edition(event.edition).treatment
                if events.isEmpty { path = Path(under: treatment) } else { try path.move(to: treatment) }
                edition = event.edition
            }
            try path.follow(
                event.milestone, offProtocol: event.answer == .offProtocol,
                restating: event.restates == nil ? nil : event.restatement)
            guard path.phase.name == event.phaseAfter, path.standing.status == event.statusAfter else {
                throw LogError.contradiction(event, "it leads elsewhere")
            }
            events.append(event)
            treatments.append(path.treatment)
            if let through, path.lastDay(of: event.milestone) > through { later.insert(event.position) }
        } catch let refusal as Refusal {
            throw LogError.contradiction(event, refusal.explanation)
        }
    }

    private mutating func take(_ act: RecordAct, _ editions: Editions) throws {
        switch act.kind {
        case .rewound(let position):
            guard position == 0 || events.contains(where: { $0.position == position }) else {
                throw LogError(
                    .contradiction,
                    "event \(act.position) of patient \(act.patient) goes back to event \(position), which does not stand"
                )
            }
            corrected.formUnion(events.lazy.map(\.position).filter { $0 > position })
            try replayAgain(events.filter { $0.position <= position }, editions)
            signatures = signatures.map { signature in
                SignedRecord(act: signature.act, voidedBy: signature.voidedBy ?? act.position)
            }
        case .signed: signatures.append(SignedRecord(act: act, voidedBy: nil))
        case .locked: isLocked = true
        case .unlocked: isLocked = false
        case .erased: erasure = act
        }
    }

    private mutating func replayAgain(_ kept: [Event], _ editions: Editions) throws {
        events = []
        treatments = []
        path = Path(under: path.treatment)
        for event in kept { try replay(event, editions) }
    }

    /// The record up to the day of the reading: without the milestones that happened later, whether they stand or were corrected.
    public var entriesInView: [Entry] {
        later.isEmpty ? entries : entries.filter { !later.contains($0.position) }
    }

    /// What each of ``events`` did, by the table: replayed once more, this time in words.
    public var steps: [Step] {
        guard var walk = treatments.first.map({ Path(under: $0) }) else { return [] }
        return zip(events, treatments).compactMap { event, treatment in
            // The path was followed before: nothing is refused now.
            try? walk.move(to: treatment)
            if isOutrun(event) { return walk.note(event.milestone) }
            return try? walk.replay(
                event.milestone, offProtocol: event.answer == .offProtocol,
                restating: event.restates == nil ? nil : event.restatement)
        }
    }

    /// The path as it stood behind a position, with the version that judged last.
    func standing(at position: Int, _ editions: Editions) throws -> (path: Path, edition: Int) {
        var earlier = self
        try earlier.replayAgain(events.filter { $0.position <= position }, editions)
        return (earlier.path, earlier.edition)
    }

    /// The milestones that stand, as a correction states them again.
    func recorded(_ editions: Editions) throws -> [RecordedMilestone] {
        try events.map { event in
            RecordedMilestone(
                position: event.position, milestone: event.milestone,
                treatment: try editions.edition(event.edition).treatment,
                // What was forgotten is no reason any more: who states the milestone again gives another.
                deviation: event.deviation?.isEmpty == false ? event.deviation : nil,
                led: event.restatement)
        }
    }

    /// Whether a milestone is an allocation that the service of another log drew, by what an import said: this one never drew it.
    public func isDrawnElsewhere(_ event: Event) -> Bool {
        guard event.isOwnAllocation, event.originAt == nil else { return event.isOwnAllocation }
        let before = entries.first { $0.position == event.restates }
        if case .milestone(let before)? = before { return isDrawnElsewhere(before) }
        return false
    }

    /// The study number.
    public var patient: PatientID { entries[0].patient }
    /// The patient's site.
    public var site: String { entries[entries.count - 1].site }
    /// Whether the patient is made up.
    public var isSynthetic: Bool { entries[0].isSynthetic }
    /// The position of the last entry: what comes next stands behind it.
    public var head: Int { entries[entries.count - 1].position }
}

extension Path {
    /// The day from which the milestone that was taken last counts. One that is known to the month or year counts from its first day, but
    /// not before the milestone that it followed.
    fileprivate func lastDay(of milestone: Milestone) -> Day {
        let day = milestone.on.earliest
        return milestone.kind == .adverseEvent ? day : max(standing.floor ?? day, day)
    }
}

extension Entry {
    /// Whether it holds what an erasure would forget: a birth date, a note, a reason.
    fileprivate var holdsIdentity: Bool {
        switch self {
        case .milestone(let event):
            event.deviation?.isEmpty == false || event.milestone.facts.entries.contains { $0.field.isIdentifying }
        case .act(let act): act.reason != nil || act.source != nil
        }
    }

    /// Whether it holds something of the kind that the patient's key does not open.
    fileprivate var hidesIdentity: Bool {
        switch self {
        case .milestone(let event): event.hidesFacts || event.hidesReason
        case .act(let act): act.hidesReason
        }
    }

    fileprivate var beginsPath: Bool {
        if case .milestone(let event) = self { event.milestone.kind == .enrolled } else { false }
    }

    /// The log's number of the version under which the patient was.
    public var edition: Int {
        switch self {
        case .milestone(let event): event.edition
        case .act(let act): act.edition
        }
    }
}
