import Crypto
import DatabaseTesting
import PathwayLog
import Postgres
import Schema
import Testing

@Suite struct MigrationTests {
    /// A released migration never changes. Before a release the digests may be recorded anew: `sha256sum Schema/migration_*.sql`.
    @Test func `a migration is the one that was released`() {
        let digests = Migrations.all.map { migration in
            let digest = SHA256.hash(data: Array(migration.sql.utf8)).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return "\(migration.number) \(migration.name) \(digest.joined())"
        }
        #expect(
            digests == [
                "1 log fa7b39e684fba03cd22b949d3d192d25bb6fec04b71649c6b24f604e645b115f",
                "2 randomisation 802a168cd1d8d2e7832a3d943e7c56f228df2c29609114bb60f02ef9fb57689b",
                "3 access 04f28a3bf08ee80446db3ac42ad251678eae23230976145ac14729740d95748a",
                "4 proof 282dea10dd807af7b1a9e7028218922780cfaeea891ade3f438b3624beff3562",
                "5 projections 4c5309eb9ebe28fd7e8856a5a32e3ba1999b9f8f37459207dbd661f3f090f79e",
                "6 snapshots 5eee24b462bbd1b8b1afe05825e97221f48352cf807add6a6808c2ab85e4101e",
            ])
    }

    /// Every object, column, constraint, function and privilege of the schema, and what was applied when.
    private func catalogue(_ connection: inout Connection) async throws -> [String] {
        try await connection.rows(
            """
            SELECT concat_ws(' ', c.relname, c.relacl::text, a.attname, a.atttypid::regtype::text)
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relnamespace = to_regnamespace('pathway') AND a.attnum > 0
            UNION ALL
            SELECT concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = to_regnamespace('pathway')
            UNION ALL
            SELECT concat_ws(' ', proname, proacl::text, md5(prosrc)) FROM pg_proc
            WHERE pronamespace = to_regnamespace('pathway')
            UNION ALL
            SELECT concat_ws(' ', nspname, nspacl::text) FROM pg_namespace WHERE nspname = 'pathway'
            ORDER BY 1
            """, as: String.self)
    }

    private func applied(_ connection: inout Connection) async throws -> [String] {
        try await connection.rows(
            "SELECT number || ' ' || name || ' ' || encode(digest, 'hex') || ' ' || applied_at FROM pathway.migration ORDER BY 1",
            as: String.self)
    }

    @Test func `migrations are applied once`() async throws {
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            #expect(try await Migrator.migrate(&connection) == [1, 2, 3, 4, 5, 6])
            let (first, objects) = (try await applied(&connection), try await catalogue(&connection))
            #expect(try await Migrator.migrate(&connection) == [])
            #expect(try await applied(&connection) == first)
            #expect(try await catalogue(&connection) == objects)
            #expect(try await Migrator.state(of: &connection).fault == nil)
        }
    }

    @Test func `eight connections that migrate at once apply each migration once`() async throws {
        try await withScratchDatabase { conninfo in
            let done = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var connection = try await Connection.open(conninfo)
                        return try await Migrator.migrate(&connection)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(done.sorted() == [1, 2, 3, 4, 5, 6])
            var connection = try await Connection.open(conninfo)
            #expect(try await applied(&connection).count == 6)
        }
    }

    @Test func `a database without a log says so`() async throws {
        try await withScratchDatabase(template: Template.trial) { conninfo in
            var connection = try await Connection.open(conninfo)
            try await connection.execute("DROP SCHEMA pathway CASCADE")
            let error = await #expect(throws: LogError.self) { try await PathwayLog.open(service(conninfo)) }
            #expect(error?.code == .schemaMissing)
            #expect(error?.message == "the database has no pathway log yet")
            #expect(error?.hint == #"run "pathway database init""#)
            #expect(try await catalogue(&connection) == [])
        }
    }

    @Test func `the log is never opened as a superuser`() async throws {
        try await withScratchDatabase(template: Template.trial) { conninfo in
            let error = await #expect(throws: LogError.self) { try await PathwayLog.open(conninfo) }
            #expect(error?.code == .superuser)
            var superuser = try await Connection.open(conninfo)
            let name = try await superuser.row("SELECT session_user::text", as: String.self)
            #expect(error?.message == #"the login "\#(name)" is a superuser, and the log is never used as one"#)
            #expect(error?.hint == #"make a login with "pathway database init --login NAME" and connect as that"#)
            // Not even one that has laid down its rights for the session.
            let disguised = try ConnectionString.replacing(["options": "-c role=pathway_coordinator"], in: conninfo)
            let second = await #expect(throws: LogError.self) { try await PathwayLog.open(disguised) }
            #expect(second?.code == .superuser)
        }
    }

    @Test func `eight databases of one server are made at once with one login`() async throws {
        let login = "pathway_test_" + UUIDBytes.random().description.replacing("-", "_")
        let members = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await withScratchDatabase { conninfo in
                        var connection = try await Connection.open(conninfo)
                        try await Migrator.migrate(&connection)
                        try await Migrator.grantLogin(login, on: &connection)
                        return try await connection.accesses().filter { $0.access.login == login }.count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(members == Array(repeating: 5, count: 8))
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.execute("DROP ROLE \(identifier: login)")
    }

    @Test func `a database that is behind says so, and a migration brings it up`() async throws {
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            try await connection.script(Migrations.roles)
            try await connection.transaction { connection in
                for migration in Migrations.all.prefix(5) {
                    try await connection.script(migration.sql)
                    try await connection.execute(
                        """
                        INSERT INTO pathway.migration (number, name, digest)
                        VALUES (\(migration.number), \(migration.name), sha256(convert_to(\(migration.sql), 'UTF8')))
                        """)
                }
            }
            try await Migrator.grantLogin(serviceLogin, on: &connection)
            let before = try await catalogue(&connection)
            let error = await #expect(throws: LogError.self) { try await PathwayLog.open(service(conninfo)) }
            #expect(error?.code == .schemaBehind(applied: 5, known: 6))
            #expect(error?.message == "the database is at migration 5, and this program needs 6")
            #expect(try await catalogue(&connection) == before)

            #expect(try await Migrator.migrate(&connection) == [6])
            #expect(try await Migrator.state(of: &connection).fault == nil)
        }
    }

    @Test func `a database that is ahead or altered is left alone`() async throws {
        let cases: [(Query, LogError.Code, String)] = [
            (
                "INSERT INTO pathway.migration (number, name, digest) VALUES (7, 'later', '')",
                .schemaAhead(applied: 7, known: 6), "the database is at migration 7, and this program knows 6"
            ),
            (
                "UPDATE pathway.migration SET digest = sha256('other') WHERE number = 1", .schemaAltered(1),
                "migration 1 of the database is not the one this program knows"
            ),
            (
                "UPDATE pathway.migration SET digest = sha256('other') WHERE number = 2", .schemaAltered(2),
                "migration 2 of the database is not the one this program knows"
            ),
            (
                "UPDATE pathway.migration SET digest = sha256('other') WHERE number = 5", .schemaAltered(5),
                "migration 5 of the database is not the one this program knows"
            ),
            (
                "DELETE FROM pathway.migration WHERE number = 1", .schemaAltered(1),
                "migration 1 of the database is not the one this program knows"
            ),
        ]
        for (change, code, message) in cases {
            try await withScratchDatabase(template: Template.trial) { conninfo in
                var connection = try await Connection.open(conninfo)
                try await connection.execute(change)
                let (rows, objects) = (try await applied(&connection), try await catalogue(&connection))
                let opening = await #expect(throws: LogError.self) { try await PathwayLog.open(service(conninfo)) }
                #expect(opening?.code == code)
                #expect(opening?.message == message)
                let migrating = await #expect(throws: LogError.self) { try await Migrator.migrate(&connection) }
                #expect(migrating?.code == code)
                #expect(try await applied(&connection) == rows)
                #expect(try await catalogue(&connection) == objects)
            }
        }
    }

    @Test func `a migration that fails leaves nothing`() async throws {
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            // The first migrations make no view: the third one fails at its first.
            try await connection.script(
                """
                CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk of straw'; END $$;
                CREATE EVENT TRIGGER stop ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION public.stop();
                """)
            let error = await #expect(throws: PostgresError.self) { try await Migrator.migrate(&connection) }
            #expect(error?.message == "disk of straw")
            #expect(try await catalogue(&connection) == [])
            #expect(try await Migrator.state(of: &connection).applied == [])

            try await connection.script("DROP EVENT TRIGGER stop")
            #expect(try await Migrator.migrate(&connection) == [1, 2, 3, 4, 5, 6])
        }
    }
}
