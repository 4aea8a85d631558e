internal import Postgres

/// What the database keeps beside the log and what follows from the log, to be compared row by row.
///
/// A replay names the rows that differ, an audit finds in them what was changed behind the program's back.
struct Projection: Sendable {
    /// What in the log it follows from.
    enum Origin: String {
        case entries = "the entries say"
        case journal = "the journal says"
    }

    /// Its name.
    let name: String
    /// What it follows from.
    let origin: Origin
    /// What the log gives, a relation.
    let rebuilt: Query
    /// What the database keeps: the same columns.
    let stored: Query
    /// What a row `d` says, and of whom, in words: an SQL expression.
    let subject: Query
    /// The patient whose row `d` is: an SQL expression.
    let patient: Query
    /// The order of the rows of one subject, and by what two of them are the same: an SQL expression.
    var place: Query = "0"
    /// Whether it is of the log as a whole, so that only an auditor can compare it.
    var takesAuditor = true

    /// Those that hold the present alone, and follow from entries and journal without the protocol.
    static let tables = [movedPatients, gates, access, allocations, lists, snapshots]

    /// The sites of those patients whose entries this login may read: a site knows of those who left it, too.
    static let movedPatients = Projection(
        name: "moved-patient", origin: .entries,
        rebuilt: """
            SELECT e.patient, (array_agg(e.site ORDER BY e.position DESC))[1] AS site, array_agg(DISTINCT e.site ORDER BY e.site) AS sites
            FROM pathway.event AS e GROUP BY e.patient HAVING min(e.site) <> max(e.site)
            """,
        stored: """
            SELECT m.patient, m.site, m.sites FROM pathway.moved_patient AS m
            WHERE EXISTS (SELECT FROM pathway.event AS e WHERE e.patient = m.patient)
                OR has_table_privilege('pathway.journal', 'SELECT')
            """,
        subject: "'site of patient ' || d.patient", patient: "d.patient", takesAuditor: false
    )

    /// What was once locked, by the last that the journal says of it. A gate that was never closed says nothing.
    private static let gates = Projection(
        name: "gate", origin: .journal,
        rebuilt: """
            SELECT j.subject AS scope, (array_agg(j.act ORDER BY j.number DESC))[1] IN ('site-locked', 'study-locked') AS closed,
                (array_agg(j.xid ORDER BY j.number DESC) FILTER (WHERE j.act IN ('site-locked', 'study-locked')))[1] AS closed_in
            FROM pathway.journal AS j
            WHERE j.act IN ('site-locked', 'site-unlocked', 'study-locked', 'study-unlocked') GROUP BY j.subject
            """,
        stored:
            "SELECT g.scope, g.closed, g.closed_in FROM pathway.gate AS g WHERE g.closed OR g.closed_in IS NOT NULL",
        subject: "CASE d.scope WHEN '*' THEN 'lock of the study' ELSE 'lock of site ' || d.scope END",
        patient: "NULL::text"
    )

    /// Who may what, by the last that the journal says of each login, role and site.
    private static let access = Projection(
        name: "access", origin: .journal,
        rebuilt: """
            SELECT l.login, l.role, l.site, l.granted_by
            FROM (
                SELECT DISTINCT ON (j.subject, j.detail->>'role', j.detail->>'site')
                    j.subject AS login, j.detail->>'role' AS role, j.detail->>'site' AS site, j.acted_by AS granted_by, j.act
                FROM pathway.journal AS j WHERE j.act IN ('access-granted', 'access-revoked')
                ORDER BY j.subject, j.detail->>'role', j.detail->>'site', j.number DESC
            ) AS l WHERE l.act = 'access-granted'
            """,
        stored: "SELECT a.login, a.role, a.site, a.granted_by FROM pathway.access AS a",
        subject: "format('access of login %s as %s for %s', d.login, d.role, d.site)", patient: "NULL::text"
    )

    /// What the service drew. What a correction states again was drawn before; what another log drew is in its lists.
    private static let allocations = Projection(
        name: "allocation", origin: .entries,
        rebuilt: Self.drawn,
        stored: "SELECT a.patient, a.edition, a.randomisation, a.stratum, a.arm FROM pathway.allocation AS a",
        subject: "'allocation of patient ' || d.patient", patient: "d.patient",
        place: "format('%s/%s/%s', d.edition, d.randomisation, d.stratum)"
    )

    private static let drawn: Query = """
        SELECT e.patient, e.edition, e.randomisation, e.stratum, e.arm FROM pathway.event AS e
        WHERE e.milestone = 'randomised' AND e.facts->>'allocated-by' = 'pathway' AND e.restates IS NULL AND e.origin_at IS NULL
        """

    /// How often each list was drawn, and the numbers of what was: from one, without gaps.
    private static let lists = Projection(
        name: "stratum", origin: .entries,
        rebuilt: """
            SELECT d.edition, d.randomisation, d.stratum, count(*)::integer AS drawn, 1 AS first, count(*)::integer AS last
            FROM (\(Self.drawn)) AS d GROUP BY d.edition, d.randomisation, d.stratum
            """,
        stored: """
            SELECT s.edition, s.randomisation, s.stratum, s.drawn, min(a.number) AS first, max(a.number) AS last
            FROM pathway.stratum AS s LEFT JOIN pathway.allocation AS a USING (edition, randomisation, stratum)
            GROUP BY s.edition, s.randomisation, s.stratum HAVING s.drawn <> 0 OR count(a.number) <> 0
            """,
        subject: "format('number of draws of list %s/%s of edition %s', d.randomisation, d.stratum, d.edition)",
        patient: "NULL::text"
    )

    private static let snapshots = Projection(
        name: "snapshot", origin: .journal,
        rebuilt: """
            SELECT j.subject AS name, j.detail, j.acted_by, j.login FROM pathway.journal AS j WHERE j.act = 'snapshot-taken'
            """,
        stored: """
            SELECT s.name, pathway.snapshot_detail(s) AS detail, s.taken_by AS acted_by, s.login FROM pathway.snapshot AS s
            """,
        subject: "'snapshot ' || d.name", patient: "NULL::text"
    )
}

/// A row of a projection that the log and the database do not both have.
struct DifferingRow {
    let subject: String
    let patient: String?
    /// As JSON.
    let rebuilt: String?
    /// As JSON.
    let stored: String?
}

extension Connection {
    /// The rows that only one of the two has, side by side; at most so many.
    mutating func differences(
        of projection: Projection, without damaged: [String] = [], limit: Int
    ) async throws -> [DifferingRow] {
        let compared: Query = """
            WITH rebuilt AS MATERIALIZED (\(projection.rebuilt)), stored AS MATERIALIZED (\(projection.stored))
            SELECT coalesce(r.subject, s.subject), coalesce(r.patient, s.patient), r.row::text, s.row::text
            FROM (
                SELECT \(projection.subject) AS subject, \(projection.patient) AS patient, to_jsonb(d) AS row, \(projection.place) AS place
                FROM (SELECT * FROM rebuilt EXCEPT SELECT * FROM stored) AS d
            ) AS r
            FULL JOIN (
                SELECT \(projection.subject) AS subject, \(projection.patient) AS patient, to_jsonb(d) AS row, \(projection.place) AS place
                FROM (SELECT * FROM stored EXCEPT SELECT * FROM rebuilt) AS d
            ) AS s ON s.subject = r.subject AND s.place = r.place
            WHERE coalesce(r.patient, s.patient, '') <> ALL (\(damaged))
            ORDER BY 1, coalesce(r.place, s.place) LIMIT \(limit)
            """
        return try await rows(compared.unprepared, as: (String.self, String?.self, String?.self, String?.self)).map {
            DifferingRow(subject: $0.0, patient: $0.1, rebuilt: $0.2, stored: $0.3)
        }
    }
}
