import DatabaseTesting
import Postgres
import Testing

private struct Refusal: Error {}

@Suite struct ScratchDatabaseTests {
    private func exists(_ database: String) async throws -> Bool {
        var connection = try await Connection.open(TestServer.conninfo())
        return try await connection.row(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = \(database))", as: Bool.self)
    }

    private func name(_ conninfo: String) async throws -> String {
        var connection = try await Connection.open(conninfo)
        return try await connection.row("SELECT current_database()::text", as: String.self)
    }

    @Test func `a scratch database is there for its closure and gone after it, whoever is connected`() async throws {
        let (left, database) = try await withScratchDatabase { conninfo in
            let pool = Pool(conninfo, limit: 1)
            try await pool.withConnection { connection in try await connection.script("CREATE TABLE t (n int)") }
            let database = try await name(conninfo)
            #expect(try await exists(database))
            return (pool, database)
        }
        #expect(try await !exists(database))
        #expect(left.count == 1)

        var failed = ""
        await #expect(throws: Refusal.self) {
            try await withScratchDatabase { conninfo in
                failed = try await name(conninfo)
                throw Refusal()
            }
        }
        #expect(try await !exists(failed))
    }

    @Test func `a template is filled once, and its copies do not share`() async throws {
        let journal = Gate()
        let template = TemplateDatabase("visits") { conninfo in
            var connection = try await Connection.open(conninfo)
            await journal.open(connection.processID)
            try await connection.script("CREATE TABLE visit (n int); INSERT INTO visit VALUES (1)")
        }
        let counts = try await withThrowingTaskGroup { group in
            for number in 1...8 {
                group.addTask {
                    try await withScratchDatabase(template: template) { conninfo in
                        var connection = try await Connection.open(conninfo)
                        try await connection.execute("INSERT INTO visit VALUES (\(number))")
                        return try await connection.row("SELECT count(*) FROM visit", as: Int.self)
                    }
                }
            }
            var counts: [Int] = []
            for try await count in group { counts.append(count) }
            return counts
        }
        #expect(counts == [Int](repeating: 2, count: 8))
        let name = try await template.name()
        #expect(try await exists(name))
        try await template.drop()
        #expect(try await !exists(name))
    }
}
