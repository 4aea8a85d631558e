import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Testing

@Suite struct PrivilegeTests {
    private func expectForbidden(_ role: String, _ statements: [Query]) async throws {
        try await withScratchDatabase(template: Template.histories) { conninfo in
            var connection = try await Connection.open(acting(as: role, conninfo))
            for statement in statements {
                let error = await #expect(throws: PostgresError.self, "\(statement.sql)") {
                    try await connection.execute(statement)
                }
                #expect(error?.sqlState == .insufficientPrivilege, "\(statement.sql)")
            }
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
                "INSERT INTO pathway.event (patient) VALUES ('P-001') ON CONFLICT (patient, position) DO UPDATE SET site = 'S-02'",
                "ALTER TABLE pathway.event DISABLE TRIGGER ALL",
                "ALTER TABLE pathway.event DROP CONSTRAINT no_teleport",
                "DROP TABLE pathway.event",
                "CREATE TRIGGER t BEFORE INSERT ON pathway.event FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "CREATE TABLE pathway.mine (n int)",
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
                "DELETE FROM pathway.allocation", "INSERT INTO pathway.migration (number) VALUES (3)",
                "DELETE FROM pathway.migration",
            ])
    }

    @Test func `who logs milestones cannot read what a randomisation gives next`() async throws {
        try await expectForbidden(
            "pathway_coordinator",
            [
                "SELECT seed FROM pathway.randomisation_seed", "SELECT drawn FROM pathway.stratum",
                "SELECT * FROM pathway.stratum",
                "SELECT pathway.permuted_block_arm('\\x00', 'l', 1, ARRAY['A', 'B'], ARRAY[4])",
                "SELECT pathway.open_randomisation(1, 'x', ARRAY['A'], ARRAY[1], ARRAY['s'], ARRAY['c'], ARRAY['r'])",
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
                "INSERT INTO pathway.refusal (patient) VALUES ('P-003')", "UPDATE pathway.event SET site = 'S-02'",
                "DELETE FROM pathway.event", "UPDATE pathway.edition SET document = ''", "DELETE FROM pathway.edition",
                "SELECT seed FROM pathway.randomisation_seed", "UPDATE pathway.stratum SET drawn = 0",
                "SELECT pathway.draw_allocation('P-003', 1, 'low', 'low-marrow-mrd-negative')",
            ])
    }

    @Test func `each role can do its own work through the library`() async throws {
        try await withScratchDatabase { conninfo in
            var superuser = try await Connection.open(conninfo)
            try await Migrator.migrate(&superuser)
            let office = try await PathwayLog.open(acting(as: "pathway_trial_office", conninfo))
            defer { office.close() }
            try await office.add(ProtocolDocument(BundledProtocols.all[0].text), by: "trial office")

            let log = try await PathwayLog.open(acting(as: "pathway_coordinator", conninfo))
            defer { log.close() }
            try await log.mustRecord(History.untilRandomisation("P-001"))
            try await Migrator.grantLogin("pathway_test_service", on: &superuser)
            let service = try await PathwayLog.open(acting(as: "pathway_test_service", conninfo))
            defer { service.close() }
            let allocation = try await service.randomise(patient("P-001"), on: day("2016-04-08"), by: "coordinator")
            #expect(allocation.receipt?.position == 6)
            #expect(try await log.record(attempt("P-001 engrafted 2016-05-01"), by: "c").refusal != nil)
            #expect(try await log.history(of: patient("P-001")).count == 6)
            #expect(try await log.exported().split(separator: "\n").count == 6)
            #expect(try await log.cohort().map(\.patients) == [1])
        }
    }
}
