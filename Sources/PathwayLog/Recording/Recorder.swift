internal import PathwayCore
internal import Synchronization

/// Gathers the attempts of many callers into batches: how many appends share one commit matters more than anything else.
///
/// A patient is in one batch at a time, so that each attempt is judged on what the one before it left.
final class Recorder: Sendable {
    /// An attempt with whoever makes it.
    struct Call: Sendable {
        let attempt: Attempt
        let person: String
        let door: Door
        /// The position after which the caller wants to append, if the caller has seen the path.
        let seen: Int?
    }

    /// A call that waits for its outcome.
    struct Waiting: Sendable {
        let call: Call
        let outcome: CheckedContinuation<Outcome, any Error>
    }

    struct State {
        var queue: [Waiting] = []
        var busy: Set<PatientID> = []
        var batches = 0
        var cache = LedgerCache(limit: 20_000)
    }

    let state = Mutex(State())
    /// One batch at a time grows to all who call meanwhile, which is worth more than two that share them. Where a crowd waits, a second one
    /// keeps the server busy while the first is committed.
    private static let batchLimit = 2
    private static let crowd = 32
    private static let attemptLimit = 256

    /// Answers a call: at once where nobody else records, else in a batch with others.
    func record(_ call: Call, in log: PathwayLog) async throws -> Outcome {
        let isAlone = state.withLock { state in
            guard state.batches == 0, state.queue.isEmpty else { return false }
            state.batches = 1
            state.busy.insert(call.attempt.patient)
            return true
        }
        guard isAlone else { return try await wait(call, in: log) }
        // In the caller's own task: nothing has to be woken up. A caller that is cancelled takes nobody else along.
        let answer = await log.record([call])[0]
        let goesOn = state.withLock { state in
            state.busy.remove(call.attempt.patient)
            if state.queue.isEmpty { state.batches -= 1 }
            return !state.queue.isEmpty
        }
        if goesOn { Task { await drain(log) } }
        return try answer.get()
    }

    private func wait(_ call: Call, in log: PathwayLog) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let starts = state.withLock { state in
                state.queue.append(Waiting(call: call, outcome: continuation))
                let limit = state.queue.count >= Recorder.crowd ? Recorder.batchLimit : 1
                guard state.batches < limit else { return false }
                state.batches += 1
                return true
            }
            // Not a child task: a caller that is cancelled must not take its neighbours' batch with it.
            if starts { Task { await drain(log) } }
        }
    }

    private func drain(_ log: PathwayLog) async {
        while let batch = next() {
            let answers = await log.record(batch.map(\.call))
            state.withLock { state in for waiting in batch { state.busy.remove(waiting.call.attempt.patient) } }
            for (waiting, answer) in zip(batch, answers) { waiting.outcome.resume(with: answer) }
            // Who was answered may call again at once: then the next batch holds everybody, and not every other time one half.
            await Task.yield()
        }
    }

    private func next() -> [Waiting]? {
        state.withLock { state in
            var batch: [Waiting] = []
            var rest: [Waiting] = []
            for waiting in state.queue {
                if batch.count < Recorder.attemptLimit, state.busy.insert(waiting.call.attempt.patient).inserted {
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
