internal import Synchronization

/// Who is still at work.
final class Crew: Sendable {
    private struct State {
        var working: Set<String> = []
        var findings: [String] = []
    }

    private let state = Mutex(State())

    var working: Set<String> { state.withLock(\.working) }
    var isDone: Bool { working.isEmpty }
    var findings: [String] { state.withLock(\.findings) }

    func start(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
        state.withLock { _ = $0.working.insert(name) }
        Task { @concurrent in
            do {
                try await body()
            } catch {
                state.withLock { $0.findings.append("misjudged: \(name) gave up with \(error)") }
            }
            state.withLock { _ = $0.working.remove(name) }
        }
    }
}
