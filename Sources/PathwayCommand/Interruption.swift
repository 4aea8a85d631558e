internal import Dispatch
internal import Foundation
internal import PathwayReport
internal import Postgres
internal import Synchronization

/// Lets an interruption (Ctrl-C, or SIGTERM as a supervisor sends it) end a long command in order; a second one ends it at once.
enum Interruption {
    /// Runs `body` in a task that the first interruption cancels.
    /// - Parameters:
    ///   - outcome: what an interruption leaves, in words; asked for once it has happened.
    ///   - hint: what to do after it.
    /// - Throws: what `body` throws; after an interruption a ``Failure`` that says so.
    static func cancelling<Value: Sendable>(
        leaving outcome: @autoclosure @escaping @Sendable () -> String, hint: String? = nil,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let words = Words(outcome: outcome, hint: hint)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                // Whoever asks again does not want to wait.
                if task.isCancelled { end(number) }
                words.receive(number)
                task.cancel()
                // What waits for input hears of nothing. A transaction that is cut off leaves nothing behind.
                DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(3)) {
                    words.failure?.say()
                    end(number)
                }
            }
            source.activate()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        do {
            return try await task.value
        } catch  where error is CancellationError || (error as? PostgresError)?.code == .cancelled {
            throw words.failure ?? error
        }
    }

    private static func end(_ number: Int32) -> Never {
        PartialName.discardAll()
        exit(128 + number)
    }

    /// What is said of an interruption, once there was one.
    private final class Words: Sendable {
        private let outcome: @Sendable () -> String
        private let hint: String?
        private let received = Mutex<Int32?>(nil)

        init(outcome: @escaping @Sendable () -> String, hint: String?) {
            self.outcome = outcome
            self.hint = hint
        }

        func receive(_ number: Int32) { received.withLock { $0 = number } }

        var failure: Failure? {
            received.withLock { $0 }.map { number in
                Failure(number == SIGTERM ? .terminated : .interrupted, "interrupted: \(outcome())", hint: hint)
            }
        }
    }
}
