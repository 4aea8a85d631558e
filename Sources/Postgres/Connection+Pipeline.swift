import CLibpq

/// How far a failure reaches in a pipeline.
public enum PipelineScope: Sendable {
    /// Each query is a transaction of its own, unless one is open around them all: the others run whatever happens to
    /// one.
    case apart
    /// All queries are one transaction and share one commit: after a failure none of them is kept.
    case together
}

extension Connection {
    /// Sends many queries without waiting in between, and returns the answer or the error of each, in order.
    ///
    /// It saves the round trips, and with ``PipelineScope/together`` all commits but one. Statements that begin or end
    /// a transaction do not belong in here. It throws only when the connection fails; then the outcome of all queries
    /// is unknown.
    public mutating func pipeline(
        _ queries: [Query], _ scope: PipelineScope = .apart
    ) async throws(PostgresError) -> [Result<Answer, PostgresError>] {
        for query in queries { try checkSendable(query) }
        guard !queries.isEmpty else { return [] }
        let names = try await preparedNames(queries)
        let session = session
        return try await session.exchange(sql: "a pipeline of \(queries.count) queries") { () throws(PostgresError) in
            try session.send { PQenterPipelineMode(session.handle) }
            for (query, name) in zip(queries, names) {
                try session.send { Self.send(query.sql, query.parameters, name: name, on: session.handle) }
                if scope == .apart { try session.send { PQpipelineSync(session.handle) } }
            }
            if scope == .together { try session.send { PQpipelineSync(session.handle) } }

            var answers: [Result<Answer, PostgresError>] = []
            answers.reserveCapacity(queries.count)
            for query in queries {
                answers.append(try await session.pipelineAnswer(sql: query.sql))
                if scope == .apart { try await session.pipelineEnd() }
            }
            if scope == .together { try await session.pipelineEnd() }
            try session.send { PQexitPipelineMode(session.handle) }
            return answers
        }
    }

    /// A statement that is in the pipeline twice is prepared before it; one that cannot be prepared shows why when it
    /// runs.
    private mutating func preparedNames(_ queries: [Query]) async throws(PostgresError) -> [String?] {
        var counts: [String: Int] = [:]
        for query in queries { counts[query.sql, default: 0] += 1 }
        var names: [String?] = []
        for query in queries {
            do {
                names.append(try await prepare(query, atOnce: (counts[query.sql] ?? 0) > 1))
            } catch {
                guard isOpen, error.code != .cancelled else { throw error }
                names.append(nil)
            }
        }
        return names
    }
}

extension Session {
    /// Each query's result ends with nil.
    fileprivate func pipelineAnswer(sql: String) async throws(PostgresError) -> Result<Answer, PostgresError> {
        var answer: Result<Answer, PostgresError>?
        while let result = try await nextResult() {
            switch result.status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: answer = .success(result)
            case PGRES_PIPELINE_ABORTED:
                let words = "not run: an earlier query of the pipeline failed"
                answer = .failure(PostgresError(.server(.inFailedTransaction), words).about(sql))
            case PGRES_FATAL_ERROR:
                let error = failure(of: result).about(sql)
                guard !isLost else { throw error }
                answer = .failure(error)
            default:
                // COPY cannot be in a pipeline: libpq gives up the connection's order when it meets one.
                throw lost("the pipeline holds a statement that cannot be in one")
            }
        }
        guard let answer else { throw lost() }
        return answer
    }

    /// The mark between scopes is a result without a nil behind it.
    fileprivate func pipelineEnd() async throws(PostgresError) {
        guard let mark = try await nextResult(), mark.status == PGRES_PIPELINE_SYNC else { throw lost() }
    }
}
