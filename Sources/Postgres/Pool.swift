import Synchronization

/// Some connections, each lent to one borrower at a time.
///
/// Connections are opened when they are needed and kept while they are well. One that was lost, is in a transaction, or
/// listens to a channel is closed when it comes back. Settings that a borrower makes for the session stay: use `SET
/// LOCAL` in a transaction.
public final class Pool: Sendable {
    /// The most connections that are open at once.
    public let limit: Int
    private let conninfo: String
    private let leaseTimeout: Duration
    private let connectTimeout: Duration
    private let preparedStatements: Int
    private let state = Mutex(State())

    private struct State {
        /// The one used last is lent first, so that the others may stay idle.
        var idle: [Slot] = []
        /// Connections that are open, being opened or lent.
        var taken = 0
        var waiting: [Promise<Slot>] = []
        var isClosed = false
    }

    /// The right to one connection, and the connection if it is open.
    ///
    /// `@unchecked Sendable`: a slot is in the idle list, in a promise, or with one borrower, and only the borrower
    /// looks inside.
    private final class Slot: @unchecked Sendable {
        var connection: Connection?
    }

    /// Opens nothing yet.
    /// - Parameters:
    ///   - conninfo: a connection string of either form.
    ///   - limit: the most connections that are open at once.
    ///   - leaseTimeout: how long a borrower waits for one to come free.
    ///   - connectTimeout: how long opening one may take.
    ///   - preparedStatements: how many statements each connection keeps prepared.
    public init(
        _ conninfo: String, limit: Int, leaseTimeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(15),
        preparedStatements: Int = 256
    ) {
        precondition(limit > 0, "a pool needs at least one connection")
        self.conninfo = conninfo
        self.limit = limit
        self.leaseTimeout = leaseTimeout
        self.connectTimeout = connectTimeout
        self.preparedStatements = preparedStatements
    }

    deinit { close() }

    /// Lends a connection to `body`, after waiting for one in the order of asking.
    ///
    /// Throws ``PostgresError/Code/timeout`` if none came free in time, ``PostgresError/Code/cancelled`` if the task
    /// was cancelled meanwhile, and ``PostgresError/Code/poolClosed`` after ``close()``.
    public func withConnection<Value>(_ body: (inout Connection) async throws -> Value) async throws -> Value {
        let slot = try await lease()
        var connection = try await open(slot)
        do {
            let value = try await body(&connection)
            giveBack(slot, connection)
            return value
        } catch {
            giveBack(slot, connection)
            throw error
        }
    }

    /// Closes idle connections, and those that are lent when they come back; refuses whoever asks or waits.
    public func close() {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            defer {
                state.taken -= state.idle.count
                state.idle = []
                state.waiting = []
            }
            return (state.idle, state.waiting)
        }
        for promise in waiting { promise.fulfil(.refused(Self.closed)) }
        for slot in idle { slot.connection = nil }
    }

    /// How many connections are open, being opened or lent.
    public var count: Int { state.withLock { $0.taken } }

    /// How many borrowers wait for a connection to come free.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    private static let closed = PostgresError(.poolClosed, "the pool of connections is closed")

    private func lease() async throws(PostgresError) -> Slot {
        let promise = Promise<Slot>()
        let free: Slot? = try state.withLock { state throws(PostgresError) in
            guard !state.isClosed else { throw Self.closed }
            if let slot = state.idle.popLast() { return slot }
            guard state.taken < limit else {
                state.waiting.append(promise)
                return nil
            }
            state.taken += 1
            return Slot()
        }
        if let free { return free }
        switch await promise.value(until: .now + leaseTimeout) {
        case .value(let slot): return slot
        case .timedOut:
            forget(promise)
            throw PostgresError(.timeout, "no connection came free within \(leaseTimeout)")
        case .cancelled:
            forget(promise)
            throw PostgresError(.cancelled, "the task was cancelled")
        case .refused(let error): throw error
        }
    }

    private func forget(_ promise: Promise<Slot>) {
        state.withLock { state in state.waiting.removeAll { $0 === promise } }
    }

    /// Takes the connection out of its slot if it is still well, or opens another.
    private func open(_ slot: Slot) async throws(PostgresError) -> Connection {
        if var connection = slot.connection.take(), connection.isAlive() { return connection }
        do {
            return try await Connection.open(conninfo, timeout: connectTimeout, preparedStatements: preparedStatements)
        } catch {
            pass(on: slot)
            throw error
        }
    }

    private func giveBack(_ slot: Slot, _ connection: consuming Connection) {
        if connection.canBeLentAgain { slot.connection = consume connection }
        pass(on: slot)
    }

    /// Gives the slot to whoever has waited longest and still does, or keeps it.
    private func pass(on slot: Slot) {
        let mustClose = state.withLock { state in
            while !state.waiting.isEmpty {
                if state.waiting.removeFirst().fulfil(.value(slot)) { return false }
            }
            guard slot.connection != nil, !state.isClosed else {
                state.taken -= 1
                return true
            }
            state.idle.append(slot)
            return false
        }
        // Outside the lock: closing a connection says goodbye to the server.
        if mustClose { slot.connection = nil }
    }
}
