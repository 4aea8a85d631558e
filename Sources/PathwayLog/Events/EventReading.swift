internal import PathwayCore
internal import Postgres

extension Event {
    /// Makes an event of the columns of a row, in the order of ``columns``.
    init(
        patient: String, position: Int, edition: Int, site: String, milestone: String, phaseBefore: String,
        phaseAfter: String, statusBefore: String, statusAfter: String, answer: String, occurredOn: PostgresDate,
        precision: String, facts: JSONB, identifying: JSONB?, deviation: String?, stratum: String?, synthetic: Bool,
        recordedBy: String, recordedAt: PostgresTimestamp, originBy: String?, originAt: PostgresTimestamp?,
        request: RequestID
    ) throws {
        var read = Facts()
        try read.add(json: Array(facts.text.utf8)[...])
        if let identifying { try read.add(json: Array(identifying.text.utf8)[...]) }
        try self.init(
            patient: patient, position: position, edition: edition, site: site, milestone: milestone,
            phaseBefore: phaseBefore, phaseAfter: phaseAfter, statusBefore: statusBefore, statusAfter: statusAfter,
            answer: answer, occurredOn: occurredOn, precision: precision, facts: read, deviation: deviation,
            stratum: stratum, synthetic: synthetic, recordedBy: recordedBy, recordedAt: recordedAt, originBy: originBy,
            originAt: originAt, request: request)
    }

    private init(
        patient: String, position: Int, edition: Int, site: String, milestone: String, phaseBefore: String,
        phaseAfter: String, statusBefore: String, statusAfter: String, answer: String, occurredOn: PostgresDate,
        precision: String, facts: Facts, deviation: String?, stratum: String?, synthetic: Bool, recordedBy: String,
        recordedAt: PostgresTimestamp, originBy: String?, originAt: PostgresTimestamp?, request: RequestID
    ) throws {
        guard let id = PatientID(patient), let kind = FieldNames.kinds[milestone],
            let precision = ClinicalDate.Precision(rawValue: precision),
            let statusBefore = Status(rawValue: statusBefore), let statusAfter = Status(rawValue: statusAfter),
            let answer = Transition.Answer(rawValue: answer)
        else {
            throw LogError(
                .contradiction, "event \(position) of patient \(patient) holds a word this program does not know")
        }
        let day = Day(number: occurredOn.daysSince1970)
        self.init(
            patient: id, position: position, edition: edition, site: site,
            milestone: try Milestone(kind, on: ClinicalDate(containing: day, precision: precision), facts: facts),
            phaseBefore: phaseBefore, phaseAfter: phaseAfter, statusBefore: statusBefore, statusAfter: statusAfter,
            answer: answer, deviation: deviation, stratum: stratum, isSynthetic: synthetic, recordedBy: recordedBy,
            recordedAt: Instant(recordedAt), originBy: originBy, originAt: originAt.map { Instant($0) },
            request: request)
    }

    /// Takes an event from a row of a binary COPY of ``columns``.
    static func read(_ row: inout BinaryCopyRow) throws -> Event {
        try Event(
            patient: row.nextText(), position: row.nextInteger(), edition: row.nextInteger(), site: row.nextText(),
            milestone: row.nextText(), phaseBefore: row.nextText(), phaseAfter: row.nextText(),
            statusBefore: row.nextText(), statusAfter: row.nextText(), answer: row.nextText(),
            occurredOn: row.nextDate(), precision: row.nextText(), facts: facts(of: &row),
            deviation: row.nextOptionalText(), stratum: row.nextOptionalText(), synthetic: row.nextFlag(),
            recordedBy: row.nextText(), recordedAt: row.nextTimestamp(), originBy: row.nextOptionalText(),
            originAt: row.nextOptionalTimestamp(), request: row.next())
    }

    /// Both objects of facts, read from the row's own bytes: behind the version of the format, jsonb is text.
    private static func facts(of row: inout BinaryCopyRow) throws -> Facts {
        var facts = Facts()
        for _ in 0..<2 {
            if let bytes = try row.nextBytes() { try facts.add(json: [UInt8](bytes.dropFirst())[...]) }
        }
        return facts
    }
}

extension Connection {
    /// The whole histories of some patients, in the order of patient and position.
    mutating func events(of patients: [PatientID]) async throws -> [Event] {
        try await rows(
            """
            SELECT patient, position, edition, site, milestone, phase_before, phase_after, status_before, status_after,
                   answer, occurred_on, precision, facts, identifying, deviation, stratum, synthetic, recorded_by,
                   recorded_at, origin_by, origin_at, request
            FROM pathway.event WHERE patient = ANY(\(patients.map(\.description))) ORDER BY patient, position
            """, Event.init)
    }
}
