public import PathwayCore
public import Postgres

/// Where entries are read: with what identifies, or without.
struct EntrySource: Sendable {
    /// The table, or the view for whoever may read no more.
    let table: Query
    /// The key of a row that holds something sealed.
    let key: Query
    /// The request under which it was recorded.
    let request: Query

    static let whole = EntrySource(
        table: "pathway.event",
        key: """
            CASE WHEN e.identifying IS NOT NULL OR e.reason IS NOT NULL
                THEN (SELECT k.key FROM pathway.patient_key AS k WHERE k.patient = e.patient) END
            """,
        request: "e.request")
    static let deidentified = EntrySource(
        table: "pathway.deidentified_event", key: "NULL::bytea", request: "NULL::uuid")
}

/// A row of the log: an entry, and the key under which its secrets are kept.
struct EntryRow {
    let entry: Entry
    let key: PatientKey?

    /// The columns that an entry is made of, in their order.
    static func columns(_ source: EntrySource) -> Query {
        """
        e.patient, e.position, e.follows, e.act, e.restates, e.edition, e.site, e.milestone, e.phase_before, e.phase_after,
        e.status_before, e.status_after, e.answer, e.occurred_on, e.precision, e.facts, e.identifying, e.reason, e.stratum,
        e.synthetic, e.recorded_by, e.login, e.recorded_at, e.origin_by, e.origin_at, \(source.request), \(source.key)
        """
    }

    /// Makes an entry of the columns of a row.
    init(
        patient id: PatientID, position: Int, follows: Int?, act: String?, restates: Int?, edition: Int, site: String,
        milestone: String?, phaseBefore: String, phaseAfter: String, statusBefore: String, statusAfter: String,
        answer: String?, occurredOn: PostgresDate?, precision: String?, facts: JSONB, identifying: [UInt8]?,
        reason: [UInt8]?, stratum: String?, synthetic: Bool, recordedBy: String, login: String,
        recordedAt: PostgresTimestamp, originBy: String?, originAt: PostgresTimestamp?, request: RequestID?,
        key: [UInt8]?
    ) throws {
        let patient = id.description
        let key = key.map { PatientKey(bytes: $0) }
        self.key = key
        let given = try Reason(reason, of: patient, key)
        let hidesReason = reason != nil && given == nil
        if let act {
            let kind = try EntryRow.kind(act, follows, facts.utf8[...], patient, position)
            entry = .act(
                RecordAct(
                    patient: id, position: position, edition: edition, site: site, kind: kind, reason: given?.text,
                    source: given?.source, isSynthetic: synthetic, recordedBy: recordedBy, login: login,
                    recordedAt: Instant(recordedAt), originBy: originBy, originAt: originAt.map { Instant($0) },
                    request: request, hidesReason: hidesReason))
            return
        }
        guard let milestone, let kind = FieldNames.kinds[milestone], let occurredOn, let precision, let answer,
            let precision = ClinicalDate.Precision(rawValue: precision),
            let statusBefore = Status(rawValue: statusBefore), let statusAfter = Status(rawValue: statusAfter),
            let answer = Transition.Answer(rawValue: answer)
        else { throw EntryRow.unknownWord(patient, position) }
        var read = Facts()
        try read.add(json: facts.utf8[...])
        let identity = identifying.flatMap { key?.opened($0, of: patient) }
        if let identity { try read.add(json: identity[...]) }
        let day = Day(number: occurredOn.daysSince1970)
        entry = .milestone(
            Event(
                patient: id, position: position, restates: restates, edition: edition, site: site,
                milestone: try Milestone(kind, on: ClinicalDate(containing: day, precision: precision), facts: read),
                phaseBefore: phaseBefore, phaseAfter: phaseAfter, statusBefore: statusBefore, statusAfter: statusAfter,
                answer: answer, deviation: answer == .offProtocol ? given?.text ?? "" : nil, stratum: stratum,
                isSynthetic: synthetic, recordedBy: recordedBy, login: login, recordedAt: Instant(recordedAt),
                originBy: originBy, originAt: originAt.map { Instant($0) }, request: request,
                hidesFacts: identifying != nil && identity == nil, hidesReason: hidesReason))
    }

    private static func kind(
        _ act: String, _ follows: Int?, _ facts: ArraySlice<UInt8>, _ patient: String, _ position: Int
    ) throws -> RecordAct.Kind {
        switch act {
        case "rewound": return .rewound(to: follows ?? 0)
        case "locked": return .locked
        case "unlocked": return .unlocked
        case "erased": return .erased
        case "signed":
            let detail = Dictionary(try JSONLine.read(facts).map { ($0.name, $0.value) }) { first, _ in first }
            guard let meaning = detail["meaning"].flatMap(SignatureMeaning.init), let digest = detail["digest"] else {
                throw unknownWord(patient, position)
            }
            return .signed(RecordAct.Signature(meaning: meaning, digest: digest))
        default: throw unknownWord(patient, position)
        }
    }

    private static func unknownWord(_ patient: String, _ position: Int) -> LogError {
        LogError(.contradiction, "event \(position) of patient \(patient) holds a word this program does not know")
    }
}

/// Reads the rows of a binary COPY of ``EntryRow/columns(_:)`` one after the other.
///
/// Rows that are sorted repeat most of the texts of the row before; those are not made anew.
struct EntryReader {
    private var patient: PatientID?
    private var site = ""
    private var phase = ""
    private var status = ""
    private var stratum: String?
    private var recordedBy = ""
    private var login = ""

    /// Takes an entry from the next row.
    mutating func read(_ row: inout BinaryCopyRow) throws -> EntryRow {
        let patient = try row.nextPatient(like: patient)
        self.patient = patient
        let (position, follows) = (try row.nextInteger(), try row.nextOptionalInteger())
        let (act, restates) = (try row.nextOptionalText(), try row.nextOptionalInteger())
        let edition = try row.nextInteger()
        site = try row.nextText(like: site)
        let milestone = try row.nextOptionalText()
        let phaseBefore = try row.nextText(like: phase)
        phase = try row.nextText(like: phaseBefore)
        let statusBefore = try row.nextText(like: status)
        status = try row.nextText(like: statusBefore)
        let (answer, occurredOn) = (try row.nextOptionalText(), try row.nextOptionalDate())
        let (precision, facts) = (try row.nextOptionalText(), try row.nextJSONB())
        let (identifying, reason) = (try row.nextOptionalBytes(), try row.nextOptionalBytes())
        stratum = try row.nextOptionalText(like: stratum)
        let synthetic = try row.nextFlag()
        recordedBy = try row.nextText(like: recordedBy)
        login = try row.nextText(like: login)
        return try EntryRow(
            patient: patient, position: position, follows: follows, act: act, restates: restates, edition: edition,
            site: site, milestone: milestone, phaseBefore: phaseBefore, phaseAfter: phase, statusBefore: statusBefore,
            statusAfter: status, answer: answer, occurredOn: occurredOn, precision: precision, facts: facts,
            identifying: identifying, reason: reason, stratum: stratum, synthetic: synthetic, recordedBy: recordedBy,
            login: login, recordedAt: row.nextTimestamp(), originBy: row.nextOptionalText(),
            originAt: row.nextOptionalTimestamp(), request: row.nextOptionalRequest(), key: row.nextOptionalBytes())
    }
}

extension PatientID: PostgresDecodable {
    /// Reads the text of a study number.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard let text = String(postgres: bytes, type: type) else { return nil }
        self.init(text)
    }
}

extension BinaryCopyRow {
    /// Takes the next field as a study number: `last` itself if it is the same.
    fileprivate mutating func nextPatient(like last: PatientID?) throws(PostgresError) -> PatientID {
        let column = column
        let text = try nextText(like: last?.description ?? "")
        if let last, last.description == text { return last }
        guard let patient = PatientID(text) else {
            throw PostgresError(.decoding, "column \(column + 1) does not hold a study number")
        }
        return patient
    }
}

/// Why something was done, and what in the source records supports it, as they are sealed.
struct Reason {
    let text: String
    let source: String?

    init(_ text: String, source: String? = nil) {
        self.text = text
        self.source = source
    }

    /// Opens what is kept; `nil` if there is nothing, or nobody can open it.
    init?(_ sealed: [UInt8]?, of patient: String, _ key: PatientKey?) throws {
        guard let sealed, let bytes = key?.opened(sealed, of: patient) else { return nil }
        let entries = try JSONLine.read(bytes[...])
        text = entries.first { $0.name == "reason" }?.value ?? ""
        source = entries.first { $0.name == "source" }?.value
    }

    var json: [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("reason", text, to: &bytes)
        if let source { JSONLine.append("source", source, to: &bytes) }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

/// A patient's record with the key of what identifies the patient, if it was made and may be read.
struct PatientRecord {
    var entries: [Entry]
    var key: PatientKey?
}

extension Connection {
    /// The whole records of some patients; those that nobody enrolled are not among them.
    mutating func records(
        of patients: [PatientID], in source: EntrySource = .whole
    ) async throws -> [PatientID: PatientRecord] {
        var records: [PatientID: PatientRecord] = [:]
        for row in try await rows(
            """
            SELECT \(EntryRow.columns(source)) FROM \(source.table) AS e
            WHERE e.patient = ANY(\(patients.map(\.description))) ORDER BY e.patient, e.position
            """, EntryRow.init)
        {
            var record = records.removeValue(forKey: row.entry.patient) ?? PatientRecord(entries: [])
            record.entries.append(row.entry)
            record.key = row.key ?? record.key
            records[row.entry.patient] = record
        }
        return records
    }

    /// The whole records of some patients, and those among them that hold what cannot be read.
    mutating func readableRecords(
        of patients: [PatientID]
    ) async throws -> (records: [PatientID: PatientRecord], damaged: [DamagedRecord]) {
        do { return (try await records(of: patients), []) } catch  where DamagedRecord.isCause(error) {
            // One of them is at fault; alone, each gets its own answer.
            var (records, damaged): ([PatientID: PatientRecord], [DamagedRecord]) = ([:], [])
            for patient in patients {
                do { records.merge(try await self.records(of: [patient])) { first, _ in first } } catch
                    where DamagedRecord.isCause(error)
                {
                    damaged.append(DamagedRecord(of: patient.description, error))
                }
            }
            return (records, damaged)
        }
    }
}
