internal import PathwayCore
internal import Postgres

/// What of a part of a file goes to the server, in one transaction.
struct ImportBatch: Sendable {
    /// The numbers of its lines in the file.
    let lines: ClosedRange<Int>
    /// What was accepted.
    var events: [PendingEntry] = []
    /// What the register of refusals keeps.
    var refused: [RefusedAttempt] = []

    init(_ lines: ClosedRange<Int>) { self.lines = lines }
}

extension RefusedAttempt {
    /// What is kept of lines that were taken together, and refused together.
    init(lines: ClosedRange<Int>, of patients: [PatientID], _ why: WhyNot, by person: String) {
        self.init(
            of: patients.count == 1 ? patients.first : nil, at: nil,
            JSONB.object([("act", "import"), ("lines", "\(lines.lowerBound)-\(lines.upperBound)")]).text, why, .import,
            person)
    }
}

extension PathwayLog {
    /// Appends what was accepted, and keeps what was refused of it, and that the whole was, if it is.
    func write(_ batch: ImportBatch, by person: String) async throws {
        let patients = Set(batch.events.map(\.patient)).sorted()
        try await attempting {
            batch.refused + [RefusedAttempt(lines: batch.lines, of: patients, $0, by: person)]
        } _: {
            do {
                try await pool.withConnection { connection in
                    try await connection.transaction { connection in
                        if !batch.events.isEmpty { _ = try await connection.append(batch.events, as: types) }
                        try await connection.keep(batch.refused)
                    }
                }
            } catch let error as PostgresError where error.sqlState == .uniqueViolation || error.isPassing {
                throw LogError(
                    .busy, "somebody recorded milestones of these patients during the import",
                    hint: "import the file again: what is recorded is recognised")
            }
        }
    }
}
