import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// What lies beside the log in tables of its own: a superuser who changes it is found by what it follows from.
@Suite struct TableCheckTests {
    struct Change: Sendable {
        let statement: String
        let words: String
        /// The projection in which a replay shows it; `nil` for what follows from documents.
        let projection: String?

        init(_ statement: String, _ words: String, _ projection: String? = nil) {
            (self.statement, self.words, self.projection) = (statement, words, projection)
        }
    }

    private static let foreignRow = "is not what its document compiles to"

    static let changes = [
        // Arrows and rules drawn into a version in force, and others taken out.
        Change(
            """
            INSERT INTO pathway.transition (edition, number, protocol, source, milestone, target, answer, citation, verified)
            VALUES (1, 9001, 'aall1331', 'enrolled', 'off-therapy', 'follow-up', 'planned', 'nowhere', true)
            """, "transition 9001 of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.transition SET condition = 'always' WHERE edition = 1 AND number = 7",
            "transition 7 of edition 1 \(foreignRow)"),
        Change("DELETE FROM pathway.transition WHERE number = 7", "transition 7 of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.phase SET title = 'elsewhere' WHERE phase = 'block-1'",
            "phase block-1 of edition 1 \(foreignRow)"),
        Change("DELETE FROM pathway.rule WHERE number = 1", "rule 1 of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.randomisation SET arms = '{C,C,D}' WHERE randomisation = 'low'",
            "randomisation low of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.stratum SET condition = 'always' WHERE stratum = 'low-marrow-mrd-negative'",
            "stratum low/low-marrow-mrd-negative of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.edition SET effective = '2001-01-01'",
            "edition aall1331 version 1 of edition 1 \(foreignRow)"),
        Change(
            "UPDATE pathway.edition SET added_by = 'mallory'",
            "the protocol document of edition 1 is not the one that the journal says was added"),
        Change(
            "DELETE FROM pathway.edition",
            "the protocol document that entry 6 of the journal says was added as edition 1 is not there"),
        // Allocations.
        Change(
            "UPDATE pathway.allocation SET arm = translate(arm, 'CD', 'DC')",
            "the allocation of patient P-001 is not what the entries say", "allocation"),
        Change(
            "DELETE FROM pathway.allocation", "the allocation of patient P-001 is not what the entries say",
            "allocation"),
        Change(
            "UPDATE pathway.stratum SET drawn = 0",
            "the number of draws of list low/low-marrow-mrd-negative of edition 1 is not what the entries say",
            "stratum"),
        Change(
            "UPDATE pathway.allocation SET number = 2",
            "the number of draws of list low/low-marrow-mrd-negative of edition 1 is not what the entries say",
            "stratum"),
        Change(
            "UPDATE pathway.stratum SET drawn = 1 WHERE stratum = 'low-marrow-mrd-not-negative'",
            "the number of draws of list low/low-marrow-mrd-not-negative of edition 1 is not what the entries say",
            "stratum"),
        // Rights, locks and snapshots.
        Change(
            "INSERT INTO pathway.access (login, role, site, granted_by) VALUES ('mallory', 'auditor', '*', 'mallory')",
            "the access of login mallory as auditor for * is not what the journal says", "access"),
        Change(
            "DELETE FROM pathway.access WHERE role = 'trial-office'",
            "the access of login pathway_test as trial-office for * is not what the journal says", "access"),
        Change(
            "INSERT INTO pathway.gate (scope, closed) VALUES ('S-09', true)",
            "the lock of site S-09 is not what the journal says", "gate"),
        Change(
            "UPDATE pathway.gate SET closed = false", "the lock of site S-08 is not what the journal says", "gate"),
        Change(
            "UPDATE pathway.gate SET closed_in = closed_in + 1 WHERE closed",
            "the lock of site S-08 is not what the journal says", "gate"),
        Change(
            "UPDATE pathway.gate SET closed = true WHERE scope = '*'",
            "the lock of the study is not what the journal says", "gate"),
        Change(
            "UPDATE pathway.snapshot SET digest = sha256('x')",
            "the snapshot first is not what the journal says", "snapshot"),
        Change(
            "UPDATE pathway.snapshot SET as_of = as_of - interval '1 day'", "the snapshot first is not", "snapshot"),
        Change("UPDATE pathway.snapshot SET patients = 7", "the snapshot first is not", "snapshot"),
        Change("UPDATE pathway.snapshot SET editions = '{1,1}'", "the snapshot first is not", "snapshot"),
        Change("DELETE FROM pathway.snapshot", "the snapshot first is not", "snapshot"),
        // Who reads a record.
        Change(
            "INSERT INTO pathway.moved_patient (patient, site, sites) VALUES ('P-001', 'S-02', '{S-01,S-02}')",
            "the site of patient P-001 is not what the entries say", "moved-patient"),
    ]

    private static let tables = [
        "transition", "phase", "rule", "randomisation", "stratum", "edition", "allocation", "access", "gate",
        "snapshot", "moved_patient",
    ]

    @Test func `what was changed beside the log is named`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001", mrd: "<0.01"))
            let drawn = try await log.randomise(patient("P-001"), on: day("2016-04-08"), by: "anna")
            #expect(drawn.receipt != nil)
            _ = try await log.act(
                .lock, on: .site("S-08"), reason: "no patients here", by: "anna", takesNewSite: true)
            try await log.sealPresent(within: .seconds(60))
            _ = try await log.takeSnapshot(
                SnapshotRequest(
                    name: "first", protocolName: nil, population: "enrolled", through: day("2016-12-31"), asOf: nil),
                by: "ida")
            try await log.sealPresent(within: .seconds(60))
            #expect(try await log.audit().findings == [])

            var superuser = try await Connection.open(conninfo)
            // Nothing stands in the way, and each table comes back as it was.
            try await superuser.script(
                "SET session_replication_role = replica; CREATE SCHEMA kept;"
                    + Self.tables.map { "CREATE TABLE kept.\($0) AS TABLE pathway.\($0);" }.joined())
            for change in Self.changes {
                try await superuser.script(change.statement)
                let found = try await log.audit().findings.map(\.words)
                #expect(found.contains { $0.contains(change.words) }, "\(change.statement): \(found)")
                if let projection = change.projection {
                    let differing = Set(try await log.replay().differences.map(\.projection))
                    #expect(differing.contains(projection), "\(change.statement): \(differing)")
                }
                for table in Self.tables {
                    try await superuser.script("DELETE FROM pathway.\(table)")
                    let columns = table == "transition" ? Self.transitionColumns : "*"
                    let list = table == "transition" ? " (\(Self.transitionColumns))" : ""
                    try await superuser.script(
                        "INSERT INTO pathway.\(table)\(list) SELECT \(columns) FROM kept.\(table)")
                }
            }
            #expect(try await log.audit().findings == [])
            #expect(try await log.replay().differences == [])
        }
    }

    /// All but the one that the database computes.
    private static let transitionColumns =
        "edition, number, protocol, source, milestone, qualifier, condition, target, answer, warning, citation, verified"
}
