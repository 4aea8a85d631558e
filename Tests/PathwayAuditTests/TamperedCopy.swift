import DatabaseTesting
import PathwayLog
import Postgres
import Testing

/// A copy of the log, lent to the product and to a superuser whom nothing guards it from; each change is undone before the next.
struct TamperedCopy: ~Copyable {
    let log: PathwayLog
    var superuser: Connection
    let witness: AuditedLog.Witness

    /// Audits after a change: against the checkpoint with the leaves that were kept with it, and against the checkpoint alone.
    /// - Parameter leaves: whether both are made; else the second stands for both.
    mutating func audits(
        after change: String, leaves: Bool = true
    ) async throws -> (withLeaves: AuditReport, alone: AuditReport) {
        try await superuser.script(Tampering.restore)
        try await superuser.script(change)
        let alone = try await log.audit(witness, leaves: false)
        return (leaves ? try await log.audit(witness, leaves: true) : alone, alone)
    }

    /// Lends a copy.
    /// - Parameter isGuarded: whether constraints and triggers stay in place.
    static func with(isGuarded: Bool = false, _ body: (inout TamperedCopy) async throws -> Void) async throws {
        let witness = try await AuditedLog.shared.witness()
        try await withCopy(of: witness.template) { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await superuser.script(Tampering.sameServer)
            if !isGuarded { try await superuser.script(Tampering.dropGuards) }
            try await superuser.script(Tampering.keep)
            var copy = TamperedCopy(log: log, superuser: superuser, witness: witness)
            try await body(&copy)
        }
    }
}

/// Lends a copy of a database with the product's log in it.
func withCopy(of template: String, _ body: (PathwayLog, _ superuser: String) async throws -> Void) async throws {
    try await withScratchDatabase(template: template) { conninfo in
        try await AuditedLog.withLog(conninfo) { log in try await body(log, conninfo) }
    }
}

/// What a superuser does to the database before and after a change.
enum Tampering {
    /// A copy of a database is another one; this makes it count as the one that was sealed.
    static let sameServer = """
        UPDATE pathway.sealing SET cluster = pathway.this_cluster() WHERE sealing = (SELECT max(sealing) FROM pathway.sealing)
        """

    /// Nothing stands in the way any more.
    static let dropGuards = """
        SET session_replication_role = replica;
        DO $$
        DECLARE guard record;
        BEGIN
            FOR guard IN
                SELECT conrelid::regclass AS class, conname FROM pg_constraint
                WHERE connamespace = 'pathway'::regnamespace AND contype IN ('f', 'c', 'p', 'u')
                  AND conrelid::regclass::text IN (
                    'pathway.event', 'pathway.journal', 'pathway.seal', 'pathway.tile', 'pathway.sealing', 'pathway.checkpoint')
                ORDER BY contype = 'f' DESC
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', guard.class, guard.conname);
            END LOOP;
            FOR guard IN
                SELECT attrelid::regclass AS class, attname FROM pg_attribute
                WHERE attnotnull AND attnum > 0 AND attrelid IN (
                    'pathway.event'::regclass, 'pathway.journal'::regclass, 'pathway.seal'::regclass)
            LOOP
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', guard.class, guard.attname);
            END LOOP;
            ALTER TABLE pathway.event DISABLE TRIGGER ALL;
        END $$;
        """

    private static let tables = ["event", "journal", "seal", "tile", "sealing", "checkpoint"]

    /// Keeps everything apart.
    static let keep =
        "CREATE SCHEMA kept;" + tables.map { "CREATE TABLE kept.\($0) AS TABLE pathway.\($0);" }.joined()

    /// Brings everything back.
    static let restore =
        "TRUNCATE " + tables.map { "pathway.\($0)" }.joined(separator: ", ") + ";"
        + tables.map { "INSERT INTO pathway.\($0) SELECT * FROM kept.\($0);" }.joined()
}
