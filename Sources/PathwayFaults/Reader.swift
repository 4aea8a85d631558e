internal import PathwayCore
internal import PathwayLog

/// Somebody who reads the whole log again and again while the others write: a reading that is broken off must say so.
struct Reader: Sendable {
    let log: PathwayLog
    let memory: Memory

    func run(until isLast: () -> Bool) async throws {
        while !isLast() {
            let known = memory.acknowledged
            do {
                let seen = try await read()
                for (request, event) in known where !seen.contains(request) {
                    memory.find("lost: a reading without an error left out \(event.words), request \(request)")
                }
            } catch {
                memory.fail(error, of: "a reading of the log")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func read() async throws -> Set<RequestID> {
        var seen: Set<RequestID> = []
        try await log.forEachEntry { entry in if let request = entry.request { seen.insert(request) } }
        return seen
    }
}
