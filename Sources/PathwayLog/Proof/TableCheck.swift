internal import PathwayCore
internal import Postgres

/// What lies beside the log in tables of its own, compared with the journal, the events and the documents from which it follows.
extension Connection {
    /// Looks whether the documents that the log judges by are those that the journal says were added, and whether each compiles to the rows
    /// that the database checks events against.
    mutating func addChangedEditions(_ editions: Editions, to report: inout AuditReport) async throws {
        let changed = try await rows(
            """
            SELECT e.edition, j.number, coalesce(j.detail->>'edition', '') FROM pathway.edition AS e
            FULL JOIN (SELECT * FROM pathway.journal WHERE act = 'protocol-added') AS j
                ON j.subject = e.protocol AND j.detail->>'version' = e.version::text AND j.detail->>'edition' = e.edition::text
                AND j.detail->>'sha-256' = encode(e.digest, 'hex') AND j.acted_by = e.added_by AND j.login = e.login
            WHERE e.edition IS NULL OR j.number IS NULL ORDER BY e.edition, j.number
            """, as: (Int?.self, Int?.self, String.self))
        for (edition, entry, added) in changed {
            if let edition {
                report.add(
                    .edited,
                    "the protocol document of edition \(edition) is not the one that the journal says was added")
            } else {
                report.add(
                    .removed,
                    "the protocol document that entry \(entry ?? 0) of the journal says was added as edition \(added) is not there"
                )
            }
        }
        for edition in editions.unreadable { report.add(.edited, edition.error.message) }
        for edition in editions.all {
            let compiled = CompiledTables(edition.treatment)
            for (table, leftOut) in CompiledTables.columnsLeftOut {
                for row in try await differing(table, leftOut, compiled, of: edition.number) {
                    report.add(
                        .edited, "\(table) \(row) of edition \(edition.number) is not what its document compiles to")
                }
            }
        }
    }

    /// The rows of a table that are not those of a document, by what names them.
    private mutating func differing(
        _ table: String, _ leftOut: [String], _ compiled: CompiledTables, of edition: Int
    ) async throws -> [String] {
        let compared: Query = """
            WITH stored AS (
                SELECT to_jsonb(t) - \(leftOut) AS row FROM pathway.\(identifier: table) AS t WHERE t.edition = \(Int32(edition))
            ), compiled AS (
                SELECT to_jsonb(t) - \(leftOut) AS row
                FROM jsonb_populate_recordset(NULL::pathway.\(identifier: table), \(compiled.json)->\(table)) AS t
            )
            SELECT DISTINCT coalesce(
                d.row->>'number', d.row->>'phase', nullif(concat_ws('/', d.row->>'randomisation', d.row->>'stratum'), ''),
                concat_ws(' version ', d.row->>'protocol', d.row->>'version'))
            FROM (
                (SELECT * FROM stored EXCEPT SELECT * FROM compiled) UNION ALL (SELECT * FROM compiled EXCEPT SELECT * FROM stored)
            ) AS d ORDER BY 1
            """
        return try await rows(compared.unprepared, as: String.self)
    }

    /// Looks whether access, locks and snapshots are those of the journal, and whether the allocations and the sites of records are those of
    /// the events.
    mutating func addChangedTables(to report: inout AuditReport) async throws {
        for projection in Projection.tables {
            for row in try await differences(of: projection, limit: 10_000) {
                report.add(
                    row.stored == nil ? .removed : .edited,
                    "the \(row.subject) is not what \(projection.origin.rawValue)",
                    of: row.patient)
            }
        }
    }
}
