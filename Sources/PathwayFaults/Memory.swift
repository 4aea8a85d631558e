internal import PathwayCore
internal import PathwayLog
internal import Synchronization

/// What the writers were told about each request, and what was wrong with it.
final class Memory: Sendable {
    /// An event that was acknowledged.
    struct Acknowledged: Sendable, Equatable {
        let patient: PatientID
        let position: Int
        /// `nil` for a line of an import, which is acknowledged with its file.
        let recordedAt: Instant?

        /// The event for people.
        var words: String {
            "event \(position) of patient \(patient)" + (recordedAt.map { " recorded at \($0)" } ?? "")
        }
    }

    struct Counts: Sendable {
        /// Attempts that were answered, each once however often it was made.
        var attempts = 0
        /// Of these, the lines of files, which are answered all at once.
        var lines = 0
        var acknowledged = 0
        /// Of these, those whose first answer was lost, and which were found by their request.
        var resolved = 0
        var refused = 0
        /// Calls that ended without an answer.
        var errors = 0
    }

    private struct State {
        var acknowledged: [RequestID: Acknowledged] = [:]
        var denied: Set<RequestID> = []
        var findings: [String] = []
        var counts = Counts()
    }

    private let state = Mutex(State())

    var acknowledged: [RequestID: Acknowledged] { state.withLock(\.acknowledged) }
    var denied: Set<RequestID> { state.withLock(\.denied) }
    var counts: Counts { state.withLock(\.counts) }

    /// What was wrong since it was asked last.
    func takeFindings() -> [String] {
        state.withLock { state in
            defer { state.findings = [] }
            return state.findings
        }
    }

    func isAcknowledged(_ request: RequestID) -> Bool { state.withLock { $0.acknowledged[request] != nil } }

    func find(_ finding: String) {
        state.withLock { state in
            if !state.findings.contains(finding) { state.findings.append(finding) }
        }
    }

    func fail() { state.withLock { $0.counts.errors += 1 } }

    /// Notes an acknowledgement; a second one of the same request must say the same.
    func acknowledge(_ request: RequestID, _ event: Acknowledged, isResolved: Bool, isLine: Bool = false) {
        state.withLock { state in
            if let first = state.acknowledged[request] {
                guard first != event else { return }
                state.findings.append(
                    "doubled: request \(request) was acknowledged as \(first.words) and as \(event.words)")
                return
            }
            state.acknowledged[request] = event
            state.counts.attempts += 1
            state.counts.acknowledged += 1
            if isLine { state.counts.lines += 1 }
            if isResolved { state.counts.resolved += 1 }
        }
    }

    /// Notes that a request was answered with no: it must never be in the log.
    func deny(_ request: RequestID) {
        state.withLock { state in
            state.denied.insert(request)
            state.counts.attempts += 1
            state.counts.refused += 1
        }
    }
}
