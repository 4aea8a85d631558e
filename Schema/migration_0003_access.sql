-- Who may what. Nobody may change or remove an entry; the role that owns the tables cannot log in; and a login reads and appends
-- for the sites that were granted to it. All that writes goes through functions that know who is connected.

SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';
SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

-- What was done to the log as a whole: protocols, access, locks of sites, data taken out. Each entry is part of the proof.

CREATE TABLE journal (
    number   integer     NOT NULL CONSTRAINT journal_counts_from_one CHECK (number >= 1),
    act      text        COLLATE "C" NOT NULL,
    subject  text        NOT NULL,
    detail   jsonb       NOT NULL CONSTRAINT detail_is_an_object CHECK (jsonb_typeof(detail) = 'object'),
    reason   text,
    acted_by text        NOT NULL CONSTRAINT actor_named CHECK (btrim(acted_by) <> ''),
    login    text        NOT NULL,
    acted_at timestamptz NOT NULL,
    xid      bigint      NOT NULL,
    CONSTRAINT journal_key PRIMARY KEY (number)
);

CREATE FUNCTION write_journal(act text, subject text, detail jsonb, reason text, acted_by text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    last journal%ROWTYPE;
BEGIN
    -- One at a time: the journal is far from the path of an append. The key is "journal" in ASCII.
    PERFORM pg_advisory_xact_lock(x'6a6f75726e616c'::bigint);
    PERFORM keep_own_name(ARRAY[acted_by]);
    SELECT * INTO last FROM journal ORDER BY number DESC LIMIT 1;
    INSERT INTO journal (number, act, subject, detail, reason, acted_by, login, acted_at, xid)
    VALUES (
        coalesce(last.number, 0) + 1, act, subject, detail, reason, acted_by, session_user,
        greatest(clock_timestamp(), last.acted_at + interval '1 microsecond'), pg_current_xact_id()::text::bigint
    );
    RETURN coalesce(last.number, 0) + 1;
END
$function$;

CREATE FUNCTION journal_protocol() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    PERFORM write_journal(
        'protocol-added', NEW.protocol,
        jsonb_build_object('version', NEW.version::text, 'edition', NEW.edition::text, 'sha-256', encode(NEW.digest, 'hex')),
        NULL, NEW.added_by);
    RETURN NULL;
END
$function$;

CREATE TRIGGER journal_protocol AFTER INSERT ON edition FOR EACH ROW EXECUTE FUNCTION journal_protocol();

-- The one way to an edition: the document with all that it compiles to, so that nothing is added to one in force. `compiled` holds the
-- rows of each table, as objects by the names of its columns.
CREATE FUNCTION add_edition(of_document text, compiled jsonb, person text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    added integer := (SELECT coalesce(max(e.edition), 0) + 1 FROM edition AS e);
BEGIN
    INSERT INTO edition (edition, protocol, version, title, effective, document, digest, added_by)
    SELECT added, n.protocol, n.version, n.title, n.effective, of_document, sha256(convert_to(of_document, 'UTF8')), person
    FROM jsonb_populate_recordset(NULL::edition, compiled->'edition') AS n;
    INSERT INTO phase (edition, phase, ordinal, title, course, arm)
    SELECT added, n.phase, n.ordinal, n.title, n.course, n.arm
    FROM jsonb_populate_recordset(NULL::phase, compiled->'phase') AS n;
    INSERT INTO transition (
        edition, number, protocol, source, milestone, qualifier, condition, target, answer, warning, citation, verified)
    SELECT added, n.number, n.protocol, n.source, n.milestone, n.qualifier, n.condition, n.target, n.answer, n.warning,
        n.citation, n.verified
    FROM jsonb_populate_recordset(NULL::transition, compiled->'transition') AS n;
    INSERT INTO rule (edition, number, name, milestone, requirement, otherwise, citation, verified)
    SELECT added, n.number, n.name, n.milestone, n.requirement, n.otherwise, n.citation, n.verified
    FROM jsonb_populate_recordset(NULL::rule, compiled->'rule') AS n;
    INSERT INTO randomisation (edition, randomisation, arms, block_sizes)
    SELECT added, n.randomisation, n.arms, n.block_sizes
    FROM jsonb_populate_recordset(NULL::randomisation, compiled->'randomisation') AS n;
    -- Two random UUIDs carry 244 bits of the server's strong randomness.
    INSERT INTO randomisation_seed (edition, randomisation, seed)
    SELECT added, r.randomisation, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    FROM randomisation AS r WHERE r.edition = added;
    INSERT INTO stratum (edition, randomisation, stratum, condition, citation)
    SELECT added, n.randomisation, n.stratum, n.condition, n.citation
    FROM jsonb_populate_recordset(NULL::stratum, compiled->'stratum') AS n;
    RETURN added;
END
$function$;

-- What anybody may write there: that data was taken out.
CREATE FUNCTION note_reading(act text, subject text, detail jsonb, acted_by text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    IF act NOT IN ('export-begun', 'export-ended') THEN
        RAISE EXCEPTION 'the journal takes no "%" from a reader', act
            USING ERRCODE = 'check_violation', CONSTRAINT = 'known_reading', TABLE = 'journal', SCHEMA = 'pathway';
    END IF;
    RETURN write_journal(act, subject, detail, NULL, acted_by);
END
$function$;

-- Which login has which role, for which site; '*' is every site.

CREATE TABLE access (
    login      text        NOT NULL CONSTRAINT login_named CHECK (login <> ''),
    role       text        COLLATE "C" NOT NULL CONSTRAINT known_role CHECK (
        role IN ('coordinator', 'auditor', 'monitor', 'statistician', 'trial-office', 'randomiser', 'sealer')
    ),
    site       text        COLLATE "C" NOT NULL CONSTRAINT site_of_coordinator CHECK (role = 'coordinator' OR site = '*')
        CONSTRAINT site_named CHECK (btrim(site) <> ''),
    granted_by text        NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT access_key PRIMARY KEY (login, role, site)
);

CREATE FUNCTION grant_access(to_login text, of_role text, for_site text, why text, person text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    -- What is granted to a role of the program, or to any that stands for several people, is granted to all its members.
    IF to_login ~ '^pathway_(owner|administrator|coordinator|auditor|monitor|statistician|trial_office|randomiser|sealer)$'
        OR EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = to_login AND NOT r.rolcanlogin) THEN
        RAISE EXCEPTION 'the role "%" is no login: access is granted to whoever connects', to_login
            USING ERRCODE = 'check_violation', CONSTRAINT = 'granted_to_a_login', TABLE = 'access', SCHEMA = 'pathway';
    END IF;
    INSERT INTO access (login, role, site, granted_by) VALUES (to_login, of_role, for_site, person)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format('GRANT %I TO %I', 'pathway_' || replace(of_role, '-', '_'), to_login);
    EXCEPTION WHEN unique_violation THEN
        NULL; -- Another database of this server granted it at the same moment.
    END;
    PERFORM write_journal(
        'access-granted', to_login, jsonb_build_object('role', of_role, 'site', for_site), why, person);
    RETURN true;
END
$function$;

CREATE FUNCTION revoke_access(from_login text, of_role text, for_site text, why text, person text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    DELETE FROM access WHERE login = from_login AND role = of_role AND site = for_site;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM access WHERE login = from_login AND role = of_role) THEN
        EXECUTE format('REVOKE %I FROM %I', 'pathway_' || replace(of_role, '-', '_'), from_login);
    END IF;
    PERFORM write_journal(
        'access-revoked', from_login, jsonb_build_object('role', of_role, 'site', for_site), why, person);
    RETURN true;
END
$function$;

-- The sites of whoever is connected, whatever role the session has taken since.
CREATE FUNCTION own_sites() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    RETURN ARRAY(SELECT site FROM access WHERE login = session_user AND role = 'coordinator');
END
$function$;

-- A person's login records under its own name. The service's, which draws and records at every site, speaks for everybody who works
-- with it; whoever may act as the owner writes the tables as he likes, and is not bound by asking.
CREATE FUNCTION speaks_for_others() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    RETURN (
        SELECT count(*) = 2 FROM access
        WHERE login = session_user AND site = '*' AND role IN ('coordinator', 'randomiser')
    ) OR pg_has_role(session_user, 'pathway_owner', 'MEMBER');
END
$function$;

-- Every name of somebody who acts comes by here, once for each statement.
CREATE FUNCTION keep_own_name(names text[]) RETURNS void
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    IF session_user <> ANY (names) AND NOT pathway.speaks_for_others() THEN
        RAISE EXCEPTION 'the login "%" acts under its own name, and not as "%"', session_user,
                (SELECT n FROM unnest(names) AS n WHERE n <> session_user LIMIT 1)
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'own_name', SCHEMA = 'pathway';
    END IF;
END
$function$;

-- The gates of the sites, and with '*' that of the study: nobody is enrolled, and no record unlocked by itself, while one is closed.
-- Whoever does either holds the gates of the site and of the study until it is recorded, so that whoever closes one waits for that,
-- and everybody else only for a gate of their own.
CREATE TABLE gate (
    scope     text    COLLATE "C" NOT NULL CONSTRAINT scope_named CHECK (scope <> ''),
    closed    boolean NOT NULL DEFAULT false,
    -- The transaction that closed it last: what that one locked is opened with it, and what was locked before stays so.
    closed_in bigint,
    CONSTRAINT gate_key PRIMARY KEY (scope)
);
INSERT INTO gate (scope) VALUES ('*');

-- In one order, and before anything is written: whoever waits at a gate keeps nobody else waiting.
CREATE FUNCTION hold_gates(sites text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO pathway.gate (scope)
    SELECT s FROM unnest(sites) AS s WHERE NOT EXISTS (SELECT FROM pathway.gate AS g WHERE g.scope = s)
    GROUP BY s ORDER BY s
    ON CONFLICT DO NOTHING;
    PERFORM FROM pathway.gate AS g WHERE g.scope = '*' OR g.scope = ANY (sites) ORDER BY g.scope FOR SHARE;
END
$function$;

-- Asked while the row is written, when the gates are held.
CREATE FUNCTION keep_closed_gates(entry event) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM pathway.gate AS g WHERE g.scope IN (entry.site, '*') AND g.closed) THEN
        RETURN;
    END IF;
    IF entry.act = 'unlocked' THEN
        RAISE EXCEPTION 'the record is locked with its site or the study'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'locked_with_its_site', TABLE = 'event', SCHEMA = 'pathway';
    END IF;
    RAISE EXCEPTION 'the site or the study is locked'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'locked_site_refuses', TABLE = 'event', SCHEMA = 'pathway';
END
$function$;

-- The one way into the log, for one entry or thousands. Who is connected, when and in which transaction are the database's to say.

CREATE TYPE entry AS (
    patient       text,
    position      integer,
    follows       integer,
    act           text,
    restates      integer,
    edition       integer,
    protocol      text,
    site          text,
    milestone     text,
    transition    integer,
    arrow         text,
    phase_before  text,
    phase_after   text,
    status_before text,
    status_after  text,
    answer        text,
    occurred_on   date,
    "precision"   text,
    floor_before  date,
    floor_after   date,
    locked_before boolean,
    locked_after  boolean,
    facts         jsonb,
    identifying   bytea,
    reason        bytea,
    randomisation text,
    arm           text,
    stratum       text,
    synthetic     boolean,
    recorded_by   text,
    origin_by     text,
    origin_at     timestamptz,
    request       uuid,
    recorded_after timestamptz
);

--
-- With `skipping` an entry whose place or request is taken is left out; without, which is cheaper, it fails them all.
CREATE FUNCTION append(entries entry[], key_patients text[], keys bytea[], skipping boolean)
RETURNS TABLE (entry_patient text, entry_position integer, entry_recorded_at timestamptz)
-- A plan for any number of entries serves all: to plan each call anew costs more than what is planned.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp SET plan_cache_mode = force_generic_plan
AS $function$
DECLARE
    sites        text[];
    speaks       boolean;
    names_others boolean;
    foreign_site text;
    gates        text[];
    stamp        timestamptz := statement_timestamp();
    is_behind    boolean;
    strangers    bigint;
BEGIN
    -- As own_sites() and speaks_for_others(), in one reading each of what the login has and of what the entries ask: this is the path of
    -- every append.
    SELECT
        coalesce(array_agg(a.site) FILTER (WHERE a.role = 'coordinator'), '{}'),
        count(*) FILTER (WHERE a.site = '*' AND a.role IN ('coordinator', 'randomiser')) = 2
    INTO sites, speaks FROM access AS a WHERE a.login = session_user;
    SELECT
        coalesce(array_agg(DISTINCT n.site) FILTER (WHERE n.milestone = 'enrolled' OR n.act = 'unlocked'), '{}'),
        bool_or(n.recorded_by <> session_user), bool_or(n.recorded_after >= stamp)
    INTO gates, names_others, is_behind FROM unnest(entries) AS n;
    IF is_behind THEN
        -- Time runs forward for each patient, even if the clock does not; what is recorded together bears one time.
        SELECT greatest(stamp, max(e.recorded_at) + interval '1 microsecond') INTO stamp
        FROM event AS e WHERE e.patient IN (SELECT n.patient FROM unnest(entries) AS n WHERE n.recorded_after >= stamp);
    END IF;
    IF names_others AND NOT speaks THEN
        PERFORM keep_own_name(ARRAY(SELECT n.recorded_by FROM unnest(entries) AS n));
    END IF;
    IF NOT '*' = ANY (sites) THEN
        -- A path that is rewound to its beginning, or begins again, follows nothing: the entry before it has a site too.
        SELECT n.site INTO foreign_site
        FROM unnest(entries) AS n LEFT JOIN event AS e ON e.patient = n.patient AND e.position = n.position - 1
        WHERE n.site <> ALL (sites) OR e.site <> ALL (sites) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the login "%" may not record for site "%"', session_user, foreign_site
                USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'own_site', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
    END IF;
    IF cardinality(gates) > 0 THEN
        PERFORM hold_gates(gates);
    END IF;
    IF skipping THEN
        RETURN QUERY INSERT INTO event (
            patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before,
            phase_after, status_before, status_after, answer, occurred_on, precision, floor_before, floor_after,
            locked_before, locked_after, facts, identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login,
            recorded_at, origin_by, origin_at, request, xid
        )
        SELECT
            n.patient, n.position, n.follows, n.act, n.restates, n.edition, n.protocol, n.site, n.milestone, n.transition,
            n.arrow, n.phase_before, n.phase_after, n.status_before, n.status_after, n.answer, n.occurred_on, n.precision,
            n.floor_before, n.floor_after, n.locked_before, n.locked_after, n.facts, n.identifying, n.reason, n.randomisation,
            n.arm, n.stratum, n.synthetic, n.recorded_by, session_user, stamp,
            n.origin_by, n.origin_at, n.request, pg_current_xact_id()::text::bigint
        FROM unnest(entries) AS n
        ON CONFLICT DO NOTHING
        RETURNING patient, position, recorded_at;
    ELSE
        RETURN QUERY INSERT INTO event (
            patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before,
            phase_after, status_before, status_after, answer, occurred_on, precision, floor_before, floor_after,
            locked_before, locked_after, facts, identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login,
            recorded_at, origin_by, origin_at, request, xid
        )
        SELECT
            n.patient, n.position, n.follows, n.act, n.restates, n.edition, n.protocol, n.site, n.milestone, n.transition,
            n.arrow, n.phase_before, n.phase_after, n.status_before, n.status_after, n.answer, n.occurred_on, n.precision,
            n.floor_before, n.floor_after, n.locked_before, n.locked_after, n.facts, n.identifying, n.reason, n.randomisation,
            n.arm, n.stratum, n.synthetic, n.recorded_by, session_user, stamp,
            n.origin_by, n.origin_at, n.request, pg_current_xact_id()::text::bigint
        FROM unnest(entries) AS n
        RETURNING patient, position, recorded_at;
    END IF;
    IF cardinality(key_patients) > 0 THEN
        -- A key is made once, by whoever first writes what identifies the patient; an entry that was left out leaves none.
        WITH made AS (
            SELECT k.patient, k.key FROM unnest(key_patients, keys) AS k (patient, key)
            -- By the patient alone: the summary by transaction is as long as the log.
            WHERE EXISTS (
                SELECT FROM event AS e WHERE e.patient = k.patient AND e.xid + 0 = pg_current_xact_id()::text::bigint
            )
        ), kept AS (
            INSERT INTO patient_key (patient, key) SELECT made.patient, made.key FROM made
            ON CONFLICT DO NOTHING RETURNING patient
        )
        SELECT count(*) INTO strangers FROM made LEFT JOIN kept USING (patient) WHERE kept.patient IS NULL;
        IF strangers > 0 THEN
            RAISE EXCEPTION 'somebody made a key for the patient meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
END
$function$;

-- Removes a key for ever. The entry that says so is appended in the same transaction by whoever calls this; why, which must stay
-- readable, goes to the journal.
CREATE FUNCTION forget_key(of_patient text, why text, person text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM event AS e
        WHERE e.patient = of_patient AND e.act = 'erased' AND e.xid = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'a key is removed only together with the entry that says so'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'erasure_is_recorded', TABLE = 'patient_key', SCHEMA = 'pathway';
    END IF;
    PERFORM write_journal('erased', of_patient, '{}', why, person);
    DELETE FROM patient_key WHERE patient = of_patient;
    RETURN FOUND;
END
$function$;

-- Signs, locks or unlocks a site, or with '*' the study. The record of each patient is signed, locked or unlocked by an entry of its own.
-- What is locked or opened is noted before those entries: then its gate is held, and nobody comes in meanwhile. What is signed is noted
-- behind them, with what was signed: how many records, and SHA-256 over the digests in their signatures, in the order of the patients.
CREATE FUNCTION note_scope(scope_act text, of_scope text, why text, person text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    kind   text := CASE WHEN of_scope = '*' THEN 'study-' ELSE 'site-' END;
    detail jsonb := jsonb_build_object();
BEGIN
    IF NOT ('*' = ANY (own_sites()) OR of_scope = ANY (own_sites())) THEN
        RAISE EXCEPTION 'the login "%" may not sign or lock %', session_user,
                CASE WHEN of_scope = '*' THEN 'the study' ELSE format('site "%s"', of_scope) END
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'own_site', TABLE = 'gate', SCHEMA = 'pathway';
    END IF;
    IF scope_act IN ('locked', 'unlocked') THEN
        IF btrim(coalesce(why, '')) = '' THEN
            RAISE EXCEPTION 'whoever locks or unlocks says why'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'lock_has_reason', TABLE = 'gate', SCHEMA = 'pathway';
        END IF;
        IF of_scope <> '*' THEN
            PERFORM hold_gates(ARRAY[]::text[]);
            IF EXISTS (SELECT FROM gate WHERE scope = '*' AND closed) THEN
                RAISE EXCEPTION 'the study is locked, and every site with it'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'locked_with_the_study', TABLE = 'gate', SCHEMA = 'pathway';
            END IF;
        END IF;
        INSERT INTO gate (scope) VALUES (of_scope) ON CONFLICT DO NOTHING;
        UPDATE gate SET
            closed = scope_act = 'locked',
            closed_in = CASE scope_act WHEN 'locked' THEN pg_current_xact_id()::text::bigint ELSE closed_in END
        WHERE scope = of_scope AND closed <> (scope_act = 'locked');
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    ELSIF scope_act = 'signed' THEN
        SELECT jsonb_build_object(
            'meaning', string_agg(DISTINCT e.facts->>'meaning', ', '), 'records', count(*)::text,
            'sha-256', encode(sha256(string_agg(decode(e.facts->>'digest', 'hex'), ''::bytea ORDER BY e.patient)), 'hex'))
        INTO detail FROM event AS e
        WHERE e.act = 'signed' AND e.xid = pg_current_xact_id()::text::bigint AND of_scope IN (e.site, '*')
        HAVING count(*) > 0;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    ELSE
        RAISE EXCEPTION 'a site is signed, locked or unlocked, not "%"', scope_act
            USING ERRCODE = 'check_violation', CONSTRAINT = 'known_scope_act', TABLE = 'journal', SCHEMA = 'pathway';
    END IF;
    RETURN write_journal(kind || scope_act, of_scope, detail, why, person);
END
$function$;

-- The patients whose entries name different sites, since a correction states an enrolment anew at another one. The whole record belongs
-- to the site of its last entry, and no longer to that of an earlier one.
CREATE TABLE moved_patient (
    patient text   COLLATE "C" NOT NULL,
    site    text   COLLATE "C" NOT NULL,
    -- Every site that an entry of the record names.
    sites   text[] COLLATE "C" NOT NULL,
    CONSTRAINT moved_patient_key PRIMARY KEY (patient)
);

-- After the entry: one that is left out moves nobody.
CREATE FUNCTION keep_site() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    INSERT INTO moved_patient (patient, site, sites)
    SELECT NEW.patient, (array_agg(e.site ORDER BY e.position DESC))[1], array_agg(DISTINCT e.site ORDER BY e.site)
    FROM event AS e WHERE e.patient = NEW.patient HAVING min(e.site) <> max(e.site)
    ON CONFLICT (patient) DO UPDATE SET site = excluded.site, sites = excluded.sites;
    RETURN NULL;
END
$function$;

CREATE TRIGGER keep_site AFTER INSERT ON event FOR EACH ROW
WHEN (NEW.milestone = 'enrolled' AND NEW.position > 1)
EXECUTE FUNCTION keep_site();
ALTER TABLE event ENABLE ALWAYS TRIGGER keep_site;

-- Keeps what was attempted and not recorded. Who is connected and when are the database's to say, and a login that speaks for nobody
-- else is named itself; a site that is not the login's own is kept only where just that was why not. Who has no part in recording can
-- have been refused for that alone, whatever else is said, and it is kept in the database's words, at the site of the record. Nothing
-- that is kept is longer than what the program writes.
CREATE FUNCTION note_refusals(
    patients text[], sites text[], attempts jsonb[], answers text[], explanations text[], citations text[], doors text[],
    persons text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    own     text[] := own_sites();
    records boolean := pg_has_role(session_user, 'pathway_coordinator', 'USAGE');
    bound   boolean := NOT speaks_for_others();
BEGIN
    INSERT INTO refusal (patient, site, attempted, answer, explanation, citation, door, refused_by)
    SELECT left(r.patient, 32),
        left(CASE
            WHEN NOT records
            THEN coalesce((SELECT e.site FROM event AS e WHERE e.patient = r.patient ORDER BY e.position DESC LIMIT 1), r.site)
            WHEN '*' = ANY (own) OR r.site = ANY (own) OR r.answer = 'not-allowed' THEN r.site
        END, 20),
        CASE WHEN octet_length(r.attempted::text) <= 100000 THEN r.attempted ELSE '{"act": "too-long"}' END,
        CASE WHEN records THEN r.answer ELSE 'not-allowed' END,
        CASE
            WHEN records THEN left(r.explanation, 4000)
            ELSE 'the login has no right to record, which takes the role "coordinator"'
        END,
        CASE WHEN records THEN left(r.citation, 400) END, left(r.door, 20),
        CASE WHEN bound THEN session_user ELSE left(r.person, 100) END
    FROM unnest(patients, sites, attempts, answers, explanations, citations, doors, persons)
        AS r (patient, site, attempted, answer, explanation, citation, door, person);
END
$function$;

-- What a statistician reads: no birth dates, no free text, nobody's name.
CREATE VIEW deidentified_event WITH (security_barrier) AS
SELECT
    patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before,
    phase_after, status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before,
    locked_after, facts, NULL::bytea AS identifying, NULL::bytea AS reason, randomisation, arm, stratum, synthetic,
    'withheld'::text AS recorded_by, 'withheld'::text AS login, recorded_at,
    CASE WHEN origin_by IS NOT NULL THEN 'withheld' END AS origin_by, origin_at, xid
FROM event;

-- The trail of an audit, in the order of time. Who has no right to the allocation sees of a patient who was randomised no treatment, not
-- even that there was one: how many courses there were, and when, tells the arm, and so would a gap between the positions.
CREATE FUNCTION sees_arms() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pathway, pg_temp
BEGIN ATOMIC
    SELECT pg_has_role(session_user, 'pathway_auditor', 'USAGE');
END;

CREATE VIEW audit_trail WITH (security_barrier) AS
SELECT
    e.recorded_at, e.patient, CASE WHEN t.told THEN e.position END AS position, e.site, e.act,
    CASE WHEN t.told THEN e.restates END AS restates, CASE WHEN t.told THEN e.follows END AS follows, e.occurred_on, e.precision,
    e.answer, e.recorded_by, e.login, e.synthetic, e.milestone,
    CASE WHEN sees_arms() THEN nullif(e.arm, '') END AS arm,
    CASE WHEN sees_arms() THEN e.phase_after END AS phase_after
FROM event AS e
CROSS JOIN LATERAL (
    SELECT sees_arms() OR NOT EXISTS (
        SELECT FROM event AS r
        WHERE r.patient = e.patient AND r.milestone = 'randomised' AND r.position < e.position
    ) AS told
) AS t
WHERE t.told OR e.act IS NOT NULL OR e.arrow = 'status' OR e.milestone = 'randomised';

-- Roles and rows.

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE patient_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE refusal ENABLE ROW LEVEL SECURITY;
ALTER TABLE moved_patient ENABLE ROW LEVEL SECURITY;

-- A site sees that a patient it once had is elsewhere now, since it must not see the rest.
CREATE POLICY own_site ON moved_patient FOR SELECT TO pathway_coordinator
    USING ('*' = ANY ((SELECT own_sites())::text[]) OR sites && (SELECT own_sites())::text[]);
CREATE POLICY every_site ON moved_patient FOR SELECT TO pathway_auditor USING (true);
-- Whoever reads everything asks once who has moved, by the index, and not for each row.
CREATE POLICY own_site ON event FOR SELECT TO pathway_coordinator
    USING (
        '*' = ANY ((SELECT own_sites())::text[])
        OR CASE WHEN patient IN (SELECT m.patient FROM moved_patient AS m WHERE m.patient > '')
            THEN (SELECT m.site FROM moved_patient AS m WHERE m.patient = event.patient) ELSE site
        END = ANY ((SELECT own_sites())::text[])
    );
CREATE POLICY every_site ON event FOR SELECT TO pathway_auditor, pathway_sealer USING (true);
CREATE POLICY own_patients ON patient_key FOR SELECT TO pathway_coordinator
    USING (EXISTS (SELECT FROM event AS e WHERE e.patient = patient_key.patient));
CREATE POLICY every_patient ON patient_key FOR SELECT TO pathway_auditor USING (true);
CREATE POLICY own_site ON refusal FOR SELECT TO pathway_coordinator
    USING (
        '*' = ANY ((SELECT own_sites())::text[])
        OR coalesce((SELECT m.site FROM moved_patient AS m WHERE m.patient = refusal.patient), site)
            = ANY ((SELECT own_sites())::text[])
        OR site IS NULL AND login = session_user
    );
CREATE POLICY every_site ON refusal FOR SELECT TO pathway_auditor USING (true);

GRANT USAGE ON SCHEMA pathway TO
    pathway_administrator, pathway_coordinator, pathway_auditor, pathway_monitor, pathway_statistician, pathway_trial_office,
    pathway_randomiser, pathway_sealer;
GRANT SELECT ON migration, edition, phase, transition, rule TO
    pathway_administrator, pathway_coordinator, pathway_auditor, pathway_monitor, pathway_statistician, pathway_trial_office,
    pathway_randomiser, pathway_sealer;
GRANT SELECT ON randomisation TO pathway_auditor, pathway_trial_office, pathway_randomiser;
GRANT SELECT ON event, patient_key, refusal, moved_patient TO pathway_coordinator, pathway_auditor;
GRANT SELECT ON event TO pathway_sealer;
GRANT SELECT ON allocation, journal, access, gate, audit_trail TO pathway_auditor;
GRANT SELECT ON gate TO pathway_coordinator;
GRANT SELECT ON journal, access TO pathway_administrator;
GRANT SELECT ON journal TO pathway_sealer;
GRANT SELECT ON audit_trail TO pathway_monitor;
GRANT SELECT ON deidentified_event TO pathway_statistician;
GRANT SELECT ON stratum TO pathway_trial_office, pathway_auditor;

REVOKE ALL ON FUNCTION
    write_journal, note_reading, grant_access, revoke_access, own_sites, speaks_for_others, keep_own_name, hold_gates,
    keep_closed_gates, append, forget_key, note_scope, note_refusals, sees_arms, keep_one_path, journal_protocol, add_edition,
    keep_site
FROM PUBLIC;
REVOKE ALL ON TYPE entry FROM PUBLIC;
GRANT EXECUTE ON FUNCTION grant_access, revoke_access TO pathway_administrator;
GRANT EXECUTE ON FUNCTION own_sites TO pathway_coordinator, pathway_auditor, pathway_sealer, pathway_randomiser;
GRANT EXECUTE ON FUNCTION speaks_for_others TO
    pathway_administrator, pathway_coordinator, pathway_auditor, pathway_monitor, pathway_statistician, pathway_trial_office,
    pathway_randomiser, pathway_sealer;
GRANT EXECUTE ON FUNCTION append, forget_key, note_scope TO pathway_coordinator;
-- Whoever can try to record: what was tried in vain is kept.
GRANT EXECUTE ON FUNCTION note_refusals TO
    pathway_administrator, pathway_coordinator, pathway_auditor, pathway_monitor, pathway_statistician, pathway_trial_office,
    pathway_randomiser, pathway_sealer;
GRANT EXECUTE ON FUNCTION note_reading TO
    pathway_coordinator, pathway_auditor, pathway_statistician, pathway_trial_office;
GRANT EXECUTE ON FUNCTION sees_arms TO pathway_auditor, pathway_monitor;
-- Drawing in a transaction that is then rolled back would show what comes next: only the service may draw, people with a login
-- of their own for the database are made coordinators and no randomisers.
GRANT EXECUTE ON FUNCTION draw_allocation TO pathway_randomiser;
GRANT EXECUTE ON FUNCTION add_edition TO pathway_trial_office;

RESET ROLE;
