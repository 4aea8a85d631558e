import DatabaseTesting
import PathwayCore
import PathwayLog
import PathwayProof
import Postgres
import Testing

@Suite struct ScopeTests {
    @Test func `a site is signed and locked behind whoever records there at the same moment, twenty times`()
        async throws
    {
        try await withLog { log, conninfo in
            let others = try await PathwayLog.open(service(conninfo), connections: 4)
            defer { others.close() }
            let (patients, site) = ((0..<4).map { "P-\($0)" }, Scope.site("S-01"))
            for patient in patients { try await log.mustRecord(attempt(History.enrolment(patient))) }
            for round in 1...20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for patient in patients {
                        group.addTask {
                            for grade in 1...2 {
                                let fever = "\(patient) adverse-event 2016-04-01 term=fever-\(round) grade=\(grade)"
                                _ = try await others.record(attempt(fever), by: "berta")
                            }
                        }
                    }
                    #expect(
                        try await log.act(.sign(.review), on: site, reason: nil, by: "anna")
                            == .recorded(records: 4, damaged: []))
                    #expect(
                        try await log.act(.lock, on: site, reason: "cut", by: "anna")
                            == .recorded(records: 4, damaged: []))
                    try await group.waitForAll()
                }
                try await log.forEachPath { path in
                    #expect(path.isLocked && path.signatures.count == round)
                    #expect(path.entries.last?.word == "locked")
                }
                #expect(
                    try await log.act(.unlock, on: site, reason: "on", by: "anna") == .recorded(records: 4, damaged: [])
                )
            }
        }
    }

    @Test func `whoever is locking a site keeps nobody at another site from recording or enrolling`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, conninfo in
                var second = try await Connection.open(conninfo)
                try await second.execute("BEGIN")
                try await second.execute("SELECT pathway.note_scope('locked', 'S-02', 'closed', \(login))")
                try await log.mustRecord(attempt("P-001 course-started 2016-03-02 course=block-1"))
                try await log.mustRecord(attempt(History.enrolment("P-002")))
                try await log.mustRecord(attempt(History.enrolment("P-003", site: "S-03")))
                // Who comes to that site waits, and then hears that it is locked.
                async let late = log.record(attempt(History.enrolment("P-004", site: "S-02")), by: "anna")
                try await second.execute("COMMIT")
                #expect(
                    try await late.refusal?.explanation.contains("site \"S-02\" is locked and takes no patients")
                        == true)
            }
        }
    }

    @Test func `what was signed of a site is in the journal, with a digest that anybody computes again`() async throws {
        try await withLog { log, conninfo in
            var chains: [UInt8] = []
            for number in ["P-001", "P-002"] {
                try await log.mustRecord(attempt(History.enrolment(number)))
                chains += try await log.chain(of: patient(number)).last?.digest.bytes ?? []
            }
            try await log.mustRecord(attempt(History.enrolment("P-003", site: "S-02")))
            #expect(
                try await log.act(.sign(.approval), on: .site("S-01"), reason: nil, by: "anna")
                    == .recorded(records: 2, damaged: [])
            )
            var superuser = try await Connection.open(conninfo)
            let digest = try await superuser.row("SELECT encode(sha256(\(chains)), 'hex')", as: String.self)
            let entry = try #require(try await log.journal(limit: 1).first)
            #expect(entry.act == "site-signed" && entry.subject == "S-01" && entry.by == "anna")
            #expect(
                Dictionary(uniqueKeysWithValues: entry.detail.map { ($0.name, $0.value) })
                    == ["meaning": "approval", "records": "2", "sha-256": digest])
            // As the documentation says it in SQL.
            let again = try await superuser.row(
                """
                SELECT encode(sha256(string_agg(decode(e.facts->>'digest', 'hex'), ''::bytea ORDER BY e.patient)), 'hex')
                FROM pathway.event AS e JOIN pathway.journal AS j ON j.xid = e.xid
                WHERE e.act = 'signed' AND j.number = \(Int32(entry.number))
                """, as: String.self)
            #expect(again == digest)
            // A signature of nothing is none, whoever asks.
            var service = try await Connection.open(service(conninfo))
            #expect(
                try await service.row(
                    "SELECT pathway.note_scope('signed', 'S-01', NULL, 'anna') IS NULL", as: Bool.self))
        }
    }

    @Test func `locks bind in depth, and what was locked for a reason of its own stays locked`() async throws {
        try await withLog { log, conninfo in
            for (number, site) in [("P-001", "S-01"), ("P-002", "S-01"), ("P-003", "S-02")] {
                try await log.mustRecord(attempt(History.enrolment(number, site: site)))
            }
            func act(_ wanted: ActRequest, _ scope: Scope) async throws -> ScopeOutcome {
                try await log.act(wanted, on: scope, reason: "why", by: "anna")
            }
            func unlock(_ number: String) async throws -> String? {
                let outcome = try await log.act(.unlock, on: patient(number), reason: "why", by: "anna")
                return if case .refused(let why) = outcome { why } else { nil }
            }
            _ = try await log.act(.lock, on: patient("P-001"), reason: "query 7", by: "anna")
            #expect(try await act(.lock, .site("S-01")) == .recorded(records: 1, damaged: []))
            #expect(
                try await unlock("P-002")
                    == "the record of patient P-002 is locked with site \"S-01\"; unlock that, with a reason")
            #expect(try await act(.lock, .study) == .recorded(records: 1, damaged: []))
            #expect(try await unlock("P-003")?.contains("is locked with the study") == true)
            let inDepth = "the study is locked, and every site with it; unlock the study, with a reason"
            #expect(try await act(.unlock, .site("S-01")) == .refused(inDepth))
            #expect(try await act(.lock, .site("S-02")) == .refused(inDepth))
            try await expectBroken(conninfo)

            #expect(try await act(.unlock, .study) == .recorded(records: 1, damaged: []))
            #expect(try await lockedRecords(log) == ["P-001", "P-002"])
            #expect(try await act(.unlock, .site("S-01")) == .recorded(records: 1, damaged: []))
            #expect(try await lockedRecords(log) == ["P-001"])
            #expect(try await unlock("P-001") == nil)
        }
    }

    private func lockedRecords(_ log: PathwayLog) async throws -> [String] {
        var locked: [String] = []
        try await log.forEachPath { path in if path.isLocked { locked.append(path.patient.description) } }
        return locked
    }

    /// Expects that the database keeps it too, where the site of P-002 and the study are locked.
    private func expectBroken(_ conninfo: String) async throws {
        var connection = try await Connection.open(service(conninfo))
        let row = try await connection.row(
            "SELECT to_jsonb(e) FROM pathway.event AS e WHERE patient = 'P-002' AND act = 'locked'", as: JSONB.self)
        let unlocked = await #expect(throws: PostgresError.self) {
            try await append(
                row,
                """
                jsonb_build_object('position', 3, 'follows', 2, 'act', 'unlocked', 'locked_before', true, 'locked_after', false,
                    'request', gen_random_uuid())
                """, &connection)
        }
        #expect(unlocked?.constraint == "locked_with_its_site")
        let broken: [(Query, String)] = [
            ("SELECT pathway.note_scope('unlocked', 'S-01', 'why', 'anna')", "locked_with_the_study"),
            ("SELECT pathway.note_scope('unlocked', '*', NULL, 'anna')", "lock_has_reason"),
            ("SELECT pathway.note_scope('unlocked', '*', ' ', 'anna')", "lock_has_reason"),
        ]
        for (statement, constraint) in broken {
            let error = await #expect(throws: PostgresError.self) { try await connection.execute(statement) }
            #expect(error?.constraint == constraint, "\(statement.sql)")
        }
    }

    @Test func `a site of which the log knows nothing is locked only on purpose`() async throws {
        try await withLog { log, _ in
            let typo = Scope.site("S-99")
            #expect(try await log.act(.lock, on: typo, reason: "cut", by: "anna") == .unknownSite("S-99"))
            #expect(
                try await log.act(.lock, on: typo, reason: "not yet open", by: "anna", takesNewSite: true)
                    == .recorded(records: 0, damaged: []))
            #expect(try await log.record(attempt(History.enrolment("P-001", site: "S-99")), by: "anna").refusal != nil)
            #expect(
                try await log.act(.unlock, on: typo, reason: "open", by: "anna") == .recorded(records: 0, damaged: []))
            try await log.mustRecord(attempt(History.enrolment("P-001", site: "S-99")))
            #expect(try await log.act(.lock, on: typo, reason: "cut", by: "anna") == .recorded(records: 1, damaged: []))
        }
    }
}
