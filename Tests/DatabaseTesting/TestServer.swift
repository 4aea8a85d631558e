import Postgres
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a test that needs a database cannot run: it fails, and is never skipped.
public struct TestServerMissing: Error, CustomStringConvertible {
    /// What to do about it.
    public let description = "PATHWAY_TEST_SERVER is not set: run Scripts/test, which starts one"
}

/// The server that tests make their databases on.
public enum TestServer {
    /// How to reach the maintenance database as a superuser, from the environment variable `PATHWAY_TEST_SERVER`.
    public static func conninfo() throws -> String {
        guard let value = getenv("PATHWAY_TEST_SERVER"), value.pointee != 0 else { throw TestServerMissing() }
        return String(cString: value)
    }

    /// How to reach another database of that server.
    public static func conninfo(database: String) throws -> String {
        try ConnectionString.replacing(["dbname": database], in: conninfo())
    }

    /// A name that no other test, process or run has.
    static func uniqueName(_ prefix: String) -> String {
        prefix + "_" + UUIDBytes.random().description.split(separator: "-").joined()
    }

    /// One connection for all: databases are created one after the other, since two copies of one template can get in
    /// each other's way. Hundreds of tests may wait for it.
    static func maintenance() throws -> Pool { try pool(creating) }

    private static func pool(_ shared: borrowing Mutex<Pool?>) throws -> Pool {
        let conninfo = try conninfo()
        return shared.withLock { pool in
            if let pool { return pool }
            let new = Pool(conninfo, limit: 1, leaseTimeout: .seconds(1_800))
            pool = new
            return new
        }
    }

    private static let creating = Mutex<Pool?>(nil)
    /// Who has finished does not keep those waiting who have not begun.
    private static let dropping = Mutex<Pool?>(nil)

    /// Creates an empty database, or a copy of a template; waits for others to leave the template.
    static func create(_ name: String, template: String?) async throws {
        let copying: Query = template.map { " TEMPLATE \(identifier: $0)" } ?? ""
        let query: Query = "CREATE DATABASE \(identifier: name)\(copying)"
        var attempts = 0
        while true {
            do {
                _ = try await maintenance().withConnection { connection in
                    try await connection.execute(query.unprepared)
                }
                return
            } catch let error as PostgresError where error.sqlState == .objectInUse && attempts < 10 {
                // The server has waited five seconds for them by itself.
                attempts += 1
            }
        }
    }

    /// Drops a database, with the sessions in it, whether or not the task was cancelled.
    static func drop(_ name: String) async throws {
        try await Task {
            _ = try await pool(dropping).withConnection { connection in
                try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
            }
        }.value
    }
}
