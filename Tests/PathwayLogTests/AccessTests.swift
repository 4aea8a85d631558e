import DatabaseTesting
import PathwayCore
import Postgres
import Testing

@testable import PathwayLog

@Suite struct AccessTests {
    /// P-001 at S-01 up to Block 2, P-002 at S-02 enrolled.
    private func withTwoSites(_ body: (PathwayLog, String) async throws -> Void) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.mustRecord(attempt(History.enrolment("P-002", site: "S-02")))
            try await body(log, conninfo)
        }
    }

    @Test func `a coordinator of one site neither sees nor appends for another`() async throws {
        try await withTwoSites { log, conninfo in
            try await withLog(as: .coordinator, at: ["S-02"], conninfo) { second in
                #expect(try await second.path(of: patient("P-002")).events[0].milestone.facts[.born] != nil)
                let unseen = await #expect(throws: LogError.self) { try await second.path(of: patient("P-001")) }
                #expect(unseen?.code == .unknownPatient)
                #expect(try await second.cohort().map(\.site) == ["S-02"])
                #expect(try await second.exported().split(separator: "\n").count == 1)

                try await second.mustRecord(attempt("P-002 course-started 2016-03-02 course=block-1"))
                try await second.mustRecord(attempt(History.enrolment("P-003", site: "S-02")))
                let foreign = await #expect(throws: LogError.self) {
                    try await second.record(
                        attempt(History.enrolment("P-004", site: "S-01")), by: second.named(""))
                }
                #expect(foreign?.code == .notAllowed)
                #expect(foreign?.message.hasSuffix(#"may not record for site "S-01""#) == true)
                // A study number that another site uses is taken, and no more is told.
                let taken = try await second.record(
                    attempt(History.enrolment("P-001", site: "S-02")), by: second.named(""))
                #expect(taken.meanwhile?.isEmpty == true)
                #expect(
                    try await second.record(attempt("P-001 died 2016-05-01"), by: second.named("")).refusal?.reason
                        == .notEnrolled)
                let correction = await #expect(throws: LogError.self) {
                    try await second.correct(
                        patient("P-001"), .removing(7), reason: "none", by: second.named(""))
                }
                #expect(correction?.code == .unknownPatient)
            }
            #expect(try await log.path(of: patient("P-001")).head == 7)
        }
    }

    @Test func `a coordinator of two sites has both, and one of no site has nothing`() async throws {
        try await withTwoSites { _, conninfo in
            try await withLog(as: .coordinator, at: ["S-01", "S-02"], conninfo) { both in
                #expect(try await both.cohort().map(\.site).sorted() == ["S-01", "S-02"])
                // A patient who was registered at the wrong one of them is moved.
                try await both.mustCorrect(
                    .amending([1: String(History.enrolment("P-001", site: "S-02").dropFirst(6))]))
                #expect(try await both.cohort().map(\.site) == ["S-02", "S-02"])
            }
            try await withLog(as: .coordinator, at: ["S-02"], conninfo) { second in
                // The whole record came with the patient, and it goes on.
                #expect(try await second.path(of: patient("P-001")).entries.map(\.position) == Array(1...15))
                try await second.mustRecord(attempt("P-001 course-ended 2016-05-10 course=block-2"))
            }
            var superuser = try await Connection.open(conninfo)
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, conninfo in
                // Membership without a row of access, as another database of the server may have granted it.
                try await superuser.execute("DELETE FROM pathway.access WHERE login = \(login)")
                let nothing = try await PathwayLog.open(conninfo, connections: 2)
                defer { nothing.close() }
                #expect(try await nothing.cohort().isEmpty)
                let denied = await #expect(throws: LogError.self) {
                    try await nothing.record(attempt(History.enrolment("P-009", site: "S-02")), by: login)
                }
                #expect(denied?.code == .notAllowed)
            }
        }
    }

    @Test func `no row that a coordinator gives the function itself reaches into another site`() async throws {
        let mine: Query = " || jsonb_build_object('recorded_by', session_user)"
        try await withTwoSites { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            let row = try await superuser.row(
                "SELECT to_jsonb(e) FROM pathway.event AS e WHERE patient = 'P-001' AND position = 7", as: JSONB.self)
            let first = try await superuser.row(
                "SELECT to_jsonb(e) || '{\"request\": \"00000000-0000-4000-8000-000000000001\"}' FROM pathway.event AS e WHERE patient = 'P-001' AND position = 1",
                as: JSONB.self)
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { _, conninfo in
                var second = try await Connection.open(conninfo)
                let attacks: [(JSONB, Query)] = [
                    (
                        row,
                        WrongRow.act("signed")
                            + #" || '{"position": 8, "follows": 7, "phase_before": "a-block-2", "phase_after": "a-block-2"}'"#
                    ),
                    (row, WrongRow.rewoundToBeginning + #" || '{"position": 8}'"#),
                    // As if it were a patient of one's own.
                    (row, WrongRow.rewoundToBeginning + #" || '{"position": 8, "site": "S-02"}'"#),
                ]
                for (row, change) in attacks {
                    let error = await #expect(throws: PostgresError.self) {
                        try await append(row, change + mine, &second)
                    }
                    #expect(error?.constraint == "own_site")
                }
                // Nor who was registered by mistake there.
                try await log.mustCorrect(.removing(1, 2, 3, 4, 5, 6, 7))
                let error = await #expect(throws: PostgresError.self) {
                    try await append(first, #"'{"position": 9, "site": "S-02"}'"# + mine, &second)
                }
                #expect(error?.constraint == "own_site")
                // A key for a patient of whom nothing is appended is not kept.
                #expect(
                    try await append(
                        first, #"'{"patient": "P-005", "site": "S-02"}'"# + mine,
                        keys: [("P-006", Array(repeating: 7, count: 32))],
                        &second) == [1])
            }
            let keys = try await superuser.rows("SELECT patient FROM pathway.patient_key ORDER BY 1", as: String.self)
            #expect(keys == ["P-001", "P-002"])
            #expect(try await log.path(of: patient("P-001")).head == 8)
        }
    }

    @Test func `a person's login acts under its own name at every door, and the service under any`() async throws {
        try await withTwoSites { log, conninfo in
            try await log.sealPresent()
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, conninfo in
                let second = try await PathwayLog.open(conninfo, connections: 2)
                defer { second.close() }
                #expect(second.ownName == login && log.ownName == nil)
                let words = "the login \"\(login)\" acts under its own name, and not as \"professor\""
                let two = try patient("P-002")
                let doors: [() async throws -> Void] = [
                    { try await second.mustRecord(attempt("P-002 seen 2016-03-05"), by: "professor") },
                    { _ = try await second.act(.sign(.approval), on: two, reason: nil, by: "professor") },
                    { _ = try await second.act(.lock, on: .site("S-02"), reason: "end", by: "professor") },
                    { _ = try await second.act(.erase, on: two, reason: "wish", by: "professor") },
                ]
                for door in doors {
                    let error = await #expect(throws: LogError.self) { try await door() }
                    #expect(error?.code == .notAllowed && error?.message == words)
                }
                let reading = await #expect(throws: PostgresError.self) {
                    _ = try await second.export(by: "professor") { _ in }
                }
                #expect(reading?.constraint == "own_name")
                // Each attempt is kept under the name of whoever made it.
                let kept = try await log.refusals()
                #expect(
                    kept.map(\.by) == Array(repeating: login, count: 4) && kept.allSatisfy { $0.explanation == words })
                try await second.mustRecord(attempt("P-002 seen 2016-03-05"), by: login)
                let event = try #require(try await log.path(of: two).events.last)
                #expect((event.recordedBy, event.login) == (login, login))
            }
            try await log.mustRecord(attempt("P-001 seen 2016-05-01"), by: "professor")
            let other = try #require(try await log.path(of: patient("P-001")).events.last)
            #expect((other.recordedBy, other.login) == ("professor", serviceLogin))
        }
    }

    @Test func `no function takes the name of another from a person's login`() async throws {
        try await withTwoSites { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await log.sealPresent()
            let doors: [(AccessRole, Query)] = [
                (.auditor, "SELECT pathway.keep_checkpoint(1, 'x', 'x', 'x', 'me')"),
                (
                    .statistician,
                    """
                    SELECT pathway.take_snapshot('one', 'aall1331', 'enrolled', '2016-01-01', '2016-01-01', 1,
                        sha256(''), ARRAY[1], 1, 1, sha256(''), false, 'me')
                    """
                ),
                (.trialOffice, "SELECT pathway.note_reading('export-begun', 'log', '{}', 'me')"),
            ]
            for (role, statement) in doors {
                try await withLogin(role, conninfo) { _, own in
                    var connection = try await Connection.open(own)
                    let error = await #expect(throws: PostgresError.self) { try await connection.execute(statement) }
                    #expect(error?.constraint == "own_name", "\(statement.sql)")
                }
            }
            // Whoever administers the log under a login that does nothing else is named too.
            try await withLogin(.monitor, conninfo) { login, own in
                try await superuser.execute("GRANT pathway_administrator TO \(identifier: login)")
                var administrator = try await Connection.open(own)
                #expect(try await administrator.ownName() == login)
                let access = Access(login: serviceLogin, role: .monitor, site: nil)
                let error = await #expect(throws: PostgresError.self) {
                    try await administrator.grant(access, why: nil, by: "me")
                }
                #expect(error?.constraint == "own_name")
                #expect(try await administrator.grant(access, why: nil, by: login))
            }
        }
    }

    @Test func `a coordinator who may draw draws for the own site, under the own name`() async throws {
        try await withTwoSites { log, conninfo in
            for (number, site) in [("P-005", "S-02"), ("P-006", "S-01")] {
                try await log.mustRecord(History.untilRandomisation(number, site: site))
            }
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, own in
                var superuser = try await Connection.open(conninfo)
                try await superuser.grant(Access(login: login, role: .randomiser, site: nil), why: nil, by: "the tests")
                let second = try await PathwayLog.open(own, connections: 2)
                defer { second.close() }
                #expect(second.ownName == login)
                let drawn = try await second.randomise(patient("P-005"), on: day("2016-04-08"), by: login)
                #expect(drawn.receipt?.position == 6)
                let unseen = await #expect(throws: LogError.self) {
                    try await second.randomise(patient("P-006"), on: day("2016-04-08"), by: login)
                }
                #expect(unseen?.code == .unknownPatient)
            }
            #expect(try await log.audit().findings == [])
        }
    }

    @Test func `what is said of each object is what its privileges say`() async throws {
        try await withScratchDatabase(template: Template.trial) { conninfo in
            var superuser = try await Connection.open(conninfo)
            let granted = try await superuser.rows(
                """
                SELECT o.name, replace(replace(g.grantee::regrole::text, 'pathway_', ''), '_', '-')
                FROM (
                    SELECT relname::text, relacl FROM pg_class WHERE relnamespace = 'pathway'::regnamespace
                    UNION ALL SELECT proname::text, proacl FROM pg_proc WHERE pronamespace = 'pathway'::regnamespace
                ) AS o (name, acl), aclexplode(o.acl) AS g
                WHERE g.privilege_type IN ('SELECT', 'EXECUTE')
                """
            ) { (object: String, role: String) in (object, role) }
            var holders: [String: Set<AccessRole>] = [:]
            for (object, role) in granted {
                if let role = AccessRole(rawValue: role) { holders[object, default: []].insert(role) }
            }
            // What everybody may use is denied to nobody who has a role.
            holders = holders.filter { $0.value.count < AccessRole.allCases.count }
            #expect(AccessRole.mayUse.mapValues(Set.init) == holders)
        }
    }

    @Test func `a coordinator reads the refusals of the own site`() async throws {
        try await withTwoSites { log, conninfo in
            #expect(try await log.record(attempt("P-001 engrafted 2016-05-01"), by: "anna").refusal != nil)
            #expect(try await log.record(attempt("P-002 engrafted 2016-05-01"), by: "anna").refusal != nil)
            #expect(try await log.record(attempt("P-404 engrafted 2016-05-01"), by: "anna").refusal != nil)
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { _, conninfo in
                #expect(try await keptRefusals(conninfo).map(\.patient) == ["P-002"])
                try await expectForbidden(
                    [
                        "INSERT INTO pathway.refusal (patient, attempted, answer, explanation, door, refused_by) VALUES ('P-002', '{}', 'refused', '', 'library', 'x')"
                    ], conninfo)
            }
        }
    }

    @Test func `what a login has no right to is kept with what was attempted, and told`() async throws {
        try await withTwoSites { log, conninfo in
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, own in
                let second = try await PathwayLog.open(own, connections: 2)
                defer { second.close() }
                func denied(_ body: () async throws -> Void) async -> String? {
                    let error = await #expect(throws: LogError.self) { try await body() }
                    return error?.code == .notAllowed ? error?.message : nil
                }
                let site = "the login \"\(login)\" may not record for site \"S-01\""
                let told = [
                    await denied { _ = try await second.record(attempt(History.enrolment("P-004")), by: login) },
                    await denied {
                        let moved = String(History.enrolment("P-002").dropFirst(6))
                        _ = try await second.correct(
                            patient("P-002"), .amending([1: moved]), reason: "moved", by: login)
                    },
                    await denied { _ = try await second.act(.lock, on: .study, reason: "end", by: login) },
                    await denied {
                        try await log.mustRecord(History.untilRandomisation("P-005", site: "S-02"))
                        _ = try await second.randomise(patient("P-005"), on: day("2016-04-08"), by: login)
                    },
                ]
                #expect(
                    told == [
                        site, site, "the login \"\(login)\" may not sign or lock the study",
                        "the login has no right to draw allocations, which takes the role \"randomiser\"",
                    ])
                let kept = Array(try await log.refusals().reversed())
                #expect(kept.map(\.explanation) == told)
                #expect(kept.map(\.answer) == Array(repeating: "not-allowed", count: 4))
                #expect(kept.map(\.patient) == ["P-004", "P-002", nil, "P-005"])
                #expect(kept.map(\.site) == ["S-01", "S-02", nil, "S-02"])
                #expect(kept.allSatisfy { $0.by == login && $0.login == login })
            }
        }
    }

    @Test func `nobody forges who was refused, where or when, and what cannot be read is named`() async throws {
        try await withTwoSites { log, conninfo in
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { login, own in
                var connection = try await Connection.open(own)
                func note(_ attempted: Query) async throws {
                    try await connection.execute(
                        """
                        SELECT pathway.note_refusals(
                            ARRAY['P-001', 'P-002'], ARRAY['S-01', 'S-02'], ARRAY[\(attempted), '{}'], ARRAY['refused', 'refused'],
                            ARRAY['a', 'b'], ARRAY[NULL, NULL]::text[], ARRAY['library', 'library'], ARRAY['anna', 'anna'])
                        """)
                }
                try await note("jsonb_build_object()")
                let list = await #expect(throws: PostgresError.self) { try await note("jsonb_build_array(1)") }
                #expect(list?.constraint == "attempted_is_an_object")
                try await note("jsonb_build_object('milestone', jsonb_build_array(1))")
                let kept = Array(try await log.refusals().reversed())
                #expect(kept.map(\.site) == [nil, "S-02", nil, "S-02"])
                #expect(kept.allSatisfy { $0.login == login && $0.by == login })
                #expect(kept.map(\.isReadable) == [true, true, false, true])
                #expect(kept[2].attempted.first?.value == #"{"milestone": [1]}"#)
            }
        }
    }

    @Test func `who has no part in recording writes no words of an own into the register, and nobody writes much`()
        async throws
    {
        try await withTwoSites { log, conninfo in
            let long = String(repeating: "x", count: 200_000)
            func note(_ connection: inout Connection) async throws {
                try await connection.execute(
                    """
                    SELECT pathway.note_refusals(
                        ARRAY['P-001', \(long)], ARRAY['S-02', \(long)], ARRAY['{}', jsonb_build_object('note', \(long))],
                        ARRAY['refused', 'refused'], ARRAY['Erika', \(long)], ARRAY['Erika', \(long)], ARRAY['library', \(long)],
                        ARRAY['anna', \(long)])
                    """)
            }
            try await withLogin(.monitor, conninfo) { login, own in
                var connection = try await Connection.open(own)
                try await note(&connection)
                let kept = Array(try await log.refusals().reversed())
                #expect(kept.map(\.answer) == ["not-allowed", "not-allowed"])
                #expect(kept[0].explanation == #"the login has no right to record, which takes the role "coordinator""#)
                #expect(kept[0].citation == nil && kept[0].login == login)
                // The record's own site, whatever is said.
                #expect(kept[0].site == "S-01")
            }
            try await withLogin(.coordinator, conninfo) { _, own in
                var connection = try await Connection.open(own)
                try await note(&connection)
            }
            var superuser = try await Connection.open(conninfo)
            let longest = try await superuser.row(
                "SELECT max(octet_length(to_jsonb(r)::text)) FROM pathway.refusal AS r", as: Int.self)
            #expect(longest < 6_000)
        }
    }

    @Test func `access is granted to logins, and to no role that stands for others`() async throws {
        try await withScratchDatabase(template: Template.trial) { conninfo in
            var superuser = try await Connection.open(conninfo)
            for role in ["pathway_coordinator", "pathway_owner", "pg_monitor"] {
                let access = Access(login: role, role: .auditor, site: nil)
                let error = await #expect(throws: LogError.self) {
                    try await superuser.grant(access, why: nil, by: "the tests")
                }
                #expect(error?.code == .impossibleAccess)
                let plain = await #expect(throws: PostgresError.self) {
                    try await superuser.execute(
                        "SELECT pathway.grant_access(\(role), 'auditor', '*', NULL, 'the tests')")
                }
                #expect(plain?.constraint == "granted_to_a_login")
            }
            let nowhere = await #expect(throws: PostgresError.self) {
                try await superuser.execute(
                    "SELECT pathway.grant_access(\(serviceLogin), 'coordinator', '', NULL, 'the tests')")
            }
            #expect(nowhere?.constraint == "site_named")
        }
    }

    @Test func `a coordinator grants nothing, draws nothing and writes no journal`() async throws {
        try await withTwoSites { _, conninfo in
            try await withLogin(.coordinator, conninfo) { login, conninfo in
                try await expectForbidden(
                    [
                        "SELECT pathway.grant_access(\(login), 'auditor', '*', 'a wish', 'me')",
                        "SELECT pathway.revoke_access(\(login), 'coordinator', '*', 'a wish', 'me')",
                        "SELECT pathway.write_journal('access-granted', 'me', '{}', NULL, 'me')",
                        "SELECT pathway.draw_allocation('P-002', 1, 'low', 'low-marrow-mrd-negative')",
                        "SELECT pathway.add_edition('protocol: x', '{}', 'me')",
                        "SELECT pathway.this_cluster()", "SELECT acted_by FROM pathway.journal",
                        "SELECT login FROM pathway.access", "SELECT arm FROM pathway.allocation",
                        "SELECT patient FROM pathway.audit_trail", "SELECT patient FROM pathway.deidentified_event",
                        "SET ROLE pathway_owner", "SET ROLE pathway_auditor", "SET SESSION AUTHORIZATION postgres",
                        "GRANT pathway_coordinator TO pathway_test", "CREATE ROLE friend LOGIN",
                    ], conninfo)
                var connection = try await Connection.open(conninfo)
                let unknown = await #expect(throws: PostgresError.self) {
                    try await connection.execute("SELECT pathway.note_reading('access-granted', 'log', '{}', 'me')")
                }
                #expect(unknown?.constraint == "known_reading")
                let unrecorded = await #expect(throws: PostgresError.self) {
                    try await connection.execute("SELECT pathway.forget_key('P-001', 'a wish', 'me')")
                }
                #expect(unrecorded?.constraint == "erasure_is_recorded")
            }
        }
    }

    /// The rows of a patient's record that a login sees, table by table.
    private func seen(_ conninfo: String) async throws -> [Int] {
        var connection = try await Connection.open(conninfo)
        var counts: [Int] = []
        for rows: Query in [
            "pathway.event WHERE patient = 'P-001'", "pathway.seal WHERE chain = 'P-001'",
            "pathway.patient_key WHERE patient = 'P-001'", "pathway.refusal WHERE patient = 'P-001'",
            "pathway.path WHERE patient = 'P-001'", "pathway.standing WHERE patient = 'P-001'",
        ] {
            counts.append(try await connection.row("SELECT count(*) FROM \(rows)", as: Int.self))
        }
        return counts
    }

    @Test func `a record whose site is corrected belongs whole to the new site, and to nobody else`() async throws {
        try await withTwoSites { log, conninfo in
            _ = try await log.record(attempt("P-001 engrafted 2016-05-01"), by: "anna")
            try await log.sealPresent()
            try await log.mustCorrect(
                .amending([1: String(History.enrolment("P-001", site: "S-02").dropFirst(6))]))
            try await log.sealPresent()
            try await withLogin(.coordinator, at: ["S-01"], conninfo) { (_, conninfo) async throws in
                #expect(try await seen(conninfo) == [0, 0, 0, 0, 0, 0])
            }
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { _, conninfo in
                #expect(try await seen(conninfo) == [15, 15, 1, 1, 7, 1])
                let second = try await PathwayLog.open(conninfo, connections: 2)
                defer { second.close() }
                #expect(try await second.chain(of: patient("P-001")).map(\.position) == Array(1...15))
                // A signature under this login is of the same record that everybody else reads.
                _ = try await second.act(
                    .sign(.review), on: patient("P-001"), reason: nil, by: second.named(""))
                #expect(try await second.replay().differences == [])
            }
            // Nor does the old site sign for it any more.
            #expect(
                try await log.act(.sign(.review), on: .site("S-01"), reason: nil, by: "anna")
                    == .refused("there is no record in site \"S-01\""))
            try await log.sealPresent()
            #expect(try await log.audit().findings == [])
            #expect(try await log.replay().differences == [])
            // Moved back, it belongs to the first again.
            try await log.mustCorrect(
                .amending([9: String(History.enrolment("P-001", site: "S-01").dropFirst(6))]))
            try await withLogin(.coordinator, at: ["S-02"], conninfo) { (_, conninfo) async throws in
                #expect(try await seen(conninfo) == [0, 0, 0, 0, 0, 0])
            }
            try await withLogin(.coordinator, at: ["S-01"], conninfo) { (_, conninfo) async throws in
                #expect(try await seen(conninfo)[0] == 24)
            }
            try await superuserMoves("UPDATE pathway.moved_patient SET site = 'S-02'", conninfo)
            #expect(try await log.audit().findings.map(\.patient) == ["P-001"])
            #expect(try await log.replay().differences.map(\.projection) == ["moved-patient"])
        }
    }

    private func superuserMoves(_ statement: Query, _ conninfo: String) async throws {
        var superuser = try await Connection.open(conninfo)
        try await superuser.execute(statement)
    }

    @Test func `a chain that does not begin at its first entry is neither printed nor signed`() async throws {
        try await withTwoSites { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await superuser.script(
                """
                SET session_replication_role = replica;
                DELETE FROM pathway.event WHERE patient = 'P-001' AND position = 1
                """)
            let printed = await #expect(throws: LogError.self) { try await log.chain(of: patient("P-001")) }
            #expect(
                printed?.message == "the record of patient P-001 is not whole: the entry at position 1 is missing")
            await #expect(throws: LogError.self) {
                try await log.act(.sign(.review), on: patient("P-001"), reason: nil, by: "anna")
            }
        }
    }
}
