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

extension Array where Element == PendingEvent {
    /// One statement that appends them all, sorted by patient so that two batches take their locks in one order.
    ///
    /// An event whose place or request is taken is left out of the answer instead of failing its neighbours.
    /// `recorded_at` runs forward for each patient, even if the database's clock does not.
    var insertion: Query {
        // The n-th event of one patient in a batch gets n microseconds more than the first could have.
        var steps: [Int32] = []
        var rank: [PatientID: Int32] = [:]
        for event in self {
            rank[event.patient, default: 0] += 1
            steps.append(rank[event.patient, default: 1])
        }
        return """
            INSERT INTO pathway.event (
                patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after, status_before,
                status_after, answer, occurred_on, precision, floor_before, floor_after, facts, identifying, randomisation,
                arm, stratum, deviation, notes, synthetic, recorded_by, origin_by, origin_at, request, recorded_at)
            SELECT n.patient, n.position, n.edition, n.protocol, n.site, n.milestone, n.transition, n.arrow, n.phase_before,
                   n.phase_after, n.status_before, n.status_after, n.answer, n.occurred_on, n.precision, n.floor_before,
                   n.floor_after, n.facts, n.identifying, n.randomisation, n.arm, n.stratum, n.deviation, n.notes,
                   n.synthetic, n.recorded_by, n.origin_by, n.origin_at, n.request,
                   greatest(statement_timestamp(), n.recorded_after) + n.step * interval '1 microsecond'
            FROM unnest(
                \(map(\.patient.description)), \(map { Int32($0.position) }), \(map { Int32($0.edition) }), \(map(\.protocolName)), \(map(\.site)),
                \(map(\.step.milestone.kind.rawValue)), \(map { $0.step.transition.map(Int32.init) }),
                \(map { $0.step.transition == nil ? nil : $0.step.arrow.rawValue } as [String?]), \(map(\.phaseBefore)),
                \(map(\.phaseAfter)), \(map(\.step.statusBefore.rawValue)), \(map(\.step.statusAfter.rawValue)),
                \(map(\.step.answer.rawValue)), \(map(\.step.milestone.on.earliest.postgres)),
                \(map(\.step.milestone.on.precision.rawValue)), \(map { $0.floorBefore?.postgres } as [PostgresDate?]),
                \(map(\.floorAfter.postgres)), \(map { JSONB($0.step.milestone.facts.json(identifying: false) ?? "{}") }),
                \(map { $0.step.milestone.facts.json(identifying: true).map { JSONB($0) } } as [JSONB?]),
                \(map(\.randomisation)), \(map { $0.randomisation == nil ? nil : $0.step.milestone.facts.word(.arm) } as [String?]),
                \(map(\.step.stratum)), \(map(\.deviation)), \(map { $0.notes.map { JSONB($0) } } as [JSONB?]),
                \(map(\.isSynthetic)), \(map(\.recordedBy)), \(map(\.originBy)),
                \(map { $0.originAt.map(PostgresTimestamp.init) } as [PostgresTimestamp?]), \(map(\.request)),
                \(map { $0.recordedAfter.map(PostgresTimestamp.init) } as [PostgresTimestamp?]), \(steps)
            ) AS n (patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
                    status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, facts,
                    identifying, randomisation, arm, stratum, deviation, notes, synthetic, recorded_by, origin_by,
                    origin_at, request, recorded_after, step)
            ON CONFLICT DO NOTHING
            RETURNING patient, position, recorded_at
            """
    }
}

extension PostgresTimestamp {
    init(_ instant: Instant) { self.init(microsecondsSince1970: instant.microseconds) }
}

extension Instant {
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}
