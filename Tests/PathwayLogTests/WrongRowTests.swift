import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// A row that no writer may leave in the log, made of a right one.
struct WrongRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The constraint that must speak.
    let promise: String
    let patient: String
    /// The right row that is changed.
    let source: Int
    /// The first position that is free when the row is inserted.
    let place: Int
    /// An expression whose `jsonb` is laid over the right row.
    let change: Query

    init(
        _ promise: String, _ name: String, _ source: Int, at place: Int? = nil, of patient: String = "P-001",
        _ change: Query
    ) {
        (testDescription, self.promise, self.patient, self.source) = (name, promise, patient, source)
        (self.place, self.change) = (place ?? source, change)
    }

    static let otherRequest: Query = #"'{"request": "00000000-0000-4000-8000-000000000001"}'::jsonb"#

    static let all: [WrongRow] = path + starts + arrows + days + status + words

    static let path = [
        WrongRow("no_teleport", "a gap", 7, #"'{"position": 8}'"#),
        WrongRow("no_overlap", "an overlap", 7, otherRequest + #" || '{"position": 6}'"#),
        WrongRow("positions_count_from_one", "position 0", 7, #"'{"position": 0}'"#),
        WrongRow(
            "no_teleport", "another phase", 7,
            """
            (SELECT jsonb_build_object('transition', number, 'phase_before', source, 'phase_after', target)
             FROM pathway.transition
             WHERE edition = 1 AND source = 'c-before-block-2' AND qualifier = 'block-2' AND answer = 'planned')
            """),
        WrongRow("no_teleport", "another status", 7, #"'{"status_before": "relapsed", "status_after": "relapsed"}'"#),
        WrongRow("no_teleport", "another floor", 7, #"'{"floor_before": "2016-04-09"}'"#),
        WrongRow("no_teleport", "another site", 7, #"'{"site": "S-02"}'"#),
        WrongRow(
            "no_teleport", "another protocol", 9, #"'{"edition": 2, "protocol": "intreall-sr-2010"}'"#),
        WrongRow("no_teleport", "made up from now on", 7, #"'{"synthetic": true}'"#),
        WrongRow(
            "one_event_a_request", "one request twice", 7,
            "(SELECT jsonb_build_object('request', request) FROM pathway.event WHERE patient = 'P-001' AND position = 2)"
        ),
    ]

    static let starts = [
        WrongRow("starts_at_enrolment", "a start inside", 1, #"'{"phase_before": "enrolled"}'"#),
        WrongRow(
            "starts_at_enrolment", "a start after a relapse", 1,
            #"'{"status_before": "relapsed", "status_after": "relapsed"}'"#),
        WrongRow(
            "starts_at_enrolment", "a start without enrolment", 2, at: 1,
            #"'{"position": 1, "floor_before": null, "phase_before": "outside"}'"#),
        WrongRow(
            "starts_at_enrolment", "a second enrolment", 1, at: 7,
            otherRequest
                + #" || '{"position": 7, "phase_before": "a-before-block-2", "floor_before": "2016-04-08", "floor_after": "2016-04-08", "occurred_on": "2016-04-08"}'"#
        ),
        WrongRow("no_overlap", "a study number twice", 1, at: 2, otherRequest),
        WrongRow("follows_a_day", "a first event with a day before it", 1, #"'{"floor_before": "2016-01-01"}'"#),
        WrongRow("follows_a_day", "a later event without a day before it", 7, #"'{"floor_before": null}'"#),
    ]

    static let arrows = [
        WrongRow("drawn_arrow", "an arrow to another phase", 7, #"'{"phase_after": "a-block-3"}'"#),
        WrongRow("drawn_arrow", "an arrow on another milestone", 7, #"'{"milestone": "engrafted"}'"#),
        WrongRow("drawn_arrow", "a number of another arrow", 7, #"'{"transition": 1}'"#),
        WrongRow("drawn_arrow", "an arrow of another edition", 7, #"'{"edition": 2}'"#),
        WrongRow("judged_by_edition", "an edition that is not there", 9, #"'{"edition": 99}'"#),
        WrongRow("judged_by_edition", "a relapse under another protocol's edition", 9, #"'{"edition": 2}'"#),
        WrongRow("randomised_along_its_arrow", "another arm than its arrow's", 6, #"'{"arm": "B"}'"#),
        WrongRow(
            "deviation_has_reason", "an off-protocol arrow called planned", 2, of: "P-002",
            #"'{"answer": "planned", "deviation": null}'"#),
        WrongRow(
            "drawn_arrow", "an off-protocol arrow drawn as planned", 2, of: "P-002",
            #"'{"answer": "planned", "deviation": null, "arrow": "planned"}'"#),
        WrongRow("deviation_has_reason", "a deviation without reason", 2, of: "P-002", #"'{"deviation": null}'"#),
        WrongRow("deviation_has_reason", "a deviation with an empty reason", 2, of: "P-002", #"'{"deviation": ""}'"#),
        WrongRow("deviation_has_reason", "a deviation with a blank reason", 2, of: "P-002", #"'{"deviation": " "}'"#),
        WrongRow("deviation_has_reason", "a reason without deviation", 7, #"'{"deviation": "why not"}'"#),
        WrongRow("deviation_has_reason", "an answer that is none", 7, #"'{"answer": "refused"}'"#),
        WrongRow("one_track_at_a_time", "treatment without an arrow", 7, #"'{"transition": null, "arrow": null}'"#),
        WrongRow("one_track_at_a_time", "half an arrow", 7, #"'{"arrow": null}'"#),
        WrongRow("one_track_at_a_time", "a relapse with an arrow", 9, #"'{"transition": 1, "arrow": "planned"}'"#),
        WrongRow("one_track_at_a_time", "a relapse that moves the phase", 9, #"'{"phase_after": "a-block-3"}'"#),
    ]

    static let days = [
        WrongRow(
            "dates_run_forward", "the day before the floor", 7,
            #"'{"occurred_on": "2016-04-07", "floor_after": "2016-04-08"}'"#),
        WrongRow(
            "dates_run_forward", "the month before the floor", 9,
            #"'{"occurred_on": "2016-03-01", "floor_after": "2016-04-12"}'"#),
        WrongRow(
            "dates_run_forward", "the year before the floor", 9,
            #"'{"occurred_on": "2015-01-01", "precision": "year", "floor_after": "2016-04-12"}'"#),
        WrongRow("floor_is_latest_day", "a floor that is too late", 7, #"'{"floor_after": "2016-04-13"}'"#),
        WrongRow(
            "floor_is_latest_day", "a floor that an adverse event moved", 8,
            #"'{"occurred_on": "2016-04-20", "floor_after": "2016-04-20"}'"#),
        WrongRow("known_precision", "a precision that is none", 9, #"'{"precision": "week"}'"#),
        WrongRow("known_precision", "a month that begins on its second day", 9, #"'{"occurred_on": "2016-04-02"}'"#),
        WrongRow("known_precision", "a year that begins in April", 9, #"'{"precision": "year"}'"#),
    ]

    static let status = [
        WrongRow(
            "drawn_status", "an adverse event after death", 8, at: 12,
            otherRequest
                + """
                 || '{"position": 12, "status_before": "dead", "status_after": "dead", "floor_before": "2016-06-01",
                      "floor_after": "2016-06-01", "phase_before": "off-protocol-therapy"}'
                """),
        WrongRow(
            "drawn_status", "a second death", 11, at: 12,
            otherRequest + #" || '{"position": 12, "status_before": "dead", "floor_before": "2016-06-01"}'"#),
        WrongRow("drawn_status", "a relapse that changes nothing", 9, #"'{"status_after": "in-study"}'"#),
        WrongRow("drawn_status", "a course that kills", 7, #"'{"status_after": "dead"}'"#),
    ]

    static let words = [
        WrongRow("randomised_to_an_arm", "randomised without arm", 6, #"'{"arm": null}'"#),
        WrongRow("randomised_to_an_arm", "randomised without stratum", 6, #"'{"stratum": null}'"#),
        WrongRow("randomised_to_an_arm", "randomised without randomisation", 6, #"'{"randomisation": null}'"#),
        WrongRow("randomised_to_an_arm", "an arm without randomisation", 7, #"'{"arm": "A"}'"#),
        WrongRow(
            "one_allocation_a_randomisation", "a second allocation", 6, at: 7, otherRequest + #" || '{"position": 7}'"#),
        WrongRow("recorder_named", "an empty recorder", 7, #"'{"recorded_by": ""}'"#),
        WrongRow("recorder_named", "a blank recorder", 7, #"'{"recorded_by": "  "}'"#),
        WrongRow("facts_are_an_object", "facts that are a list", 7, #"'{"facts": []}'"#),
        WrongRow("study_number", "a study number with a space", 1, #"'{"patient": "P 1"}'"#),
        WrongRow("study_number", "an empty study number", 1, #"'{"patient": ""}'"#),
        WrongRow("study_number", "a study number that begins with a dot", 1, #"'{"patient": ".1"}'"#),
        WrongRow(
            "study_number", "a study number of 33 characters", 1, "jsonb_build_object('patient', repeat('P', 33))"),
        WrongRow("study_number", "a study number with a line break", 1, #"'{"patient": "P-1\n"}'"#),
    ]
}

/// One event of plain SQL: the columns of a `jsonb`, which may hold more.
func insertion(of row: Query) -> Query {
    """
    INSERT INTO pathway.event (
        patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after, status_before,
        status_after, answer, occurred_on, precision, floor_before, floor_after, facts, identifying, randomisation, arm,
        stratum, deviation, notes, synthetic, recorded_by, recorded_at, origin_by, origin_at, request)
    SELECT patient, position, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after, status_before,
           status_after, answer, occurred_on, precision, floor_before, floor_after, facts, identifying, randomisation,
           arm, stratum, deviation, notes, synthetic, recorded_by, recorded_at, origin_by, origin_at, request
    FROM jsonb_populate_record(NULL::pathway.event, \(row))
    """
}

@Suite struct WrongRowTests {
    /// Takes the row out as superuser, and gives it with a session of the role that logs milestones.
    private func takingOut(
        _ source: Int, from place: Int, of patient: String, _ body: (JSONB, inout Connection) async throws -> Void
    ) async throws {
        try await withScratchDatabase(template: Template.histories) { conninfo in
            var superuser = try await Connection.open(conninfo)
            let row = try await superuser.row(
                "SELECT to_jsonb(e) FROM pathway.event AS e WHERE patient = \(patient) AND position = \(source)",
                as: JSONB.self)
            try await superuser.execute("DELETE FROM pathway.event WHERE patient = \(patient) AND position >= \(place)")
            var coordinator = try await Connection.open(acting(as: "pathway_coordinator", conninfo))
            try await body(row, &coordinator)
        }
    }

    @Test(arguments: WrongRow.all)
    func `a wrong row of plain SQL is refused by the constraint named for the promise`(_ wrong: WrongRow) async throws {
        try await takingOut(wrong.source, from: wrong.place, of: wrong.patient) { row, coordinator in
            let error = await #expect(throws: PostgresError.self) {
                try await coordinator.execute(insertion(of: "\(row) || \(wrong.change)"))
            }
            #expect(error?.constraint == wrong.promise)
            #expect(error?.sqlState?.classCode == "23")
        }
    }

    @Test func `the right row of plain SQL is taken at every position`() async throws {
        for position in 1...11 {
            try await takingOut(position, from: position, of: "P-001") { row, coordinator in
                let taken = try await coordinator.execute(insertion(of: "\(row)"))
                #expect(taken == 1)
            }
        }
    }

    @Test func `who recorded an event is never missing`() async throws {
        try await takingOut(7, from: 7, of: "P-001") { row, coordinator in
            let error = await #expect(throws: PostgresError.self) {
                try await coordinator.execute(insertion(of: #"\#(row) || '{"recorded_by": null}'"#))
            }
            #expect(error?.sqlState == .notNullViolation)
            #expect(error?.column == "recorded_by")
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
