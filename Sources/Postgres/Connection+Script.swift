import CLibpq

extension Connection {
    /// Runs a text of many statements, such as a migration; it takes no parameters and returns no rows.
    ///
    /// The statements are one transaction, unless the text has BEGIN and COMMIT of its own. The first error ends the
    /// script, and its ``PostgresError/position`` counts characters from the start of the text. Never build the text
    /// from values.
    public mutating func script(_ sql: String) async throws(PostgresError) {
        guard !sql.utf8.contains(0) else {
            throw PostgresError(.misuse, "the script holds a NUL character, behind which nothing would run")
        }
        let session = session
        _ = try await session.exchange(sql: sql) { () throws(PostgresError) in
            try session.send { PQsendQuery(session.handle, sql) }
            return try await session.collect()
        }
    }
}
