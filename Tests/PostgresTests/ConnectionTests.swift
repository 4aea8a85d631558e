import DatabaseTesting
import Postgres
import Synchronization
import Testing

@Suite struct ConnectionTests {
    @Test func `SQL in a value stays a value`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE patient (name text)")
        let name = "x'); DROP TABLE patient; --"
        try await connection.execute("INSERT INTO patient VALUES (\(name))")
        #expect(try await connection.rows("SELECT name FROM patient WHERE name = \(name)", as: String.self) == [name])
    }

    @Test func `an odd identifier and a literal reach the server as they are`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let table = "odd \"\u{301} name; --"
        let note = "it's \\ 'quoted'\u{301}"
        try await connection.execute("CREATE TEMP TABLE \(identifier: table) (n int)")
        try await connection.execute("COMMENT ON TABLE \(identifier: table) IS \(literal: note)")
        let found = try await connection.row(
            "SELECT relname, obj_description(oid) FROM pg_class WHERE relname = \(table)",
            as: (String.self, String.self))
        #expect(found == (table, note))
    }

    @Test func `a statement is prepared at its second use and dropped when there are too many`() async throws {
        var connection = try await Connection.open(TestServer.conninfo(), preparedStatements: 2)
        func prepared(_ connection: inout Connection) async throws -> Int {
            let count: Query = "SELECT count(*) FROM pg_prepared_statements"
            return try await connection.row(count.unprepared, as: Int.self)
        }
        for use in 1...3 {
            try await connection.execute("SELECT \(use)")
            #expect(try await prepared(&connection) == min(use - 1, 1))
        }
        // The same text with another type of parameter is another statement.
        for _ in 1...2 { try await connection.execute("SELECT \("a")") }
        #expect(try await prepared(&connection) == 2)
        for _ in 1...2 { try await connection.execute("SELECT 3") }
        for _ in 1...2 { try await connection.execute("SELECT 4") }
        #expect(try await prepared(&connection) <= 2)

        var never = try await Connection.open(TestServer.conninfo(), preparedStatements: 0)
        for _ in 1...3 { try await never.execute("SELECT 1") }
        #expect(try await prepared(&never) == 0)
    }

    @Test func `a prepared statement survives a change of its table`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t AS SELECT 1 AS a")
        for _ in 1...3 { #expect(try await connection.query("SELECT * FROM t").columnCount == 1) }
        try await connection.script("ALTER TABLE t ADD COLUMN b int")
        #expect(try await connection.query("SELECT * FROM t").columnCount == 2)
        try await connection.script("DEALLOCATE ALL")
        for _ in 1...3 { #expect(try await connection.query("SELECT * FROM t").columnCount == 2) }
    }

    @Test func `a statement that must make room is none the worse for a name the server has forgotten`() async throws {
        var connection = try await Connection.open(TestServer.conninfo(), preparedStatements: 1)
        for _ in 1...2 { try await connection.execute("SELECT 1") }
        try await connection.script("DEALLOCATE ALL")
        try await connection.transaction { connection in
            for _ in 1...2 { _ = try await connection.execute("SELECT 2") }
        }
        for _ in 1...2 { try await connection.execute("SELECT 3") }
        #expect(try await connection.row("SELECT 4", as: Int.self) == 4)
    }

    @Test func `a script is many statements and one transaction`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t (n int); INSERT INTO t VALUES (1); SELECT * FROM t; -- done")
        let failing = "INSERT INTO t VALUES (2);\nINSERT INTO nowhere VALUES (3)"
        let error = await #expect(throws: PostgresError.self) { try await connection.script(failing) }
        #expect(error?.sqlState == .undefinedTable)
        #expect(error?.position == 39)
        #expect(try await connection.rows("SELECT n FROM t", as: Int.self) == [1])
        let hidden = await #expect(throws: PostgresError.self) { try await connection.script("SELECT 1;\0 SELECT 2") }
        #expect(hidden?.code == .misuse)
        try await connection.script("")
    }

    @Test func `notices are dropped unless somebody wants them`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let raise = "DO $$ BEGIN RAISE NOTICE 'hello' USING HINT = 'wave'; END $$"
        try await connection.script(raise)
        let seen = Mutex<[String]>([])
        connection.onNotice { notice in
            seen.withLock { $0.append("\(notice.severity) \(notice.sqlState) \(notice.message) \(notice.hint ?? "")") }
        }
        try await connection.script(raise)
        connection.onNotice(nil)
        try await connection.script(raise)
        #expect(seen.withLock { $0 } == ["NOTICE 00000 hello wave"])
    }

    @Test func `a statement that takes too long is stopped by the server, which is no cancellation`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.execute("SET statement_timeout = '50ms'")
        let error = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT pg_sleep(30)") }
        #expect(error?.code == .server(.queryCanceled))
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `COPY and too many parameters are refused where they cannot be, and the connection lives on`()
        async throws
    {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t (n int)")
        for query in ["COPY t FROM STDIN", "COPY t TO STDOUT", "COPY (SELECT generate_series(1, 3000000)) TO STDOUT"]
            as [Query]
        {
            let error = await #expect(throws: PostgresError.self) { try await connection.execute(query) }
            #expect(error?.code == .misuse)
        }
        var many: Query = "SELECT \(0)"
        for number in 1...65_535 { many.append(" + \(number)") }
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(many) }
        #expect(error?.code == .misuse)
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `opening is bounded by its timeout`() async throws {
        // A listener that never answers: the backlog takes the connection, and nobody speaks.
        let listener = try SilentListener()
        let start = ContinuousClock.now
        let error = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open(
                "host=127.0.0.1 port=\(listener.port) sslmode=disable gssencmode=disable", timeout: .milliseconds(300))
        }
        #expect(error?.code == .timeout)
        // Without the bound it would wait for ever; other tests share the cores, so that 0.3 s can become many.
        #expect(ContinuousClock.now - start < .seconds(300))
    }

    #if os(Linux)
        @Test(arguments: [("", 60_000), (" tcp_user_timeout=5000", 5_000)])
        func `a machine that falls silent counts as gone after a minute, or as the string says`(
            _ setting: String, _ milliseconds: Int32
        ) async throws {
            let listener = try SilentListener()
            let conninfo = "host=127.0.0.1 port=\(listener.port) sslmode=disable gssencmode=disable\(setting)"
            let opening = Task { _ = try? await Connection.open(conninfo, timeout: .seconds(20)) }
            var found: Int32?
            let end = ContinuousClock.now + .seconds(20)
            while found == nil, ContinuousClock.now < end {
                await Task.yield()
                found = listener.patienceOfClient()
            }
            #expect(found == milliseconds)
            opening.cancel()
            await opening.value
        }
    #endif

    @Test func `a silent host among several is passed over after connect_timeout`() async throws {
        let listener = try SilentListener()
        let settings = try await serverSettings()
        var connection = try await Connection.open(
            try ConnectionString.replacing(
                [
                    "host": "127.0.0.1,\(settings.host)", "port": "\(listener.port),\(settings.port)",
                    "connect_timeout": "2",
                    "target_session_attrs": "read-write", "sslmode": "disable", "gssencmode": "disable",
                ], in: TestServer.conninfo()))
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    @Test func `of several hosts the one that is there is taken`() async throws {
        let settings = try await serverSettings()
        var connection = try await Connection.open(
            try ConnectionString.replacing(
                ["host": "/nowhere,\(settings.host)", "port": settings.port, "target_session_attrs": "read-write"],
                in: TestServer.conninfo()))
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
    }

    private func serverSettings() async throws -> (host: String, port: String) {
        var connection = try await Connection.open(TestServer.conninfo())
        return try await connection.row(
            "SELECT split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')",
            as: (String.self, String.self))
    }
}
