internal import PathwayCore
internal import PathwayLog
internal import Postgres

/// Somebody who records, and asks again with the same request until there is an answer.
struct Writer: Sendable {
    let name: String
    let log: PathwayLog
    let memory: Memory

    func run(_ plan: [Plan.Work]) async throws {
        for work in plan {
            try await record(work)
            if work.isRepeated, memory.isAcknowledged(work.request) { try await record(work, again: true) }
        }
    }

    private func record(_ work: Plan.Work, again: Bool = false) async throws {
        while true {
            do {
                note(try await log.record(work.attempt, by: name), of: work, again: again)
                return
            } catch {
                memory.fail(error, of: work.words)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func note(_ outcome: Outcome, of work: Plan.Work, again: Bool) {
        switch outcome {
        case .recorded(let receipt, let isRepetition):
            if again, !isRepetition { memory.find("doubled: request \(work.request) was recorded a second time") }
            memory.acknowledge(
                work.request,
                Memory.Acknowledged(
                    patient: receipt.patient, position: receipt.position, recordedAt: receipt.recordedAt),
                isResolved: isRepetition)
        case .needsReason, .refused, .conflict:
            if work.isOwn || again {
                memory.find("lost: \(work.words) was answered with \(outcome.words)")
            }
            memory.deny(work.request)
        }
    }
}

extension Plan.Work {
    /// What is attempted, for people.
    fileprivate var words: String { "\(attempt.milestone.kind.rawValue) of patient \(attempt.patient)" }
}

extension Outcome {
    fileprivate var words: String {
        switch self {
        case .recorded: "recorded"
        case .needsReason(let step): "a reason is needed: \(step.deviations.map(\.rule).joined(separator: "; "))"
        case .refused(let refusal): "refused: \(refusal.explanation)"
        case .conflict(let events): "in conflict with \(events.count) events"
        }
    }
}

extension Memory {
    /// Counts a call without an answer; an error that blames the caller or the log is a finding.
    func fail(_ error: any Error, of what: String) {
        fail()
        if let error = error as? PostgresError, error.isOfTheWorld { return }
        find("misjudged: \(what) failed with \(error)")
    }
}

extension PostgresError {
    /// Whether the error says that the server is away, in trouble or without room, and nothing else.
    var isOfTheWorld: Bool {
        switch code {
        case .connection, .timeout, .commitUnknown: true
        // Connections, resources, somebody's intervention, the system underneath; and whatever keeps a session from beginning.
        case .server(let state): sql == nil || ["08", "53", "57", "58"].contains(state.classCode)
        case .decoding, .cancelled, .poolClosed, .misuse: false
        }
    }
}
