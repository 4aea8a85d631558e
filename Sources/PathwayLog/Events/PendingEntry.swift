internal import PathwayCore
internal import Postgres

/// An entry on its way into the log: a judged milestone, or an act on the record.
struct PendingEntry: Sendable {
    let patient: PatientID
    let position: Int
    /// The entry from whose standing it goes on; `nil` for a path's beginning.
    var follows: Int?
    var act: RecordAct.Kind?
    var restates: Int?
    var edition: Int
    let protocolName: String
    var site: String
    private(set) var step: Step?
    var phaseBefore: String
    var phaseAfter: String
    var statusBefore: Status
    var statusAfter: Status
    /// The latest day of the path before it; `nil` before its beginning.
    var floorBefore: Day?
    var floorAfter: Day?
    var lockedBefore: Bool
    var lockedAfter: Bool
    /// The number of the arrow that was taken; 0 for an act.
    private(set) var transition = 0
    private(set) var randomisation: String?
    var reason: Reason?
    var isSynthetic: Bool
    let recordedBy: String
    /// The entry before it in the patient's record was recorded then.
    let recordedAfter: Instant?
    var origin: Origin?
    let request: RequestID
    /// The patient's key; `nil` as long as nothing of the patient had to be sealed.
    private(set) var key: PatientKey?
    /// Whether the key was made for this entry.
    private(set) var keyIsNew = false

    /// The entry at a position, on the standing that the path has before it.
    init(
        of patient: PatientID, at position: Int, on path: Path, edition: Int, site: String, isSynthetic: Bool,
        isLocked: Bool, recordedAfter: Instant?, key: PatientKey?, by person: String, request: RequestID
    ) {
        self.patient = patient
        self.position = position
        follows = position == 1 ? nil : position - 1
        self.edition = edition
        protocolName = path.treatment.name
        self.site = site
        phaseBefore = path.phase.name
        phaseAfter = phaseBefore
        statusBefore = path.standing.status
        statusAfter = statusBefore
        floorBefore = path.standing.floor
        floorAfter = floorBefore
        lockedBefore = isLocked
        lockedAfter = isLocked
        self.isSynthetic = isSynthetic
        recordedBy = person
        self.recordedAfter = recordedAfter
        self.request = request
        self.key = key
    }

    /// Makes it the record of a milestone.
    mutating func take(_ step: Step, under treatment: TreatmentProtocol, floorBefore: Day?) {
        self.step = step
        transition = step.transition ?? treatment.statusArrow(step.milestone.kind, in: step.phaseBefore)
        phaseBefore = treatment.phases[step.phaseBefore].name
        phaseAfter = treatment.phases[step.phaseAfter].name
        statusBefore = step.statusBefore
        statusAfter = step.statusAfter
        let day = step.milestone.on.earliest
        self.floorBefore = floorBefore
        floorAfter = floorBefore.map { step.milestone.kind == .adverseEvent ? $0 : max($0, day) } ?? day
        if step.milestone.kind == .randomised {
            randomisation = step.milestone.facts.word(.arm).flatMap { treatment.randomisation(of: $0)?.name }
        }
    }

    /// Whether something in it has to be sealed.
    var isSecret: Bool { reason != nil || step?.milestone.facts.entries.contains { $0.field.isIdentifying } == true }

    /// Whether it seals a NUL, which no line of an export can hold.
    fileprivate var sealsNull: Bool {
        let facts = step?.milestone.facts.entries ?? []
        let texts = facts.filter { $0.field.isIdentifying }.map { $0.field.text($0.value) }
        return (texts + [reason?.text, reason?.source].compactMap(\.self)).contains { $0.utf8.contains(0) }
    }

    /// Gives it a key of its own if it needs one and has none.
    mutating func provideKey() {
        guard key == nil, isSecret else { return }
        key = .random()
        keyIsNew = true
    }
}

extension PendingEntry {
    private var facts: JSONB {
        if case .signed(let signature) = act {
            var bytes: [UInt8] = [UInt8(ascii: "{")]
            JSONLine.append("meaning", signature.meaning.rawValue, to: &bytes)
            JSONLine.append("digest", signature.digest, to: &bytes)
            return JSONB(utf8: bytes + [UInt8(ascii: "}")])
        }
        return JSONB(step?.milestone.facts.json(identifying: false) ?? "{}")
    }

    private func sealed(_ text: [UInt8]?) -> [UInt8]? {
        guard let text else { return nil }
        guard let key else { preconditionFailure("what identifies is sealed with a key") }
        return key.sealed(text, of: patient.description)
    }

    /// Writes the fields of `pathway.entry`, in their order.
    func write(to row: inout PostgresRows) {
        let milestone = step?.milestone
        row.append(patient.description)
        row.append(Int32(position))
        row.append(follows.map(Int32.init))
        row.append(act?.word)
        row.append(restates.map(Int32.init))
        row.append(Int32(edition))
        row.append(protocolName)
        row.append(site)
        row.append(milestone?.kind.rawValue)
        row.append(Int32(transition))
        row.append(step == nil ? "act" : step?.transition == nil ? "status" : step?.arrow.rawValue ?? "")
        row.append(phaseBefore)
        row.append(phaseAfter)
        row.append(statusBefore.rawValue)
        row.append(statusAfter.rawValue)
        row.append(step?.answer.rawValue)
        row.append(milestone?.on.earliest.postgres)
        row.append(milestone?.on.precision.rawValue)
        row.append(floorBefore?.postgres ?? .beforeAllDays)
        row.append(floorAfter?.postgres ?? .beforeAllDays)
        row.append(lockedBefore)
        row.append(lockedAfter)
        row.append(facts)
        row.append(sealed(milestone?.facts.json(identifying: true).map { Array($0.utf8) }))
        row.append(sealed(reason?.json))
        row.append(randomisation)
        row.append(randomisation == nil ? "" : milestone?.facts.word(.arm) ?? "")
        row.append(step?.stratum)
        row.append(isSynthetic)
        row.append(recordedBy)
        row.append(origin?.by)
        row.append((origin?.at).map(PostgresTimestamp.init))
        row.append(request)
        row.append(recordedAfter.map(PostgresTimestamp.init))
    }

    /// How many fields `pathway.entry` has.
    static let columns = 34
}

/// What the database took: whose entry, where, when.
typealias Appended = (patient: String, position: Int32, recordedAt: PostgresTimestamp)

extension Connection {
    /// Appends entries in one statement, which fails if a place or request of one is taken.
    ///
    /// They are sorted by patient, so that two batches take their locks in one order.
    /// - Parameter skipping: leave such an entry out of the answer instead, which costs more.
    mutating func append(
        _ entries: [PendingEntry], as types: EntryTypes, skipping: Bool = false
    ) async throws -> [Appended] {
        if let entry = entries.first(where: { $0.isSecret && $0.sealsNull }) {
            throw LogError(.unwritableText, "a note or reason for patient \"\(entry.patient)\" holds a NUL character")
        }
        var rows = PostgresRows(of: types.row, columns: PendingEntry.columns)
        for entry in entries { rows.appendRow { entry.write(to: &$0) } }
        let made = entries.filter(\.keyIsNew)
        return try await self.rows(
            """
            SELECT entry_patient, entry_position, entry_recorded_at FROM pathway.append(
                \(rows, as: types.array), \(made.map(\.patient.description)), \(made.compactMap(\.key?.bytes)), \(skipping))
            """, as: (String.self, Int32.self, PostgresTimestamp.self))
    }

    /// Appends entries of one record together, or throws that somebody was faster.
    mutating func append(
        _ entries: [PendingEntry], behind seen: Int, as types: EntryTypes
    ) async throws -> [Appended] {
        do {
            return try await append(entries, as: types)
        } catch let error as PostgresError
            where error.sqlState == .uniqueViolation && error.constraint != "one_allocation_a_randomisation"
        {
            throw AppendConflict(seen: seen)
        }
    }
}

/// The numbers that one database has for the type of an entry and for its arrays.
struct EntryTypes: Sendable {
    let row: PostgresType
    let array: PostgresType

    static func load(_ connection: inout Connection) async throws -> EntryTypes {
        let (row, array) = try await connection.row(
            "SELECT 'pathway.entry'::regtype::oid, 'pathway.entry[]'::regtype::oid", as: (Int64.self, Int64.self))
        return EntryTypes(row: PostgresType(oid: UInt32(row)), array: PostgresType(oid: UInt32(array)))
    }
}

extension PostgresTimestamp {
    init(_ instant: Instant) { self.init(microsecondsSince1970: instant.microseconds) }
}

extension Instant {
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}
