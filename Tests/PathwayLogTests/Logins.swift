import PathwayCore
import PathwayLog
import Postgres
import Testing

/// Lends a login of one test's own with these roles in this database, and drops it afterwards.
/// - Parameter sites: the sites of a coordinator; `nil` is every site.
func withLogin(
    _ role: AccessRole, at sites: [String?] = [nil], _ conninfo: String,
    _ body: (_ login: String, _ conninfo: String) async throws -> Void
) async throws {
    let login = "pathway_test_" + UUIDBytes.random().description.replacing("-", "_")
    var superuser = try await Connection.open(conninfo)
    for site in sites {
        try await superuser.grant(Access(login: login, role: role, site: site), why: "a test", by: "the tests")
    }
    do {
        try await body(login, connecting(as: login, conninfo))
    } catch {
        _ = try? await superuser.execute("DROP ROLE \(identifier: login)")
        throw error
    }
    try await superuser.execute("DROP ROLE \(identifier: login)")
}

/// Lends the log as such a login has it.
func withLog(
    as role: AccessRole, at sites: [String?] = [nil], _ conninfo: String, _ body: (PathwayLog) async throws -> Void
) async throws {
    try await withLogin(role, at: sites, conninfo) { _, conninfo in
        let log = try await PathwayLog.open(conninfo, connections: 2)
        defer { log.close() }
        try await body(log)
    }
}

/// Appends rows of `pathway.event` as they are through the one function that appends; returns their positions.
func append(
    _ row: JSONB, _ change: Query, keys: [(patient: String, key: [UInt8])] = [], _ connection: inout Connection
) async throws -> [Int32] {
    try await connection.rows(
        """
        SELECT entry_position FROM pathway.append(
            ARRAY[jsonb_populate_record(NULL::pathway.entry, \(row) || \(change))], \(keys.map(\.patient)), \(keys.map(\.key)), false)
        """, as: Int32.self)
}

/// Expects that the server allows none of these.
func expectForbidden(_ statements: [Query], _ conninfo: String) async throws {
    var connection = try await Connection.open(conninfo)
    for statement in statements {
        let error = await #expect(throws: PostgresError.self, "\(statement.sql)") {
            try await connection.execute(statement)
        }
        #expect(error?.sqlState == .insufficientPrivilege, "\(statement.sql)")
    }
}
