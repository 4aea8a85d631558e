import DatabaseTesting
import Foundation
import Postgres
import Testing

@testable import PathwayLog

/// What guards the tables can be taken away by a superuser, and that is found too.
@Suite struct GuardTests {
    static let changes = [
        ("ALTER TABLE pathway.event DROP CONSTRAINT drawn_arrow", "event.drawn_arrow"),
        ("ALTER TABLE pathway.event RENAME CONSTRAINT no_teleport TO teleport", "event.no_teleport"),
        (
            "ALTER TABLE pathway.event DROP CONSTRAINT entry_shape; ALTER TABLE pathway.event ADD CONSTRAINT entry_shape CHECK (true)",
            "event.entry_shape"
        ),
        (
            "ALTER TABLE pathway.event DROP CONSTRAINT drawn_arrow; ALTER TABLE pathway.event ADD CONSTRAINT drawn_arrow CHECK (true)",
            "event.drawn_arrow"
        ),
        ("ALTER TABLE pathway.event DISABLE TRIGGER keep_one_path", "event.keep_one_path"),
        ("ALTER TABLE pathway.event ENABLE TRIGGER keep_one_path", "event.keep_one_path"),
        ("DROP TRIGGER keep_one_path ON pathway.event", "event.keep_one_path"),
        ("ALTER TABLE pathway.event DISABLE TRIGGER ALL", "event.no_teleport"),
        ("DROP TRIGGER journal_protocol ON pathway.edition", "edition.journal_protocol"),
        ("ALTER TABLE pathway.journal DROP CONSTRAINT journal_key", "journal.journal_key"),
        ("ALTER TABLE pathway.seal DROP CONSTRAINT sealed_once", "seal.sealed_once"),
        ("ALTER TABLE pathway.event ALTER COLUMN facts DROP NOT NULL", "event.facts"),
        ("ALTER TABLE pathway.event ADD COLUMN hidden text", "event.hidden"),
        ("ALTER TABLE pathway.event DISABLE ROW LEVEL SECURITY", "table event"),
        ("CREATE POLICY open ON pathway.event FOR SELECT TO PUBLIC USING (true)", "event.open"),
        ("DROP POLICY own_site ON pathway.refusal", "refusal.own_site"),
        ("GRANT UPDATE ON pathway.event TO pathway_coordinator", "right update on event to pathway_coordinator"),
        ("GRANT DELETE ON pathway.seal TO pathway_monitor", "right delete on seal to pathway_monitor"),
        (
            "GRANT UPDATE (facts) ON pathway.event TO pathway_statistician",
            "right update on event.facts to pathway_statistician"
        ),
        ("GRANT TRUNCATE ON pathway.journal TO PUBLIC", "right truncate on journal to public"),
        ("GRANT EXECUTE ON FUNCTION pathway.write_journal TO PUBLIC", "right execute on pathway.write_journal"),
        ("ALTER TABLE pathway.event OWNER TO pathway_sealer", "owner pathway_sealer"),
        ("CREATE RULE quiet AS ON UPDATE TO pathway.event DO INSTEAD NOTHING", "rule event.quiet"),
        ("ALTER FUNCTION pathway.keep_one_path SECURITY INVOKER", "keep_one_path"),
        ("ALTER FUNCTION pathway.append RESET search_path", "pathway.append"),
        (
            "CREATE OR REPLACE FUNCTION pathway.keep_one_path() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "keep_one_path"
        ),
        (
            """
            CREATE OR REPLACE FUNCTION pathway.stands(of_patient text, place integer, at timestamptz) RETURNS boolean
            LANGUAGE sql STABLE AS 'SELECT true'
            """, "stands"
        ),
        (
            "CREATE FUNCTION pathway.gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                + "CREATE TRIGGER gone BEFORE INSERT ON pathway.event FOR EACH ROW EXECUTE FUNCTION pathway.gone()",
            "event.gone"
        ),
        (
            "ALTER TABLE pathway.tile RENAME TO hidden; CREATE VIEW pathway.tile AS SELECT * FROM pathway.hidden; "
                + "GRANT SELECT ON pathway.tile TO pathway_auditor", "table tile: kind v"
        ),
    ]

    @Test(arguments: changes)
    func `a guard that was taken away is named`(_ statement: String, _ named: String) async throws {
        try await TamperedCopy.with(isGuarded: true) { copy in
            let (report, _) = try await copy.audits(after: statement)
            let words = report.findings.filter { $0.kind == .unguarded }.map(\.words)
            #expect(words.contains { $0.contains(named) }, "\(words)")
            // Ways to the table that `TamperedCopy` restores through are gone with some of them, so that only guards are looked at.
        }
    }

    /// PATHWAY_RECORD=1 writes the file anew; read the diff before it is committed.
    @Test func `the guards that an audit expects are those that the migrations make`() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Schema/guards.txt")
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            try await Migrator.migrate(&connection)
            let lines = try await connection.transaction { connection in try await connection.guardLines() }
            let text = lines.map { $0 + "\n" }.joined()
            if ProcessInfo.processInfo.environment["PATHWAY_RECORD"] == "1" {
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }
}
