internal import PathwayCore
internal import Postgres

/// A judged attempt on its way into the log.
struct PendingEvent: Sendable {
    let patient: PatientID
    let position: Int
    let edition: Int
    let protocolName: String
    let site: String
    let step: Step
    let phaseBefore: String
    let phaseAfter: String
    let floorBefore: Day?
    let randomisation: String?
    let deviation: String?
    let isSynthetic: Bool
    let recordedBy: String
    /// The event before it in the patient's path was recorded then.
    let recordedAfter: Instant?
    let originBy: String?
    let originAt: Instant?
    let request: RequestID
}

extension PendingEvent {
    /// The latest day of the path with this event.
    var floorAfter: Day {
        let day = step.milestone.on.earliest
        guard let floorBefore else { return day }
        return step.milestone.kind == .adverseEvent ? floorBefore : max(floorBefore, day)
    }

    var notes: String? {
        guard !step.warnings.isEmpty || !step.deviations.isEmpty else { return nil }
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        func add(_ kind: String, _ text: String, _ source: String) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "{"))
            JSONLine.append(kind, text, to: &bytes)
            JSONLine.append("source", source, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        for deviation in step.deviations { add("deviation", deviation.rule, deviation.source) }
        for warning in step.warnings { add("warning", warning.text, warning.source) }
        bytes.append(UInt8(ascii: "]"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PendingEvent {
    fileprivate var arrow: String? { step.transition == nil ? nil : step.arrow.rawValue }
    fileprivate var arm: String? { randomisation == nil ? nil : step.milestone.facts.word(.arm) }
    fileprivate var facts: JSONB { JSONB(step.milestone.facts.json(identifying: false) ?? "{}") }
    fileprivate var identifying: JSONB? { step.milestone.facts.json(identifying: true).map { JSONB($0) } }

    /// The row by itself; for one event this costs half of what arrays do.
    fileprivate var values: Query {
        let milestone = step.milestone
        return """
            (VALUES (
                \(patient.description), \(Int32(position)), \(Int32(edition)), \(protocolName), \(site),
                \(milestone.kind.rawValue), \(step.transition.map(Int32.init)), \(arrow), \(phaseBefore), \(phaseAfter),
                \(step.statusBefore.rawValue), \(step.statusAfter.rawValue), \(step.answer.rawValue),
                \(milestone.on.earliest.postgres), \(milestone.on.precision.rawValue), \(floorBefore?.postgres),
                \(floorAfter.postgres), \(facts), \(identifying), \(randomisation), \(arm), \(step.stratum), \(deviation),
                \(notes.map { JSONB($0) }), \(isSynthetic), \(recordedBy), \(originBy),
                \(originAt.map(PostgresTimestamp.init)), \(request), \(recordedAfter.map(PostgresTimestamp.init)), 1
            ))
            """
    }

    /// Adds the row to a binary COPY of ``copyColumns``.
    func append(to buffer: inout BinaryCopyBuffer, recordedAt: Instant) {
        let milestone = step.milestone
        buffer.appendRow()
        buffer.append(patient.description)
        buffer.append(Int32(position))
        buffer.append(Int32(edition))
        buffer.append(protocolName)
        buffer.append(site)
        buffer.append(milestone.kind.rawValue)
        buffer.append(step.transition.map(Int32.init))
        buffer.append(arrow)
        buffer.append(phaseBefore)
        buffer.append(phaseAfter)
        buffer.append(step.statusBefore.rawValue)
        buffer.append(step.statusAfter.rawValue)
        buffer.append(step.answer.rawValue)
        buffer.append(milestone.on.earliest.postgres)
        buffer.append(milestone.on.precision.rawValue)
        buffer.append(floorBefore?.postgres)
        buffer.append(floorAfter.postgres)
        buffer.append(facts)
        buffer.append(identifying)
        buffer.append(randomisation)
        buffer.append(arm)
        buffer.append(step.stratum)
        buffer.append(deviation)
        buffer.append(notes.map { JSONB($0) })
        buffer.append(isSynthetic)
        buffer.append(recordedBy)
        buffer.append(originBy)
        buffer.append(originAt.map(PostgresTimestamp.init))
        buffer.append(request)
        buffer.append(PostgresTimestamp(recordedAt))
    }
}

extension Array where Element == PendingEvent {
    /// The n-th event of one patient in a batch gets n microseconds more than the first could have.
    private var ranks: [Int32] {
        var rank: [PatientID: Int32] = [:]
        return map { event in
            rank[event.patient, default: 0] += 1
            return rank[event.patient, default: 1]
        }
    }

    /// One statement that appends them all, sorted by patient so that two batches take their locks in one order.
    ///
    /// An event whose place or request is taken is left out of the answer instead of failing its neighbours.
    /// `recorded_at` runs forward for each patient, even if the database's clock does not.
    var insertion: Query {
        """
        INSERT INTO pathway.event (
            patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
            status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, facts, identifying,
            randomisation, arm, stratum, deviation, notes, synthetic, recorded_by, origin_by, origin_at, request,
            recorded_at)
        SELECT n.patient, n.position, n.edition, n.protocol, n.site, n.milestone, n.transition, n.arrow, n.phase_before,
               n.phase_after, n.status_before, n.status_after, n.answer, n.occurred_on, n.precision, n.floor_before,
               n.floor_after, n.facts, n.identifying, n.randomisation, n.arm, n.stratum, n.deviation, n.notes,
               n.synthetic, n.recorded_by, n.origin_by, n.origin_at, n.request,
               greatest(statement_timestamp(), n.recorded_after) + n.step * interval '1 microsecond'
        FROM \(count == 1 ? self[0].values : arrays)
            AS n (patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
                  status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, facts,
                  identifying, randomisation, arm, stratum, deviation, notes, synthetic, recorded_by, origin_by,
                  origin_at, request, recorded_after, step)
        ON CONFLICT DO NOTHING
        RETURNING patient, position, recorded_at
        """
    }

    private var arrays: Query {
        """
        unnest(
            \(map(\.patient.description)), \(map { Int32($0.position) }), \(map { Int32($0.edition) }),
            \(map(\.protocolName)), \(map(\.site)), \(map(\.step.milestone.kind.rawValue)),
            \(map { $0.step.transition.map(Int32.init) }), \(map(\.arrow)), \(map(\.phaseBefore)), \(map(\.phaseAfter)),
            \(map(\.step.statusBefore.rawValue)), \(map(\.step.statusAfter.rawValue)), \(map(\.step.answer.rawValue)),
            \(map(\.step.milestone.on.earliest.postgres)), \(map(\.step.milestone.on.precision.rawValue)),
            \(map { $0.floorBefore?.postgres }), \(map(\.floorAfter.postgres)), \(map(\.facts)), \(map(\.identifying)),
            \(map(\.randomisation)), \(map(\.arm)), \(map(\.step.stratum)), \(map(\.deviation)),
            \(map { $0.notes.map { JSONB($0) } }), \(map(\.isSynthetic)), \(map(\.recordedBy)), \(map(\.originBy)),
            \(map { $0.originAt.map(PostgresTimestamp.init) }), \(map(\.request)),
            \(map { $0.recordedAfter.map(PostgresTimestamp.init) }), \(ranks)
        )
        """
    }

    /// Appends them all with COPY, the fastest way for thousands; a place or request that is taken fails them all.
    /// - Parameter now: the database's clock in this transaction.
    func copy(into connection: inout Connection, now: Instant) async throws {
        let ranks = ranks
        try await connection.copyIn(
            """
            COPY pathway.event (
                patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
                status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, facts, identifying,
                randomisation, arm, stratum, deviation, notes, synthetic, recorded_by, origin_by, origin_at, request,
                recorded_at
            ) FROM STDIN (FORMAT binary)
            """
        ) { writer in
            var buffer = BinaryCopyBuffer(columns: 30)
            for (event, rank) in zip(self, ranks) {
                let after = Swift.max(now, event.recordedAfter ?? now)
                event.append(to: &buffer, recordedAt: Instant(microseconds: after.microseconds + Int64(rank)))
                if buffer.isFull { try await writer.write(&buffer) }
            }
            try await writer.finish(&buffer)
        }
    }
}

extension PostgresTimestamp {
    init(_ instant: Instant) { self.init(microsecondsSince1970: instant.microseconds) }
}

extension Instant {
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}
