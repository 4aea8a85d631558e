import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct TamperingTests {
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let statement: Query
        let message: String

        init(_ name: String, _ statement: Query, _ message: String) {
            (testDescription, self.statement, self.message) = (name, statement, message)
        }
    }

    /// What a superuser can do once the constraints are gone.
    static let changes = [
        Change(
            "another phase",
            "UPDATE pathway.event SET phase_after = 'risk-assessment' WHERE patient = 'P-001' AND position = 3",
            "event 3 of patient P-001 contradicts the protocol it was judged under: it leads elsewhere"),
        Change(
            "another status", "UPDATE pathway.event SET status_after = 'lost' WHERE patient = 'P-001' AND position = 9",
            "event 9 of patient P-001 contradicts the protocol it was judged under: it leads elsewhere"),
        Change(
            "another fact",
            "UPDATE pathway.event SET facts = facts || '{\"mrd\": \"0.05\"}' WHERE patient = 'P-001' AND position = 4",
            "event 5 of patient P-001 contradicts the protocol it was judged under: the protocol's rules give the risk group \"low\""
        ),
        Change(
            "another day",
            "UPDATE pathway.event SET occurred_on = '2016-02-01' WHERE patient = 'P-001' AND position = 3",
            "event 3 of patient P-001 contradicts the protocol it was judged under: 2016-02-01 is before 2016-03-02, the day of an earlier milestone"
        ),
        Change(
            "a deviation made planned",
            "UPDATE pathway.event SET answer = 'planned' WHERE patient = 'P-002' AND position = 2",
            "event 2 of patient P-002 contradicts the protocol it was judged under: the pathway is in \"Enrolled, before Block 1\""
        ),
        Change(
            "an event removed", "DELETE FROM pathway.event WHERE patient = 'P-001' AND position = 8",
            "the entry at position 8 of patient P-001 is missing"),
        Change(
            "the first event removed", "DELETE FROM pathway.event WHERE patient = 'P-002' AND position = 1",
            "the entry at position 1 of patient P-002 is missing"),
        Change(
            "an edition that is not there",
            "UPDATE pathway.event SET edition = 9 WHERE patient = 'P-001' AND position = 2",
            "there is no edition 9 of a protocol in the log"),
        Change(
            "a milestone nobody knows",
            "UPDATE pathway.event SET milestone = 'cured' WHERE patient = 'P-001' AND position = 2",
            "event 2 of patient P-001 holds a word this program does not know"),
    ]

    @Test(arguments: changes)
    func `what a superuser changed is found on reading, with the patient and the position`(
        _ change: Change
    ) async throws {
        try await withLog(Template.histories) { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            // Who owns the tables can drop what guards them; privileges alone do not stop that.
            for name in try await superuser.rows(
                "SELECT conname::text FROM pg_constraint WHERE conrelid = 'pathway.event'::regclass ORDER BY contype = 'f' DESC",
                as: String.self)
            {
                try await superuser.execute("ALTER TABLE pathway.event DROP CONSTRAINT \(identifier: name) CASCADE")
            }
            #expect(try await superuser.execute(change.statement) == 1)

            let patient = try patient(change.message.contains("P-002") ? "P-002" : "P-001")
            let attempt = try attempt("\(patient) adverse-event 2016-05-20 term=fever grade=2")
            let readings: [@Sendable () async throws -> Void] = [
                { _ = try await log.path(of: patient) }, { try await log.forEachPath { _ in } },
                { _ = try await log.record(attempt, by: "anna") },
            ]
            for reading in readings {
                let error = await #expect(throws: LogError.self) { try await reading() }
                #expect(error?.code == .contradiction)
                #expect(error?.message == change.message)
            }
        }
    }
}
