import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One thread that waits in `poll(2)` for all sockets and deadlines of the process.
///
/// A waiter is registered under a ticket and told once how its wait ended: whoever takes it out of the table tells it.
/// `DispatchSource` is not used since it loses libpq's sockets on Linux (swift-corelibs-libdispatch#833).
final class Reactor: Sendable {
    static let shared = Reactor()

    enum Wakeup: Sendable, Equatable {
        case ready
        case timedOut
        case cancelled
        /// The descriptor, or `poll` itself, failed with this `errno`.
        case failed(Int32)
    }

    struct Interest: Sendable {
        let events: Int16
        static let read = Interest(events: Int16(POLLIN))
        static let write = Interest(events: Int16(POLLOUT))
        static let readOrWrite = Interest(events: Int16(POLLIN | POLLOUT))
    }

    typealias Ticket = UInt64

    private struct Waiter: Sendable {
        /// -1 waits for the deadline only: `poll` ignores negative descriptors.
        let descriptor: Int32
        let events: Int16
        let deadline: ContinuousClock.Instant?
        let resume: @Sendable (Wakeup) -> Void
    }

    private struct State {
        var waiters: [Ticket: Waiter] = [:]
        var lastTicket: Ticket = 0
        var isWakePending = false
    }

    private let state = Mutex(State())
    private let wakeReader: Int32
    private let wakeWriter: Int32

    private init() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { fatalError("cannot open a pipe to wait for PostgreSQL: errno \(errno)") }
        wakeReader = ends[0]
        wakeWriter = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let started = Thread.detach { self.run() }
        guard started else { fatalError("cannot start the thread that waits for PostgreSQL") }
    }

    /// Waits for a socket, until a deadline, or, if asked to, until the task is cancelled.
    func wait(
        for interest: Interest, on descriptor: Int32, until deadline: ContinuousClock.Instant?, cancellable: Bool
    ) async -> Wakeup {
        let ticket = newTicket()
        guard cancellable else {
            return await withCheckedContinuation { continuation in
                add(ticket, descriptor, interest, deadline) { continuation.resume(returning: $0) }
            }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(ticket, descriptor, interest, deadline) { continuation.resume(returning: $0) }
                // A cancellation before the insertion found no waiter to tell.
                if Task.isCancelled { finish(ticket, .cancelled) }
            }
        } onCancel: {
            finish(ticket, .cancelled)
        }
    }

    /// Calls `body` once when the deadline has passed, unless ``cancelAlarm(_:)`` comes first.
    func alarm(at deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Ticket {
        let ticket = newTicket()
        add(ticket, -1, Interest(events: 0), deadline) { if $0 != .cancelled { body() } }
        return ticket
    }

    func cancelAlarm(_ ticket: Ticket) { finish(ticket, .cancelled) }

    private func newTicket() -> Ticket {
        state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
    }

    private func add(
        _ ticket: Ticket, _ descriptor: Int32, _ interest: Interest, _ deadline: ContinuousClock.Instant?,
        _ resume: @escaping @Sendable (Wakeup) -> Void
    ) {
        let waiter = Waiter(descriptor: descriptor, events: interest.events, deadline: deadline, resume: resume)
        let mustWake = state.withLock { state in
            state.waiters[ticket] = waiter
            defer { state.isWakePending = true }
            return !state.isWakePending
        }
        guard mustWake else { return }
        // A full pipe is as good as a written one: the thread wakes either way.
        var byte: UInt8 = 1
        _ = write(wakeWriter, &byte, 1)
    }

    /// The thread need not be woken for this: an answer for a ticket that is gone finds nobody to tell.
    private func finish(_ ticket: Ticket, _ wakeup: Wakeup) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: ticket) }
        waiter?.resume(wakeup)
    }

    private func run() {
        var tickets: [Ticket] = []
        var descriptors: [pollfd] = []
        while true {
            tickets.removeAll(keepingCapacity: true)
            descriptors.removeAll(keepingCapacity: true)
            descriptors.append(pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0))
            let deadline = state.withLock { state in
                // Whoever is added before this is in the list below, and whoever is added after it writes to the pipe
                // again.
                state.isWakePending = false
                var earliest: ContinuousClock.Instant?
                for (ticket, waiter) in state.waiters {
                    tickets.append(ticket)
                    descriptors.append(pollfd(fd: waiter.descriptor, events: waiter.events, revents: 0))
                    if let deadline = waiter.deadline { earliest = min(earliest ?? deadline, deadline) }
                }
                return earliest
            }

            let count = poll(&descriptors, nfds_t(descriptors.count), Self.milliseconds(until: deadline))
            let failure = count < 0 ? errno : 0
            if failure != 0 {
                // What cannot be polled will not become ready: tell everybody rather than spin.
                if failure != EINTR { for ticket in tickets { finish(ticket, .failed(failure)) } }
                continue
            }
            if descriptors[0].revents != 0 { drain() }
            for (ticket, descriptor) in zip(tickets, descriptors.dropFirst()) where descriptor.revents != 0 {
                let isInvalid = descriptor.revents & Int16(POLLNVAL) != 0
                finish(ticket, isInvalid ? .failed(EBADF) : .ready)
            }
            if deadline != nil { expire() }
        }
    }

    private func expire() {
        let now = ContinuousClock.now
        let late = state.withLock { state in
            state.waiters.filter { $0.value.deadline.map { $0 <= now } ?? false }.map(\.key)
        }
        for ticket in late { finish(ticket, .timedOut) }
    }

    private func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { sink in
            while read(wakeReader, sink.baseAddress, sink.count) > 0 {}
        }
    }

    /// Rounded up, so that a deadline is not met by a moment of spinning.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = deadline - ContinuousClock.now
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
