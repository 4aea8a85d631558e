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
        for (query, kind, words) in TableCheck.checks {
            for (row, patient) in try await rows(query, as: (String.self, String?.self)) {
                report.add(kind, words(row), of: patient)
            }
        }
    }
}

/// The comparisons: each lists the rows that differ, and the patient whose they are.
private enum TableCheck {
    static let checks: [(query: Query, kind: AuditFinding.Kind, words: @Sendable (String) -> String)] = [
        (access, .edited, { "the journal does not say of the access of login \($0) what the table says" }),
        (closedScopes, .edited, { "the journal does not say of the lock of \($0) what the table says" }),
        (snapshots, .edited, { "the snapshot \($0) is not what the journal says was taken" }),
        (allocations, .edited, { "the allocation \($0) is not that of an event" }),
        (claims, .removed, { "the allocation \($0) that the service drew is in no list" }),
        (lists, .edited, { "the list \($0) was not drawn as often as its allocations say" }),
        (movedPatients, .edited, { "who may read the record is not told by the sites that it names: \($0)" }),
    ]

    /// The last that the journal says of each login, role and site.
    private static let access: Query = """
        WITH last AS (
            SELECT DISTINCT ON (j.subject, j.detail->>'role', j.detail->>'site')
                j.subject AS login, j.detail->>'role' AS role, j.detail->>'site' AS site, j.act, j.acted_by
            FROM pathway.journal AS j WHERE j.act IN ('access-granted', 'access-revoked')
            ORDER BY j.subject, j.detail->>'role', j.detail->>'site', j.number DESC
        )
        SELECT format('%s as %s for %s', coalesce(a.login, l.login), coalesce(a.role, l.role), coalesce(a.site, l.site)), NULL
        FROM pathway.access AS a
        FULL JOIN (SELECT * FROM last WHERE act = 'access-granted') AS l
            ON l.login = a.login AND l.role = a.role AND l.site = a.site AND l.acted_by = a.granted_by
        WHERE a.login IS NULL OR l.login IS NULL ORDER BY 1
        """

    private static let closedScopes: Query = """
        WITH last AS (
            SELECT DISTINCT ON (j.subject) j.subject AS scope, j.act FROM pathway.journal AS j
            WHERE j.act IN ('site-locked', 'site-unlocked', 'study-locked', 'study-unlocked')
            ORDER BY j.subject, j.number DESC
        )
        SELECT coalesce('site ' || nullif(coalesce(c.scope, l.scope), '*'), 'the study'), NULL
        FROM (SELECT scope FROM pathway.gate WHERE closed) AS c
        FULL JOIN (SELECT * FROM last WHERE act IN ('site-locked', 'study-locked')) AS l ON l.scope = c.scope
        WHERE c.scope IS NULL OR l.scope IS NULL ORDER BY 1
        """

    private static let snapshots: Query = """
        SELECT coalesce(s.name, j.subject), NULL FROM pathway.snapshot AS s
        FULL JOIN (SELECT * FROM pathway.journal WHERE act = 'snapshot-taken') AS j
            ON j.subject = s.name AND j.detail = pathway.snapshot_detail(s) AND j.acted_by = s.taken_by AND j.login = s.login
        WHERE s.name IS NULL OR j.number IS NULL ORDER BY 1
        """

    private static let allocations: Query = """
        SELECT format('%s of list %s/%s of edition %s', a.number, a.randomisation, a.stratum, a.edition), a.patient
        FROM pathway.allocation AS a
        WHERE NOT EXISTS (
            SELECT FROM pathway.event AS e
            WHERE e.patient = a.patient AND e.edition = a.edition AND e.randomisation = a.randomisation
                AND e.stratum = a.stratum AND e.arm = a.arm AND e.facts->>'allocated-by' = 'pathway'
        ) ORDER BY 1
        """

    /// What a correction states again was drawn before; what another log drew is in its lists.
    private static let claims: Query = """
        SELECT format('of %s to arm %s at position %s', e.randomisation, e.arm, e.position), e.patient
        FROM pathway.event AS e
        WHERE e.milestone = 'randomised' AND e.facts->>'allocated-by' = 'pathway' AND e.restates IS NULL AND e.origin_at IS NULL
            AND NOT EXISTS (
                SELECT FROM pathway.allocation AS a
                WHERE a.patient = e.patient AND a.edition = e.edition AND a.randomisation = e.randomisation
                    AND a.stratum = e.stratum AND a.arm = e.arm
            )
        ORDER BY e.patient, e.position
        """

    private static let lists: Query = """
        SELECT format('%s/%s of edition %s', s.randomisation, s.stratum, s.edition), NULL
        FROM pathway.stratum AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS draws, coalesce(max(a.number), 0) AS last FROM pathway.allocation AS a
            WHERE a.edition = s.edition AND a.randomisation = s.randomisation AND a.stratum = s.stratum
        ) AS a
        WHERE s.drawn <> a.draws OR s.drawn <> a.last ORDER BY 1
        """

    private static let movedPatients: Query = """
        SELECT coalesce(e.sites, m.sites)::text, coalesce(m.patient, e.patient)
        FROM pathway.moved_patient AS m
        FULL JOIN (
            SELECT e.patient, (array_agg(e.site ORDER BY e.position DESC))[1] AS site,
                array_agg(DISTINCT e.site ORDER BY e.site) AS sites
            FROM pathway.event AS e GROUP BY e.patient HAVING min(e.site) <> max(e.site)
        ) AS e ON e.patient = m.patient
        WHERE (m.site, m.sites) IS DISTINCT FROM (e.site, e.sites) ORDER BY 2
        """
}
