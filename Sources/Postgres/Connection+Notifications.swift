import CLibpq

/// What somebody sent with NOTIFY.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel that it was sent to.
    public let channel: String
    /// The text that was sent along; empty if there was none.
    public let payload: String
    /// The number of the server process of the sender.
    public let processID: Int32

    /// Describes one, such as to compare with.
    public init(channel: String, payload: String, processID: Int32) {
        self.channel = channel
        self.payload = payload
        self.processID = processID
    }
}

extension Connection {
    /// Subscribes this session to a channel. A pool closes a session that listens instead of lending it again.
    public mutating func listen(_ channel: String) async throws(PostgresError) {
        isListening = true
        try await execute("LISTEN \(identifier: channel)")
    }

    /// Ends the subscription to a channel.
    public mutating func unlisten(_ channel: String) async throws(PostgresError) {
        try await execute("UNLISTEN \(identifier: channel)")
    }

    /// Sends a text to everybody who listens, at the end of the transaction if one is open.
    public mutating func notify(_ channel: String, _ payload: String = "") async throws(PostgresError) {
        try await execute("SELECT pg_notify(\(channel), \(payload))")
    }

    /// Waits for the next notification, or returns nil if none has come by the deadline.
    ///
    /// Nothing arrives while a transaction is open: the server holds notifications back until it ends.
    public mutating func notification(
        until deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> PostgresNotification? {
        while true {
            if let notification = nextNotification() { return notification }
            guard isOpen else { throw session.lost().ofNoEffect() }
            guard try await session.waitToRead(until: deadline) else { return nil }
            guard PQconsumeInput(session.handle) == 1 else {
                // What came before the end is still told.
                if let notification = nextNotification() { return notification }
                throw session.lost().ofNoEffect()
            }
        }
    }

    /// Waits for the next notification for no longer than a duration.
    public mutating func notification(within timeout: Duration) async throws(PostgresError) -> PostgresNotification? {
        try await notification(until: .now + timeout)
    }

    private mutating func nextNotification() -> PostgresNotification? {
        guard let notification = PQnotifies(session.handle) else { return nil }
        defer { PQfreemem(notification) }
        return PostgresNotification(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra),
            processID: notification.pointee.be_pid
        )
    }
}
