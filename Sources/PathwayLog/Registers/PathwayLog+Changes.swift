public import PathwayCore
internal import Postgres

/// One sealed entry, as a reader of changes gets it.
public struct Change: Sendable {
    /// What changed.
    public enum What: Sendable {
        /// An entry of a patient's record; `removes` are the positions of the milestones that it takes off the path.
        case entry(Entry, removes: [Int])
        /// An entry of the journal: what was done to the log as a whole.
        case journal(JournalEntry)
    }

    /// Its number, from 1 and without gaps for whoever may read everything: the cursor of the next reading.
    public let number: Int
    /// What changed.
    public let what: What
}

/// What was done to the log as a whole.
public struct JournalEntry: Sendable {
    /// Its place in the journal, from 1.
    public let number: Int
    /// What was done, such as `access-granted`.
    public let act: String
    /// To what or whom.
    public let subject: String
    /// The rest, by name.
    public let detail: [(name: String, value: String)]
    /// Why.
    public let reason: String?
    /// Who did it.
    public let by: String
    /// The login of the database.
    public let login: String
    /// When.
    public let at: Instant
}

extension PathwayLog {
    /// Goes through what was sealed behind a number, in the order of the numbers; returns the last number.
    ///
    /// A number is given only when nothing can come before it any more, so that who goes on from the last number misses nothing.
    /// - Parameters:
    ///   - number: the cursor: the last number that was seen; 0 is the beginning.
    ///   - since: leave out what was recorded at or before this moment.
    /// - Throws: ``LogError`` if the cursor is ahead of all that is sealed.
    @discardableResult
    public func forEachChange(
        after number: Int, since: Instant? = nil, _ body: (Change) throws -> Void
    ) async throws -> Int {
        var cursor = number
        while true {
            let changes = try await changes(after: cursor, limit: 1_000)
            for change in changes where since.map({ change.at > $0 }) ?? true { try body(change) }
            guard let last = changes.last else { return cursor }
            cursor = last.number
        }
    }

    private func changes(after number: Int, limit: Int) async throws -> [Change] {
        try await pool.withConnection { connection in
            let last = try await connection.row(
                "SELECT coalesce(max(number), 0) FROM (SELECT number FROM pathway.seal WHERE number > \(number) ORDER BY number LIMIT \(limit)) AS s",
                as: Int.self)
            guard last > number else {
                try await connection.mustHaveReached(number)
                return []
            }
            var changes = try await connection.rows(
                """
                SELECT s.number, CASE WHEN e.act = 'rewound' THEN ARRAY(
                    SELECT u.position FROM pathway.event AS u
                    WHERE u.patient = e.patient AND u.act IS NULL AND u.position < e.position
                      AND u.position > coalesce(e.follows, 0) AND NOT EXISTS (
                        SELECT FROM pathway.event AS r
                        WHERE r.patient = u.patient AND r.act = 'rewound' AND r.position > u.position
                          AND r.position < e.position AND coalesce(r.follows, 0) < u.position)
                    ORDER BY u.position) END, e.patient, e.position
                FROM pathway.seal AS s JOIN pathway.event AS e ON e.patient = s.chain AND e.position = s.position
                WHERE s.number > \(number) AND s.number <= \(last) ORDER BY s.number
                """, as: (Int.self, [Int32]?.self, String.self, Int.self)
            ).map { (number: $0.0, removes: ($0.1 ?? []).map(Int.init), patient: $0.2, position: $0.3) }
            let records = try await connection.records(of: Array(Set(changes.compactMap { PatientID($0.patient) })))
            var found: [Change] = changes.compactMap { change in
                guard let patient = PatientID(change.patient),
                    let entry = records[patient]?.entries.first(where: { $0.position == change.position })
                else { return nil }
                return Change(number: change.number, what: .entry(entry, removes: change.removes))
            }
            changes = []
            if try await connection.row("SELECT has_table_privilege('pathway.journal', 'SELECT')", as: Bool.self) {
                found += try await connection.journal(after: number, through: last)
            }
            return found.sorted { $0.number < $1.number }
        }
    }

    /// The journal as it was at a moment, the latest first.
    public func journal(asOf: Instant? = nil, limit: Int = 1_000) async throws -> [JournalEntry] {
        try await pool.withConnection { connection in
            try await connection.rows(
                """
                SELECT number, act, subject, detail, reason, acted_by, login, acted_at FROM pathway.journal
                WHERE acted_at <= coalesce(\(asOf.map { PostgresTimestamp($0) }), 'infinity')
                ORDER BY number DESC LIMIT \(limit)
                """, JournalEntry.init)
        }
    }
}

extension Change {
    /// When it was recorded.
    public var at: Instant {
        switch what {
        case .entry(let entry, _): entry.recordedAt
        case .journal(let entry): entry.at
        }
    }
}

extension JournalEntry {
    fileprivate init(
        number: Int, act: String, subject: String, detail: JSONB, reason: String?, by: String, login: String,
        at: PostgresTimestamp
    ) throws {
        self.init(
            number: number, act: act, subject: subject, detail: try JSONLine.read(Array(detail.text.utf8)[...]),
            reason: reason, by: by, login: login, at: Instant(at))
    }
}

extension Connection {
    /// Refuses a cursor that this log has never given.
    fileprivate mutating func mustHaveReached(_ cursor: Int) async throws {
        let size = try await row("SELECT pathway.sealed_size()", as: Int.self)
        guard cursor > size else { return }
        throw LogError(
            .logChanged, "the cursor \(cursor) is ahead of the log, which has \(size) sealed entries",
            hint:
                "was an older backup restored, or is the cursor of another log? what comes next would have numbers that were read before"
        )
    }

    fileprivate mutating func journal(after number: Int, through last: Int) async throws -> [Change] {
        try await rows(
            """
            SELECT s.number, j.number, j.act, j.subject, j.detail, j.reason, j.acted_by, j.login, j.acted_at
            FROM pathway.seal AS s JOIN pathway.journal AS j ON s.chain = '' AND j.number = s.position
            WHERE s.number > \(number) AND s.number <= \(last)
            """
        ) {
            (
                number: Int, place: Int, act: String, subject: String, detail: JSONB, reason: String?, by: String,
                login: String, at: PostgresTimestamp
            ) in
            Change(
                number: number,
                what: .journal(
                    try JournalEntry(
                        number: place, act: act, subject: subject, detail: detail, reason: reason, by: by,
                        login: login, at: at)))
        }
    }
}
