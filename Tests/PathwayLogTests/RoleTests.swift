import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct RoleTests {
    private func withPath(_ body: (PathwayLog, String) async throws -> Void) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await body(log, conninfo)
        }
    }

    private static let writing: [Query] = [
        "INSERT INTO pathway.event (patient) VALUES ('P-009')", "DELETE FROM pathway.event",
        "SELECT pathway.append(ARRAY[]::pathway.entry[], ARRAY[]::text[], ARRAY[]::bytea[], false)",
        "SELECT pathway.forget_key('P-001', 'a wish', 'me')", "INSERT INTO pathway.refusal (patient) VALUES ('P-009')",
        "INSERT INTO pathway.edition (edition) VALUES (9)", "INSERT INTO pathway.seal (number) VALUES (1)",
        "SELECT pathway.grant_access('me', 'auditor', '*', 'a wish', 'me')",
        "SELECT pathway.write_journal('export-begun', 'log', '{}', NULL, 'me')",
        "SELECT pathway.draw_allocation('P-009', 1, 'low', 'low-marrow-mrd-negative')",
        "SELECT seed FROM pathway.randomisation_seed",
    ]

    @Test func `a statistician reads no birth date, free text or name`() async throws {
        try await withPath { log, conninfo in
            try await withLogin(.statistician, conninfo) { _, conninfo in
                try await expectForbidden(
                    Self.writing + [
                        "SELECT patient FROM pathway.event", "SELECT key FROM pathway.patient_key",
                        "SELECT explanation FROM pathway.refusal", "SELECT recorded_by FROM pathway.audit_trail",
                        "SELECT acted_by FROM pathway.journal", "SELECT login FROM pathway.access",
                        "SELECT patient FROM pathway.allocation",
                    ], conninfo)
                var connection = try await Connection.open(conninfo)
                let told = try await connection.rows(
                    """
                    SELECT DISTINCT concat_ws(' ', recorded_by, login, origin_by, encode(identifying, 'hex'), encode(reason, 'hex'))
                    FROM pathway.deidentified_event
                    """, as: String.self)
                // A word for each person that names nobody.
                #expect(told.count == 1 && told[0].wholeMatch(of: /person-[0-9a-f]{12} withheld/) != nil, "\(told)")
                let statistician = try await PathwayLog.open(conninfo, connections: 2)
                defer { statistician.close() }
                let path = try await statistician.path(of: patient("P-001"))
                #expect(path.events[0].milestone.facts[.born] == nil)
                #expect(path.events[0].milestone.facts[.age] == .number(9))
                #expect(path.path.phase.name == (try await log.path(of: patient("P-001")).path.phase.name))
            }
        }
    }

    @Test func `a monitor sees the trail without what tells the arm`() async throws {
        try await withPath { log, conninfo in
            try await log.mustCorrect(.amending([7: "course-started 2016-04-13 course=block-2"]))
            try await withLogin(.monitor, conninfo) { _, conninfo in
                try await expectForbidden(
                    Self.writing + [
                        "SELECT patient FROM pathway.event", "SELECT patient FROM pathway.deidentified_event",
                        "SELECT key FROM pathway.patient_key", "SELECT arm FROM pathway.allocation",
                        "SELECT patient FROM pathway.refusal", "SELECT acted_by FROM pathway.journal",
                        "SELECT pathway.note_reading('export-begun', 'log', '{}', 'me')",
                    ], conninfo)
                #expect(
                    try await trail(conninfo) == [
                        "1 enrolled coordinator", "2 course-started coordinator", "3 course-ended coordinator",
                        "4 response-assessed coordinator", "5 risk-assigned coordinator", "6 randomised coordinator",
                        "rewound berta",
                    ])
            }
            try await withLogin(.auditor, conninfo) { _, conninfo in
                let told = try await trail(conninfo)
                #expect(
                    told.suffix(4) == [
                        "6 randomised coordinator A a-before-block-2", "7 course-started coordinator a-block-2",
                        "8 rewound berta a-before-block-2", "9 course-started berta a-block-2",
                    ])
            }
        }
    }

    private func trail(_ conninfo: String) async throws -> [String] {
        var connection = try await Connection.open(conninfo)
        return try await connection.rows(
            """
            SELECT concat_ws(' ', position, coalesce(act, milestone), recorded_by, arm, phase_after) FROM pathway.audit_trail
            ORDER BY patient, position
            """, as: String.self)
    }

    @Test func `an auditor reads all and writes nothing`() async throws {
        try await withPath { log, conninfo in
            _ = try await log.record(attempt("P-001 engrafted 2016-05-01"), by: "anna")
            try await withLogin(.auditor, conninfo) { _, conninfo in
                try await expectForbidden(Self.writing, conninfo)
                var connection = try await Connection.open(conninfo)
                for (table, count) in [
                    ("event", 7), ("patient_key", 1), ("refusal", 1), ("audit_trail", 7), ("allocation", 0),
                    ("seal", 0),
                    ("checkpoint", 0),
                ] {
                    let rows = try await connection.row(
                        "SELECT count(*) FROM pathway.\(identifier: table)", as: Int.self)
                    #expect(rows == count, "\(table)")
                }
                #expect(try await connection.row("SELECT count(*) > 5 FROM pathway.journal", as: Bool.self))
                let auditor = try await PathwayLog.open(conninfo, connections: 2)
                defer { auditor.close() }
                #expect(try await auditor.path(of: patient("P-001")).events[0].milestone.facts[.born] != nil)
                #expect(try await auditor.exported().split(separator: "\n").count == 7)
                #expect(try await auditor.cohort().map(\.patients) == [1])
            }
        }
    }

    @Test func `grants and revocations are in the journal with who and why`() async throws {
        try await withPath { _, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await withLogin(.coordinator, at: ["S-01"], conninfo) { login, service in
                let second = Access(login: login, role: .coordinator, site: "S-02")
                #expect(try await superuser.grant(second, why: "stands in", by: "the head of the trial office"))
                #expect(
                    try await superuser.grant(second, why: "stands in", by: "the head of the trial office") == false)
                #expect(
                    try await superuser.accesses().filter { $0.access.login == login }.map(\.access.site) == [
                        "S-01", "S-02",
                    ])
                #expect(try await superuser.revoke(second, why: "came back", by: "the head of the trial office"))
                #expect(
                    try await superuser.revoke(second, why: "came back", by: "the head of the trial office") == false)
                // One site is left, and with it the role; without any the role is gone.
                var connection = try await Connection.open(service)
                #expect(try await connection.row("SELECT count(*) FROM pathway.event", as: Int.self) == 7)
                let first = Access(login: login, role: .coordinator, site: "S-01")
                #expect(try await superuser.revoke(first, why: "left", by: "the head of the trial office"))
                let gone = await #expect(throws: PostgresError.self) {
                    try await connection.execute("SELECT patient FROM pathway.event")
                }
                #expect(gone?.sqlState == .insufficientPrivilege)
                #expect(
                    try await superuser.rows(
                        """
                        SELECT concat_ws(', ', act, detail ->> 'role', detail ->> 'site', reason, acted_by, login = session_user)
                        FROM pathway.journal WHERE subject = \(login) ORDER BY number
                        """, as: String.self) == [
                            "access-granted, coordinator, S-01, a test, the tests, t",
                            "access-granted, coordinator, S-02, stands in, the head of the trial office, t",
                            "access-revoked, coordinator, S-02, came back, the head of the trial office, t",
                            "access-revoked, coordinator, S-01, left, the head of the trial office, t",
                        ])
            }
            let wrong: [(Query, String)] = [
                ("SELECT pathway.grant_access('pathway_test', 'emperor', '*', NULL, 'me')", "known_role"),
                ("SELECT pathway.grant_access('pathway_test', 'auditor', 'S-01', NULL, 'me')", "site_of_coordinator"),
                ("SELECT pathway.grant_access('pathway_test', 'monitor', '*', NULL, ' ')", "actor_named"),
            ]
            for (statement, constraint) in wrong {
                let error = await #expect(throws: PostgresError.self) { try await superuser.execute(statement) }
                #expect(error?.constraint == constraint)
            }
        }
    }

    @Test func `what is taken out is in the journal, before and behind`() async throws {
        try await withPath { log, conninfo in
            var bytes: [UInt8] = []
            let receipt = try await log.export(by: "carla") { bytes += $0 }
            #expect(receipt.lines == 7)
            var superuser = try await Connection.open(conninfo)
            let digest = try await superuser.row("SELECT encode(sha256(\(bytes)), 'hex')", as: String.self)
            #expect(receipt.digest == digest)
            #expect(
                try await superuser.rows(
                    """
                    SELECT concat_ws(', ', act, subject, detail ->> 'format', detail ->> 'lines', detail ->> 'sha-256', acted_by, login)
                    FROM pathway.journal WHERE act LIKE 'export%' ORDER BY number
                    """, as: String.self) == [
                        "export-begun, log, ndjson, carla, pathway_test",
                        "export-ended, log, ndjson, 7, \(digest), carla, pathway_test",
                    ])
        }
    }

    @Test func `nobody but the owner has a right to change or remove an entry`() async throws {
        try await withPath { _, conninfo in
            var superuser = try await Connection.open(conninfo)
            for table in ["event", "journal", "seal", "checkpoint", "allocation", "edition", "refusal"] {
                let holders = try await superuser.rows(
                    """
                    SELECT DISTINCT a.grantee::regrole::text
                    FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
                    WHERE c.oid = ('pathway.' || \(table))::regclass AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
                    """, as: String.self)
                #expect(holders == ["pathway_owner"], "\(table)")
            }
            let writers = try await superuser.rows(
                """
                SELECT DISTINCT a.grantee::regrole::text
                FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
                WHERE c.oid = 'pathway.event'::regclass AND a.privilege_type = 'INSERT'
                """, as: String.self)
            #expect(writers == ["pathway_owner"])
            let owner = try await superuser.row(
                "SELECT rolcanlogin, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = 'pathway_owner'",
                as: (Bool.self, Bool.self, Bool.self, Bool.self))
            #expect(owner == (false, false, false, false))
            // Every function of the schema that runs with the owner's rights is closed to the public.
            let open = try await superuser.rows(
                """
                SELECT proname::text FROM pg_proc
                WHERE pronamespace = 'pathway'::regnamespace AND prosecdef AND has_function_privilege('public', oid, 'EXECUTE')
                """, as: String.self)
            #expect(open == [])
        }
    }
}
