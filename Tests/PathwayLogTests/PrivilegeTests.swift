import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Testing

@Suite struct PrivilegeTests {
    private func expectForbidden(_ role: String, _ statements: [Query]) async throws {
        try await withScratchDatabase(template: Template.histories) { conninfo in
            try await PathwayLogTests.expectForbidden(statements, acting(as: role, conninfo))
        }
    }

    @Test func `who logs milestones can neither change nor remove an event`() async throws {
        try await expectForbidden(
            "pathway_coordinator",
            [
                "UPDATE pathway.event SET site = 'S-02'",
                "UPDATE pathway.event SET recorded_by = recorded_by WHERE false",
                "DELETE FROM pathway.event",
                "TRUNCATE pathway.event",
                "SELECT patient FROM pathway.event FOR UPDATE",
                "SELECT patient FROM pathway.event FOR SHARE",
                "MERGE INTO pathway.event AS e USING (VALUES ('P-001')) AS v (patient) ON e.patient = v.patient WHEN MATCHED THEN DELETE",
                "INSERT INTO pathway.event (patient) VALUES ('P-003')",
                "INSERT INTO pathway.event (patient) VALUES ('P-001') ON CONFLICT (patient, position) DO UPDATE SET site = 'S-02'",
                "ALTER TABLE pathway.event DISABLE TRIGGER ALL",
                "ALTER TABLE pathway.event DROP CONSTRAINT no_teleport",
                "DROP TABLE pathway.event",
                "CREATE TRIGGER t BEFORE INSERT ON pathway.event FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "CREATE TABLE pathway.mine (n int)", "CREATE POLICY p ON pathway.event USING (true)",
                "ALTER TABLE pathway.event DISABLE ROW LEVEL SECURITY",
                "SET session_replication_role = replica",
            ])
    }

    @Test func `who logs milestones can neither change nor remove a refusal, an edition or an allocation`() async throws
    {
        try await expectForbidden(
            "pathway_coordinator",
            [
                "UPDATE pathway.refusal SET door = 'library'", "DELETE FROM pathway.refusal",
                "TRUNCATE pathway.refusal",
                "UPDATE pathway.edition SET title = ''", "DELETE FROM pathway.edition",
                "INSERT INTO pathway.edition (edition) VALUES (3)", "INSERT INTO pathway.phase (edition) VALUES (1)",
                "INSERT INTO pathway.transition (edition) VALUES (1)", "UPDATE pathway.transition SET target = source",
                "INSERT INTO pathway.rule (edition) VALUES (1)",
                "INSERT INTO pathway.allocation (edition) VALUES (1)", "UPDATE pathway.allocation SET arm = 'B'",
                "DELETE FROM pathway.allocation", "INSERT INTO pathway.migration (number) VALUES (6)",
                "DELETE FROM pathway.migration",
                "INSERT INTO pathway.patient_key (patient, key) VALUES ('P-003', sha256(''))",
                "UPDATE pathway.patient_key SET key = sha256('')", "DELETE FROM pathway.patient_key",
                "INSERT INTO pathway.journal (number) VALUES (1)", "DELETE FROM pathway.journal",
                "INSERT INTO pathway.access (login) VALUES ('me')", "UPDATE pathway.access SET site = '*'",
                "INSERT INTO pathway.seal (number) VALUES (1)", "INSERT INTO pathway.checkpoint (size) VALUES (1)",
            ])
    }

    @Test func `who logs milestones cannot read what a randomisation gives next`() async throws {
        try await expectForbidden(
            "pathway_coordinator",
            [
                "SELECT seed FROM pathway.randomisation_seed", "SELECT drawn FROM pathway.stratum",
                "SELECT * FROM pathway.stratum", "SELECT arm FROM pathway.allocation",
                "SELECT block_sizes FROM pathway.randomisation",
                "SELECT pathway.permuted_block_arm('\\x00', 'l', 1, ARRAY['A', 'B'], ARRAY[4])",
                "SELECT pathway.add_edition('protocol: x', '{}', 'me')",
                "UPDATE pathway.stratum SET drawn = 0", "UPDATE pathway.randomisation_seed SET seed = sha256('')",
                // Drawing and rolling back would show it too.
                "SELECT pathway.draw_allocation('P-003', 1, 'low', 'low-marrow-mrd-negative')",
            ])
    }

    @Test func `the trial office can neither record nor read what a randomisation gives next`() async throws {
        try await expectForbidden(
            "pathway_trial_office",
            [
                "INSERT INTO pathway.event (patient) VALUES ('P-003')",
                "SELECT patient FROM pathway.event", "SELECT patient FROM pathway.deidentified_event",
                "SELECT key FROM pathway.patient_key",
                "SELECT pathway.append(ARRAY[]::pathway.entry[], ARRAY[]::text[], ARRAY[]::bytea[], false)",
                "INSERT INTO pathway.refusal (patient) VALUES ('P-003')", "UPDATE pathway.event SET site = 'S-02'",
                "DELETE FROM pathway.event", "UPDATE pathway.edition SET document = ''", "DELETE FROM pathway.edition",
                "SELECT seed FROM pathway.randomisation_seed", "UPDATE pathway.stratum SET drawn = 0",
                "SELECT pathway.draw_allocation('P-003', 1, 'low', 'low-marrow-mrd-negative')",
                // Nothing is added to an edition in force, and none without its tables.
                "INSERT INTO pathway.edition (edition) VALUES (3)", "INSERT INTO pathway.phase (edition) VALUES (1)",
                "INSERT INTO pathway.transition (edition) VALUES (1)", "INSERT INTO pathway.rule (edition) VALUES (1)",
                "INSERT INTO pathway.randomisation (edition) VALUES (1)",
                "INSERT INTO pathway.stratum (edition) VALUES (1)",
            ])
    }

    @Test func `each role can do its own work through the library`() async throws {
        try await withScratchDatabase { conninfo in
            var superuser = try await Connection.open(conninfo)
            try await Migrator.migrate(&superuser)
            try await Migrator.grantLogin(serviceLogin, on: &superuser)
            let office = try await PathwayLog.open(acting(as: "pathway_trial_office", conninfo))
            defer { office.close() }
            try await office.add(ProtocolDocument(BundledProtocols.all[0].text), by: "trial office")

            let log = try await PathwayLog.open(acting(as: "pathway_coordinator", conninfo))
            defer { log.close() }
            try await log.mustRecord(History.untilRandomisation("P-001"))
            let denied = await #expect(throws: LogError.self) {
                try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "coordinator")
            }
            #expect(denied?.code == .notAllowed)
            let service = try await PathwayLog.open(service(conninfo))
            defer { service.close() }
            let allocation = try await service.randomise(patient("P-001"), on: day("2016-04-08"), by: "coordinator")
            #expect(allocation.receipt?.position == 6)
            #expect(try await log.record(attempt("P-001 engrafted 2016-05-01"), by: "c").refusal != nil)
            #expect(try await log.path(of: patient("P-001")).events.count == 6)
            #expect(try await log.exported().split(separator: "\n").count == 6)
            #expect(try await log.cohort().map(\.patients) == [1])

            let unread = await #expect(throws: PostgresError.self) { try await office.path(of: patient("P-001")) }
            #expect(unread?.sqlState == .insufficientPrivilege)
            let auditor = try await PathwayLog.open(acting(as: "pathway_auditor", conninfo))
            defer { auditor.close() }
            #expect(try await auditor.path(of: patient("P-001")).events.count == 6)
            let unwritten = await #expect(throws: LogError.self) {
                try await auditor.record(attempt("P-001 seen 2016-05-01"), by: "auditor")
            }
            #expect(unwritten?.message == "the login has no right to record, which takes the role \"coordinator\"")
            #expect(try await log.refusals().first?.answer == "not-allowed")
        }
    }
}
