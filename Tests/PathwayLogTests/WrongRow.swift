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
    /// What is laid over the right row and inserted before, one row after the other.
    let before: [Query]
    /// An expression whose `jsonb` is laid over the right row.
    let change: Query

    init(
        _ promise: String, _ name: String, _ source: Int, at place: Int? = nil, of patient: String = "P-001",
        after before: [Query] = [], _ change: Query
    ) {
        (testDescription, self.promise, self.patient, self.source) = (name, promise, patient, source)
        (self.place, self.before, self.change) = (place ?? source, before, change)
    }

    static let otherRequest: Query = #"'{"request": "00000000-0000-4000-8000-000000000001"}'::jsonb"#

    static let all: [WrongRow] =
        path + starts + arrows + days + status + words + acts + rewinds + locks + restatements

    static let path = [
        WrongRow("no_teleport", "a gap", 7, #"'{"position": 8, "follows": 7}'"#),
        WrongRow("follows_its_path", "a gap that is jumped", 7, #"'{"position": 8}'"#),
        WrongRow("no_overlap", "an overlap", 7, otherRequest + #" || '{"position": 6, "follows": 5}'"#),
        WrongRow("positions_count_from_one", "position 0", 7, #"'{"position": 0, "follows": -1}'"#),
        WrongRow("follows_its_path", "a milestone that goes on from an earlier one", 7, #"'{"follows": 5}'"#),
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
            #"'{"position": 1, "follows": null, "floor_before": "-infinity", "phase_before": "outside"}'"#),
        WrongRow("follows_its_path", "an enrolment that follows something", 1, #"'{"follows": 1}'"#),
        WrongRow("starts_at_enrolment", "a milestone in the middle that follows nothing", 7, #"'{"follows": null}'"#),
        WrongRow("starts_at_enrolment", "a milestone of nobody enrolled", 7, #"'{"phase_before": "outside"}'"#),
        WrongRow(
            "starts_at_enrolment", "a second enrolment", 1, at: 7,
            otherRequest
                + #" || '{"position": 7, "follows": null, "phase_before": "a-before-block-2", "floor_before": "2016-04-08", "floor_after": "2016-04-08", "occurred_on": "2016-04-08"}'"#
        ),
        WrongRow("no_overlap", "a study number twice", 1, at: 2, otherRequest),
        WrongRow("starts_at_enrolment", "a first event with a day before it", 1, #"'{"floor_before": "2016-01-01"}'"#),
        WrongRow("no_teleport", "a later event without a day before it", 7, #"'{"floor_before": "-infinity"}'"#),
    ]

    static let arrows = [
        WrongRow("drawn_arrow", "an arrow to another phase", 7, #"'{"phase_after": "a-block-3"}'"#),
        WrongRow("drawn_arrow", "an arrow on another milestone", 7, #"'{"milestone": "engrafted"}'"#),
        WrongRow("drawn_arrow", "a number of another arrow", 7, #"'{"transition": 1}'"#),
        WrongRow("drawn_arrow", "an arrow of another edition", 7, #"'{"edition": 2}'"#),
        WrongRow("drawn_arrow", "an edition that is not there", 9, #"'{"edition": 99}'"#),
        WrongRow("drawn_arrow", "a relapse under another protocol's edition", 9, #"'{"edition": 2}'"#),
        WrongRow("drawn_arrow", "another arm than its arrow's", 6, #"'{"arm": "B"}'"#),
        WrongRow(
            "deviation_has_reason", "an off-protocol arrow called planned", 2, of: "P-002",
            #"'{"answer": "planned", "reason": null}'"#),
        WrongRow(
            "drawn_arrow", "an off-protocol arrow drawn as planned", 2, of: "P-002",
            #"'{"answer": "planned", "reason": null, "arrow": "planned"}'"#),
        WrongRow("deviation_has_reason", "a deviation without reason", 2, of: "P-002", #"'{"reason": null}'"#),
        WrongRow("deviation_has_reason", "a deviation with an empty reason", 2, of: "P-002", sealed(0)),
        WrongRow("deviation_has_reason", "a deviation with a sealed reason of no letter", 2, of: "P-002", sealed(29)),
        WrongRow("deviation_has_reason", "a reason without deviation", 7, sealed(30)),
        WrongRow("deviation_has_reason", "an answer that is none", 7, #"'{"answer": "refused"}'"#),
        WrongRow("one_track_at_a_time", "treatment along an arrow of the status", 7, #"'{"arrow": "status"}'"#),
        WrongRow("drawn_arrow", "treatment along the arrow of an act", 7, #"'{"arrow": "act"}'"#),
        WrongRow("one_track_at_a_time", "a relapse with an arrow", 9, #"'{"transition": 1, "arrow": "planned"}'"#),
        WrongRow("drawn_arrow", "a relapse that moves the phase", 9, #"'{"phase_after": "a-block-3"}'"#),
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
                 || '{"position": 12, "follows": 11, "status_before": "dead", "status_after": "dead", "floor_before": "2016-06-01",
                      "floor_after": "2016-06-01", "phase_before": "off-protocol-therapy"}'
                """),
        WrongRow(
            "drawn_status", "a second death", 11, at: 12,
            otherRequest
                + #" || '{"position": 12, "follows": 11, "status_before": "dead", "floor_before": "2016-06-01"}'"#),
        WrongRow("drawn_status", "a relapse that changes nothing", 9, #"'{"status_after": "in-study"}'"#),
        WrongRow("drawn_status", "a course that kills", 7, #"'{"status_after": "dead"}'"#),
    ]

    static let words = [
        WrongRow("randomised_to_an_arm", "randomised without arm", 6, #"'{"arm": ""}'"#),
        WrongRow("randomised_to_an_arm", "randomised without stratum", 6, #"'{"stratum": null}'"#),
        WrongRow("randomised_to_an_arm", "randomised without randomisation", 6, #"'{"randomisation": null}'"#),
        WrongRow("randomised_to_an_arm", "an arm without randomisation", 7, #"'{"arm": "A"}'"#),
        WrongRow(
            "one_allocation_a_randomisation", "a second allocation", 6, at: 7,
            otherRequest + #" || '{"position": 7, "follows": 6}'"#),
        WrongRow(
            "one_allocation_a_randomisation", "a second allocation beside one that a correction left standing", 6,
            at: 8,
            after: [rewound(to: 6) + #" || '{"position": 8}'"#],
            otherRequest + #" || '{"position": 9, "follows": 8}'"#),
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
