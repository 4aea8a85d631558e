internal import PathwayCore
internal import PathwayProof
internal import Postgres

/// One entry as the canonical bytes that its digest is taken of.
///
/// The fields, their order and their encoding are specified in the documentation of this module, so that a stranger can verify them in
/// another language. They are taken from the columns themselves and not from what this program reads in them, so that nothing in a
/// row can be changed unseen but the number of its transaction, which says nothing of the patient and is another after a restore.
struct CanonicalRow {
    /// The patient's study number, or empty for the journal.
    let chain: String
    let position: Int
    let recordedAt: Instant
    /// The canonical bytes.
    let record: [UInt8]

    /// The columns of `pathway.event` that are part of the record, in their order, for an `event AS e`.
    static let eventColumns: Query = """
        e.patient, e.position, e.recorded_at, e.follows, e.act, e.restates, e.edition, e.protocol, e.site, e.milestone,
        e.transition, e.arrow, e.phase_before, e.phase_after, e.status_before, e.status_after, e.answer, e.occurred_on,
        e.precision, e.floor_before, e.floor_after, e.locked_before, e.locked_after, e.facts, e.identifying, e.reason,
        e.randomisation, e.arm, e.stratum, e.synthetic, e.recorded_by, e.login, e.origin_by, e.origin_at, e.request
        """

    /// The columns of `pathway.journal AS j`.
    static let journalColumns: Query = "j.number, j.acted_at, j.act, j.subject, j.detail, j.reason, j.acted_by, j.login"

    /// Takes an entry of the log from a row of a binary COPY of ``eventColumns``.
    init(event row: inout BinaryCopyRow, _ encoder: inout CanonicalEncoder) throws(PostgresError) {
        encoder.startAgain()
        chain = try row.nextText()
        position = try row.nextInteger()
        recordedAt = Instant(try row.nextTimestamp())
        encoder.append(text: chain)
        encoder.append(integer: Int64(position))
        encoder.append(microsecondsSince1970: recordedAt.microseconds)
        encoder.append(integer: try row.nextOptionalInteger().map(Int64.init))
        encoder.append(text: try row.nextOptionalText())
        encoder.append(integer: try row.nextOptionalInteger().map(Int64.init))
        encoder.append(integer: Int64(try row.nextInteger()))
        for _ in 0..<3 { encoder.append(text: try row.nextOptionalText()) }
        encoder.append(integer: try row.nextOptionalInteger().map(Int64.init))
        for _ in 0..<6 { encoder.append(text: try row.nextOptionalText()) }
        encoder.append(day: try row.nextDayNumber())
        encoder.append(text: try row.nextOptionalText())
        encoder.append(day: try row.nextDayNumber())
        encoder.append(day: try row.nextDayNumber())
        encoder.append(flag: try row.nextFlag())
        encoder.append(flag: try row.nextFlag())
        encoder.append(object: try row.nextJSONB())
        encoder.append(bytes: try row.nextOptionalBytes())
        encoder.append(bytes: try row.nextOptionalBytes())
        for _ in 0..<3 { encoder.append(text: try row.nextOptionalText()) }
        encoder.append(flag: try row.nextFlag())
        for _ in 0..<3 { encoder.append(text: try row.nextOptionalText()) }
        encoder.append(microsecondsSince1970: try row.nextOptionalTimestamp().map { Instant($0).microseconds })
        encoder.append(bytes: try row.nextOptionalBytes())
        record = encoder.bytes
    }

    /// Takes an entry of the journal from a row of a binary COPY of ``journalColumns``.
    init(journal row: inout BinaryCopyRow, _ encoder: inout CanonicalEncoder) throws(PostgresError) {
        encoder.startAgain()
        chain = ""
        position = try row.nextInteger()
        recordedAt = Instant(try row.nextTimestamp())
        encoder.append(integer: Int64(position))
        encoder.append(microsecondsSince1970: recordedAt.microseconds)
        encoder.append(text: try row.nextText())
        encoder.append(text: try row.nextText())
        encoder.append(object: try row.nextJSONB())
        for _ in 0..<3 { encoder.append(text: try row.nextOptionalText()) }
        record = encoder.bytes
    }

    static let eventDomain = "pathway entry 1"
    static let journalDomain = "pathway journal 1"
}

extension BinaryCopyRow {
    /// A date as days since 1970; `-infinity` as the least number of 32 bits.
    fileprivate mutating func nextDayNumber() throws(PostgresError) -> Int32? {
        let column = column
        guard let bytes = try nextBytes() else { return nil }
        guard bytes.count == 4 else { throw PostgresError(.decoding, "column \(column + 1) does not hold a date") }
        let days = Int32(bigEndian: bytes.loadUnaligned(as: Int32.self))
        // The server's latest day is far below the bound; another type's bits wrap into another number.
        return days == .min || days == .max ? days : days &+ 10_957
    }
}

extension CanonicalEncoder {
    /// Adds an object of texts by its names; one that is no such object, which nobody but an intruder writes, by its text.
    ///
    /// A number that is spelled like a text, or a `null` that was slipped in, makes it another object and so another digest.
    fileprivate mutating func append(object: JSONB) {
        let spelled = object.utf8
        guard let texts = try? JSONLine.read(spelled[...]), Self.spell(texts) == spelled else {
            return append(text: object.text)
        }
        append(named: texts.map { (name: $0.name, text: $0.value) })
    }

    /// An object of texts as the server spells it.
    private static func spell(_ texts: [(name: String, value: String)]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (name, value) in texts {
            if bytes.count > 1 { bytes += ", ".utf8 }
            quote(name, into: &bytes)
            bytes += ": ".utf8
            quote(value, into: &bytes)
        }
        return bytes + "}".utf8
    }

    private static func quote(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20:
                bytes += "\\u00".utf8
                for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 48 + digit : 87 + digit) }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// An entry with the digest of its chain up to it.
struct ChainedRow {
    let row: CanonicalRow
    let digest: Digest
}

extension Connection {
    /// Goes through the canonical rows of the log, or of one patient, in the order of patient and position.
    mutating func forEachCanonicalRow(
        of patient: PatientID? = nil, _ body: (CanonicalRow) throws -> Void
    ) async throws {
        var encoder = CanonicalEncoder(domain: CanonicalRow.eventDomain)
        var reader = BinaryCopyReader()
        let whose: Query = patient.map { "WHERE e.patient = \(literal: $0.description)" } ?? ""
        try await copyOut(
            """
            COPY (SELECT \(CanonicalRow.eventColumns) FROM pathway.event AS e \(whose) ORDER BY e.patient, e.position)
            TO STDOUT (FORMAT binary)
            """
        ) { chunk in
            try reader.read(chunk) { row in try body(CanonicalRow(event: &row, &encoder)) }
        }
    }

    /// Goes through the canonical rows of the journal in their order.
    mutating func forEachJournalRow(_ body: (CanonicalRow) throws -> Void) async throws {
        var encoder = CanonicalEncoder(domain: CanonicalRow.journalDomain)
        var reader = BinaryCopyReader()
        try await copyOut(
            "COPY (SELECT \(CanonicalRow.journalColumns) FROM pathway.journal AS j ORDER BY j.number) TO STDOUT (FORMAT binary)"
        ) { chunk in
            try reader.read(chunk) { row in try body(CanonicalRow(journal: &row, &encoder)) }
        }
    }

    /// A patient's chain.
    /// - Throws: ``LogError`` if an entry is missing: the digests behind it would be those of another record.
    mutating func chain(of patient: PatientID) async throws -> [ChainedRow] {
        var chain: [ChainedRow] = []
        try await forEachCanonicalRow(of: patient) { row in
            guard row.position == chain.count + 1 else {
                throw LogError(
                    .logChanged,
                    "the record of patient \(patient) is not whole: the entry at position \(chain.count + 1) is missing",
                    hint: "\"pathway audit verify\" names what has changed; nothing is signed until it is explained")
            }
            chain.append(ChainedRow(row: row, digest: Chain.next(after: chain.last?.digest, record: row.record)))
        }
        return chain
    }
}
