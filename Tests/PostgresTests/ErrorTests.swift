import DatabaseTesting
import Postgres
import Testing

@Suite struct ErrorTests {
    @Test func `the printed error never quotes the row, the parameter or the value`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script(
            "CREATE TEMP TABLE patient (id int PRIMARY KEY, name text, born date, CONSTRAINT no_empty_name CHECK (name <> 'secret'))"
        )
        try await connection.execute("INSERT INTO patient VALUES (1, 'a')")

        let check = await #expect(throws: PostgresError.self) {
            try await connection.execute("INSERT INTO patient VALUES (\(2), \("secret"))")
        }
        #expect(check?.sqlState == .checkViolation)
        #expect(check?.constraint == "no_empty_name")
        #expect(check?.table == "patient")
        #expect(check.map { "\($0)" }?.contains("secret") == false)
        #expect(check.map { String(reflecting: $0) }?.contains("(2, secret, null)") == true)

        let unique = await #expect(throws: PostgresError.self) {
            try await connection.execute("INSERT INTO patient VALUES (\(1), \("hidden"))")
        }
        #expect(unique?.code == .server(.uniqueViolation))
        #expect(unique?.detail == "Key (id)=(1) already exists.")
        #expect(unique?.sql == "INSERT INTO patient VALUES ($1, $2)")
        #expect(
            unique.map { "\($0)" } == "duplicate key value violates unique constraint \"patient_pkey\" (SQLSTATE 23505)"
        )

        let value = await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT \("hid\"den")::date")
        }
        #expect(value.map { "\($0)" } == "invalid input syntax for type date: \"…\" (SQLSTATE 22007)")
        #expect(value?.detail?.contains("hid\"den") == true)
    }

    @Test func `an error keeps the server's hint and where in the statement it is`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let error = await #expect(throws: PostgresError.self) {
            try await connection.execute("SELECT relnam FROM pg_class")
        }
        #expect(error?.sqlState == .undefinedColumn)
        #expect(error?.position == 8)
        #expect(error.map { "\($0)".hasSuffix("\nhint: \($0.hint ?? "")") } == true)
        let table = await #expect(throws: PostgresError.self) { try await connection.execute("TABLE nowhere") }
        #expect(table?.sqlState == .undefinedTable)
    }

    @Test(arguments: [
        "postgresql://user:hunter2@/%%%", "host=/tmp password=hunter2 hunter2", "postgresql://user:hunter2/x@host/db",
        "password='hunter2", "host=\0 password=hunter2",
    ])
    func `a malformed connection string is refused without quoting it`(conninfo: String) async throws {
        let error = await #expect(throws: PostgresError.self) { _ = try await Connection.open(conninfo) }
        #expect(error?.code == .misuse)
        #expect(error.map { String(reflecting: $0) }?.contains("hunter2") == false)
        #expect(ConnectionString.redacted(conninfo) == "(malformed connection string)")
    }

    @Test func `a connection string is shown without its password`() throws {
        let shown = ConnectionString.redacted("postgresql://user:hunter2@host:5433/db?sslmode=require")
        #expect(shown == "dbname='db' host='host' port='5433' sslmode='require' user='user'")
        let replaced = try ConnectionString.replacing(["dbname": "it's"], in: "host=a password=b dbname=c")
        #expect(replaced == #"dbname='it\'s' host='a' password='b'"#)
    }

    @Test func `a server that refuses says why by its code`() async throws {
        let missing = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open(TestServer.conninfo(database: "nowhere"))
        }
        #expect(missing?.code == .server(.invalidCatalogName))
        #expect(missing?.message.hasSuffix("database \"nowhere\" does not exist") == true)
        let conninfo = try ConnectionString.replacing(["user": "nobody_here"], in: TestServer.conninfo())
        let role = await #expect(throws: PostgresError.self) { _ = try await Connection.open(conninfo) }
        #expect(role?.sqlState == .invalidAuthorization || role?.sqlState == .invalidPassword)
        #expect(role?.isRetryable == false)
    }

    @Test func `a server that is not there cannot be reached`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            _ = try await Connection.open("host=/nowhere password=hunter2")
        }
        #expect(error?.code == .connection)
        #expect(error?.isConnectionLost == true)
        #expect(error?.isRetryable == true)
        #expect(error.map { String(reflecting: $0) }?.contains("hunter2") == false)
    }

    @Test func `what may be retried is told from what may not`() {
        let retryable: [PostgresError.Code] = [
            .server(.serializationFailure), .server(.deadlockDetected), .server(.tooManyConnections),
            .server(.cannotConnectNow), .server(.adminShutdown), .connection,
        ]
        for code in retryable { #expect(PostgresError(code, "").isRetryable, "\(code)") }
        let final: [PostgresError.Code] = [
            .commitUnknown, .cancelled, .decoding, .misuse, .poolClosed, .server(.uniqueViolation), .server(.diskFull),
            .server(.queryCanceled), .server(.readOnlyTransaction),
        ]
        for code in final { #expect(!PostgresError(code, "").isRetryable, "\(code)") }
    }
}
