internal import Postgres

/// Others added to a record again and again before it could be signed or locked.
struct Overtaken: Error {}

extension PathwayLog {
    /// How often something is tried that others come in the way of.
    static let tries = 10

    /// Repeats what others came in the way of; gives up with words of its own.
    func repeating<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 1...PathwayLog.tries {
            do { return try await body() } catch let error as PostgresError where error.isPassing {} catch is Overtaken
            {}
        }
        throw LogError(
            .busy, "others record so much at this moment that nothing was done",
            hint: "repeat the command when less is recorded")
    }
}

extension PostgresError {
    /// Whether it is because of what somebody else did at the same moment: what is read and judged again is done, or refused in words.
    var isPassing: Bool {
        switch sqlState {
        case .serializationFailure, .deadlockDetected: true
        default: constraint == "locked_site_refuses" || constraint == "locked_with_its_site"
        }
    }
}
