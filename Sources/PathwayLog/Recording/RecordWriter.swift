internal import PathwayCore

/// Several entries that are added to one record together: a correction with what it states again, or an act.
struct RecordWriter {
    private var path: Path
    private var edition: Int
    private var site: String
    private let isSynthetic: Bool
    private let person: String
    private let patient: PatientID
    private var isLocked: Bool
    private var head: Int
    private let lastRecordedAt: Instant?
    private var key: PatientKey?
    /// What is to be appended, in its order.
    private(set) var entries: [PendingEntry] = []

    /// Begins behind the last entry of a record.
    init(_ record: PatientPath, key: PatientKey?, by person: String) {
        path = record.path
        edition = record.edition
        site = record.site
        isSynthetic = record.isSynthetic
        isLocked = record.isLocked
        head = record.head
        lastRecordedAt = record.entries.last?.recordedAt
        patient = record.patient
        self.key = key
        self.person = person
    }

    private func next(_ request: RequestID) -> PendingEntry {
        PendingEntry(
            of: patient, at: head + 1, on: path, edition: edition, site: site, isSynthetic: isSynthetic,
            isLocked: isLocked, recordedAfter: lastRecordedAt, key: key, by: person, request: request)
    }

    private mutating func add(_ entry: PendingEntry) {
        var entry = entry
        entry.provideKey()
        key = entry.key
        isLocked = entry.lockedAfter
        head = entry.position
        entries.append(entry)
    }

    /// Goes back to the standing behind a position; 0 is the beginning of the path.
    mutating func rewind(
        to position: Int, standing: (path: Path, edition: Int), because reason: Reason, request: RequestID,
        origin: Origin? = nil
    ) {
        (path, edition) = standing
        var entry = next(request)
        entry.act = .rewound(to: position)
        entry.follows = position == 0 ? nil : position
        entry.reason = reason
        entry.origin = origin
        add(entry)
    }

    /// States a milestone on the path as it is now.
    mutating func state(
        _ step: Step, under other: Edition, restates position: Int?, deviation: String?, request: RequestID,
        origin: Origin? = nil
    ) {
        // Whoever planned the step has moved the path to this version too.
        if path.standing.position == 0 {
            path = Path(under: other.treatment)
        } else {
            try? path.move(to: other.treatment)
        }
        edition = other.number
        if case .text(let text)? = step.milestone.facts[.site], step.milestone.kind == .enrolled { site = text }
        var entry = next(request)
        if step.milestone.kind == .enrolled { entry.follows = nil }
        entry.restates = position
        entry.take(step, under: other.treatment, floorBefore: path.standing.floor)
        if step.answer == .offProtocol { entry.reason = deviation.map { Reason($0) } }
        entry.origin = origin
        path.take(step)
        add(entry)
    }

    /// Adds an act that changes neither phase nor status.
    mutating func act(_ kind: RecordAct.Kind, because reason: Reason?, request: RequestID, origin: Origin? = nil) {
        var entry = next(request)
        entry.act = kind
        entry.reason = reason
        entry.origin = origin
        switch kind {
        case .locked: entry.lockedAfter = true
        case .unlocked: entry.lockedAfter = false
        case .rewound, .signed, .erased: break
        }
        add(entry)
    }
}

/// Who recorded something in the log that it was exported from, and when.
struct Origin: Sendable {
    let by: String?
    let at: Instant?
}
