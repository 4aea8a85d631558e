internal import PathwayCore
internal import Synchronization

/// Gathers the attempts of many callers into batches: how many appends share one commit matters more than anything else.
///
/// A patient is in one batch at a time, so that each attempt is judged on what the one before it left.
final class Recorder: Sendable {
    /// An attempt that waits for its outcome.
    struct Waiting: Sendable {
        let attempt: Attempt
        let person: String
        let door: Door
        /// The position after which the caller wants to append, if the caller has seen the path.
        let seen: Int?
        let outcome: CheckedContinuation<Outcome, any Error>
    }

    struct State {
        var queue: [Waiting] = []
        var busy: Set<PatientID> = []
        var batches = 0
        var cache = LedgerCache(limit: 20_000)
    }

    let state = Mutex(State())
    /// Two batches at once keep the server busy while the other is committed; more only make the batches smaller.
    private static let batchLimit = 2
    private static let attemptLimit = 256

    func record(
        _ attempt: Attempt, by person: String, door: Door, seen: Int?, in log: PathwayLog
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(attempt: attempt, person: person, door: door, seen: seen, outcome: continuation)
            let starts = state.withLock { state in
                state.queue.append(waiting)
                guard state.batches < Recorder.batchLimit else { return false }
                state.batches += 1
                return true
            }
            // Not a child task: a caller that is cancelled must not take its neighbours' batch with it.
            if starts { Task { await drain(log) } }
        }
    }

    private func drain(_ log: PathwayLog) async {
        while let batch = next() {
            await log.record(batch)
            state.withLock { state in for waiting in batch { state.busy.remove(waiting.attempt.patient) } }
        }
    }

    private func next() -> [Waiting]? {
        state.withLock { state in
            var batch: [Waiting] = []
            var rest: [Waiting] = []
            for waiting in state.queue {
                if batch.count < Recorder.attemptLimit, state.busy.insert(waiting.attempt.patient).inserted {
                    batch.append(waiting)
                } else {
                    rest.append(waiting)
                }
            }
            state.queue = rest
            if batch.isEmpty { state.batches -= 1 }
            return batch.isEmpty ? nil : batch
        }
    }
}

/// Through which door an attempt came.
public enum Door: String, Sendable, Hashable, CaseIterable {
    /// The command line.
    case commandLine = "command-line"
    /// An import file.
    case `import`
    /// A program that uses the library.
    case library
}
