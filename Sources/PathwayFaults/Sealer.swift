internal import PathwayLog

/// Somebody who gives what was recorded its place in the proof while the others write.
struct Sealer: Sendable {
    let log: PathwayLog
    let memory: Memory

    func run(until isLast: () -> Bool) async throws {
        while !isLast() {
            do {
                try await log.seal()
            } catch {
                memory.fail(error, of: "sealing the log")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
