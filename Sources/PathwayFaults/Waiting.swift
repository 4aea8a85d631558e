/// Asks again and again until the answer is yes, and fails with what was waited for when the time is over.
///
/// Polling, since neither a foreign process nor a server that comes back sends a message.
func wait(_ limit: Duration, for what: String, until isDone: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isDone() {
        guard ContinuousClock.now < deadline else { throw Unable("waited \(limit) in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(3))
    }
}

extension Duration {
    /// `2.4 s`, for people.
    var short: String {
        let tenths = Int((self / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
