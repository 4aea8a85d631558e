-- Snapshots: the cut as an object. What is frozen is named once and never changes: the clinical cut, the moment as of which the log is
-- read, and the head of the sealed log, behind which nothing that comes later can get in.

SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';
SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

-- What makes a word of a person's name that nobody can guess back. It is drawn once, from the server's strong random source.
CREATE TABLE name_salt (
    only_one boolean NOT NULL DEFAULT true CONSTRAINT one_salt CHECK (only_one),
    salt     bytea   NOT NULL CONSTRAINT salt_of_32_bytes CHECK (octet_length(salt) = 32),
    CONSTRAINT name_salt_key PRIMARY KEY (only_one)
);
INSERT INTO name_salt (salt)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

-- What a statistician reads: no birth dates, no free text, nobody's name; and where in the proof each entry stands.
CREATE OR REPLACE VIEW deidentified_event WITH (security_barrier) AS
SELECT
    e.patient, e.position, e.follows, e.act, e.restates, e.edition, e.protocol, e.site, e.milestone, e.transition, e.arrow,
    e.phase_before, e.phase_after, e.status_before, e.status_after, e.answer, e.occurred_on, e.precision, e.floor_before,
    e.floor_after, e.locked_before, e.locked_after, e.facts, NULL::bytea AS identifying, NULL::bytea AS reason,
    e.randomisation, e.arm, e.stratum, e.synthetic,
    'person-' || substr(encode(sha256((SELECT n.salt FROM name_salt AS n) || convert_to(e.recorded_by, 'UTF8')), 'hex'), 1, 12)
        AS recorded_by,
    'withheld'::text AS login, e.recorded_at,
    'person-' || substr(encode(sha256((SELECT n.salt FROM name_salt AS n) || convert_to(e.origin_by, 'UTF8')), 'hex'), 1, 12)
        AS origin_by,
    e.origin_at, e.xid,
    s.number AS sealed, s.digest AS chain_digest
FROM event AS e LEFT JOIN seal AS s ON s.chain = e.patient AND s.position = e.position;

CREATE TABLE snapshot (
    name       text        COLLATE "C" NOT NULL CONSTRAINT snapshot_has_a_word CHECK (name ~ '^[a-z0-9][a-z0-9.-]{0,39}$'),
    protocol   text        COLLATE "C" NOT NULL,
    population text        COLLATE "C" NOT NULL,
    through    date        NOT NULL,
    as_of      timestamptz NOT NULL,
    size       bigint      NOT NULL CONSTRAINT snapshot_of_something CHECK (size >= 1),
    root       bytea       NOT NULL CONSTRAINT snapshot_root_of_32_bytes CHECK (octet_length(root) = 32),
    editions   integer[]   NOT NULL,
    patients   bigint      NOT NULL CONSTRAINT snapshot_of_somebody CHECK (patients >= 1),
    entries    bigint      NOT NULL,
    digest     bytea       NOT NULL CONSTRAINT snapshot_digest_of_32_bytes CHECK (octet_length(digest) = 32),
    synthetic  boolean     NOT NULL,
    taken_by   text        NOT NULL CONSTRAINT taker_named CHECK (btrim(taken_by) <> ''),
    login      text        NOT NULL,
    taken_at   timestamptz NOT NULL,
    CONSTRAINT snapshot_key PRIMARY KEY (name),
    CONSTRAINT no_cut_in_the_future CHECK (as_of <= taken_at)
);

-- What the journal says of a snapshot: everything in it that does not change, so that an audit can compare them.
CREATE FUNCTION snapshot_detail(taken snapshot) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pathway, pg_temp
AS $function$
BEGIN
    RETURN jsonb_build_object(
        'protocol', taken.protocol, 'population', taken.population, 'through', taken.through::text,
        'as-of', to_char(taken.as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'size', taken.size::text,
        'root', encode(taken.root, 'hex'), 'editions', array_to_string(taken.editions, ' '),
        'patients', taken.patients::text, 'entries', taken.entries::text, 'sha-256', encode(taken.digest, 'hex'),
        'synthetic', taken.synthetic::text,
        'taken-at', to_char(taken.taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
END
$function$;

-- The one way to a snapshot. The journal, and with it the proof, holds what it is, so that it cannot be changed unseen.
CREATE FUNCTION take_snapshot(
    of_name text, of_protocol text, of_population text, cut_through date, cut_as_of timestamptz, head bigint, head_root bytea,
    known_editions integer[], found_patients bigint, found_entries bigint, found_digest bytea, is_synthetic boolean, person text
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    taken snapshot%ROWTYPE;
BEGIN
    INSERT INTO snapshot (
        name, protocol, population, through, as_of, size, root, editions, patients, entries, digest, synthetic, taken_by,
        login, taken_at
    )
    VALUES (
        of_name, of_protocol, of_population, cut_through, cut_as_of, head, head_root, known_editions, found_patients,
        found_entries, found_digest, is_synthetic, person, session_user, clock_timestamp()
    )
    RETURNING * INTO taken;
    PERFORM write_journal('snapshot-taken', of_name, snapshot_detail(taken), NULL, person);
    RETURN taken.taken_at;
END
$function$;

CREATE POLICY statistics ON seal FOR SELECT TO pathway_statistician USING (true);
GRANT SELECT ON seal, tile TO pathway_statistician;
GRANT SELECT ON deidentified_event TO pathway_auditor;
GRANT SELECT ON snapshot TO pathway_statistician, pathway_auditor;
REVOKE ALL ON FUNCTION take_snapshot, snapshot_detail FROM PUBLIC;
GRANT EXECUTE ON FUNCTION snapshot_detail TO pathway_auditor;
GRANT EXECUTE ON FUNCTION take_snapshot TO pathway_statistician, pathway_auditor;

RESET ROLE;
