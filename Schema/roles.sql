-- Roles belong to the whole server, so that a second database finds them there. None of them can log in: people and services get
-- logins of their own, which are made members.

DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'pathway_owner', 'pathway_administrator', 'pathway_coordinator', 'pathway_auditor', 'pathway_monitor',
        'pathway_statistician', 'pathway_trial_office', 'pathway_randomiser', 'pathway_sealer'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Another database of this server was made at the same moment.
            END;
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'pathway_owner', 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT pathway_owner TO %I', current_user);
        EXCEPTION WHEN unique_violation THEN
            NULL; -- As above.
        END;
    END IF;
    -- To see which transactions belong to other databases; without it they too are waited for.
    BEGIN
        GRANT pg_read_all_stats TO pathway_owner;
    EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
        NULL;
    END;
    -- The functions that grant and revoke access belong to the owner.
    FOREACH wanted IN ARRAY ARRAY[
        'pathway_coordinator', 'pathway_auditor', 'pathway_monitor', 'pathway_statistician', 'pathway_trial_office',
        'pathway_randomiser', 'pathway_sealer'
    ] LOOP
        IF NOT EXISTS (
            SELECT FROM pg_auth_members
            WHERE roleid = wanted::regrole AND member = 'pathway_owner'::regrole AND admin_option
        ) THEN
            BEGIN
                EXECUTE format('GRANT %I TO pathway_owner WITH ADMIN OPTION', wanted);
            EXCEPTION WHEN unique_violation THEN
                NULL; -- As above.
            END;
        END IF;
    END LOOP;
END
$roles$;
