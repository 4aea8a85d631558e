-- The log: what happened to each patient, as events that are appended and never changed.
--
-- The database keeps the shape: a path has no gap, no jump, no arrow that the protocol does not draw and no wrong start, whoever
-- writes to it. What the conditions on the arrows mean is judged in Swift. Every constraint is named for its promise.

-- A migration that waits for a lock holds up everybody who records: rather it fails, leaves nothing, and is run again.
SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';

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
    login     text        NOT NULL DEFAULT session_user,
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

-- The arrows that the document draws, and the shared ones of the status, which lead back to the phase that they start from. The arm is
-- empty but for randomisations.
CREATE TABLE transition (
    edition   integer NOT NULL,
    number    integer NOT NULL,
    protocol  text    COLLATE "C" NOT NULL,
    source    text    COLLATE "C" NOT NULL,
    milestone text    COLLATE "C" NOT NULL,
    qualifier text    COLLATE "C",
    arm       text    COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (CASE WHEN milestone = 'randomised' THEN qualifier ELSE '' END) STORED,
    condition text,
    target    text    COLLATE "C" NOT NULL,
    answer    text    COLLATE "C" NOT NULL
        CONSTRAINT known_answer CHECK (answer IN ('planned', 'off-protocol') OR answer = 'status' AND source = target),
    warning   text,
    citation  text    NOT NULL,
    verified  boolean NOT NULL,
    CONSTRAINT transition_key PRIMARY KEY (edition, number),
    CONSTRAINT arrow_drawn_by_edition UNIQUE (edition, number, protocol, source, milestone, target, answer, arm),
    CONSTRAINT arrow_of_edition FOREIGN KEY (edition, protocol) REFERENCES edition (edition, protocol),
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

-- What one entry must be by itself. One function, called by one constraint, raises under the name of the promise that is broken:
-- PostgreSQL reads the text of every CHECK anew for each statement, and a dozen of them would cost more than the commit.

CREATE FUNCTION entry_shape(
    patient text, place integer, follows integer, act text, restates integer, milestone text, arrow text, phase_before text,
    phase_after text, status_before text, status_after text, answer text, occurred_on date, date_precision text,
    floor_before date, floor_after date, locked_before boolean, locked_after boolean, facts jsonb, reason bytea,
    randomisation text, arm text, stratum text, recorded_by text
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $function$
DECLARE
    last_day date := CASE date_precision
        WHEN 'day' THEN occurred_on
        WHEN 'month' THEN (occurred_on + interval '1 month')::date - 1
        ELSE (occurred_on + interval '1 year')::date - 1
    END;
    -- A reason is kept encrypted: a version, a nonce of 12 bytes, what was written, and a tag of 16.
    has_reason boolean := coalesce(octet_length(reason) > 29, false);
    broken text;
BEGIN
    broken := CASE
        WHEN patient !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' THEN 'study_number'
        WHEN place < 1 THEN 'positions_count_from_one'
        WHEN btrim(recorded_by) = '' THEN 'recorder_named'
        WHEN jsonb_typeof(facts) <> 'object' THEN 'facts_are_an_object'

        -- Who changes, closes, opens or forgets a record says why; who signs it says what for.
        WHEN act IS NOT NULL AND (
            act NOT IN ('rewound', 'signed', 'locked', 'unlocked', 'erased') OR milestone IS NOT NULL OR answer IS NOT NULL
            OR occurred_on IS NOT NULL OR date_precision IS NOT NULL OR act <> 'signed' AND NOT has_reason
        ) OR act IS NULL AND (
            milestone IS NULL OR answer IS NULL OR occurred_on IS NULL OR date_precision IS NULL
        ) THEN 'is_milestone_or_act'

        -- A path begins at its enrolment; an act that rewinds goes on from an earlier entry; everything else from the entry before it.
        WHEN place = 1 AND milestone IS DISTINCT FROM 'enrolled' THEN 'starts_at_enrolment'
        WHEN CASE
            WHEN milestone = 'enrolled' THEN follows IS NOT NULL
            WHEN act = 'rewound' THEN follows < 1 OR follows > place - 2
            ELSE follows IS DISTINCT FROM place - 1
        END THEN 'follows_its_path'
        WHEN (phase_before = 'outside') <> (follows IS NULL OR coalesce(milestone = 'enrolled', false))
            AND act IS DISTINCT FROM 'signed' AND act IS DISTINCT FROM 'locked' AND act IS DISTINCT FROM 'unlocked'
            AND act IS DISTINCT FROM 'erased' THEN 'starts_at_enrolment'
        WHEN follows IS NULL
            AND (phase_before <> 'outside' OR status_before <> 'in-study' OR floor_before <> '-infinity' OR locked_before)
        THEN 'starts_at_enrolment'
        WHEN restates < 1 OR restates >= place OR restates IS NOT NULL AND act IS NOT NULL THEN 'restates_an_earlier_entry'

        WHEN act IS NULL AND CASE date_precision
            WHEN 'day' THEN false
            WHEN 'month' THEN extract(day FROM occurred_on) <> 1
            WHEN 'year' THEN extract(doy FROM occurred_on) <> 1
            ELSE true
        END THEN 'known_precision'
        WHEN act IS NULL AND milestone <> 'adverse-event' AND last_day < floor_before THEN 'dates_run_forward'
        WHEN floor_after <> CASE
            WHEN act IS NOT NULL OR milestone = 'adverse-event' THEN floor_before
            ELSE greatest(floor_before, occurred_on)
        END THEN 'floor_is_latest_day'

        WHEN NOT CASE milestone
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
                AND (milestone IS NULL OR status_before IN ('in-study', 'relapsed', 'second-malignancy'))
        END THEN 'drawn_status'
        WHEN CASE
            WHEN act IS NOT NULL THEN arrow <> 'act' OR phase_after <> phase_before
            ELSE (arrow = 'status') <> (milestone IN (
                'relapsed', 'second-malignancy', 'lost-to-follow-up', 'consent-withdrawn', 'off-study', 'died', 'seen'))
        END THEN 'one_track_at_a_time'
        WHEN act IS NULL AND CASE answer
            WHEN 'planned' THEN reason IS NOT NULL OR arrow = 'off-protocol'
            WHEN 'off-protocol' THEN NOT has_reason
            ELSE true
        END THEN 'deviation_has_reason'
        WHEN CASE milestone
            WHEN 'randomised' THEN arm = '' OR stratum IS NULL OR randomisation IS NULL
            ELSE arm <> '' OR stratum IS NOT NULL OR randomisation IS NOT NULL
        END THEN 'randomised_to_an_arm'

        WHEN NOT CASE act
            WHEN 'locked' THEN NOT locked_before AND locked_after
            WHEN 'unlocked' THEN locked_before AND NOT locked_after
            -- What identifies is forgotten on request even in a record that is closed.
            WHEN 'erased' THEN locked_after = locked_before
            ELSE NOT locked_before AND NOT locked_after
        END THEN 'locked_record_refuses'
    END;
    IF broken IS NULL THEN
        RETURN true;
    END IF;
    RAISE EXCEPTION 'new row for relation "event" violates check constraint "%"', broken
        USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'event', SCHEMA = 'pathway';
END
$function$;

-- One row an entry: a milestone, or an act on the record (a correction rewinds it to an earlier entry and states anew what follows).
-- A patient is its entries; there is no other table of patients to contradict them.

CREATE TABLE event (
    patient       text        COLLATE "C" NOT NULL,
    position      integer     NOT NULL,
    follows       integer,
    act           text        COLLATE "C",
    restates      integer,
    edition       integer     NOT NULL,
    protocol      text        COLLATE "C" NOT NULL,
    site          text        COLLATE "C" NOT NULL,
    milestone     text        COLLATE "C",
    transition    integer     NOT NULL,
    arrow         text        COLLATE "C" NOT NULL,
    phase_before  text        COLLATE "C" NOT NULL,
    phase_after   text        COLLATE "C" NOT NULL,
    status_before text        COLLATE "C" NOT NULL,
    status_after  text        COLLATE "C" NOT NULL,
    answer        text        COLLATE "C",
    occurred_on   date,
    precision     text        COLLATE "C",
    floor_before  date        NOT NULL,
    floor_after   date        NOT NULL,
    locked_before boolean     NOT NULL,
    locked_after  boolean     NOT NULL,
    facts         jsonb       NOT NULL,
    identifying   bytea,
    reason        bytea,
    randomisation text        COLLATE "C",
    arm           text        COLLATE "C" NOT NULL,
    stratum       text        COLLATE "C",
    synthetic     boolean     NOT NULL,
    recorded_by   text        NOT NULL,
    login         text        NOT NULL,
    recorded_at   timestamptz NOT NULL,
    origin_by     text,
    origin_at     timestamptz,
    request       uuid        NOT NULL,
    xid           bigint      NOT NULL,

    CONSTRAINT no_overlap PRIMARY KEY (patient, position),
    CONSTRAINT one_event_a_request UNIQUE (patient, request),
    CONSTRAINT one_standing UNIQUE
        (patient, position, phase_after, status_after, floor_after, locked_after, protocol, site, synthetic),
    CONSTRAINT no_teleport FOREIGN KEY
        (patient, follows, phase_before, status_before, floor_before, locked_before, protocol, site, synthetic)
        REFERENCES event
        (patient, position, phase_after, status_after, floor_after, locked_after, protocol, site, synthetic),
    CONSTRAINT drawn_arrow FOREIGN KEY
        (edition, transition, protocol, phase_before, milestone, phase_after, arrow, arm)
        REFERENCES transition (edition, number, protocol, source, milestone, target, answer, arm),
    CONSTRAINT entry_shape CHECK (entry_shape(
        patient, position, follows, act, restates, milestone, arrow, phase_before, phase_after, status_before, status_after,
        answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after, facts, reason, randomisation,
        arm, stratum, recorded_by
    ))
);

CREATE INDEX patient_enrolled ON event (patient) INCLUDE (site, edition) WHERE milestone = 'enrolled';
CREATE INDEX rewinds ON event (patient, position) INCLUDE (follows, recorded_at) WHERE act = 'rewound';
-- Entries reach the disk nearly in the order of their transactions: a summary of each range of pages finds the latest.
CREATE INDEX recorded_in ON event USING brin (xid) WITH (pages_per_range = 16, autosummarize = on);

-- Whether an entry belongs to the path as it stood then: no later act rewound the path to before it.
CREATE FUNCTION stands(of_patient text, place integer, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT NOT EXISTS (
        SELECT FROM event AS r
        WHERE r.patient = of_patient AND r.act = 'rewound' AND r.position > place
            AND coalesce(r.follows, 0) < place AND r.recorded_at <= at
    );
END;

-- What a foreign key cannot say, asked of the few rows that it concerns: an act, a beginning, a randomisation. The functions that it
-- asks of the last two are made beside the tables that they read.
CREATE FUNCTION keep_one_path() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    last event%ROWTYPE;
BEGIN
    IF NEW.position > 1 AND (NEW.follows IS NULL OR NEW.act = 'rewound') THEN
        SELECT * INTO last FROM event WHERE patient = NEW.patient AND position = NEW.position - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no entry before position % of the patient', NEW.position
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'no_gap', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
        IF last.locked_after THEN
            RAISE EXCEPTION 'the record is locked'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'locked_record_refuses', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
        IF NEW.follows IS NULL AND (NEW.synthetic <> last.synthetic
            OR NEW.act IS NOT NULL AND (NEW.site, NEW.protocol) IS DISTINCT FROM (last.site, last.protocol)) THEN
            RAISE EXCEPTION 'a record is rewound at its own site, under its own protocol'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'no_teleport', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
        IF NEW.act IS NULL AND last.phase_after <> 'outside' THEN
            RAISE EXCEPTION 'a path begins again only when it was rewound to its beginning'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'starts_at_enrolment', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
        IF NEW.act = 'rewound' AND NEW.follows IS NOT NULL
            AND NOT stands(NEW.patient, NEW.follows, 'infinity') THEN
            RAISE EXCEPTION 'position % of the patient was rewound before', NEW.follows
                USING ERRCODE = 'check_violation', CONSTRAINT = 'rewinds_to_what_stands', TABLE = 'event', SCHEMA = 'pathway';
        END IF;
    END IF;
    IF NEW.act IS NOT NULL AND NOT EXISTS (
        SELECT FROM edition AS d WHERE d.edition = NEW.edition AND d.protocol = NEW.protocol
    ) THEN
        RAISE EXCEPTION 'there is no edition % of protocol %', NEW.edition, NEW.protocol
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'judged_by_edition', TABLE = 'event', SCHEMA = 'pathway';
    END IF;
    IF NEW.randomisation IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM event AS e
            WHERE e.patient = NEW.patient AND e.randomisation = NEW.randomisation
                AND stands(e.patient, e.position, 'infinity')
        ) THEN
            RAISE EXCEPTION 'the patient was randomised before'
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'one_allocation_a_randomisation',
                TABLE = 'event', SCHEMA = 'pathway';
        END IF;
        PERFORM keep_own_allocations(NEW);
    END IF;
    IF NEW.milestone = 'enrolled' OR NEW.act = 'unlocked' THEN
        PERFORM keep_closed_gates(NEW);
    END IF;
    RETURN NEW;
END
$function$;

CREATE TRIGGER keep_one_path BEFORE INSERT ON event FOR EACH ROW
WHEN (NEW.follows IS NULL OR NEW.act IS NOT NULL OR NEW.randomisation IS NOT NULL)
EXECUTE FUNCTION keep_one_path();
ALTER TABLE event ENABLE ALWAYS TRIGGER keep_one_path;

-- The keys of what identifies a patient: AES-256-GCM over birth dates, notes and reasons. Forgetting a patient removes the key.

CREATE TABLE patient_key (
    patient text        COLLATE "C" NOT NULL,
    key     bytea       NOT NULL CONSTRAINT key_of_32_bytes CHECK (octet_length(key) = 32),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT one_key_a_patient PRIMARY KEY (patient)
);

-- What was attempted and not recorded: of a patient, or of a site as a whole, or with neither of the study. What somebody attempted
-- who lacked the right to it is kept too.

CREATE TABLE refusal (
    refusal     bigint      GENERATED ALWAYS AS IDENTITY,
    patient     text        COLLATE "C",
    site        text        COLLATE "C",
    attempted   jsonb       NOT NULL CONSTRAINT attempted_is_an_object CHECK (jsonb_typeof(attempted) = 'object'),
    answer      text        COLLATE "C" NOT NULL
        CONSTRAINT known_refusal CHECK (answer IN ('refused', 'off-protocol', 'conflict', 'not-allowed')),
    explanation text        NOT NULL,
    citation    text,
    door        text        COLLATE "C" NOT NULL,
    refused_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    refused_by  text        NOT NULL CONSTRAINT refused_is_named CHECK (btrim(refused_by) <> ''),
    login       text        NOT NULL DEFAULT session_user,
    CONSTRAINT refusal_key PRIMARY KEY (refusal)
);

CREATE INDEX refusal_of_patient ON refusal (patient, refusal);

REVOKE ALL ON FUNCTION entry_shape, stands FROM PUBLIC;

RESET ROLE;
