-- What the log says, for whoever reads it in SQL: each path as it stands or stood, and where each patient stands or stood. Views over
-- the log itself, so that nothing can disagree with it; "pathway replay" compares them with a replay of the log through the protocol.

SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';
SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

CREATE FUNCTION path_as_of(at timestamptz) RETURNS TABLE (
    patient text, place integer, "position" integer, site text, milestone text, occurred_on date, "precision" text, phase_after text,
    status_after text, answer text, arm text, stratum text, facts jsonb, recorded_at timestamptz
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        e.patient, (row_number() OVER (PARTITION BY e.patient ORDER BY e.position))::integer, e.position, e.site, e.milestone,
        e.occurred_on, e.precision, e.phase_after, e.status_after, e.answer, nullif(e.arm, ''), e.stratum, e.facts, e.recorded_at
    FROM event AS e
    WHERE e.act IS NULL AND e.recorded_at <= at AND NOT EXISTS (
        SELECT FROM event AS r
        WHERE r.patient = e.patient AND r.act = 'rewound' AND r.position > e.position
            AND coalesce(r.follows, 0) < e.position AND r.recorded_at <= at
    );
END;

CREATE FUNCTION standing_as_of(at timestamptz) RETURNS TABLE (
    patient text, site text, protocol text, edition integer, phase text, status text, arms text[], locked boolean,
    milestones integer, entries integer, synthetic boolean, recorded_at timestamptz
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        l.patient, l.site, l.protocol, l.edition, l.phase_after, l.status_after, s.arms, l.locked_after, s.milestones,
        l.position, l.synthetic, l.recorded_at
    FROM (
        SELECT DISTINCT ON (e.patient)
            e.patient, e.site, e.protocol, e.edition, e.phase_after, e.status_after, e.locked_after, e.position, e.synthetic,
            e.recorded_at
        FROM event AS e WHERE e.recorded_at <= at ORDER BY e.patient, e.position DESC
    ) AS l
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS milestones,
            coalesce(array_agg(m.arm ORDER BY m.position) FILTER (WHERE m.arm <> ''), ARRAY[]::text[]) AS arms
        FROM event AS m
        WHERE m.patient = l.patient AND m.act IS NULL AND m.recorded_at <= at AND NOT EXISTS (
            SELECT FROM event AS r
            WHERE r.patient = m.patient AND r.act = 'rewound' AND r.position > m.position
                AND coalesce(r.follows, 0) < m.position AND r.recorded_at <= at
        )
    ) AS s
    WHERE s.milestones > 0;
END;

CREATE VIEW path WITH (security_invoker) AS SELECT p.* FROM path_as_of('infinity') AS p;
CREATE VIEW standing WITH (security_invoker) AS SELECT s.* FROM standing_as_of('infinity') AS s;

REVOKE ALL ON FUNCTION path_as_of, standing_as_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION path_as_of, standing_as_of TO pathway_coordinator, pathway_auditor, pathway_sealer;
GRANT SELECT ON path, standing TO pathway_coordinator, pathway_auditor;

RESET ROLE;
