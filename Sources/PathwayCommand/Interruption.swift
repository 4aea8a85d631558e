internal import Dispatch
internal import Foundation

/// Lets an interruption (Ctrl-C) end a long command in order; a second one ends it at once.
enum Interruption {
    /// Runs `body` in a task that the first interruption cancels.
    /// - Throws: what `body` throws; after an interruption, whatever it makes of the cancellation.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        let task = Task { try await body() }
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT)
        source.setEventHandler {
            // Whoever asks again does not want to wait.
            if task.isCancelled { exit(128 + SIGINT) }
            task.cancel()
            // What waits for input hears of nothing. A transaction that is cut off leaves nothing behind.
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(3)) {
                Terminal.say("error: interrupted: what was recorded stays recorded")
                exit(128 + SIGINT)
            }
        }
        source.activate()
        defer {
            source.cancel()
            signal(SIGINT, SIG_DFL)
        }
        return try await task.value
    }
}
