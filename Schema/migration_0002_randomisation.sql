-- Randomisation in permuted blocks within strata.
--
-- The seed of each list is drawn by the database and can be read by nobody but the owner: who logs milestones learns an
-- allocation by recording it, never before. The allocation with number n of a list is a function of the seed, so an auditor who is
-- given the seed draws the same list again.
--
-- Generator: the first four bytes of SHA-256(seed, 'randomisation/stratum/block/counter') as an unsigned integer, most significant
-- byte first; values that would favour a remainder are skipped and the counter goes on. Procedure: counter 0 of each block chooses its size
-- among the block sizes; the following ones shuffle the arms, each as often as the others, after Fisher and Yates from the last place down.

SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';
SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

CREATE TABLE randomisation (
    edition       integer   NOT NULL CONSTRAINT randomisation_of_edition REFERENCES edition,
    randomisation text      COLLATE "C" NOT NULL,
    arms          text[]    NOT NULL,
    block_sizes   integer[] NOT NULL,
    CONSTRAINT randomisation_key PRIMARY KEY (edition, randomisation)
);

CREATE TABLE randomisation_seed (
    edition       integer NOT NULL,
    randomisation text    COLLATE "C" NOT NULL,
    seed          bytea   NOT NULL CONSTRAINT seed_of_32_bytes CHECK (octet_length(seed) = 32),
    CONSTRAINT randomisation_seed_key PRIMARY KEY (edition, randomisation),
    CONSTRAINT seed_of_randomisation FOREIGN KEY (edition, randomisation) REFERENCES randomisation
);

CREATE TABLE stratum (
    edition       integer NOT NULL,
    randomisation text    COLLATE "C" NOT NULL,
    stratum       text    COLLATE "C" NOT NULL,
    condition     text    NOT NULL,
    citation      text    NOT NULL,
    drawn         integer NOT NULL DEFAULT 0 CONSTRAINT drawn_counts_up CHECK (drawn >= 0),
    CONSTRAINT stratum_key PRIMARY KEY (edition, randomisation, stratum),
    CONSTRAINT stratum_of_randomisation FOREIGN KEY (edition, randomisation) REFERENCES randomisation
);

CREATE TABLE allocation (
    edition       integer     NOT NULL,
    randomisation text        COLLATE "C" NOT NULL,
    stratum       text        COLLATE "C" NOT NULL,
    number        integer     NOT NULL,
    arm           text        COLLATE "C" NOT NULL,
    patient       text        COLLATE "C" NOT NULL,
    drawn_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT allocation_key PRIMARY KEY (edition, randomisation, stratum, number),
    CONSTRAINT one_allocation_a_patient UNIQUE (patient, edition, randomisation),
    CONSTRAINT allocation_of_stratum FOREIGN KEY (edition, randomisation, stratum) REFERENCES stratum
);

CREATE FUNCTION permuted_block_arm(seed bytea, list text, number integer, arms text[], sizes integer[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pathway, pg_temp
AS $function$
DECLARE
    block   integer := 0;
    counter integer;
    first   integer := 1;
    size    integer;
    places  text[];
    chosen  integer;
    swapped text;
    bound   integer;
    word    bytea;
    value   bigint;
BEGIN
    LOOP
        counter := 0;
        size := NULL;
        places := ARRAY[]::text[];
        -- The bound of each draw: the number of sizes first, then the places of the shuffle from the last one down.
        bound := array_length(sizes, 1);
        LOOP
            LOOP
                word := sha256(seed || convert_to(list || '/' || block || '/' || counter, 'UTF8'));
                value := (get_byte(word, 0)::bigint << 24) | (get_byte(word, 1) << 16)
                    | (get_byte(word, 2) << 8) | get_byte(word, 3);
                counter := counter + 1;
                EXIT WHEN value < 4294967296 - 4294967296 % bound;
            END LOOP;
            chosen := (value % bound)::integer + 1;
            IF size IS NULL THEN
                size := sizes[chosen];
                EXIT WHEN first + size <= number;
                FOR place IN 0..size - 1 LOOP
                    places := places || arms[place % array_length(arms, 1) + 1];
                END LOOP;
                bound := size;
            ELSE
                swapped := places[bound];
                places[bound] := places[chosen];
                places[chosen] := swapped;
                bound := bound - 1;
            END IF;
            EXIT WHEN bound = 1;
        END LOOP;
        EXIT WHEN first + size > number;
        first := first + size;
        block := block + 1;
    END LOOP;
    RETURN places[number - first + 1];
END
$function$;

CREATE FUNCTION draw_allocation(
    for_patient text, of_edition integer, of_randomisation text, of_stratum text, OUT drawn_arm text, OUT drawn_number integer
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    -- The row lock lasts to the end of the transaction: the next draw of this list waits until this one is recorded or undone.
    UPDATE stratum SET drawn = drawn + 1
    WHERE edition = of_edition AND randomisation = of_randomisation AND stratum = of_stratum
    RETURNING drawn INTO STRICT drawn_number;

    SELECT permuted_block_arm(k.seed, of_randomisation || '/' || of_stratum, drawn_number, r.arms, r.block_sizes)
    INTO STRICT drawn_arm
    FROM randomisation AS r JOIN randomisation_seed AS k USING (edition, randomisation)
    WHERE r.edition = of_edition AND r.randomisation = of_randomisation;

    INSERT INTO allocation (edition, randomisation, stratum, number, arm, patient)
    VALUES (of_edition, of_randomisation, of_stratum, drawn_number, drawn_arm, for_patient);
END
$function$;

-- Nobody states that the service drew what it did not draw. Another log's draw comes with the moment at which it was recorded there,
-- and with a patient of whom nothing was recorded here first.
CREATE FUNCTION keep_own_allocations(entry event) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    IF lower(entry.facts->>'allocated-by') IS DISTINCT FROM 'pathway' THEN
        RETURN;
    END IF;
    IF entry.origin_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM pathway.event AS e
        WHERE e.patient = entry.patient AND e.milestone IS NOT NULL AND e.origin_at IS NULL
    ) OR EXISTS (
        SELECT FROM pathway.allocation AS a
        WHERE a.patient = entry.patient AND a.randomisation = entry.randomisation AND a.arm = entry.arm
            AND a.stratum = entry.stratum
    ) OR EXISTS (
        SELECT FROM pathway.event AS e
        WHERE e.patient = entry.patient AND e.position = entry.restates AND e.randomisation = entry.randomisation
            AND e.facts = entry.facts
    ) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'the service did not draw this allocation'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'drawn_by_the_service', TABLE = 'event', SCHEMA = 'pathway';
END
$function$;

-- What the service drew was drawn: a correction may date it anew, and states it again with the same arm in the same stratum, in the
-- statement that rewinds it.
CREATE FUNCTION keep_what_was_drawn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    IF EXISTS (
        SELECT FROM event AS e
        WHERE e.patient = NEW.patient AND e.position > coalesce(NEW.follows, 0) AND e.position < NEW.position
            AND e.randomisation IS NOT NULL AND lower(e.facts->>'allocated-by') = 'pathway'
            AND NOT EXISTS (
                SELECT FROM event AS r
                WHERE r.patient = e.patient AND r.act = 'rewound' AND r.position > e.position AND r.position < NEW.position
                    AND coalesce(r.follows, 0) < e.position
            )
            AND NOT EXISTS (
                SELECT FROM event AS a
                WHERE a.patient = e.patient AND a.position > NEW.position AND a.restates = e.position
                    AND a.randomisation = e.randomisation AND a.arm = e.arm AND a.stratum = e.stratum AND a.facts = e.facts
            )
    ) THEN
        RAISE EXCEPTION 'the service drew the allocation, and what was drawn is not undone'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'drawn_allocation_stands', TABLE = 'event', SCHEMA = 'pathway';
    END IF;
    RETURN NULL;
END
$function$;

CREATE TRIGGER keep_what_was_drawn AFTER INSERT ON event FOR EACH ROW
WHEN (NEW.act = 'rewound')
EXECUTE FUNCTION keep_what_was_drawn();
ALTER TABLE event ENABLE ALWAYS TRIGGER keep_what_was_drawn;

REVOKE ALL ON FUNCTION draw_allocation, permuted_block_arm, keep_own_allocations, keep_what_was_drawn FROM PUBLIC;

RESET ROLE;
