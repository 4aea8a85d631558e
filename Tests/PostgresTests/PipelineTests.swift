import DatabaseTesting
import Postgres
import Testing

@Suite struct PipelineTests {
    private func connectionWithTable() async throws -> Connection {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.script("CREATE TEMP TABLE t (n int PRIMARY KEY)")
        return connection
    }

    private func codes(_ answers: [Result<Answer, PostgresError>]) -> [SQLState?] {
        answers.map { answer in
            switch answer {
            case .success: nil
            case .failure(let error): error.sqlState
            }
        }
    }

    @Test func `each query is answered apart, whatever happens to its neighbours`() async throws {
        var connection = try await connectionWithTable()
        for _ in 1...3 {
            try await connection.execute("TRUNCATE t")
            let answers = try await connection.pipeline([
                "INSERT INTO t VALUES (\(1)) RETURNING n", "INSERT INTO t VALUES (\(1)) RETURNING n", "TABLE nowhere",
                "INSERT INTO t VALUES (\(2)) RETURNING n",
            ])
            #expect(codes(answers) == [nil, .uniqueViolation, .undefinedTable, nil])
            #expect(try answers[3].get().rows(as: Int.self) == [2])
            #expect(try await connection.rows("SELECT n FROM t ORDER BY n", as: Int.self) == [1, 2])
        }
    }

    @Test func `queries together are kept or undone together`() async throws {
        var connection = try await connectionWithTable()
        let failed = try await connection.pipeline(
            ["INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(2))"], .together)
        #expect(codes(failed) == [nil, .uniqueViolation, .inFailedTransaction])
        #expect(try await connection.rows("SELECT n FROM t", as: Int.self) == [])
        let kept = try await connection.pipeline(
            ["INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(2))"], .together)
        #expect(codes(kept) == [nil, nil])
        #expect(try await connection.rows("SELECT n FROM t ORDER BY n", as: Int.self) == [1, 2])
        #expect(try await connection.pipeline([]).isEmpty)
    }

    @Test func `a pipeline larger than both sides' buffers does not lock up`() async throws {
        var connection = try await connectionWithTable()
        let text = String(repeating: "x", count: 100_000)
        let answers = try await connection.pipeline((0..<300).map { number in "SELECT \(number), \(text)" })
        let numbers: [Int] = try answers.map { try $0.get().rows(as: (Int.self, String.self))[0].0 }
        #expect(numbers == Array(0..<300))
    }

    @Test func `a pipeline in a transaction is part of it`() async throws {
        var connection = try await connectionWithTable()
        try await connection.transaction { connection in
            let answers = try await connection.pipeline(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"])
            #expect(codes(answers) == [nil, nil])
            let isInTransaction = connection.isInTransaction
            #expect(isInTransaction)
        }
        #expect(try await connection.rows("SELECT n FROM t ORDER BY n", as: Int.self) == [1, 2])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a cancelled pipeline stops at the server, and its connection can be used again`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let gate = Gate()
        let task = Task {
            try await pool.withConnection { connection in
                await gate.open(connection.processID)
                return try await connection.pipeline(["SELECT 1", "SELECT pg_sleep(60)", "SELECT 2"], .together).map {
                    $0.map(\.count)
                }
            }
        }
        let processID = await gate.wait()
        try await waitUntilActive(processID, "pg_sleep")
        task.cancel()
        let answers = try await task.value
        #expect(try answers[0].get() == 1)
        #expect(throws: PostgresError.self) { try answers[1].get() }
        #expect(throws: PostgresError.self) { try answers[2].get() }
        #expect(try await pool.withConnection { connection in connection.processID } == processID)
    }
}
