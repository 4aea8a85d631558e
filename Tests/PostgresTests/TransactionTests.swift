import DatabaseTesting
import Postgres
import Testing

private struct Refusal: Error {}

@Suite struct TransactionTests {
    private func connectionWithTable() async throws -> Connection {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t (n int PRIMARY KEY)")
        return connection
    }

    @Test func `what a transaction did is kept when its body returns and undone when it throws`() async throws {
        var connection = try await connectionWithTable()
        let returned = try await connection.transaction { connection in
            try await connection.execute("INSERT INTO t VALUES (1)")
            return "kept"
        }
        #expect(returned == "kept")
        await #expect(throws: Refusal.self) {
            try await connection.transaction { connection in
                try await connection.execute("INSERT INTO t VALUES (2)")
                throw Refusal()
            }
        }
        let isInTransaction = connection.isInTransaction
        #expect(!isInTransaction)
        #expect(try await connection.rows("SELECT n FROM t", as: Int.self) == [1])
    }

    @Test func `a body that hides a failed statement does not commit`() async throws {
        var connection = try await connectionWithTable()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction { connection in
                try await connection.execute("INSERT INTO t VALUES (1)")
                _ = try? await connection.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.code == .server(.inFailedTransaction))
        #expect(try await connection.rows("SELECT n FROM t", as: Int.self) == [])
    }

    @Test func `isolation and read-only are what was asked for`() async throws {
        var connection = try await connectionWithTable()
        for isolation in Isolation.allCases {
            for readOnly in [true, false] {
                let (level, access) = try await connection.transaction(isolation: isolation, readOnly: readOnly) {
                    connection in
                    try await connection.row(
                        "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
                        as: (String.self, String.self))
                }
                #expect(level == isolation.rawValue.lowercased())
                #expect(access == (readOnly ? "on" : "off"))
            }
        }
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction(readOnly: true) { connection in
                try await connection.script("CREATE TABLE never (n int)")
            }
        }
        #expect(error?.sqlState == .readOnlyTransaction)
    }

    @Test func `a savepoint is undone alone`() async throws {
        var connection = try await connectionWithTable()
        try await connection.transaction { connection in
            try await connection.execute("INSERT INTO t VALUES (1)")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.savepoint { connection in
                    try await connection.execute("INSERT INTO t VALUES (2)")
                    try await connection.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            try await connection.savepoint { connection in
                _ = try await connection.execute("INSERT INTO t VALUES (3)")
            }
        }
        #expect(try await connection.rows("SELECT n FROM t ORDER BY n", as: Int.self) == [1, 3])
    }

    @Test func `a constraint that is checked at COMMIT rolls back and says so`() async throws {
        var connection = try await connectionWithTable()
        try await connection.script("CREATE TEMP TABLE d (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction { connection in
                try await connection.execute("INSERT INTO d VALUES (1), (1)")
            }
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(try await connection.rows("SELECT n FROM d", as: Int.self) == [])
    }

    @Test func `a connection that is lost at COMMIT leaves the outcome unknown`() async throws {
        try await withScratchDatabase { conninfo in
            var connection = try await Connection.open(conninfo)
            try await connection.script(
                """
                CREATE TABLE t (n int);
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                  FOR EACH ROW EXECUTE FUNCTION die();
                """)
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.code == .commitUnknown)
            #expect(error?.outcomeUnknown == true)
            #expect(error?.isConnectionLost == true)
            #expect(error?.isRetryable == false)
            let isOpen = connection.isOpen
            #expect(!isOpen)
        }
    }

    @Test func `a connection that is lost before COMMIT is a rollback`() async throws {
        var connection = try await connectionWithTable()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction { connection in
                try await connection.execute("INSERT INTO t VALUES (1)")
                try await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(error?.isConnectionLost == true)
        #expect(error?.outcomeUnknown == false)
        #expect(error?.isRetryable == true)
        let after = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1") }
        #expect(after?.code == .connection)
    }
}
