-- The proof: committed entries get dense numbers, the digest of their chain, and a place in a Merkle tree as in RFC 6962.
--
-- Sequences commit out of order, so numbers are given afterwards, by one sealer at a time, to what every transaction that could still
-- come before has left behind. Whoever reads by these numbers needs one integer and misses nothing.

SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '10min';
SET LOCAL ROLE pathway_owner;
SET LOCAL search_path = pathway;

-- The chain is a patient's study number, or empty for the journal.
CREATE TABLE seal (
    number   bigint  NOT NULL CONSTRAINT seals_count_from_one CHECK (number >= 1),
    chain    text    COLLATE "C" NOT NULL,
    position integer NOT NULL,
    digest   bytea   NOT NULL CONSTRAINT digest_of_32_bytes CHECK (octet_length(digest) = 32),
    CONSTRAINT seal_key PRIMARY KEY (number),
    CONSTRAINT sealed_once UNIQUE (chain, position)
);

-- Whole tiles of 256 hashes: of leaves on level 0, of whole tiles of the level below above it.
CREATE TABLE tile (
    level  smallint NOT NULL,
    number bigint   NOT NULL,
    hashes bytea    NOT NULL CONSTRAINT whole_tile CHECK (octet_length(hashes) = 8192),
    root   bytea    NOT NULL CONSTRAINT root_of_32_bytes CHECK (octet_length(root) = 32),
    CONSTRAINT tile_key PRIMARY KEY (level, number)
);

-- How far the sealer came: everything of earlier transactions is sealed. A database that was restored elsewhere begins a new epoch:
-- its transactions count anew.
CREATE TABLE sealing (
    sealing   bigint      NOT NULL,
    epoch     integer     NOT NULL,
    cluster   text        NOT NULL,
    horizon   bigint      NOT NULL,
    size      bigint      NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT sealing_key PRIMARY KEY (sealing)
);

-- The checkpoints that were signed: none may contradict one before it.
CREATE TABLE checkpoint (
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    signer    text        NOT NULL,
    note      text        NOT NULL,
    signed_by text        NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT checkpoint_key PRIMARY KEY (size, signer)
);

-- The identity of this server and database: another one after a dump was restored. Only the owner of the server may ask for the
-- first, so that a function answers.
CREATE FUNCTION this_cluster() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.system_identifier || '/' || d.oid FROM pg_control_system() AS s, pg_database AS d
    WHERE d.datname = current_database();
END;

-- Waits until nobody is writing, and keeps it so until the end of the transaction.
CREATE FUNCTION wait_for_writers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    LOCK TABLE event, journal IN SHARE MODE;
END
$function$;

-- The transaction before which everything that this database will ever hold of is decided: none with a lower number is still open in it.
--
-- Those of other databases of the server count with the same numbers and write nothing here. Who is running is asked first, and where
-- each runs only then, so that a number is never taken for that of another session; one that is not shown, such as a prepared one,
-- counts as this database's.
CREATE FUNCTION sealing_horizon() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    seen pg_snapshot := pg_current_snapshot();
BEGIN
    RETURN coalesce(
        (
            SELECT min(x.xid::text::bigint) FROM pg_snapshot_xip(seen) AS x (xid)
            WHERE NOT EXISTS (
                SELECT FROM pg_stat_activity AS a WHERE a.backend_xid = x.xid::xid AND a.datname <> current_database()
            )
        ),
        pg_snapshot_xmax(seen)::text::bigint
    );
END
$function$;

-- How many entries of transactions from one number to below another wait for their place in the proof, and since when: for whoever reads
-- by numbers, whose entries they are or not.
CREATE FUNCTION waiting_for_sealer(at_least bigint, below bigint, OUT entries bigint, OUT since timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
DECLARE
    -- Before it everything is sealed, unless the database was restored elsewhere since.
    reached bigint := greatest(at_least, coalesce((
        SELECT CASE WHEN s.cluster = this_cluster() THEN s.horizon ELSE 0 END
        FROM sealing AS s ORDER BY s.sealing DESC LIMIT 1
    ), 0));
BEGIN
    SELECT count(*), min(w.recorded_at) INTO entries, since
    FROM (
        SELECT e.patient AS chain, e.position, e.recorded_at FROM event AS e WHERE e.xid >= reached AND e.xid < below
        UNION ALL
        SELECT '', j.number, j.acted_at FROM journal AS j WHERE j.xid >= reached AND j.xid < below
    ) AS w
    WHERE NOT EXISTS (SELECT FROM seal AS s WHERE s.chain = w.chain AND s.position = w.position);
END
$function$;

-- How many entries are sealed, for whoever reads by numbers, whose entries they are or not: a number beyond was never given here.
CREATE FUNCTION sealed_size() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    RETURN (SELECT coalesce(max(s.number), 0) FROM seal AS s);
END
$function$;

-- Keeps a checkpoint that was signed, so that the next one does not contradict it.
CREATE FUNCTION keep_checkpoint(of_size bigint, of_root bytea, by_signer text, signed_note text, person text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pathway, pg_temp
AS $function$
BEGIN
    IF of_size > (SELECT coalesce(max(s.number), 0) FROM seal AS s) THEN
        RAISE EXCEPTION 'fewer than % entries are sealed', of_size
            USING ERRCODE = 'check_violation', CONSTRAINT = 'checkpoint_of_what_is_sealed', TABLE = 'checkpoint', SCHEMA = 'pathway';
    END IF;
    PERFORM keep_own_name(ARRAY[person]);
    INSERT INTO checkpoint (size, root, signer, note, signed_by) VALUES (of_size, of_root, by_signer, signed_note, person)
    ON CONFLICT DO NOTHING;
END
$function$;

ALTER TABLE seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_seal ON seal TO pathway_auditor, pathway_sealer USING (true) WITH CHECK (true);
CREATE POLICY own_site ON seal FOR SELECT TO pathway_coordinator
    USING (EXISTS (SELECT FROM event AS e WHERE e.patient = seal.chain AND e.position = seal.position));

GRANT SELECT ON seal TO pathway_auditor, pathway_sealer, pathway_coordinator;
GRANT SELECT ON tile, sealing, checkpoint TO pathway_auditor, pathway_sealer;
GRANT INSERT ON seal, tile, sealing TO pathway_sealer;
REVOKE ALL ON FUNCTION this_cluster, wait_for_writers, sealing_horizon, waiting_for_sealer, sealed_size, keep_checkpoint
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sealed_size TO pathway_coordinator, pathway_auditor, pathway_sealer;
GRANT EXECUTE ON FUNCTION sealing_horizon, waiting_for_sealer
TO pathway_coordinator, pathway_auditor, pathway_statistician, pathway_sealer;
GRANT EXECUTE ON FUNCTION keep_checkpoint TO pathway_auditor;
GRANT EXECUTE ON FUNCTION wait_for_writers TO pathway_sealer;
GRANT EXECUTE ON FUNCTION this_cluster TO pathway_auditor, pathway_sealer;

RESET ROLE;
