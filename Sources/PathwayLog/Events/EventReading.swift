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
        guard let id = PatientID(patient), let kind = FieldNames.kinds[milestone],
            let precision = ClinicalDate.Precision(rawValue: precision),
            let statusBefore = Status(rawValue: statusBefore), let statusAfter = Status(rawValue: statusAfter),
            let answer = Transition.Answer(rawValue: answer)
        else {
            throw LogError(
                .contradiction, "event \(position) of patient \(patient) holds a word this program does not know")
        }
        var read = Facts()
        try read.add(json: Array(facts.text.utf8)[...])
        if let identifying { try read.add(json: Array(identifying.text.utf8)[...]) }
        let day = Day(number: occurredOn.daysSince1970)
        self.init(
            patient: id, position: position, edition: edition, site: site,
            milestone: try Milestone(kind, on: ClinicalDate(containing: day, precision: precision), facts: read),
            phaseBefore: phaseBefore, phaseAfter: phaseAfter, statusBefore: statusBefore, statusAfter: statusAfter,
            answer: answer, deviation: deviation, stratum: stratum, isSynthetic: synthetic, recordedBy: recordedBy,
            recordedAt: Instant(recordedAt), originBy: originBy, originAt: originAt.map { Instant($0) },
            request: request)
    }

    /// Takes an event from a row of a binary COPY of ``columns``.
    static func read(_ row: inout BinaryCopyRow) throws -> Event {
        try Event(
            patient: row.next(), position: Int(row.next(Int32.self)), edition: Int(row.next(Int32.self)),
            site: row.next(), milestone: row.next(), phaseBefore: row.next(), phaseAfter: row.next(),
            statusBefore: row.next(), statusAfter: row.next(), answer: row.next(), occurredOn: row.next(),
            precision: row.next(), facts: row.next(), identifying: row.next(), deviation: row.next(),
            stratum: row.next(), synthetic: row.next(), recordedBy: row.next(), recordedAt: row.next(),
            originBy: row.next(), originAt: row.next(), request: row.next())
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
