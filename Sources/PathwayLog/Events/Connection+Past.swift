public import PathwayCore
public import Postgres

extension Connection {
    /// Refuses a moment that is still to come by the database's clock: what is read as of then would not be what is read then.
    public mutating func mustBePast(_ moment: Instant) async throws {
        let now = Instant(try await row("SELECT clock_timestamp()", as: PostgresTimestamp.self))
        guard moment <= now else { throw LogError.future(moment, now: now) }
    }
}

extension PathwayLog {
    /// Refuses to read as of a moment that is still to come by the database's clock.
    public func mustBePast(_ point: ReadingPoint) async throws {
        guard let moment = point.asOf else { return }
        try await pool.withConnection { connection in try await connection.mustBePast(moment) }
    }
}
