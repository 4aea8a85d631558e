import DatabaseTesting
import Postgres
import Testing

private struct Summary: Equatable {
    var id: Int
    var arm: Arm
    var note: String?
}

@Suite struct RowTests {
    @Test func `rows go straight into an initialiser`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let summaries = try await connection.rows(
            "SELECT * FROM (VALUES (7, 'blina', NULL), (8, 'chemo', 'late')) AS given ORDER BY 1", Summary.init)
        #expect(summaries == [Summary(id: 7, arm: .blina, note: nil), Summary(id: 8, arm: .chemo, note: "late")])
    }

    @Test func `one row is one row`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        #expect(try await connection.row("SELECT 1, 'a'", as: (Int.self, String.self)) == (1, "a"))
        #expect(try await connection.row("SELECT 7, 'blina', 'x'", Summary.init).note == "x")
        #expect(try await connection.optionalRow("SELECT 1 WHERE false", as: Int.self) == nil)
        #expect(try await connection.optionalRow("SELECT 7, 'blina', 'x'", Summary.init)?.id == 7)
        for query in ["SELECT 1 WHERE false", "VALUES (1), (2)"] as [Query] {
            let error = await #expect(throws: PostgresError.self) { try await connection.row(query, as: Int.self) }
            #expect(error?.code == .decoding)
        }
        await #expect(throws: PostgresError.self) { try await connection.optionalRow("VALUES (1), (2)", as: Int.self) }
    }

    @Test func `a decoding error names the column and what was expected, not what it holds`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let cases: [(Query, String)] = [
            ("SELECT 'secret' AS weight", "column \"weight\" of type text does not hold a Int"),
            ("SELECT NULL::int AS weight", "column \"weight\" is NULL where a Int is expected"),
            ("SELECT 1.5 AS weight", "column \"weight\" of type numeric does not hold a Int"),
            ("SELECT 1, 2", "the answer has 2 columns where 1 are expected"),
        ]
        for (query, message) in cases {
            let error = await #expect(throws: PostgresError.self) { try await connection.row(query, as: Int.self) }
            #expect(error?.description == message)
            #expect(error?.sql == query.sql)
        }
        let narrow = await #expect(throws: PostgresError.self) {
            try await connection.row("SELECT 70000", as: Int16.self)
        }
        #expect(narrow?.code == .decoding)
    }

    @Test func `an answer can be walked without making rows`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        let answer = try await connection.query("SELECT n, 'row ' || n AS name FROM generate_series(1, 1000) AS n")
        #expect(answer.count == 1_000)
        #expect(answer.name(column: 1) == "name")
        #expect(answer.type(column: 0) == .int4)
        var sum = 0
        for row in 0..<answer.count { sum += try answer.decode(Int.self, row: row, column: 0) }
        #expect(sum == 500_500)
        var lengths = 0
        try answer.forEachRow { (_: Int, name: String) in lengths += name.utf8.count }
        #expect(lengths == 4 * 1_000 + 9 + 2 * 90 + 3 * 900 + 4)
        #expect(answer.withBytes(row: 2, column: 1) { $0.byteCount } == 5)
    }

    @Test func `a statement says how many rows it touched`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        #expect(try await connection.execute("CREATE TEMP TABLE t (n int)") == 0)
        #expect(try await connection.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
        #expect(try await connection.execute("DELETE FROM t WHERE n > \(3)") == 2)
    }
}
