public import PathwayCore
internal import Postgres

extension PathwayLog {
    /// Runs what somebody attempts: the one place where what is refused is kept, by whatever rule it was.
    ///
    /// The pathway, the record, words that cannot be read, the database and a right that is missing refuse; that the database cannot be
    /// asked is no refusal, and nothing of it could be kept.
    /// - Parameters:
    ///   - attempted: what is kept, given why it was not recorded.
    ///   - answered: what is kept of an answer that is no error; nothing if it was recorded.
    func attempting<Value>(
        _ attempted: (WhyNot) async -> [RefusedAttempt], answered: (Value) -> [RefusedAttempt] = { _ in [] },
        _ body: () async throws -> Value
    ) async throws -> Value {
        let value: Value
        do { value = try await body() } catch {
            guard let why = WhyNot(error) else { throw error }
            try await keep(await attempted(why))
            throw why.told ?? error
        }
        try await keep(answered(value))
        return value
    }

    /// Reads what somebody wants to do to a record, and works out what a door must know before it does it. What cannot be read, or cannot
    /// be, is kept as a refused attempt; what is then handed to the log is kept by that.
    /// - Parameters:
    ///   - words: what is wanted; nothing is kept of them but what is on a list of our own.
    ///   - body: reads them, and the record if need be.
    public func reading<Value>(
        _ words: AttemptInWords, of patient: PatientID, by person: String, door: Door, _ body: () async throws -> Value
    ) async throws -> Value {
        try await attempting { why in
            let record = try? await path(of: patient)
            return [
                RefusedAttempt(
                    of: why.isUnreadable && record == nil ? nil : patient, at: record?.site,
                    words.kept(under: record?.path.treatment), why, door, person)
            ]
        } _: {
            try await body()
        }
    }

    /// Keeps what was refused, whatever became of the transaction in which it was. Who has no part in the log leaves no trace in it.
    func keep(_ refused: [RefusedAttempt]) async throws {
        guard !refused.isEmpty else { return }
        do {
            try await pool.withConnection { connection in try await connection.keep(refused) }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {}
    }
}

extension Connection {
    /// Keeps what was refused, with what else the transaction does.
    mutating func keep(_ refused: [RefusedAttempt]) async throws {
        guard !refused.isEmpty else { return }
        try await execute(
            """
            SELECT pathway.note_refusals(
                \(refused.map(\.patient)), \(refused.map(\.site)), \(refused.map { JSONB($0.attempted) }), \(refused.map(\.answer)),
                \(refused.map(\.explanation)), \(refused.map(\.citation)), \(refused.map(\.door)),
                \(refused.map(\.person)))
            """)
    }
}
