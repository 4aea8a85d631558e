import DatabaseTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    @Test func `cancelling a task stops its statement, and the connection can be used again`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let gate = Gate()
        let task = Task {
            try await pool.withConnection { connection in
                await gate.open(connection.processID)
                try await connection.execute("SELECT pg_sleep(600)")
            }
        }
        let processID = await gate.wait()
        try await waitUntilActive(processID, "pg_sleep")
        let start = ContinuousClock.now
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        let same = try await pool.withConnection { connection in
            let one = try await connection.row("SELECT 1", as: Int.self)
            #expect(one == 1)
            return connection.processID
        }
        #expect(same == processID)
        #expect(ContinuousClock.now - start < .seconds(300))
    }

    @Test func `a cancelled transaction is rolled back`() async throws {
        try await withScratchDatabase { conninfo in
            let pool = Pool(conninfo, limit: 1)
            try await pool.withConnection { connection in try await connection.script("CREATE TABLE t (n int)") }
            let gate = Gate()
            let task = Task {
                try await pool.withConnection { connection in
                    try await connection.transaction { connection in
                        try await connection.execute("INSERT INTO t VALUES (1)")
                        await gate.open(connection.processID)
                        try await connection.execute("SELECT pg_sleep(600)")
                    }
                }
            }
            let processID = await gate.wait()
            try await waitUntilActive(processID, "pg_sleep")
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            let (count, same) = try await pool.withConnection { connection in
                (try await connection.row("SELECT count(*) FROM t", as: Int.self), connection.processID)
            }
            #expect(count == 0)
            #expect(same == processID)
        }
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let conninfo = try TestServer.conninfo()
        let task = Task {
            var connection = try await Connection.open(conninfo)
            withUnsafeCurrentTask { $0?.cancel() }
            try await connection.execute("SELECT pg_sleep(600)")
        }
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    @Test func `a request to stop that comes at any moment stops one statement and no later one`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        for turn in 0..<150 {
            let task = Task {
                try await pool.withConnection { connection in
                    _ = try await connection.execute("SELECT pg_sleep(\(turn.isMultiple(of: 2) ? 0.0 : 600.0))")
                }
            }
            for _ in 0..<(turn * 7 % 50) { await Task.yield() }
            task.cancel()
            switch await task.result {
            case .success: break
            case .failure(let error): #expect((error as? PostgresError)?.code == .cancelled)
            }
            #expect(try await pool.withConnection { try await $0.row("SELECT \(turn)", as: Int.self) } == turn)
        }
    }

    @Test func `cancelling a COPY in either direction frees the connection`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let processID = try await pool.withConnection { connection in
            try await connection.script("CREATE TEMP TABLE t (n int)")
            return connection.processID
        }
        let write = Task {
            try await pool.withConnection { connection in
                try await connection.copyIn("COPY t FROM STDIN") { writer in
                    try await writer.write("1\n")
                    withUnsafeCurrentTask { $0?.cancel() }
                    while true { try await writer.write(String(repeating: "2\n", count: 50_000)) }
                }
            }
        }
        let writeError = await #expect(throws: PostgresError.self) { try await write.value }
        #expect(writeError?.code == .cancelled)
        let read = Task {
            try await pool.withConnection { connection in
                try await connection.copyOut("COPY (SELECT generate_series(1, 1000000000)) TO STDOUT") { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
        }
        let readError = await #expect(throws: PostgresError.self) { try await read.value }
        #expect(readError?.code == .cancelled)
        let (count, same) = try await pool.withConnection { connection in
            (try await connection.row("SELECT count(*) FROM t", as: Int.self), connection.processID)
        }
        #expect(count == 0)
        #expect(same == processID)
    }
}
