import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// One event of plain SQL: the columns of a `jsonb`, which may hold more.
func insertion(of row: Query) -> Query {
    """
    INSERT INTO pathway.event (
        patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
        status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after, facts,
        identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login, recorded_at, origin_by, origin_at, request, xid)
    SELECT
        patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after,
        status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after, facts,
        identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login, recorded_at, origin_by, origin_at, request, xid
    FROM jsonb_populate_record(NULL::pathway.event, \(row))
    """
}

@Suite struct WrongRowTests {
    /// What ends a case without a trace.
    private struct TakenBack: Error {}

    /// Lends one database to many cases, each in a transaction of its own that is taken back: the row is taken out as superuser, who
    /// alone may write without the functions, and is given with that session.
    private func takingOut<Case>(
        _ cases: [(source: Int, from: Int, patient: String, one: Case)],
        _ body: (Case, JSONB, inout Connection) async throws -> Void
    ) async throws {
        try await withScratchDatabase(template: Template.histories) { conninfo in
            var superuser = try await Connection.open(conninfo)
            for (source, from, patient, one) in cases {
                do {
                    try await superuser.transaction { connection in
                        let row = try await connection.row(
                            "SELECT to_jsonb(e) FROM pathway.event AS e WHERE patient = \(patient) AND position = \(source)",
                            as: JSONB.self)
                        try await connection.execute(
                            "DELETE FROM pathway.event WHERE patient = \(patient) AND position >= \(from)")
                        try await body(one, row, &connection)
                        throw TakenBack()
                    }
                } catch is TakenBack {}
            }
        }
    }

    @Test func `a wrong row of plain SQL is refused by the constraint named for the promise`() async throws {
        #expect(WrongRow.all.count > 100)
        try await takingOut(WrongRow.all.map { ($0.source, $0.place, $0.patient, $0) }) { wrong, row, writer in
            for change in wrong.before { try await writer.execute(insertion(of: "\(row) || \(change)")) }
            let error = await #expect(throws: PostgresError.self, "\(wrong.testDescription)") {
                try await writer.execute(insertion(of: "\(row) || \(wrong.change)"))
            }
            #expect(error?.constraint == wrong.promise, "\(wrong.testDescription)")
            #expect(error?.sqlState?.classCode == "23", "\(wrong.testDescription)")
        }
    }

    @Test func `the right row of plain SQL is taken at every position`() async throws {
        try await takingOut((1...11).map { ($0, $0, "P-001", $0) }) { position, row, writer in
            let taken = try await writer.execute(insertion(of: "\(row)"))
            #expect(taken == 1, "position \(position)")
        }
    }

    @Test func `the right acts of plain SQL are taken`() async throws {
        try await takingOut(WrongRow.right.map { (7, 7, "P-001", $0) }) { right, row, writer in
            for change in right.rows {
                let taken = try await writer.execute(insertion(of: "\(row) || \(change)"))
                #expect(taken == 1, "\(right.name)")
            }
        }
    }

    @Test func `who recorded an entry, when and where is never missing`() async throws {
        let columns = [
            "recorded_by", "login", "recorded_at", "xid", "request", "site", "floor_before", "floor_after",
            "locked_before",
            "locked_after", "facts", "synthetic", "transition", "arrow", "arm",
        ]
        try await takingOut(columns.map { (7, 7, "P-001", $0) }) { column, row, writer in
            let error = await #expect(throws: PostgresError.self, "\(column)") {
                try await writer.execute(insertion(of: "\(row) || jsonb_build_object(\(column), NULL)"))
            }
            #expect(error?.sqlState == .notNullViolation)
            #expect(error?.column == column)
        }
    }

    /// What may follow a status, by milestone; what is not listed is refused. Treatment goes on in the first three alone.
    private static let statusArrows: Set<String> = [
        "in-study relapsed relapsed", "in-study second-malignancy second-malignancy", "in-study lost-to-follow-up lost",
        "in-study consent-withdrawn withdrawn", "in-study off-study off-study", "in-study died dead",
        "in-study seen in-study", "in-study course-started in-study",

        "relapsed relapsed relapsed", "relapsed second-malignancy second-malignancy", "relapsed lost-to-follow-up lost",
        "relapsed consent-withdrawn withdrawn", "relapsed off-study off-study", "relapsed died dead",
        "relapsed seen relapsed", "relapsed course-started relapsed",

        "second-malignancy relapsed relapsed", "second-malignancy second-malignancy second-malignancy",
        "second-malignancy lost-to-follow-up lost", "second-malignancy consent-withdrawn withdrawn",
        "second-malignancy off-study off-study", "second-malignancy died dead",
        "second-malignancy seen second-malignancy", "second-malignancy course-started second-malignancy",

        "lost seen in-study", "lost seen relapsed", "lost seen second-malignancy", "lost relapsed relapsed",
        "lost second-malignancy second-malignancy", "lost consent-withdrawn withdrawn", "lost off-study off-study",
        "lost died dead",

        "off-study died dead",
    ]

    @Test func `of all steps from status to status the database takes those that Swift takes`() async throws {
        let kinds: [MilestoneKind] = [
            .relapsed, .secondMalignancy, .lostToFollowUp, .consentWithdrawn, .offStudy, .died, .seen, .courseStarted,
        ]
        #expect(kinds.dropLast() == MilestoneKind.allCases.filter { $0.track == .status }.sorted(like: kinds))
        var inSwift: Set<String> = []
        for before in Status.allCases {
            for kind in kinds {
                for after in before.next(on: kind) {
                    inSwift.insert("\(before.rawValue) \(kind.rawValue) \(after.rawValue)")
                }
            }
        }
        #expect(inSwift == Self.statusArrows)

        try await withScratchDatabase(template: Template.histories) { conninfo in
            var connection = try await Connection.open(conninfo)
            // The same checks on a table without its foreign keys: the status before need not be the patient's.
            try await connection.execute("CREATE TEMPORARY TABLE attempt (LIKE pathway.event INCLUDING CONSTRAINTS)")
            var taken: Set<String> = []
            for before in Status.allCases {
                for kind in kinds {
                    for after in Status.allCases {
                        let position = kind == .courseStarted ? 7 : 9
                        let insertion: Query = """
                            INSERT INTO attempt
                            SELECT r.* FROM pathway.event AS e, jsonb_populate_record(NULL::attempt, to_jsonb(e) || jsonb_build_object(
                                'milestone', \(kind.rawValue), 'status_before', \(before.rawValue), 'status_after', \(after.rawValue))) AS r
                            WHERE e.patient = 'P-001' AND e.position = \(position)
                            """
                        do {
                            try await connection.execute(insertion)
                            taken.insert("\(before.rawValue) \(kind.rawValue) \(after.rawValue)")
                        } catch let error as PostgresError {
                            #expect(error.constraint == "drawn_status")
                        }
                    }
                }
            }
            #expect(taken == Self.statusArrows)
        }
    }
}

extension [MilestoneKind] {
    fileprivate func sorted(like order: [MilestoneKind]) -> [MilestoneKind] { order.filter(contains) }
}
