-- The log: what happened to each patient, as events that are appended and never changed.
--
-- The database keeps the shape: a path has no gap, no jump, no arrow that the protocol does not draw and no wrong start, whoever
-- writes to it. What the conditions on the arrows mean is judged in Swift. Every constraint is named for its promise.

CREATE SCHEMA pathway AUTHORIZATION pathway_owner;

SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

CREATE TABLE migration (
    number     integer     NOT NULL,
    name       text        NOT NULL,
    digest     bytea       NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by text        NOT NULL DEFAULT session_user,
    CONSTRAINT migration_applied_once PRIMARY KEY (number)
);

-- The protocol documents, byte for byte, and the table each compiles to.

CREATE TABLE edition (
    edition   integer     NOT NULL CHECK (edition >= 1),
    protocol  text        COLLATE "C" NOT NULL,
    version   integer     NOT NULL CHECK (version >= 1),
    title     text        NOT NULL,
    effective date        NOT NULL,
    document  text        NOT NULL,
    digest    bytea       NOT NULL CONSTRAINT digest_of_document CHECK (digest = sha256(convert_to(document, 'UTF8'))),
    added_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by  text        NOT NULL CONSTRAINT adder_named CHECK (btrim(added_by) <> ''),
    CONSTRAINT edition_key PRIMARY KEY (edition),
    CONSTRAINT edition_of_protocol UNIQUE (edition, protocol),
    CONSTRAINT one_document_a_version UNIQUE (protocol, version)
);

CREATE TABLE phase (
    edition integer NOT NULL CONSTRAINT phase_of_edition REFERENCES edition,
    phase   text    COLLATE "C" NOT NULL,
    ordinal integer NOT NULL,
    title   text    NOT NULL,
    course  text    COLLATE "C",
    arm     text    COLLATE "C",
    CONSTRAINT phase_key PRIMARY KEY (edition, phase)
);

CREATE TABLE transition (
    edition   integer NOT NULL,
    number    integer NOT NULL,
    source    text    COLLATE "C" NOT NULL,
    milestone text    COLLATE "C" NOT NULL,
    qualifier text    COLLATE "C",
    condition text,
    target    text    COLLATE "C" NOT NULL,
    answer    text    COLLATE "C" NOT NULL CONSTRAINT known_answer CHECK (answer IN ('planned', 'off-protocol')),
    warning   text,
    citation  text    NOT NULL,
    verified  boolean NOT NULL,
    CONSTRAINT transition_key PRIMARY KEY (edition, number),
    CONSTRAINT word_of_arrow UNIQUE (edition, number, qualifier),
    CONSTRAINT arrow_drawn_by_edition UNIQUE (edition, number, source, milestone, target, answer),
    CONSTRAINT source_is_phase FOREIGN KEY (edition, source) REFERENCES phase (edition, phase),
    CONSTRAINT target_is_phase FOREIGN KEY (edition, target) REFERENCES phase (edition, phase)
);

CREATE TABLE rule (
    edition     integer NOT NULL CONSTRAINT rule_of_edition REFERENCES edition,
    number      integer NOT NULL,
    name        text    NOT NULL,
    milestone   text    COLLATE "C" NOT NULL,
    requirement text    NOT NULL,
    otherwise   text    COLLATE "C" NOT NULL,
    citation    text    NOT NULL,
    verified    boolean NOT NULL,
    CONSTRAINT rule_key PRIMARY KEY (edition, number)
);

-- What one event must be by itself. Each constraint of the same name calls its function: PostgreSQL reads the text of every CHECK
-- of a table anew for each statement that writes to it, and written out these would cost more than the commit.

CREATE FUNCTION starts_at_enrolment(place integer, milestone text, phase_before text, status_before text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN (place = 1) = (milestone = 'enrolled')
        AND (place > 1 OR (phase_before = 'outside' AND status_before = 'in-study'));
END
$function$;

CREATE FUNCTION dates_run_forward(milestone text, occurred_on date, date_precision text, floor_before date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN milestone = 'adverse-event'
        OR floor_before IS NULL
        OR CASE date_precision
            WHEN 'day' THEN occurred_on
            WHEN 'month' THEN (occurred_on + interval '1 month')::date - 1
            ELSE (occurred_on + interval '1 year')::date - 1
        END >= floor_before;
END
$function$;

CREATE FUNCTION floor_is_latest_day(milestone text, occurred_on date, floor_before date, floor_after date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN floor_after = CASE
        WHEN milestone = 'adverse-event' THEN floor_before
        ELSE greatest(floor_before, occurred_on)
    END;
END
$function$;

CREATE FUNCTION known_precision(occurred_on date, date_precision text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN CASE date_precision
        WHEN 'day' THEN true
        WHEN 'month' THEN extract(day FROM occurred_on) = 1
        WHEN 'year' THEN extract(doy FROM occurred_on) = 1
        ELSE false
    END;
END
$function$;

CREATE FUNCTION drawn_status(milestone text, status_before text, status_after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN CASE milestone
        WHEN 'relapsed' THEN status_after = 'relapsed'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy', 'lost')
        WHEN 'second-malignancy' THEN status_after = 'second-malignancy'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy', 'lost')
        WHEN 'lost-to-follow-up' THEN status_after = 'lost'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy')
        WHEN 'consent-withdrawn' THEN status_after = 'withdrawn'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy', 'lost')
        WHEN 'off-study' THEN status_after = 'off-study'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy', 'lost')
        WHEN 'died' THEN status_after = 'dead'
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy', 'lost', 'off-study')
        WHEN 'seen' THEN status_after IN ('in-study', 'relapsed', 'second-malignancy')
            AND status_before IN (status_after, 'lost')
        ELSE status_after = status_before
            AND status_before IN ('in-study', 'relapsed', 'second-malignancy')
    END;
END
$function$;

CREATE FUNCTION one_track_at_a_time(milestone text, transition integer, arrow text, phase_before text, phase_after text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN CASE
        WHEN milestone IN (
            'relapsed', 'second-malignancy', 'lost-to-follow-up', 'consent-withdrawn', 'off-study', 'died', 'seen'
        ) THEN transition IS NULL AND arrow IS NULL AND phase_after = phase_before
        ELSE transition IS NOT NULL AND arrow IS NOT NULL
    END;
END
$function$;

CREATE FUNCTION deviation_has_reason(answer text, arrow text, deviation text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN CASE answer
        WHEN 'planned' THEN deviation IS NULL AND arrow IS DISTINCT FROM 'off-protocol'
        WHEN 'off-protocol' THEN deviation IS NOT NULL AND btrim(deviation) <> ''
        ELSE false
    END;
END
$function$;

CREATE FUNCTION randomised_to_an_arm(milestone text, randomisation text, arm text, stratum text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN CASE milestone
        WHEN 'randomised' THEN arm IS NOT NULL AND stratum IS NOT NULL AND randomisation IS NOT NULL
        ELSE arm IS NULL AND stratum IS NULL AND randomisation IS NULL
    END;
END
$function$;

-- One row an event. A patient is its first event; there is no other table of patients to contradict it.

CREATE TABLE event (
    patient       text        COLLATE "C" NOT NULL,
    position      integer     NOT NULL,
    previous      integer     GENERATED ALWAYS AS (nullif(position - 1, 0)) STORED,
    edition       integer     NOT NULL,
    protocol      text        COLLATE "C" NOT NULL,
    site          text        COLLATE "C" NOT NULL,
    milestone     text        COLLATE "C" NOT NULL,
    transition    integer,
    arrow         text        COLLATE "C",
    phase_before  text        COLLATE "C" NOT NULL,
    phase_after   text        COLLATE "C" NOT NULL,
    status_before text        COLLATE "C" NOT NULL,
    status_after  text        COLLATE "C" NOT NULL,
    answer        text        COLLATE "C" NOT NULL,
    occurred_on   date        NOT NULL,
    precision     text        COLLATE "C" NOT NULL,
    floor_before  date,
    floor_after   date        NOT NULL,
    facts         jsonb       NOT NULL,
    identifying   jsonb,
    randomisation text        COLLATE "C",
    arm           text        COLLATE "C",
    stratum       text        COLLATE "C",
    deviation     text,
    notes         jsonb,
    synthetic     boolean     NOT NULL,
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    origin_by     text,
    origin_at     timestamptz,
    request       uuid        NOT NULL,

    CONSTRAINT no_overlap PRIMARY KEY (patient, position),
    CONSTRAINT one_event_a_request UNIQUE (patient, request),
    CONSTRAINT one_standing UNIQUE
        (patient, position, phase_after, status_after, floor_after, protocol, site, synthetic),
    CONSTRAINT no_teleport FOREIGN KEY
        (patient, previous, phase_before, status_before, floor_before, protocol, site, synthetic)
        REFERENCES event (patient, position, phase_after, status_after, floor_after, protocol, site, synthetic),
    CONSTRAINT drawn_arrow FOREIGN KEY (edition, transition, phase_before, milestone, phase_after, arrow)
        REFERENCES transition (edition, number, source, milestone, target, answer),
    CONSTRAINT judged_by_edition FOREIGN KEY (edition, protocol) REFERENCES edition (edition, protocol),
    CONSTRAINT randomised_along_its_arrow FOREIGN KEY (edition, transition, arm)
        REFERENCES transition (edition, number, qualifier),

    CONSTRAINT study_number CHECK (patient ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
    CONSTRAINT positions_count_from_one CHECK (position >= 1),
    CONSTRAINT starts_at_enrolment CHECK (starts_at_enrolment(position, milestone, phase_before, status_before)),
    -- The first event has no predecessor to copy from; every later one must name its predecessor's day.
    CONSTRAINT follows_a_day CHECK ((position = 1) = (floor_before IS NULL)),
    CONSTRAINT dates_run_forward CHECK (dates_run_forward(milestone, occurred_on, precision, floor_before)),
    CONSTRAINT floor_is_latest_day CHECK (floor_is_latest_day(milestone, occurred_on, floor_before, floor_after)),
    CONSTRAINT known_precision CHECK (known_precision(occurred_on, precision)),
    CONSTRAINT drawn_status CHECK (drawn_status(milestone, status_before, status_after)),
    CONSTRAINT one_track_at_a_time CHECK (one_track_at_a_time(milestone, transition, arrow, phase_before, phase_after)),
    CONSTRAINT deviation_has_reason CHECK (deviation_has_reason(answer, arrow, deviation)),
    CONSTRAINT randomised_to_an_arm CHECK (randomised_to_an_arm(milestone, randomisation, arm, stratum)),
    CONSTRAINT recorder_named CHECK (btrim(recorded_by) <> ''),
    CONSTRAINT facts_are_an_object CHECK (jsonb_typeof(facts) = 'object')
);

CREATE UNIQUE INDEX one_allocation_a_randomisation ON event (patient, randomisation) WHERE randomisation IS NOT NULL;

CREATE INDEX patient_enrolled ON event (patient) INCLUDE (site, edition) WHERE position = 1;

-- What was attempted and not recorded.

CREATE TABLE refusal (
    refusal     bigint      GENERATED ALWAYS AS IDENTITY,
    patient     text        COLLATE "C" NOT NULL,
    attempted   jsonb       NOT NULL,
    answer      text        COLLATE "C" NOT NULL
        CONSTRAINT known_refusal CHECK (answer IN ('refused', 'off-protocol', 'conflict')),
    explanation text        NOT NULL,
    citation    text,
    door        text        COLLATE "C" NOT NULL,
    refused_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    refused_by  text        NOT NULL CONSTRAINT refused_is_named CHECK (btrim(refused_by) <> ''),
    CONSTRAINT refusal_key PRIMARY KEY (refusal)
);

CREATE INDEX refusal_of_patient ON refusal (patient, refusal);

RESET ROLE;
