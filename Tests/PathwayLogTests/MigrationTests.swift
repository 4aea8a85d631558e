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
                "1 log 92f8505b2f5f247ae2509baeb2537cb60eaa570b806372e0cda6a2f285e74a49",
                "2 randomisation 67e6b32a4b83f8d6816b24d749099ca5e6c9ddbfe83f7815b73e4ea6e12158ce",
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
            #expect(try await Migrator.migrate(&connection) == [1, 2])
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
            #expect(done.sorted() == [1, 2])
            var connection = try await Connection.open(conninfo)
            #expect(try await applied(&connection).count == 2)
        }
    }

    @Test func `a database without a log says so`() async throws {
        try await withScratchDatabase { conninfo in
            let error = await #expect(throws: LogError.self) { try await PathwayLog.open(conninfo) }
            #expect(error?.code == .schemaMissing)
            #expect(error?.message == "the database has no pathway log yet")
            #expect(error?.hint == #"run "pathway database init""#)
            var connection = try await Connection.open(conninfo)
            #expect(try await catalogue(&connection) == [])
        }
    }

    @Test func `a database that is behind says so, and a migration brings it up`() async throws {
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            let first = Migrations.all[0]
            try await connection.script(Migrations.roles)
            try await connection.transaction { connection in
                try await connection.script(first.sql)
                try await connection.execute(
                    """
                    INSERT INTO pathway.migration (number, name, digest)
                    VALUES (1, 'log', sha256(convert_to(\(first.sql), 'UTF8')))
                    """)
            }
            let before = try await catalogue(&connection)
            let error = await #expect(throws: LogError.self) { try await PathwayLog.open(conninfo) }
            #expect(error?.code == .schemaBehind(applied: 1, known: 2))
            #expect(error?.message == "the database is at migration 1, and this program needs 2")
            #expect(try await catalogue(&connection) == before)

            #expect(try await Migrator.migrate(&connection) == [2])
            #expect(try await Migrator.state(of: &connection).fault == nil)
        }
    }

    @Test func `a database that is ahead or altered is left alone`() async throws {
        let cases: [(Query, LogError.Code, String)] = [
            (
                "INSERT INTO pathway.migration (number, name, digest) VALUES (3, 'later', '')",
                .schemaAhead(applied: 3, known: 2), "the database is at migration 3, and this program knows 2"
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
                "DELETE FROM pathway.migration WHERE number = 1", .schemaAltered(1),
                "migration 1 of the database is not the one this program knows"
            ),
        ]
        for (change, code, message) in cases {
            try await withScratchDatabase(template: Template.trial) { conninfo in
                var connection = try await Connection.open(conninfo)
                try await connection.execute(change)
                let (rows, objects) = (try await applied(&connection), try await catalogue(&connection))
                let opening = await #expect(throws: LogError.self) { try await PathwayLog.open(conninfo) }
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
            // The first migration makes tables only: the second one fails at its first function.
            try await connection.script(
                """
                CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk of straw'; END $$;
                CREATE EVENT TRIGGER stop ON ddl_command_start WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION public.stop();
                """)
            let error = await #expect(throws: PostgresError.self) { try await Migrator.migrate(&connection) }
            #expect(error?.message == "disk of straw")
            #expect(try await catalogue(&connection) == [])
            #expect(try await Migrator.state(of: &connection).applied == [])

            try await connection.script("DROP EVENT TRIGGER stop")
            #expect(try await Migrator.migrate(&connection) == [1, 2])
        }
    }
}
