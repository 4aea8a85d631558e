internal import Crypto
internal import PathwayCore
internal import Postgres

/// What was taken out of the log.
public struct ExportReceipt: Sendable, Hashable {
    /// How many lines.
    public let lines: Int
    /// SHA-256 of all bytes, in hexadecimal.
    public let digest: String
    /// The records that were left out, since they cannot be read or replayed.
    public let damaged: [DamagedRecord]
}

extension PathwayLog {
    /// Gives the whole log as lines of NDJSON, in pieces of some 64 KiB; a round trip through an import is identical.
    ///
    /// A record that cannot be read or replayed is left out whole, and the receipt names it. Who took it out, when, how much and what is written to the journal: before the first byte and behind the last.
    /// - Parameter point: the moment as of which the log is taken; with a day, only milestones that stood then and had happened by that
    ///   day are.
    @discardableResult
    public func export(
        at point: ReadingPoint = ReadingPoint(), by person: String, _ write: ([UInt8]) throws -> Void
    ) async throws -> ExportReceipt {
        let bounds = [("as-of", point.asOf?.description), ("through", point.through?.description)]
            .compactMap { name, value in value.map { (name, $0) } }
        try await note(.exportBegun, "log", [("format", "ndjson")] + bounds, by: person)
        let editions = try await freshEditions()
        var bytes: [UInt8] = []
        var digest = SHA256()
        var last: (patient: PatientID, edition: Int)?
        var count = 0
        func flush() throws {
            digest.update(data: bytes)
            try write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        func add(_ entry: Entry) throws {
            switch entry {
            case .milestone(let event):
                let isNew = last?.patient != event.patient || last?.edition != event.edition
                event.appendLine(
                    to: &bytes, naming: isNew ? try editions.edition(event.edition).treatment : nil,
                    isAlone: point.through != nil)
                last = (event.patient, event.edition)
            case .act(let act): act.appendLine(to: &bytes)
            }
            count += 1
            if bytes.count >= 1 << 16 { try flush() }
        }
        var damaged: [DamagedRecord] = []
        try await forEachRecord(at: point) { record in
            switch record {
            case .success(let path) where point.through != nil:
                for event in path.events { try add(.milestone(event)) }
            case .success(let path): for entry in path.entries { try add(entry) }
            case .failure(let record): damaged.append(record)
            }
        }
        try flush()
        let receipt = ExportReceipt(lines: count, digest: hexadecimal(digest.finalize()), damaged: damaged)
        let leftOut = damaged.isEmpty ? [] : [("left-out", damaged.map(\.patient).joined(separator: " "))]
        try await note(
            .exportEnded, "log",
            [("format", "ndjson")] + bounds + [("lines", String(count)), ("sha-256", receipt.digest)] + leftOut,
            by: person)
        return receipt
    }

    /// Writes to the journal that somebody begins to take data out.
    /// - Parameter subject: of what, such as `snapshot interim-1`.
    public func noteExportBegun(_ subject: String, _ detail: [(String, String)], by person: String) async throws {
        try await note(.exportBegun, subject, detail, by: person)
    }

    /// Writes to the journal what was taken out.
    public func noteExportEnded(_ subject: String, _ detail: [(String, String)], by person: String) async throws {
        try await note(.exportEnded, subject, detail, by: person)
    }

    private func note(
        _ act: ReadingAct, _ subject: String, _ detail: [(String, String)], by person: String
    ) async throws {
        _ = try await pool.withConnection { connection in
            try await connection.row(
                """
                SELECT pathway.note_reading(\(act.rawValue), \(subject), \(JSONB.object(detail)), \(person))
                """, as: Int.self)
        }
    }
}

/// What readers write to the journal.
private enum ReadingAct: String {
    case exportBegun = "export-begun"
    case exportEnded = "export-ended"
}

extension JSONB {
    /// An object of texts.
    static func object(_ entries: [(String, String)]) -> JSONB {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (name, value) in entries { JSONLine.append(name, value, to: &bytes) }
        bytes.append(UInt8(ascii: "}"))
        return JSONB(utf8: bytes)
    }
}

/// Bytes as hexadecimal digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
}
