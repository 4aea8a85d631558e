import DatabaseTesting
import Foundation
import PathwayLog
import Postgres
import Schema
import Testing

/// A change that a judge must find, and words of what it says then.
struct Fault: Sendable, CustomTestStringConvertible {
    let sql: String
    let words: String

    init(_ sql: String, _ words: String) {
        self.sql = sql
        self.words = words
    }

    var testDescription: String { words }
}

@Suite struct SchemaJudgeTests {
    private func expectNothing(_ findings: [String], from judge: String) {
        for finding in findings { Issue.record("\(judge): \(finding)") }
    }

    private func expect(_ words: String, in findings: [String], at location: SourceLocation = #_sourceLocation) {
        #expect(
            findings.contains { $0.contains(words) }, "found: \(findings.joined(separator: "\n"))",
            sourceLocation: location)
    }

    @Test func `pgTAP finds the privileges that are listed and no others`() async throws {
        try await withScratchDatabase(template: SchemaJudges.schema) { conninfo in
            expectNothing(try await SchemaJudges.privileges(conninfo), from: "pgTAP")
        }
    }

    @Test(arguments: [
        Fault(
            "GRANT DELETE ON pathway.event TO pathway_coordinator",
            "Role pathway_coordinator should be granted SELECT on table pathway.event"),
        Fault(
            "GRANT UPDATE (site) ON pathway.event TO pathway_auditor",
            "Role pathway_auditor has on the columns of event what it has on the whole"),
        Fault(
            "REVOKE SELECT ON pathway.audit_trail FROM pathway_monitor",
            "Role pathway_monitor should be granted SELECT on table pathway.audit_trail"),
        Fault("GRANT SELECT ON pathway.tile TO PUBLIC", "PUBLIC has nothing"),
        Fault("GRANT USAGE ON SCHEMA pathway TO PUBLIC", "PUBLIC has nothing"),
        Fault("GRANT INSERT ON pathway.tile TO pathway_sealer WITH GRANT OPTION", "nobody may pass a privilege on"),
        Fault(
            "GRANT EXECUTE ON FUNCTION pathway.draw_allocation TO pathway_coordinator",
            "Role pathway_coordinator should be granted no privileges on function pathway.draw_allocation"),
        Fault(
            "ALTER ROLE pathway_monitor LOGIN", "no role of the schema can log in"),
        Fault(
            "ALTER ROLE pathway_coordinator BYPASSRLS",
            "no role of the schema has a power over the server or past the row policies"),
        Fault("GRANT pathway_auditor TO pathway_monitor", "no role is a member of another"),
        Fault("CREATE TABLE pathway.extra (number bigint)", "every table and view is listed"),
        Fault(
            "CREATE FUNCTION pathway.own_sites(text) RETURNS text LANGUAGE sql RETURN 'S-01'",
            "every function is listed with its arguments"),
        Fault(
            "ALTER TABLE pathway.journal OWNER TO pathway_administrator",
            "Relation pathway.journal should be owned by pathway_owner"),
        Fault(
            "ALTER FUNCTION pathway.forget_key RESET search_path",
            "every SECURITY DEFINER function has a fixed search path that ends with pg_temp"),
        Fault(
            "ALTER FUNCTION pathway.sees_arms SECURITY DEFINER",
            "Function pathway.sees_arms() should not be security definer"),
        Fault(
            "ALTER TABLE pathway.event DISABLE ROW LEVEL SECURITY",
            "Row-level security of table pathway.event is as listed"),
        Fault(
            "ALTER POLICY own_site ON pathway.refusal USING (true)",
            "Policy own_site for table pathway.refusal lets through what is listed"),
        Fault(
            "CREATE POLICY everybody ON pathway.event USING (true)",
            "Table pathway.event should have the correct policies"),
        Fault(
            "ALTER POLICY own_patients ON pathway.patient_key TO pathway_coordinator, pathway_monitor",
            "Policy own_patients for table pathway.patient_key should have the correct roles"),
        Fault("ALTER VIEW pathway.path RESET (security_invoker)", "View pathway.path has the options"),
    ])
    func `pgTAP finds a fault in the privileges`(fault: Fault) async throws {
        try await withScratchDatabase(template: SchemaJudges.schema) { conninfo in
            expect(fault.words, in: try await SchemaJudges.privileges(conninfo, after: fault.sql))
        }
    }

    @Test func `a judgement of pgTAP that breaks off is a finding`() {
        #expect(SchemaJudges.findings(tap: "ok 1 - a\nok 2 - b\n1..2\n", code: 0) == [])
        #expect(
            SchemaJudges.findings(tap: "ok 1 - a\nok 2 - b\n1..3\n", code: 0)
                == ["the judgement broke off after 2 verdicts:\nok 1 - a\nok 2 - b\n1..3"])
        #expect(
            SchemaJudges.findings(tap: "ERROR:  no such table\n", code: 3)
                == ["the judgement broke off after 0 verdicts:\nERROR:  no such table"])
    }

    @Test func `plpgsql_check finds nothing in any function`() async throws {
        try await withScratchDatabase(template: SchemaJudges.schema) { conninfo in
            expectNothing(try await SchemaJudges.functions(conninfo), from: "plpgsql_check")
        }
    }

    @Test(arguments: [
        Fault(
            """
            CREATE OR REPLACE FUNCTION pathway.own_sites() RETURNS text[] LANGUAGE plpgsql AS
            $$BEGIN RETURN ARRAY(SELECT place FROM pathway.access); END$$
            """, "column \"place\" does not exist"),
        Fault(
            """
            CREATE OR REPLACE FUNCTION pathway.keep_one_path() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN NEW.place := 1; RETURN NEW; END$$
            """, "record \"new\" has no field \"place\""),
        Fault(
            "CREATE FUNCTION pathway.f(n integer) RETURNS text LANGUAGE plpgsql AS $$BEGIN IF n > 0 THEN RETURN ''; END IF; END$$",
            "control reached end of function without RETURN"),
        Fault(
            "CREATE FUNCTION pathway.f(name text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DROP ROLE ' || name; END$$",
            "is not sanitized"),
        Fault(
            "CREATE FUNCTION pathway.f() RETURNS void LANGUAGE plpgsql AS $$DECLARE spare text; BEGIN END$$",
            "unused variable \"spare\""),
        Fault(
            "CREATE FUNCTION pathway.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$",
            "pathway.f() is a trigger function without a trigger"),
        Fault(
            "CREATE FUNCTION pathway.f() RETURNS text LANGUAGE sql AS $$SELECT 'a'$$",
            "pathway.f() is written in sql as a text that nothing checks"),
    ])
    func `plpgsql_check finds a fault in a function`(fault: Fault) async throws {
        try await withScratchDatabase(template: SchemaJudges.schema) { conninfo in
            var connection = try await Connection.open(conninfo)
            try await connection.script(fault.sql)
            expect(fault.words, in: try await SchemaJudges.functions(conninfo))
        }
    }

    @Test func `squawk finds nothing in any migration`() async throws {
        let files = try SchemaJudges.schemaFiles()
        // All migrations and the roles.
        #expect(files.count == Migrations.all.count + 1)
        expectNothing(try await SchemaJudges.reading(files), from: "squawk")
    }

    @Test(arguments: [
        Fault("ALTER TABLE pathway.event ADD COLUMN ward text NOT NULL;", "line 3: adding-required-field"),
        Fault("CREATE INDEX event_of_site ON pathway.event (site);", "line 3: require-concurrent-index-creation"),
        Fault("ALTER TABLE pathway.event DROP COLUMN site;", "line 3: ban-drop-column"),
        Fault("CREATE TABLE pathway.visit (seen_at timestamp);", "line 3: prefer-timestamp-tz"),
        Fault(
            "ALTER TABLE pathway.event ADD CONSTRAINT placed CHECK (position > 0);",
            "line 3: constraint-missing-not-valid"),
        Fault("RESET lock_timeout;\nCREATE TABEL pathway.visit ();", "line 4: syntax-error"),
    ])
    func `squawk finds a fault in a migration`(fault: Fault) async throws {
        let timeouts = "SET LOCAL lock_timeout = '10s';\nSET LOCAL statement_timeout = '10min';\n"
        expect(fault.words, in: try await reading(timeouts + fault.sql + "\n"))
    }

    @Test func `squawk finds a migration that waits for locks without end`() async throws {
        expect("require-lock-timeout", in: try await reading("ALTER TABLE pathway.event ADD COLUMN ward text;\n"))
    }

    private func reading(_ migration: String) async throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "migration-\(UUID().uuidString).sql")
        try Data(migration.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await SchemaJudges.reading([file])
    }

    @Test func `a judge that is missing fails and says what to install`() async throws {
        try await withScratchDatabase { conninfo in
            let extensionError = await #expect(throws: SchemaJudges.Missing.self) {
                try await SchemaJudges.require("no_such_judge", package: "judge", conninfo)
            }
            #expect(extensionError?.description.contains("the server has no extension \"no_such_judge\"") == true)
            #expect(extensionError?.description.contains("-judge, or run Scripts/prepare --tests") == true)
        }
        let squawkError = await #expect(throws: SchemaJudges.Missing.self) {
            try await SchemaJudges.reading([], with: URL(filePath: "/nonexistent/squawk"))
        }
        #expect(
            squawkError?.description
                == "/nonexistent/squawk is missing: run Scripts/prepare --tests, which installs squawk-cli")
    }
}
