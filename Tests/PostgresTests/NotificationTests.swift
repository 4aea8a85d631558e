import DatabaseTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct NotificationTests {
    @Test func `a notification reaches who listens, with its text`() async throws {
        var listener = try await Connection.open(TestServer.conninfo())
        var sender = try await Connection.open(TestServer.conninfo())
        try await listener.listen("Odd \"channel")
        try await sender.notify("Odd \"channel", "first")
        try await sender.notify("Odd \"channel", "it's 2")
        let first = try await listener.notification(within: .seconds(200))
        #expect(first == PostgresNotification(channel: "Odd \"channel", payload: "first", processID: sender.processID))
        #expect(try await listener.notification(within: .seconds(200))?.payload == "it's 2")
        try await listener.unlisten("Odd \"channel")
        try await sender.notify("Odd \"channel")
        #expect(try await listener.row("SELECT 1", as: Int.self) == 1)
        #expect(try await listener.notification(within: .milliseconds(20)) == nil)
    }

    @Test func `one that comes during a statement is kept for the next wait`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.listen("own")
        try await connection.notify("own", "mine")
        #expect(try await connection.row("SELECT 1", as: Int.self) == 1)
        #expect(try await connection.notification(within: .zero)?.payload == "mine")
    }

    @Test func `the wait ends at its deadline, at a cancellation and with the connection`() async throws {
        var connection = try await Connection.open(TestServer.conninfo())
        try await connection.listen("silent")
        let start = ContinuousClock.now
        #expect(try await connection.notification(within: .milliseconds(60)) == nil)
        #expect(ContinuousClock.now - start >= .milliseconds(60))

        let conninfo = try TestServer.conninfo()
        let gate = Gate()
        let task = Task {
            var connection = try await Connection.open(conninfo)
            try await connection.listen("silent")
            await gate.open(connection.processID)
            return try await connection.notification(within: .seconds(600))
        }
        _ = await gate.wait()
        task.cancel()
        let cancelled = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(cancelled?.code == .cancelled)

        var killer = try await Connection.open(conninfo)
        try await killer.execute("SELECT pg_terminate_backend(\(connection.processID), 10000)")
        let lost = await #expect(throws: PostgresError.self) {
            try await connection.notification(within: .seconds(200))
        }
        #expect(lost?.isConnectionLost == true)
        #expect(lost?.outcomeUnknown == false)
    }
}
