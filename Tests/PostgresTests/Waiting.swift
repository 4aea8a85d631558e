import DatabaseTesting
import Postgres
import Testing

/// Lets a test go on when another task has said something.
actor Gate {
    private var value: Int32?
    private var waiters: [CheckedContinuation<Int32, Never>] = []

    func open(_ value: Int32) {
        self.value = value
        for waiter in waiters { waiter.resume(returning: value) }
        waiters = []
    }

    func wait() async -> Int32 {
        if let value { return value }
        return await withCheckedContinuation { waiters.append($0) }
    }
}

/// Waits until the server shows that a session is busy with a statement, so that a test acts neither too early nor on a
/// guess.
func waitUntilActive(_ processID: Int32, _ part: String) async throws {
    var connection = try await Connection.open(TestServer.conninfo())
    let pattern = "%\(part)%"
    while try await connection.row(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE pid = \(processID) AND state = 'active' AND query LIKE \(pattern) AND backend_type = 'client backend'
        """, as: Int.self) == 0
    {
        await Task.yield()
    }
}
