import PathwayCore
import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// The same log in memory, column by column as the server sends it, so that changes are made by the hundred thousand.
struct MemoryLog: Sendable {
    /// A row of `pathway.event` or `pathway.journal`: the columns that are part of the record, and its transaction.
    struct Row: Sendable {
        var columns: [[UInt8]?]
        var transaction: Int
    }

    struct Seal: Sendable {
        var number: Int
        var chain: String
        var position: Int
        var digest: Digest
    }

    /// The rows of each patient, and of the journal under the empty name.
    var chains: [String: [Row]] = [:]
    var seals: [Seal] = []
    var history = SealingHistory(passes: [], next: nil)

    /// Reads the log once.
    init(_ connection: inout Connection) async throws {
        for (chain, query) in [
            (
                nil as String?,
                """
                COPY (SELECT e.xid, \(CanonicalRow.eventColumns) FROM pathway.event AS e ORDER BY e.patient, e.position)
                TO STDOUT (FORMAT binary)
                """ as Query
            ),
            (
                "",
                """
                COPY (SELECT j.xid, \(CanonicalRow.journalColumns) FROM pathway.journal AS j ORDER BY j.number)
                TO STDOUT (FORMAT binary)
                """
            ),
        ] {
            var reader = BinaryCopyReader()
            var rows: [(String, Row)] = []
            try await connection.copyOut(query) { chunk in
                try reader.read(chunk) { row in
                    let transaction = Int(try row.next(Int64.self))
                    var columns: [[UInt8]?] = []
                    while row.column < row.columnCount { columns.append(try row.nextBytes().map { [UInt8]($0) }) }
                    let patient = chain ?? String(decoding: columns[0] ?? [], as: UTF8.self)
                    rows.append((patient, Row(columns: columns, transaction: transaction)))
                }
            }
            for (patient, row) in rows { chains[patient, default: []].append(row) }
        }
        seals = try await connection.rows(
            "SELECT number, chain, position, digest FROM pathway.seal ORDER BY number",
            as: (Int.self, String.self, Int.self, [UInt8].self)
        ).map { number, chain, position, digest in
            Seal(number: number, chain: chain, position: position, digest: try #require(Digest(bytes: digest)))
        }
        let passes = try await connection.rows(
            "SELECT size, horizon, epoch, sealed_at FROM pathway.sealing ORDER BY sealing",
            as: (Int.self, Int.self, Int.self, PostgresTimestamp.self)
        ).map { size, horizon, epoch, at in
            SealingHistory.Pass(
                size: size, horizon: horizon, epoch: epoch, at: .init(microseconds: at.microsecondsSince1970))
        }
        let next = try await connection.row(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", as: Int.self)
        history = SealingHistory(passes: passes, next: next)
    }

    /// The leaves, as they are kept outside at a checkpoint.
    func leaves(_ size: Int) -> [Leaf] {
        seals.prefix(size).map { Leaf(chain: $0.chain, position: $0.position, digest: $0.digest) }
    }
}

extension MemoryLog.Row {
    /// The position, which stands behind the study number, or first in the journal.
    func position(in chain: String) -> Int {
        (columns[chain.isEmpty ? 0 : 1] ?? []).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func move(to position: Int, in chain: String) {
        if !chain.isEmpty { columns[0] = Array(chain.utf8) }
        columns[chain.isEmpty ? 0 : 1] = withUnsafeBytes(of: Int32(position).bigEndian) { [UInt8]($0) }
    }

    /// The row in the binary format of COPY.
    var binary: [UInt8] {
        var bytes = withUnsafeBytes(of: Int16(columns.count).bigEndian) { [UInt8]($0) }
        for column in columns {
            bytes += withUnsafeBytes(of: Int32(column?.count ?? -1).bigEndian) { [UInt8]($0) }
            bytes += column ?? []
        }
        return bytes
    }

    /// The row as the product reads it.
    func read(in chain: String) -> Result<CanonicalRow, PostgresError> {
        var bytes: [UInt8] = [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]
        bytes += binary
        var result: Result<CanonicalRow, PostgresError>?
        var reader = BinaryCopyReader()
        var encoder = CanonicalEncoder(domain: chain.isEmpty ? CanonicalRow.journalDomain : CanonicalRow.eventDomain)
        try? bytes.withUnsafeBytes { chunk in
            try reader.read(chunk) { row in
                do throws(PostgresError) {
                    result = .success(
                        chain.isEmpty
                            ? try CanonicalRow(journal: &row, &encoder) : try CanonicalRow(event: &row, &encoder))
                } catch { result = .failure(error) }
            }
        }
        return result ?? .failure(PostgresError(.decoding, "the row cannot be read"))
    }
}
