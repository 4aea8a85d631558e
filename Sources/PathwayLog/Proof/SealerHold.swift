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

/// Entries that wait for a sealer.
public struct UnsealedBacklog: Sendable, Hashable {
    /// How many.
    public let entries: Int
    /// When the oldest of them was recorded.
    public let since: Instant
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
                WHERE (SELECT w.since FROM pathway.waiting_for_sealer(held.xid::text::bigint, 9223372036854775807) AS w)
                    <= clock_timestamp() - make_interval(secs => \(Double(wait.components.seconds)))
                """, as: (Int?.self, String?.self, String?.self, PostgresTimestamp?.self))
            return found.first.map { process, login, database, since in
                SealerHold(process: process, login: login, database: database, since: since.map { Instant($0) })
            }
        }
    }

    /// What waits for its place in the proof although nothing holds the sealer back, the oldest for longer than this: nobody seals. `nil`
    /// if nothing does.
    public func unsealedBacklog(longerThan wait: Duration = .seconds(60)) async throws -> UnsealedBacklog? {
        try await pool.withConnection { connection in
            try await connection.optionalRow(
                """
                SELECT entries, since
                FROM pathway.waiting_for_sealer(0, pathway.sealing_horizon())
                WHERE since <= clock_timestamp() - make_interval(secs => \(Double(wait.components.seconds)))
                """
            ) { (entries: Int, since: PostgresTimestamp) in UnsealedBacklog(entries: entries, since: Instant(since)) }
        }
    }
}
