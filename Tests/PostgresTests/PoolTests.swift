import DatabaseTesting
import Postgres
import Testing

private struct Refusal: Error {}

private actor Journal {
    private(set) var entries: [Int] = []
    func write(_ entry: Int) { entries.append(entry) }
}

@Suite(.timeLimit(.minutes(10))) struct PoolTests {
    @Test func `two hundred tasks share four connections`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 4)
        let results = try await withThrowingTaskGroup { group in
            for number in 1...200 {
                group.addTask {
                    try await pool.withConnection { connection in
                        try await connection.row(
                            "SELECT \(number), pg_backend_pid() FROM pg_sleep(0.001)", as: (Int.self, Int.self))
                    }
                }
            }
            var results: [(Int, Int)] = []
            for try await result in group { results.append(result) }
            return results
        }
        #expect(Set(results.map(\.0)) == Set(1...200))
        #expect(Set(results.map(\.1)).count <= 4)
        #expect(pool.count <= 4)
    }

    @Test func `a connection that is killed in a statement is not lent again`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let gate = Gate()
        let task = Task {
            try await pool.withConnection { connection in
                await gate.open(connection.processID)
                try await connection.execute("SELECT pg_sleep(60)")
            }
        }
        let processID = await gate.wait()
        try await waitUntilActive(processID, "pg_sleep")
        try await terminate(processID)
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.code == .server(.adminShutdown))
        #expect(error?.isConnectionLost == true)
        let next = try await pool.withConnection { connection in
            let one = try await connection.row("SELECT 1", as: Int.self)
            #expect(one == 1)
            return connection.processID
        }
        #expect(next != processID)
    }

    @Test func `a connection that is killed while it lies idle is replaced unseen`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let processID = try await pool.withConnection { connection in connection.processID }
        try await terminate(processID)
        #expect(try await pool.withConnection { connection in try await connection.row("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a connection with a transaction or a subscription is not lent again`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let first = try await pool.withConnection { connection in
            try await connection.execute("BEGIN")
            return connection.processID
        }
        let second = try await pool.withConnection { connection in
            let isInTransaction = connection.isInTransaction
            #expect(!isInTransaction)
            try await connection.listen("channel")
            return connection.processID
        }
        let third = try await pool.withConnection { connection in connection.processID }
        let fourth = try await pool.withConnection { connection in connection.processID }
        #expect(Set([first, second, third]).count == 3)
        #expect(third == fourth)
    }

    @Test func `a lease that takes too long, or is cancelled, leaves nothing behind`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1, leaseTimeout: .milliseconds(50))
        try await pool.withConnection { _ in
            let error = await #expect(throws: PostgresError.self) { try await pool.withConnection { _ in } }
            #expect(error?.code == .timeout)
            let task = Task { try await pool.withConnection { _ in } }
            task.cancel()
            let cancelled = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(cancelled?.code == .cancelled)
        }
        #expect(try await pool.withConnection { connection in try await connection.row("SELECT 1", as: Int.self) } == 1)
        #expect(pool.count == 1)
    }

    @Test func `leases that are cancelled at any moment never lose a connection`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 2)
        await withTaskGroup { group in
            for number in 0..<300 {
                group.addTask {
                    let task = Task { try await pool.withConnection { _ = try await $0.execute("SELECT 1") } }
                    for _ in 0..<(number * 13 % 40) { await Task.yield() }
                    if number % 3 != 0 { task.cancel() }
                    _ = await task.result
                }
            }
        }
        #expect(pool.count <= 2)
        // Both connections can be lent at once.
        try await pool.withConnection { _ in try await pool.withConnection { _ in } }
    }

    @Test func `who asks first is served first`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        let journal = Journal()
        let waiting = try await pool.withConnection { _ in
            var waiting: [Task<Void, any Error>] = []
            for number in 0..<5 {
                waiting.append(
                    Task { try await pool.withConnection { _ in await journal.write(number) } })
                while pool.waitingCount < number + 1 { await Task.yield() }
            }
            return waiting
        }
        for task in waiting { try await task.value }
        #expect(await journal.entries == [0, 1, 2, 3, 4])
    }

    @Test func `an error in the body goes through, and the connection is lent again`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        await #expect(throws: Refusal.self) { try await pool.withConnection { _ in throw Refusal() } }
        await #expect(throws: PostgresError.self) {
            try await pool.withConnection { _ = try await $0.execute("TABLE nowhere") }
        }
        #expect(try await pool.withConnection { connection in try await connection.row("SELECT 1", as: Int.self) } == 1)
    }

    @Test func `a connection that cannot be opened gives its place to the next`() async throws {
        let pool = Pool("host=/nowhere", limit: 1)
        for _ in 1...3 {
            let error = await #expect(throws: PostgresError.self) { try await pool.withConnection { _ in } }
            #expect(error?.code == .connection)
        }
        #expect(pool.count == 0)
    }

    @Test func `a closed pool refuses who asks and who waits, and closes what comes back`() async throws {
        let pool = try Pool(TestServer.conninfo(), limit: 1)
        try await pool.withConnection { connection in
            let task = Task { try await pool.withConnection { _ in } }
            while pool.waitingCount < 1 { await Task.yield() }
            pool.close()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.code == .poolClosed)
            let one = try await connection.row("SELECT 1", as: Int.self)
            #expect(one == 1)
        }
        #expect(pool.count == 0)
        let error = await #expect(throws: PostgresError.self) { try await pool.withConnection { _ in } }
        #expect(error?.code == .poolClosed)
    }

    /// Ends a session and waits until the server has none of that number.
    private func terminate(_ processID: Int32) async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        #expect(try await connection.row("SELECT pg_terminate_backend(\(processID), 10000)", as: Bool.self))
    }
}
