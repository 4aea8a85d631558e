public import PathwayCore
internal import Postgres

/// The transaction behind which the sealer waits: what was recorded since it began gets its number once it has ended.
public struct SealerHold: Sendable, Hashable {
    /// The server's process; `nil` for a transaction that was prepared and left.
    public let process: Int?
    /// Whose it is.
    public let login: String?
    /// The database in which it is.
    public let database: String?
    /// When it began; `nil` where the login may not see that of others.
    public let since: Instant?
}

extension PathwayLog {
    /// What keeps entries from being sealed that were recorded so long ago; `nil` if nothing does.
    public func sealerHold(longerThan wait: Duration = .seconds(60)) async throws -> SealerHold? {
        try await pool.withConnection { connection in
            let found = try await connection.rows(
                """
                WITH held AS (SELECT pathway.sealing_horizon()::text::xid8 AS xid)
                SELECT t.process, t.login, t.database, t.since
                FROM held CROSS JOIN LATERAL (
                    SELECT a.pid AS process, a.usename::text AS login, a.datname::text AS database, a.xact_start AS since
                    FROM pg_stat_activity AS a WHERE a.backend_xid = held.xid::xid
                    UNION ALL
                    SELECT NULL, p.owner::text, p.database::text, p.prepared
                    FROM pg_prepared_xacts AS p WHERE p.transaction = held.xid::xid
                ) AS t
                WHERE EXISTS (
                    SELECT FROM pathway.event AS e
                    WHERE e.xid >= held.xid::text::bigint
                      AND e.recorded_at <= clock_timestamp() - make_interval(secs => \(Double(wait.components.seconds)))
                      AND NOT EXISTS (SELECT FROM pathway.seal AS s WHERE s.chain = e.patient AND s.position = e.position))
                """, as: (Int?.self, String?.self, String?.self, PostgresTimestamp?.self))
            return found.first.map { process, login, database, since in
                SealerHold(process: process, login: login, database: database, since: since.map { Instant($0) })
            }
        }
    }
}
