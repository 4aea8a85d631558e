internal import Postgres
internal import Schema

/// What guards the log in the database's catalogue, as lines that can be compared: tables, columns, constraints, triggers, rules, policies,
/// functions, and the rights to write.
///
/// `guards.txt` beside the migrations holds the lines that they make; a test compares the two. Whoever may only read is left out: to
/// let somebody read is the administrator's to decide.
enum Guards {
    /// What the migrations make.
    static let expected = Set(Migrations.guards.split(separator: "\n").map(String.init))

    /// The lines of a database. Names are qualified, and what versions of the server spell in different ways is left out.
    static let query: Query = """
        WITH class AS (
            SELECT c.* FROM pg_class AS c WHERE c.relnamespace = 'pathway'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        )
        SELECT 'table ' || relname || ': kind ' || relkind::text || ', owner ' || relowner::regrole
            || CASE WHEN relrowsecurity THEN ', row-level security' ELSE '' END
        FROM class
        UNION ALL
        SELECT 'column ' || relname || '.' || attname || ': ' || format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN ', not null' ELSE '' END
        FROM class JOIN pg_attribute ON attrelid = class.oid WHERE attnum > 0 AND NOT attisdropped AND relkind <> 'v'
        UNION ALL
        SELECT 'constraint ' || relname || '.' || conname || ': '
            || btrim(regexp_replace(pg_get_constraintdef(k.oid), '([ "()]|pathway[.]|::text)+', ' ', 'g'))
            || CASE WHEN EXISTS (
                SELECT FROM pg_trigger AS t WHERE t.tgconstraint = k.oid AND t.tgenabled NOT IN ('O', 'A')
            ) THEN ', switched off' ELSE '' END
        FROM class JOIN pg_constraint AS k ON k.conrelid = class.oid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
        UNION ALL
        SELECT 'trigger ' || relname || '.' || tgname || ': ' || tgenabled::text || ' type ' || tgtype || ' ' || tgfoid::regproc
            || CASE WHEN tgqual IS NULL THEN '' ELSE ', conditional' END
        FROM class JOIN pg_trigger ON tgrelid = class.oid WHERE NOT tgisinternal
        UNION ALL
        SELECT 'rule ' || relname || '.' || rulename FROM class JOIN pg_rewrite ON ev_class = class.oid
        WHERE rulename <> '_RETURN'
        UNION ALL
        SELECT 'policy ' || relname || '.' || polname || ': ' || polcmd::text
            || CASE WHEN polpermissive THEN '' ELSE ', restrictive' END
            || ' to ' || (SELECT string_agg(r::regrole::text, ', ' ORDER BY r::regrole::text) FROM unnest(polroles) AS r)
        FROM class JOIN pg_policy ON polrelid = class.oid
        UNION ALL
        SELECT 'function ' || p.oid::regprocedure || ': ' || lanname || ', owner ' || proowner::regrole
            || CASE WHEN prosecdef THEN ', security definer' ELSE '' END || ', ' || coalesce(proconfig::text, 'no settings')
            || ', ' || CASE WHEN prosqlbody IS NULL THEN md5(prosrc) ELSE 'atomic' END
        FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang WHERE pronamespace = 'pathway'::regnamespace
        UNION ALL
        SELECT 'right ' || lower(privilege_type) || ' on ' || relname || ' to ' || coalesce(nullif(grantee, 0)::regrole::text, 'public')
        FROM class, aclexplode(relacl) AS a WHERE privilege_type <> 'SELECT' AND grantee <> relowner
        UNION ALL
        SELECT 'right ' || lower(privilege_type) || ' on ' || relname || '.' || attname || ' to '
            || coalesce(nullif(grantee, 0)::regrole::text, 'public')
        FROM class JOIN pg_attribute ON attrelid = class.oid, aclexplode(attacl) AS a
        WHERE privilege_type <> 'SELECT' AND grantee <> relowner
        UNION ALL
        SELECT 'right execute on ' || p.oid::regprocedure || ' to ' || coalesce(nullif(grantee, 0)::regrole::text, 'public')
        FROM pg_proc AS p, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a
        WHERE pronamespace = 'pathway'::regnamespace AND grantee <> proowner
        UNION ALL
        SELECT 'role pathway_owner: ' || CASE WHEN rolcanlogin THEN 'logs in' ELSE 'cannot log in' END
        FROM pg_roles WHERE rolname = 'pathway_owner'
        """
}

extension Connection {
    /// Looks whether everything that guards the tables is there and switched on, and is what this program's migrations made.
    mutating func addMissingGuards(to report: inout AuditReport) async throws {
        let found = Set(try await guardLines())
        for line in Guards.expected.subtracting(found).sorted() {
            report.add(.unguarded, "missing, switched off or changed: \(line)")
        }
        for line in found.subtracting(Guards.expected).sorted() {
            report.add(.unguarded, "not made by this program: \(line)")
        }
    }

    /// What guards the log in this database, line by line.
    mutating func guardLines() async throws -> [String] {
        // Names are written in full wherever they are not on this path.
        try await execute("SET LOCAL search_path = ''")
        return try await rows(Guards.query, as: String.self).sorted()
    }
}
