public import PathwayCore
internal import Postgres

/// A milestone that left the protocol and was recorded with a reason.
public struct RegisteredDeviation: Sendable {
    /// Whose it is.
    public let patient: PatientID
    /// The patient's site.
    public let site: String
    /// The event.
    public let event: Event
    /// Whether its reason was erased with what identified the patient.
    public let isErased: Bool
    /// The title of the phase before.
    public let phaseBefore: String
    /// The title of the phase after.
    public let phaseAfter: String
    /// What the protocol would have wanted, each with its source.
    public let rules: [Deviation]
}

/// An attempt that was refused.
public struct RegisteredRefusal: Sendable, Hashable {
    /// Its number in the register.
    public let number: Int
    /// Whose record it was about; `nil` for those of a site as a whole, or without a site of the study.
    public let patient: String?
    /// The site, if it was known.
    public let site: String?
    /// What was attempted, by the names of its facts; what identifies is left out.
    public let attempted: [(name: String, value: String)]
    /// Whether ``attempted`` could be read; if not, it holds the whole text under the name `unreadable`.
    public let isReadable: Bool
    /// `refused`, `off-protocol`, `conflict`, or `not-allowed` where the login lacked a right.
    public let answer: String
    /// Why not.
    public let explanation: String
    /// Where the rule comes from.
    public let citation: String?
    /// Through which door it came.
    public let door: String
    /// Who attempted it.
    public let by: String
    /// The login of the database.
    public let login: String
    /// When.
    public let at: Instant

    /// Whether two have the same number.
    public static func == (left: RegisteredRefusal, right: RegisteredRefusal) -> Bool { left.number == right.number }
    /// Feeds the number.
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

extension PathwayLog {
    /// Goes through the register of deviations, by patient and position.
    /// - Parameter damaged: takes each record that cannot be read or replayed; without it the first is an error.
    public func forEachDeviation(
        at point: ReadingPoint = ReadingPoint(), _ body: (RegisteredDeviation) throws -> Void,
        damaged: ((DamagedRecord) throws -> Void)? = nil
    ) async throws {
        try await forEachPath(
            at: point,
            { path in
                for (event, step) in zip(path.events, path.steps) where event.answer == .offProtocol {
                    let phases = path.path.treatment.phases
                    func title(_ name: String) -> String { phases.first { $0.name == name }?.title ?? name }
                    try body(
                        RegisteredDeviation(
                            patient: path.patient, site: path.site, event: event,
                            isErased: path.isErased(event.position), phaseBefore: title(event.phaseBefore),
                            phaseAfter: title(event.phaseAfter), rules: step.deviations))
                }
            }, damaged: damaged)
    }

    /// The register of refused attempts, the latest first.
    /// - Parameters:
    ///   - patient: of this patient alone.
    ///   - point: attempts after its moment are left out, and what should have happened after its day. An attempt that says no day, such as
    ///     to lock a record, has the one in UTC on which it was made.
    ///   - limit: how many at most.
    public func refusals(
        of patient: PatientID? = nil, at point: ReadingPoint = ReadingPoint(), limit: Int = 1_000
    ) async throws -> [RegisteredRefusal] {
        let through = point.through?.description
        return try await pool.withConnection { connection in
            try await connection.rows(
                """
                SELECT refusal, patient, site, attempted, answer, explanation, citation, door, refused_by, login, refused_at
                FROM pathway.refusal
                WHERE (\(patient?.description) IS NULL OR patient = \(patient?.description))
                  AND refused_at <= coalesce(\(point.asOf.map { PostgresTimestamp($0) }), 'infinity')
                  -- A month or year sorts before its days, so that it counts from its first.
                  AND (\(through) IS NULL OR coalesce(
                      attempted ->> 'on', to_char(refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')) COLLATE "C" <= \(through))
                ORDER BY refusal DESC LIMIT \(limit)
                """
            ) {
                (
                    number: Int, patient: String?, site: String?, attempted: JSONB, answer: String, explanation: String,
                    citation: String?, door: String, by: String, login: String, at: PostgresTimestamp
                ) in
                let read = try? JSONLine.read(Array(attempted.text.utf8)[...])
                return RegisteredRefusal(
                    number: number, patient: patient, site: site,
                    attempted: read ?? [("unreadable", attempted.text)], isReadable: read != nil, answer: answer,
                    explanation: explanation, citation: citation, door: door, by: by, login: login, at: Instant(at))
            }
        }
    }
}

/// One line of the trail of an audit.
public struct TrailLine: Sendable {
    /// When it was recorded.
    public let at: Instant
    /// Whose record.
    public let patient: String
    /// Its place in the patient's record; `nil` behind a randomisation for whoever may not know the arm.
    public let position: Int?
    /// The site.
    public let site: String
    /// The act, or the milestone.
    public let what: String
    /// The position that a correction states again, or to which it rewinds.
    public let about: Int?
    /// The day it happened, as precisely as it is known.
    public let on: ClinicalDate?
    /// Whether the protocol planned it.
    public let answer: String?
    /// The arm of a randomisation; `nil` for whoever may not know it.
    public let arm: String?
    /// Where it led; `nil` for whoever may not know the arm.
    public let phaseAfter: String?
    /// Who recorded it.
    public let by: String
    /// The login of the database.
    public let login: String
}

extension PathwayLog {
    /// The trail of an audit, in the order of time: who recorded what, when.
    ///
    /// Who has no right to the allocation (the role `monitor`) sees neither arms nor what would tell them.
    /// - Throws: ``LogError`` if the login sees no such patient, or saw none then.
    public func forEachTrailLine(
        of patient: PatientID? = nil, at point: ReadingPoint = ReadingPoint(), _ body: (TrailLine) throws -> Void
    ) async throws {
        var last = PostgresTimestamp(microsecondsSince1970: 0)
        while true {
            let lines = try await pool.withConnection { connection in
                try await connection.rows(
                    """
                    SELECT recorded_at, patient, position, site, coalesce(act, milestone), coalesce(restates, follows),
                           occurred_on, precision, answer, arm, phase_after, recorded_by, login, act
                    FROM pathway.audit_trail
                    WHERE recorded_at > \(last)
                      AND (\(patient?.description) IS NULL OR patient = \(patient?.description))
                      AND recorded_at <= coalesce(\(point.asOf.map { PostgresTimestamp($0) }), 'infinity')
                    ORDER BY recorded_at FETCH FIRST 5000 ROWS WITH TIES
                    """
                ) {
                    (
                        at: PostgresTimestamp, patient: String, position: Int?, site: String, what: String, about: Int?,
                        on: PostgresDate?, precision: String?, answer: String?, arm: String?, phaseAfter: String?,
                        by: String, login: String, act: String?
                    ) in
                    let day = on.map { Day(number: $0.daysSince1970) }
                    let date = precision.flatMap(ClinicalDate.Precision.init).flatMap { precision in
                        day.map { ClinicalDate(containing: $0, precision: precision) }
                    }
                    let isRewind = act == "rewound"
                    return TrailLine(
                        at: Instant(at), patient: patient, position: position, site: site, what: what,
                        about: position.flatMap { isRewind ? about ?? 0 : about == $0 - 1 ? nil : about }, on: date,
                        answer: answer,
                        arm: arm, phaseAfter: phaseAfter, by: by, login: login)
                }
            }
            // Pages end between moments, so that their order needs no position.
            let sorted = lines.sorted {
                ($0.at, $0.patient, $0.position ?? 0, $0.answer ?? "") < (
                    $1.at, $1.patient, $1.position ?? 0, $1.answer ?? ""
                )
            }
            for line in sorted { try body(line) }
            if let patient, lines.isEmpty, last.microsecondsSince1970 == 0 {
                throw point.asOf.map { LogError.unknownPatient(patient, asOf: $0) } ?? .unknownPatient(patient)
            }
            guard let end = sorted.last, lines.count >= 5_000 else { return }
            last = PostgresTimestamp(end.at)
        }
    }
}
