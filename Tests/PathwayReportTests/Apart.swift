import Dispatch
import Testing

/// Runs tests one after another on a thread of their own: they compute for long, and wait for programs, and would hold the few threads
/// that all other tests share.
struct Apart: SuiteTrait, TestTrait, TestScoping {
    private static let executor = OwnThread()

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(Self.executor) { try await function() }
    }
}

extension Trait where Self == Apart {
    /// On a thread of their own.
    static var apart: Apart { Apart() }
}

/// One thread that tasks can prefer to the shared ones.
private final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "tests apart")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
