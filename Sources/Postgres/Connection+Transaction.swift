import CLibpq

/// What a transaction sees of others that run at the same time.
public enum Isolation: String, Sendable, CaseIterable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// All statements see what was committed before the first began.
    case repeatableRead = "REPEATABLE READ"
    /// As if the transactions had run one after the other, or one fails with ``SQLState/serializationFailure``.
    case serializable = "SERIALIZABLE"

    fileprivate var clause: Query {
        switch self {
        case .readCommitted: " ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: " ISOLATION LEVEL REPEATABLE READ"
        case .serializable: " ISOLATION LEVEL SERIALIZABLE"
        }
    }
}

extension Connection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// If the answer to COMMIT is lost, the error is ``PostgresError/Code/commitUnknown``; with every other error the
    /// transaction is known to be rolled back. Transactions do not nest: use ``savepoint(_:)`` inside one.
    /// - Parameters:
    ///   - isolation: nil for the server's default.
    ///   - readOnly: whether writes are refused; with `.serializable` it also waits for a snapshot that cannot fail.
    public mutating func transaction<Value>(
        isolation: Isolation? = nil, readOnly: Bool = false, _ body: (inout Connection) async throws -> Value
    ) async throws -> Value {
        precondition(!isInTransaction, "a transaction cannot begin inside another; use a savepoint")
        let mode: Query = readOnly ? (isolation == .serializable ? " READ ONLY DEFERRABLE" : " READ ONLY") : ""
        let begin: Query = "BEGIN\(isolation?.clause ?? "")\(mode)"
        do {
            _ = try await run(begin, name: nil)
        } catch {
            throw error.ofNoEffect()
        }
        let value: Value
        do {
            value = try await body(&self)
        } catch {
            await rollBack()
            throw error
        }
        try await commit()
        return value
    }

    /// Runs `body` so that what it did is undone alone if it throws, and the transaction around it goes on.
    public mutating func savepoint<Value>(_ body: (inout Connection) async throws -> Value) async throws -> Value {
        precondition(isInTransaction, "a savepoint needs a transaction around it")
        try await execute("SAVEPOINT swift")
        do {
            let value = try await body(&self)
            try await execute("RELEASE SAVEPOINT swift")
            return value
        } catch {
            // A session that cannot do this is lost, and its transaction with it.
            _ = try? await runShielded("ROLLBACK TO SAVEPOINT swift")
            _ = try? await runShielded("RELEASE SAVEPOINT swift")
            throw error
        }
    }

    private mutating func commit() async throws {
        let answer: Answer
        do {
            answer = try await run("COMMIT", name: nil)
        } catch {
            guard !isOpen else {
                await rollBack()
                throw error
            }
            // Even a last word from the server does not tell: it may have committed before it was told to shut down.
            var unknown = PostgresError(.commitUnknown, "the answer to COMMIT was lost: \(error.message)")
            unknown.outcomeUnknown = true
            throw unknown
        }
        // A transaction in which a statement failed, and the body went on, answers COMMIT with ROLLBACK, and not with
        // an error.
        guard answer.commandTag == "COMMIT" else {
            throw PostgresError(
                .server(.inFailedTransaction), "nothing was committed: a statement of the transaction had failed")
        }
    }

    /// A session that cannot roll back is closed, and the server rolls back by itself.
    private mutating func rollBack() async {
        guard isOpen, isInTransaction else { return }
        _ = try? await runShielded("ROLLBACK")
    }
}
