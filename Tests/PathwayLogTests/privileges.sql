-- Every privilege in the schema "pathway", judged by pgTAP: what is not listed here must not exist, and a table, a view or a function that
-- is not listed here fails. Run as a superuser in a database that the migrations made; it leaves nothing behind:
--
--   psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --dbname=… --file=privileges.sql

BEGIN;

CREATE EXTENSION pgtap SCHEMA public;
-- What pgTAP says of its temporary tables is no verdict.
SET LOCAL client_min_messages = warning;
-- Without "pathway", so that the catalogue names everything with its schema.
SET LOCAL search_path = public;

-- The lists: who there is, what there is, and who may what.

CREATE TEMPORARY TABLE listed_role (role name PRIMARY KEY);

INSERT INTO listed_role (role) VALUES
    ('pathway_administrator'), ('pathway_auditor'), ('pathway_coordinator'), ('pathway_monitor'), ('pathway_randomiser'),
    ('pathway_sealer'), ('pathway_statistician'), ('pathway_trial_office');

-- Nobody but the owner has any privilege beside these two: entries are never changed and never removed.
CREATE TEMPORARY TABLE listed_relation (
    relation name PRIMARY KEY, kind text NOT NULL, may_select name[] NOT NULL, may_insert name[] NOT NULL
);

INSERT INTO listed_relation (relation, kind, may_select, may_insert) VALUES
    ('migration', 'table', ARRAY(TABLE listed_role), '{}'),

    ('edition', 'table', ARRAY(TABLE listed_role), '{}'),
    ('phase', 'table', ARRAY(TABLE listed_role), '{}'),
    ('transition', 'table', ARRAY(TABLE listed_role), '{}'),
    ('rule', 'table', ARRAY(TABLE listed_role), '{}'),

    ('event', 'table', '{pathway_auditor, pathway_coordinator, pathway_sealer}', '{}'),
    ('patient_key', 'table', '{pathway_auditor, pathway_coordinator}', '{}'),
    ('refusal', 'table', '{pathway_auditor, pathway_coordinator}', '{}'),

    ('randomisation', 'table', '{pathway_auditor, pathway_randomiser, pathway_trial_office}', '{}'),
    ('randomisation_seed', 'table', '{}', '{}'),
    ('stratum', 'table', '{pathway_auditor, pathway_trial_office}', '{}'),
    ('allocation', 'table', '{pathway_auditor}', '{}'),

    ('journal', 'table', '{pathway_administrator, pathway_auditor, pathway_sealer}', '{}'),
    ('access', 'table', '{pathway_administrator, pathway_auditor}', '{}'),
    ('moved_patient', 'table', '{pathway_auditor, pathway_coordinator}', '{}'),
    ('gate', 'table', '{pathway_auditor, pathway_coordinator}', '{}'),

    ('seal', 'table', '{pathway_auditor, pathway_coordinator, pathway_sealer, pathway_statistician}', '{pathway_sealer}'),
    ('tile', 'table', '{pathway_auditor, pathway_sealer, pathway_statistician}', '{pathway_sealer}'),
    ('sealing', 'table', '{pathway_auditor, pathway_sealer}', '{pathway_sealer}'),
    ('checkpoint', 'table', '{pathway_auditor, pathway_sealer}', '{}'),

    ('snapshot', 'table', '{pathway_auditor, pathway_statistician}', '{}'),
    ('name_salt', 'table', '{}', '{}'),

    ('audit_trail', 'view', '{pathway_auditor, pathway_monitor}', '{}'),
    ('deidentified_event', 'view', '{pathway_auditor, pathway_statistician}', '{}'),
    ('path', 'view', '{pathway_auditor, pathway_coordinator}', '{}'),
    ('standing', 'view', '{pathway_auditor, pathway_coordinator}', '{}');

-- A view shows what its reader may see, or it is a barrier: no condition of the reader's runs before its own.
CREATE TEMPORARY TABLE listed_view (view name PRIMARY KEY REFERENCES listed_relation, options text[] NOT NULL);

INSERT INTO listed_view (view, options) VALUES
    ('audit_trail', '{security_barrier=true}'),
    ('deidentified_event', '{security_barrier=true}'),
    ('path', '{security_invoker=true}'),
    ('standing', '{security_invoker=true}');

CREATE TEMPORARY TABLE listed_function (
    function name, arguments name[], runs_as text NOT NULL, search_path text, may_execute name[] NOT NULL,
    PRIMARY KEY (function, arguments)
);

INSERT INTO listed_function (function, arguments, runs_as, search_path, may_execute) VALUES
    ('entry_shape',
        '{text,integer,integer,text,integer,text,text,text,text,text,text,text,date,text,date,date,boolean,boolean,jsonb,bytea,text,text,text,text}',
        'caller', NULL, '{}'),
    ('stands', '{text,integer,timestamp with time zone}', 'caller', NULL, '{}'),
    ('keep_one_path', '{}', 'owner', 'pathway, pg_temp', '{}'),
    ('keep_own_allocations', '{pathway.event}', 'caller', NULL, '{}'),
    ('keep_site', '{}', 'owner', 'pathway, pg_temp', '{}'),
    ('keep_what_was_drawn', '{}', 'owner', 'pathway, pg_temp', '{}'),
    ('hold_gates', '{text[]}', 'caller', NULL, '{}'),
    ('keep_closed_gates', '{pathway.event}', 'caller', NULL, '{}'),
    ('append', '{pathway.entry[],text[],bytea[],boolean}', 'owner', 'pathway, pg_temp', '{pathway_coordinator}'),
    ('forget_key', '{text,text,text}', 'owner', 'pathway, pg_temp', '{pathway_coordinator}'),
    ('note_scope', '{text,text,text,text}', 'owner', 'pathway, pg_temp', '{pathway_coordinator}'),
    ('note_refusals', '{text[],text[],jsonb[],text[],text[],text[],text[],text[]}', 'owner', 'pathway, pg_temp',
        '{pathway_administrator, pathway_auditor, pathway_coordinator, pathway_monitor, pathway_randomiser, pathway_sealer, '
        'pathway_statistician, pathway_trial_office}'),

    ('permuted_block_arm', '{bytea,text,integer,text[],integer[]}', 'caller', 'pathway, pg_temp', '{}'),
    ('draw_allocation', '{text,integer,text,text}', 'owner', 'pathway, pg_temp', '{pathway_randomiser}'),

    ('write_journal', '{text,text,jsonb,text,text}', 'owner', 'pathway, pg_temp', '{}'),
    ('journal_protocol', '{}', 'owner', 'pathway, pg_temp', '{}'),
    ('add_edition', '{text,jsonb,text}', 'owner', 'pathway, pg_temp', '{pathway_trial_office}'),
    ('note_reading', '{text,text,jsonb,text}', 'owner', 'pathway, pg_temp',
        '{pathway_auditor, pathway_coordinator, pathway_statistician, pathway_trial_office}'),

    ('grant_access', '{text,text,text,text,text}', 'owner', 'pathway, pg_temp', '{pathway_administrator}'),
    ('revoke_access', '{text,text,text,text,text}', 'owner', 'pathway, pg_temp', '{pathway_administrator}'),
    ('own_sites', '{}', 'owner', 'pathway, pg_temp',
        '{pathway_auditor, pathway_coordinator, pathway_randomiser, pathway_sealer}'),
    ('speaks_for_others', '{}', 'owner', 'pathway, pg_temp', ARRAY(TABLE listed_role)),
    ('keep_own_name', '{text[]}', 'caller', NULL, '{}'),
    ('sees_arms', '{}', 'caller', 'pathway, pg_temp', '{pathway_auditor, pathway_monitor}'),

    ('this_cluster', '{}', 'owner', 'pg_catalog, pg_temp', '{pathway_auditor, pathway_sealer}'),
    ('sealing_horizon', '{}', 'owner', 'pathway, pg_temp',
        '{pathway_auditor, pathway_coordinator, pathway_sealer, pathway_statistician}'),
    ('waiting_for_sealer', '{bigint,bigint}', 'owner', 'pathway, pg_temp',
        '{pathway_auditor, pathway_coordinator, pathway_sealer, pathway_statistician}'),
    ('sealed_size', '{}', 'owner', 'pathway, pg_temp', '{pathway_auditor, pathway_coordinator, pathway_sealer}'),
    ('keep_checkpoint', '{bigint,bytea,text,text,text}', 'owner', 'pathway, pg_temp', '{pathway_auditor}'),
    ('wait_for_writers', '{}', 'owner', 'pathway, pg_temp', '{pathway_sealer}'),

    ('snapshot_detail', '{pathway.snapshot}', 'caller', 'pathway, pg_temp', '{pathway_auditor}'),
    ('take_snapshot',
        '{text,text,text,date,"timestamp with time zone",bigint,bytea,integer[],bigint,bigint,bytea,boolean,text}', 'owner',
        'pathway, pg_temp', '{pathway_auditor, pathway_statistician}'),

    ('path_as_of', '{timestamp with time zone}', 'caller', NULL, '{pathway_auditor, pathway_coordinator, pathway_sealer}'),
    ('standing_as_of', '{timestamp with time zone}', 'caller', NULL, '{pathway_auditor, pathway_coordinator, pathway_sealer}');

-- The tables whose rows are guarded are those that have a policy here. A condition is as the server prints it, on one line.
CREATE TEMPORARY TABLE listed_policy (
    relation name REFERENCES listed_relation, policy name, command text NOT NULL, roles name[] NOT NULL, condition text,
    check_condition text, PRIMARY KEY (relation, policy)
);

INSERT INTO listed_policy (relation, policy, command, roles, condition, check_condition) VALUES
    ('event', 'own_site', 'SELECT', '{pathway_coordinator}',
        '((''*''::text = ANY (( SELECT pathway.own_sites() AS own_sites)::text[])) '
        'OR ( CASE WHEN (patient IN ( SELECT m.patient FROM pathway.moved_patient m WHERE (m.patient > ''''::text))) '
        'THEN ( SELECT m.site FROM pathway.moved_patient m WHERE (m.patient = event.patient)) ELSE site END '
        '= ANY (( SELECT pathway.own_sites() AS own_sites)::text[])))', NULL),
    ('event', 'every_site', 'SELECT', '{pathway_auditor, pathway_sealer}', 'true', NULL),
    ('patient_key', 'own_patients', 'SELECT', '{pathway_coordinator}',
        '(EXISTS ( SELECT FROM pathway.event e WHERE (e.patient = patient_key.patient)))', NULL),
    ('patient_key', 'every_patient', 'SELECT', '{pathway_auditor}', 'true', NULL),
    ('refusal', 'own_site', 'SELECT', '{pathway_coordinator}',
        '((''*''::text = ANY (( SELECT pathway.own_sites() AS own_sites)::text[])) '
        'OR (COALESCE(( SELECT m.site FROM pathway.moved_patient m WHERE (m.patient = refusal.patient)), site) '
        '= ANY (( SELECT pathway.own_sites() AS own_sites)::text[])) '
        'OR ((site IS NULL) AND (login = SESSION_USER)))', NULL),
    ('refusal', 'every_site', 'SELECT', '{pathway_auditor}', 'true', NULL),
    ('moved_patient', 'own_site', 'SELECT', '{pathway_coordinator}',
        '((''*''::text = ANY (( SELECT pathway.own_sites() AS own_sites)::text[])) '
        'OR (sites && ( SELECT pathway.own_sites() AS own_sites)))', NULL),
    ('moved_patient', 'every_site', 'SELECT', '{pathway_auditor}', 'true', NULL),
    ('seal', 'own_site', 'SELECT', '{pathway_coordinator}',
        '(EXISTS ( SELECT FROM pathway.event e WHERE ((e.patient = seal.chain) AND (e."position" = seal."position"))))', NULL),
    ('seal', 'statistics', 'SELECT', '{pathway_statistician}', 'true', NULL),
    ('seal', 'every_seal', 'ALL', '{pathway_auditor, pathway_sealer}', 'true', 'true');

-- What the catalogue says: one row a privilege, with those that an object has because nobody ever granted or revoked one. The row
-- types of tables are left out: they give nothing that the tables do not.
CREATE TEMPORARY VIEW granted AS
WITH object (name, owner, acl) AS (
    SELECT 'schema ' || nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace WHERE nspname = 'pathway'
    UNION ALL
    SELECT 'relation ' || relname, relowner, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM pg_class WHERE relnamespace = 'pathway'::regnamespace AND relkind NOT IN ('i', 'I', 'c')
    UNION ALL
    SELECT format('column %s.%s', c.relname, a.attname), c.relowner, a.attacl
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pathway'::regnamespace AND a.attacl IS NOT NULL
    UNION ALL
    SELECT 'function ' || oid::regprocedure, proowner, coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc WHERE pronamespace = 'pathway'::regnamespace
    UNION ALL
    SELECT 'type ' || t.typname, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
    FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'pathway'::regnamespace AND t.typelem = 0 AND coalesce(c.relkind, 'c') = 'c'
)
SELECT o.name AS object, g.privilege_type AS privilege, g.is_grantable,
    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END AS grantee
FROM object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS g
WHERE g.grantee <> o.owner;

-- The verdicts.

SELECT no_plan();

SELECT set_eq(
    $$SELECT relname FROM pg_class WHERE relnamespace = 'pathway'::regnamespace AND relkind NOT IN ('i', 'I', 'c', 'S')$$,
    $$SELECT relation FROM listed_relation$$, 'every table and view is listed, and nothing else is');
SELECT tables_are('pathway', ARRAY(SELECT relation FROM listed_relation WHERE kind = 'table'), 'the tables are those listed');
SELECT views_are('pathway', ARRAY(SELECT relation FROM listed_relation WHERE kind = 'view'), 'the views are those listed');
SELECT sequences_are('pathway', ARRAY['refusal_refusal_seq'], 'the one sequence is that of the refusals');
SELECT set_eq(
    $$SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pathway'::regnamespace$$,
    $$SELECT format('pathway.%s(%s)', function, array_to_string(arguments, ',')) FROM listed_function$$,
    'every function is listed with its arguments, and nothing else is');
SELECT set_eq(
    $$SELECT relname FROM pg_class WHERE relnamespace = 'pathway'::regnamespace AND relkind = 'v'$$,
    $$SELECT view FROM listed_view$$, 'the options of every view are listed');

-- The roles: nobody logs in as one of them.

SELECT is_empty(
    $$SELECT rolname FROM pg_roles
    WHERE (rolname = 'pathway_owner' OR rolname IN (TABLE listed_role)) AND rolcanlogin$$, 'no role of the schema can log in');
SELECT is_empty(
    $$SELECT rolname FROM pg_roles
    WHERE (rolname = 'pathway_owner' OR rolname IN (TABLE listed_role))
        AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)$$,
    'no role of the schema has a power over the server or past the row policies');
SELECT set_eq(
    $$SELECT m.roleid::regrole::text AS role, m.member::regrole::text AS member, m.admin_option FROM pg_auth_members AS m
    WHERE m.member::regrole::text = 'pathway_owner' OR m.member::regrole::text IN (SELECT role::text FROM listed_role)$$,
    $$SELECT role::text, 'pathway_owner' AS member, true AS admin_option FROM listed_role WHERE role <> 'pathway_administrator'
    UNION ALL SELECT 'pg_read_all_stats', 'pathway_owner', false$$,
    'no role is a member of another, but for the owner, who grants what may be granted and sees whose transactions run');
SELECT is_empty(
    $$SELECT r.rolname FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member
    WHERE m.roleid = 'pathway_owner'::regrole AND NOT r.rolsuper AND NOT r.rolcreaterole$$,
    'only who may make roles is a member of the owner');

-- The owner owns everything.

SELECT schema_owner_is('pathway', 'pathway_owner');
SELECT relation_owner_is('pathway', relation, 'pathway_owner'::name) FROM listed_relation ORDER BY relation;
SELECT sequence_owner_is('pathway', 'refusal_refusal_seq', 'pathway_owner'::name);
SELECT function_owner_is('pathway', function, arguments, 'pathway_owner'::name) FROM listed_function ORDER BY function;
SELECT is_empty(
    $$SELECT typname FROM pg_type WHERE typnamespace = 'pathway'::regnamespace AND typowner <> 'pathway_owner'::regrole$$,
    'pathway_owner owns every type');

-- What each role may do, and not through a column either.

SELECT schema_privs_are('pathway', role, '{USAGE}') FROM listed_role ORDER BY role;

SELECT table_privs_are('pathway', e.relation, e.role, e.privileges)
    || E'\n' || any_column_privs_are(
        'pathway', e.relation, e.role, e.privileges,
        format('Role %s has on the columns of %s what it has on the whole', e.role, e.relation))
FROM (
    SELECT l.relation, r.role, array_remove(ARRAY[
        CASE WHEN r.role = ANY (l.may_select) THEN 'SELECT' END, CASE WHEN r.role = ANY (l.may_insert) THEN 'INSERT' END
    ], NULL)::name[] AS privileges
    FROM listed_relation AS l CROSS JOIN listed_role AS r
) AS e
ORDER BY e.relation, e.role;

SELECT sequence_privs_are('pathway', 'refusal_refusal_seq', role, '{}') FROM listed_role ORDER BY role;

SELECT function_privs_are(
    'pathway', f.function, f.arguments, r.role, CASE WHEN r.role = ANY (f.may_execute) THEN '{EXECUTE}' ELSE '{}' END::name[])
FROM listed_function AS f CROSS JOIN listed_role AS r
ORDER BY f.function, r.role;

SELECT is_empty(
    $$SELECT object, privilege FROM granted WHERE grantee = 'PUBLIC' ORDER BY 1, 2$$, 'PUBLIC has nothing');
SELECT is_empty(
    $$SELECT grantee, privilege, object FROM granted
    WHERE grantee <> 'PUBLIC' AND grantee NOT IN (SELECT role::text FROM listed_role) ORDER BY 1, 2, 3$$,
    'nobody but the listed roles was granted anything');
SELECT is_empty(
    $$SELECT grantee, privilege, object FROM granted
    WHERE (object LIKE 'relation %' OR object LIKE 'column %') AND privilege NOT IN ('SELECT', 'INSERT') ORDER BY 1, 2, 3$$,
    'nobody but the owner may change, remove, reference or hang a trigger on anything');
SELECT is_empty(
    $$SELECT grantee, privilege, object FROM granted WHERE is_grantable ORDER BY 1, 2, 3$$, 'nobody may pass a privilege on');
SELECT is_empty(
    $$SELECT defaclrole::regrole, defaclobjtype, defaclacl FROM pg_default_acl$$, 'nothing is granted beforehand to what will be made');

-- Who runs a function as the owner finds the names that the owner meant.

SELECT CASE f.runs_as WHEN 'owner' THEN is_definer('pathway', f.function, f.arguments)
    ELSE isnt_definer('pathway', f.function, f.arguments) END
FROM listed_function AS f ORDER BY f.function;
SELECT is(
    p.proconfig,
    CASE WHEN f.search_path IS NOT NULL THEN ARRAY['search_path=' || f.search_path]
        -- How it is planned opens no door.
        || CASE f.function WHEN 'append' THEN ARRAY['plan_cache_mode=force_generic_plan'] ELSE '{}' END END,
    format('Function %s sets %s', f.function, coalesce('the search path "' || f.search_path || '" and nothing else', 'nothing')))
FROM listed_function AS f
JOIN pg_proc AS p ON p.oid::regprocedure::text = format('pathway.%s(%s)', f.function, array_to_string(f.arguments, ','))
ORDER BY f.function;
SELECT is_empty(
    $$SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'pathway'::regnamespace AND prosecdef
        AND NOT EXISTS (SELECT FROM unnest(proconfig) AS s WHERE s LIKE 'search\_path=%, pg\_temp')$$,
    'every SECURITY DEFINER function has a fixed search path that ends with pg_temp');

-- Rows and views.

SELECT is(
    c.relrowsecurity, EXISTS (SELECT FROM listed_policy AS p WHERE p.relation = l.relation),
    format('Row-level security of table pathway.%s is as listed', l.relation))
FROM listed_relation AS l JOIN pg_class AS c ON c.relname = l.relation AND c.relnamespace = 'pathway'::regnamespace
WHERE l.kind = 'table' ORDER BY l.relation;
SELECT policies_are('pathway', l.relation, ARRAY(SELECT p.policy FROM listed_policy AS p WHERE p.relation = l.relation))
FROM listed_relation AS l WHERE l.kind = 'table' ORDER BY l.relation;
SELECT policy_roles_are('pathway', relation, policy, roles) FROM listed_policy ORDER BY relation, policy;
SELECT policy_cmd_is('pathway', relation, policy, command) FROM listed_policy ORDER BY relation, policy;
SELECT is(
    (
        SELECT format('%s USING %s CHECK %s', lower(p.permissive),
            coalesce(regexp_replace(p.qual, '\s+', ' ', 'g'), 'nothing'),
            coalesce(regexp_replace(p.with_check, '\s+', ' ', 'g'), 'nothing'))
        FROM pg_policies AS p WHERE p.schemaname = 'pathway' AND p.tablename = l.relation AND p.policyname = l.policy
    ),
    format('permissive USING %s CHECK %s', coalesce(l.condition, 'nothing'), coalesce(l.check_condition, 'nothing')),
    format('Policy %s for table pathway.%s lets through what is listed', l.policy, l.relation))
FROM listed_policy AS l ORDER BY l.relation, l.policy;

SELECT is(
    (SELECT c.reloptions FROM pg_class AS c WHERE c.oid = to_regclass('pathway.' || l.view)), l.options,
    format('View pathway.%s has the options %s', l.view, l.options))
FROM listed_view AS l ORDER BY l.view;

SELECT * FROM finish();

ROLLBACK;
