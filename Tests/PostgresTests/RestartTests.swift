import DatabaseTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct RestartTests {
    @Test func `a pool goes on after the server was restarted`() async throws {
        try await OwnServer.with { server in
            let pool = Pool(server.conninfo(), limit: 3)
            let before = try await pool.withConnection { first in
                try await pool.withConnection { second in [first.processID, second.processID] }
            }
            try await server.restart()
            // The idle ones are replaced unseen.
            let after = try await pool.withConnection { connection in
                _ = try await connection.execute("SELECT 1")
                return connection.processID
            }
            #expect(!before.contains(after))

            // One that was lent meanwhile is lost, and says so.
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withConnection { connection in
                    try await server.restart()
                    try await connection.execute("SELECT 1")
                }
            }
            #expect(error?.isConnectionLost == true)
            #expect(
                try await pool.withConnection { connection in try await connection.row("SELECT 1", as: Int.self) } == 1)
        }
    }
}
