import Synchronization

/// A value that one side waits for and another brings, unless the deadline or the task's cancellation comes first.
///
/// Whoever comes first wins, and exactly one outcome is ever delivered: a lease or a connection is never granted to
/// nobody.
final class Promise<Value: Sendable>: Sendable {
    enum Outcome: Sendable {
        case value(Value)
        case timedOut
        case cancelled
        case refused(PostgresError)
    }

    private enum State {
        case pending
        case waiting(CheckedContinuation<Outcome, Never>)
        case settled(Outcome)
        case delivered
    }

    private let state = Mutex(State.pending)

    /// Settles the promise, and says whether it was still open: a value that is refused here remains the caller's.
    @discardableResult
    func fulfil(_ outcome: Outcome) -> Bool {
        let (accepted, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
            switch state {
            case .pending:
                state = .settled(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .delivered
                return (true, continuation)
            case .settled, .delivered:
                return (false, nil)
            }
        }
        continuation?.resume(returning: outcome)
        return accepted
    }

    /// Waits for the outcome; to be called once.
    func value(until deadline: ContinuousClock.Instant, cancellable: Bool = true) async -> Outcome {
        let alarm = Reactor.shared.alarm(at: deadline) { self.fulfil(.timedOut) }
        defer { Reactor.shared.cancelAlarm(alarm) }
        guard cancellable else { return await outcome() }
        return await withTaskCancellationHandler {
            await outcome()
        } onCancel: {
            fulfil(.cancelled)
        }
    }

    private func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let settled: Outcome? = state.withLock { state in
                if case .settled(let outcome) = state {
                    state = .delivered
                    return outcome
                }
                state = .waiting(continuation)
                return nil
            }
            if let settled { continuation.resume(returning: settled) }
        }
    }
}
