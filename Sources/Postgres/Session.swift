import CLibpq

/// The conversation with the server over one libpq handle: sending, waiting, collecting answers, stopping.
///
/// `@unchecked Sendable`: libpq wants one thread at a time in a handle. A session belongs to one ``Connection``, which
/// cannot be copied and whose methods are `mutating`, so the compiler keeps two tasks from being in here at once; a
/// task may go on on another thread after an await, but never on two.
final class Session: @unchecked Sendable {
    let handle: OpaquePointer
    /// Lives as long as the handle, which holds its address.
    private let notices: NoticeRelay
    private var attention = Attention.interruptible
    /// Whether the statement under way is a transaction of its own, which a lost connection leaves in doubt.
    private var isAutocommit = false
    private(set) var isLost = false

    /// What a cancellation of the task does to the wait that it finds.
    private enum Attention {
        /// The server is asked to stop, and its answer is waited for.
        case interruptible
        /// The wait ends with an error; the caller tells the server.
        case abandoning
        /// Nothing until then: the session is being put in order.
        case shielded(until: ContinuousClock.Instant)
        /// The server was asked to stop, and is asked again at growing intervals: a request that arrives before its
        /// statement is ignored.
        case stopping(until: ContinuousClock.Instant, pause: Duration)
    }

    init(handle: OpaquePointer) {
        self.handle = handle
        notices = NoticeRelay()
        notices.attach(to: handle)
    }

    deinit { PQfinish(handle) }

    var noticeHandler: (@Sendable (PostgresNotice) -> Void)? {
        get { notices.handler }
        set { notices.handler = newValue }
    }

    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(handle) }

    /// Whether another lease could begin with this session: connected, nothing under way, no transaction open.
    var isIdle: Bool { !isLost && PQstatus(handle) == CONNECTION_OK && transactionStatus == PQTRANS_IDLE }

    /// How long the session may take to come to rest after a cancellation before it is given up.
    static let patience: Duration = .seconds(10)

    /// Runs one exchange with the server; words its errors with the statement they are about.
    func exchange<Value>(
        sql: String, shielded: Bool = false, _ body: () async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        guard !isLost else { throw PostgresError(.connection, "the connection is closed") }
        attention = shielded ? .shielded(until: .now + Self.patience) : .interruptible
        if !shielded && Task.isCancelled { throw PostgresError(.cancelled, "the task was cancelled") }
        isAutocommit = transactionStatus == PQTRANS_IDLE
        do {
            return try await body()
        } catch {
            throw error.about(sql)
        }
    }

    /// Hands a statement to libpq.
    func send(_ start: () -> Int32) throws(PostgresError) {
        guard start() == 1 else { throw lost() }
    }

    /// The next result, or nil at the end of a statement's results.
    ///
    /// It reads while it still writes, so that neither side waits for the other to read.
    func nextResult() async throws(PostgresError) -> Answer? {
        var unsent = PQflush(handle)
        while PQisBusy(handle) == 1 {
            try await wait(for: unsent == 1 ? .readOrWrite : .read)
            // A broken connection may still hold the server's last words: PQgetResult tells them.
            guard PQconsumeInput(handle) == 1 else { break }
            if unsent == 1 { unsent = PQflush(handle) }
        }
        guard let result = PQgetResult(handle) else { return nil }
        return Answer(result)
    }

    /// Waits until everything that was handed to libpq is with the system.
    func flush() async throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                try await wait(for: .readOrWrite)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    /// Waits for the socket. When the task is cancelled, the server is asked to stop, and the wait goes on for its
    /// answer.
    ///
    /// The answer decides what is thrown, not the cancellation: what the server had done already is reported as done.
    func wait(for interest: Reactor.Interest) async throws(PostgresError) {
        while true {
            switch attention {
            case .interruptible:
                switch await poll(interest, until: nil, cancellable: true) {
                case .ready: return
                case .cancelled, .timedOut: await stop()
                case .failed(let code): throw lost("cannot wait for the server: errno \(code)")
                }
            case .abandoning:
                switch await poll(interest, until: nil, cancellable: true) {
                case .ready: return
                case .cancelled, .timedOut: throw PostgresError(.cancelled, "the task was cancelled")
                case .failed(let code): throw lost("cannot wait for the server: errno \(code)")
                }
            case .shielded(let end):
                guard await poll(interest, until: end, cancellable: false) != .ready else { return }
                throw lost("the server did not answer in time")
            case .stopping(let end, let pause):
                guard await poll(interest, until: .now + pause, cancellable: false) != .ready else { return }
                guard .now < end else { throw lost("the server did not stop in time") }
                await requestCancel()
                attention = .stopping(until: end, pause: min(pause * 2, .seconds(1)))
            }
        }
    }

    /// Waits for something to read until a deadline, and says whether there is.
    func waitToRead(until deadline: ContinuousClock.Instant?) async throws(PostgresError) -> Bool {
        switch await poll(.read, until: deadline, cancellable: true) {
        case .ready: return true
        case .timedOut: return false
        case .cancelled: throw PostgresError(.cancelled, "the task was cancelled")
        case .failed(let code): throw lost("cannot wait for the server: errno \(code)")
        }
    }

    private func poll(
        _ interest: Reactor.Interest, until deadline: ContinuousClock.Instant?, cancellable: Bool
    ) async -> Reactor.Wakeup {
        let socket = PQsocket(handle)
        guard socket >= 0 else { return .ready }
        return await Reactor.shared.wait(for: interest, on: socket, until: deadline, cancellable: cancellable)
    }
}

extension Session {
    /// Lets a cancellation end a wait with an error instead of a request to the server, which does not hear one while
    /// it reads a COPY.
    func abandonWhenCancelled() { attention = .abandoning }

    /// Makes a cancellation a request to the server again.
    func stopWhenCancelled() { attention = .interruptible }

    /// Keeps a cancellation from the waits for an end that was asked for; only if it does not come the server is asked
    /// to stop.
    func expectEnd() { attention = .stopping(until: .now + Self.patience, pause: .milliseconds(100)) }

    var isStopping: Bool { if case .stopping = attention { true } else { false } }

    /// Asks the server to stop what it is doing; from now on waits are for its answer.
    func stop() async {
        guard !isStopping else { return }
        attention = .stopping(until: .now + Self.patience, pause: .milliseconds(20))
        await requestCancel()
    }

    /// PQcancel opens a connection of its own and blocks, so it runs off the threads that run tasks.
    ///
    /// It returns after the server has passed the request on, so it cannot hit a later statement, unless it was given
    /// up on: then the session is too.
    private func requestCancel() async {
        guard let request = PQgetCancel(handle) else { return }
        let token = CancelToken(request)
        let outcome = await Thread.run(until: .now + Self.patience, cancellable: false) { token.send() }
        if case .value = outcome { return }
        isLost = true
    }

    /// The error of a connection that can no longer be used.
    func lost(_ message: String? = nil) -> PostgresError {
        isLost = true
        let words = message ?? connectionMessage(handle)
        guard !isStopping else {
            var error = PostgresError(.cancelled, "the task was cancelled; \(words)")
            error.outcomeUnknown = isAutocommit
            return error
        }
        var error = PostgresError(.connection, words)
        error.outcomeUnknown = isAutocommit
        return error
    }

    /// The error in a result that failed.
    func failure(of answer: Answer) -> PostgresError {
        var error = answer.serverError()
        if error.sqlState == .queryCanceled && isStopping { return PostgresError(.cancelled, "the task was cancelled") }
        if PQstatus(handle) != CONNECTION_OK || error.isConnectionLost {
            isLost = true
            // A FATAL answer to a statement says that it was not done; silence says nothing.
            if error.code == .connection { error.outcomeUnknown = isAutocommit }
        }
        return error
    }
}

/// What PQcancel needs, apart from the connection that it is about.
///
/// `@unchecked Sendable`: it is a copy of the server's address and key that nothing changes, and its last owner frees
/// it.
private final class CancelToken: @unchecked Sendable {
    private let request: OpaquePointer
    init(_ request: OpaquePointer) { self.request = request }
    deinit { PQfreeCancel(request) }

    func send() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            _ = PQcancel(request, message.baseAddress, Int32(message.count))
        }
    }
}

/// libpq's last words about a connection, on one line.
func connectionMessage(_ handle: OpaquePointer) -> String {
    let words = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    let line = words.split(whereSeparator: \.isNewline).joined(separator: "; ")
    return line.isEmpty ? "the connection was lost" : line
}
