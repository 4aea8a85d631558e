public import PathwayCore
internal import Postgres

extension PathwayLog {
    /// A patient's events, in their order.
    /// - Throws: ``LogError`` if there is no such patient.
    public func history(of patient: PatientID) async throws -> [Event] {
        let events = try await pool.withConnection { connection in try await connection.events(of: [patient]) }
        guard !events.isEmpty else { throw LogError.unknownPatient(patient) }
        return events
    }

    /// A patient's path, replayed from the log.
    public func path(of patient: PatientID) async throws -> PatientPath {
        let history = try await history(of: patient)
        return try PatientPath(replaying: history, editions: try await freshEditions())
    }

    private func freshEditions() async throws -> Editions {
        try await pool.withConnection { connection in try await editions(&connection) }
    }

    /// Goes through all paths in the order of their study numbers, in memory for one patient at a time.
    public func forEachPath(_ body: (PatientPath) throws -> Void) async throws {
        let editions = try await freshEditions()
        var history: [Event] = []
        try await forEachEvent { event in
            if let last = history.last, last.patient != event.patient {
                try body(PatientPath(replaying: history, editions: editions))
                history.removeAll(keepingCapacity: true)
            }
            history.append(event)
        }
        if !history.isEmpty { try body(PatientPath(replaying: history, editions: editions)) }
    }

    /// Goes through the whole log in the order of patient and position, in constant memory.
    public func forEachEvent(_ body: (Event) throws -> Void) async throws {
        try await pool.withConnection { connection in
            var reader = BinaryCopyReader()
            try await connection.copyOut(
                """
                COPY (
                    SELECT patient, position, edition, site, milestone, phase_before, phase_after, status_before,
                           status_after, answer, occurred_on, precision, facts, identifying, deviation, stratum, synthetic,
                           recorded_by, recorded_at, origin_by, origin_at, request
                    FROM pathway.event ORDER BY patient, position
                ) TO STDOUT (FORMAT binary)
                """
            ) { chunk in
                try reader.read(chunk) { row in try body(Event.read(&row)) }
            }
        }
    }

    /// Gives the whole log as lines of NDJSON, in pieces of some 64 KiB; a round trip through an import is identical.
    public func export(_ write: ([UInt8]) throws -> Void) async throws -> Int {
        let editions = try await freshEditions()
        var bytes: [UInt8] = []
        var last: (patient: PatientID, edition: Int)?
        var count = 0
        try await forEachEvent { event in
            let isNew = last?.patient != event.patient || last?.edition != event.edition
            event.appendLine(to: &bytes, naming: isNew ? try editions.edition(event.edition).treatment : nil)
            last = (event.patient, event.edition)
            count += 1
            if bytes.count >= 1 << 16 {
                try write(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try write(bytes)
        return count
    }

    /// How many patients are in each phase, with each status, by protocol and site.
    public func cohort() async throws -> [CohortRow] {
        try await pool.withConnection { connection in
            try await connection.rows(
                """
                SELECT d.protocol, p.phase, p.title, l.status_after, f.site, bool_or(l.synthetic), count(*), min(p.ordinal)
                FROM pathway.event AS f
                CROSS JOIN LATERAL (
                    SELECT edition, phase_after, status_after, synthetic FROM pathway.event AS e
                    WHERE e.patient = f.patient ORDER BY position DESC LIMIT 1
                ) AS l
                JOIN pathway.phase AS p ON p.edition = l.edition AND p.phase = l.phase_after
                JOIN pathway.edition AS d ON d.edition = l.edition
                WHERE f.position = 1
                GROUP BY d.protocol, p.phase, p.title, l.status_after, f.site
                ORDER BY d.protocol, min(p.ordinal), l.status_after, f.site
                """
            ) {
                (
                    protocolName: String, phase: String, title: String, status: String, site: String, synthetic: Bool,
                    count: Int, ordinal: Int
                ) in
                CohortRow(
                    protocolName: protocolName, phase: phase, phaseTitle: title, status: status, site: site,
                    isSynthetic: synthetic, patients: count)
            }
        }
    }
}

/// How many patients of a site are in one phase with one status.
public struct CohortRow: Sendable, Hashable {
    /// The protocol's word.
    public let protocolName: String
    /// The phase's word.
    public let phase: String
    /// The phase's title.
    public let phaseTitle: String
    /// The status.
    public let status: String
    /// The site.
    public let site: String
    /// Whether any of them is made up.
    public let isSynthetic: Bool
    /// How many.
    public let patients: Int
}

/// A patient's events with the path that they replay to.
public struct PatientPath: Sendable {
    /// The events, in their order.
    public let events: [Event]
    /// What each did, by the table.
    public let steps: [Step]
    /// Where the patient stands now.
    public let path: Path

    init(replaying events: [Event], editions: Editions) throws {
        guard let first = events.first else { throw LogError(.contradiction, "a patient without events") }
        var path = Path(under: try editions.edition(first.edition).treatment)
        var steps: [Step] = []
        var edition = first.edition
        for event in events {
            do {
                if event.edition != edition {
                    try path.move(to: try editions.edition(event.edition).treatment)
                    edition = event.edition
                }
                steps.append(try path.replay(event.milestone, offProtocol: event.answer == .offProtocol))
                guard path.phase.name == event.phaseAfter, path.standing.status == event.statusAfter,
                    path.standing.position == event.position
                else {
                    throw LogError.contradiction(event, "it leads elsewhere")
                }
            } catch let refusal as Refusal {
                throw LogError.contradiction(event, refusal.explanation)
            }
        }
        self.events = events
        self.steps = steps
        self.path = path
    }

    /// The study number.
    public var patient: PatientID { events[0].patient }
    /// The patient's site.
    public var site: String { events[0].site }
    /// Whether the patient is made up.
    public var isSynthetic: Bool { events[0].isSynthetic }
}
