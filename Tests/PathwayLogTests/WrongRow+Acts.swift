import Postgres

extension WrongRow {
    /// What is laid over a row to give it a reason of so many bytes.
    static func sealed(_ bytes: Int32) -> Query { #"jsonb_build_object('reason', '\x' || repeat('5a', \#(bytes)))"# }

    /// What makes an act at position 7 of the course that starts there.
    static func act(_ word: String) -> Query {
        """
        jsonb_build_object(
            'request', gen_random_uuid(), 'act', \(word), 'milestone', NULL, 'transition', 0, 'arrow', 'act', 'answer', NULL,
            'occurred_on', NULL, 'precision', NULL, 'facts', jsonb_build_object(), 'identifying', NULL,
            'randomisation', NULL, 'arm', '', 'stratum', NULL,
            'phase_after', 'a-before-block-2', 'floor_after', '2016-04-08') || \(sealed(30))
        """
    }

    static let lock = act("locked") + #" || '{"locked_after": true}'"#
    static let unlock = act("unlocked") + #" || '{"position": 8, "follows": 7, "locked_before": true}'"#

    /// What makes it a correction that goes back to a position before 7.
    static func rewound(to position: Int32) -> Query {
        """
        \(act("rewound")) || (
            SELECT jsonb_build_object(
                'follows', position, 'phase_before', phase_after, 'phase_after', phase_after, 'status_before', status_after,
                'status_after', status_after, 'floor_before', floor_after, 'floor_after', floor_after)
            FROM pathway.event WHERE patient = 'P-001' AND position = \(position))
        """
    }

    static let rewoundToBeginning =
        act("rewound")
        + #" || '{"follows": null, "phase_before": "outside", "phase_after": "outside", "floor_before": "-infinity", "floor_after": "-infinity"}'"#

    /// What makes the row at position 7 the enrolment anew, behind the correction that took it back.
    static let enrolledAgain: Query = """
        (SELECT to_jsonb(e) || jsonb_build_object('position', 8, 'request', gen_random_uuid(), 'restates', 1)
         FROM pathway.event AS e WHERE patient = 'P-001' AND position = 1)
        """

    static let acts = [
        WrongRow("is_milestone_or_act", "an unknown act", 7, act("archived")),
        WrongRow("is_milestone_or_act", "a lock without a reason", 7, lock + #" || '{"reason": null}'"#),
        WrongRow("is_milestone_or_act", "a lock with a sealed reason of no letter", 7, lock + " || " + sealed(29)),
        WrongRow(
            "is_milestone_or_act", "a correction without a reason", 7, rewound(to: 3) + #" || '{"reason": null}'"#),
        WrongRow("is_milestone_or_act", "an erasure without a reason", 7, act("erased") + #" || '{"reason": null}'"#),
        WrongRow("is_milestone_or_act", "a milestone that is an act too", 7, #"'{"act": "signed"}'"#),
        WrongRow(
            "is_milestone_or_act", "neither milestone nor act", 7,
            act("signed") + #" || '{"act": null, "answer": "planned", "reason": null}'"#),
        WrongRow(
            "is_milestone_or_act", "an act with a day", 7,
            act("signed") + #" || '{"occurred_on": "2016-04-12", "precision": "day"}'"#),
        WrongRow(
            "is_milestone_or_act", "an act that the protocol plans", 7,
            act("signed") + #" || '{"answer": "planned", "reason": null}'"#),
        WrongRow(
            "is_milestone_or_act", "a milestone without a day", 7,
            #"'{"occurred_on": null, "precision": null, "floor_after": "2016-04-08"}'"#),
        WrongRow(
            "one_track_at_a_time", "an act with an arrow", 7,
            act("signed") + #" || '{"transition": 1, "arrow": "planned"}'"#),
        WrongRow(
            "one_track_at_a_time", "an act that moves the phase", 7,
            act("signed") + #" || '{"phase_after": "a-block-2"}'"#),
        WrongRow(
            "judged_by_edition", "an act under an edition that is not there", 7,
            act("signed") + #" || '{"edition": 99}'"#),
        WrongRow(
            "judged_by_edition", "an act under another protocol's edition", 7, act("signed") + #" || '{"edition": 2}'"#),
        WrongRow("randomised_to_an_arm", "an act with an arm", 7, act("signed") + #" || '{"arm": "A"}'"#),
        WrongRow("drawn_status", "an act that kills", 7, act("signed") + #" || '{"status_after": "dead"}'"#),
        WrongRow(
            "floor_is_latest_day", "an act that moves the floor", 7,
            act("signed") + #" || '{"floor_after": "2016-04-09"}'"#),
        WrongRow(
            "starts_at_enrolment", "an act on nobody's record", 7, at: 1,
            act("signed")
                + #" || '{"position": 1, "follows": null, "phase_before": "outside", "phase_after": "outside", "floor_before": "-infinity", "floor_after": "-infinity"}'"#
        ),
        WrongRow(
            "follows_its_path", "a signature that goes on from an earlier entry", 7,
            act("signed") + #" || '{"follows": 3}'"#),
    ]

    static let rewinds = [
        WrongRow(
            "starts_at_enrolment", "a correction of nobody's record", 1, rewoundToBeginning + #" || '{"position": 1}'"#),
        WrongRow(
            "follows_its_path", "a correction that goes back to itself", 7, rewound(to: 6) + #" || '{"follows": 7}'"#),
        WrongRow("follows_its_path", "a correction that goes back by nothing", 7, rewound(to: 6)),
        WrongRow("follows_its_path", "a correction that goes forward", 7, rewound(to: 6) + #" || '{"follows": 9}'"#),
        WrongRow(
            "follows_its_path", "a correction that goes back to a position 0", 7,
            rewoundToBeginning + #" || '{"follows": 0}'"#),
        WrongRow("no_gap", "a gap before a correction", 7, rewound(to: 3) + #" || '{"position": 8}'"#),
        WrongRow(
            "no_gap", "a gap before a correction of the beginning", 7, rewoundToBeginning + #" || '{"position": 8}'"#),
        WrongRow("no_gap", "a gap before a second beginning", 1, at: 7, otherRequest + #" || '{"position": 8}'"#),
        WrongRow(
            "no_teleport", "a correction that stands elsewhere than where it goes back to", 7,
            rewound(to: 3) + #" || '{"phase_before": "block-1", "phase_after": "block-1"}'"#),
        WrongRow("no_teleport", "a correction of another site", 7, rewound(to: 3) + #" || '{"site": "S-02"}'"#),
        WrongRow(
            "no_teleport", "a correction of the beginning of another site", 7,
            rewoundToBeginning + #" || '{"site": "S-02"}'"#),
        WrongRow(
            "no_teleport", "a correction of the beginning under another protocol", 7,
            rewoundToBeginning + #" || '{"edition": 2, "protocol": "intreall-sr-2010"}'"#),
        WrongRow(
            "no_teleport", "a correction that makes a patient up", 7, rewoundToBeginning + #" || '{"synthetic": true}'"#
        ),
        WrongRow(
            "no_teleport", "a second beginning that makes a patient up", 7, after: [rewoundToBeginning],
            enrolledAgain + #" || '{"synthetic": true}'"#),
        WrongRow(
            "starts_at_enrolment", "a correction of the beginning that stands inside", 7,
            rewoundToBeginning + #" || '{"phase_before": "enrolled", "phase_after": "enrolled"}'"#),
        WrongRow(
            "starts_at_enrolment", "a correction of the beginning with a day before it", 7,
            rewoundToBeginning + #" || '{"floor_before": "2016-03-01", "floor_after": "2016-03-01"}'"#),
        WrongRow(
            "starts_at_enrolment", "a correction of the beginning after a relapse", 7,
            rewoundToBeginning + #" || '{"status_before": "relapsed", "status_after": "relapsed"}'"#),
        WrongRow(
            "starts_at_enrolment", "a second beginning that was not rewound to", 7, after: [rewound(to: 3)],
            enrolledAgain),
        WrongRow(
            "no_teleport", "a milestone that goes on as if nothing was corrected", 7, after: [rewound(to: 3)],
            otherRequest + #" || '{"position": 8, "follows": 7}'"#),
        WrongRow(
            "rewinds_to_what_stands", "a correction that goes back to what was corrected", 7, after: [rewound(to: 3)],
            rewound(to: 5) + #" || '{"position": 8}'"#),
        WrongRow(
            "rewinds_to_what_stands", "a correction that goes back behind a removed beginning", 7,
            after: [rewoundToBeginning], rewound(to: 1) + #" || '{"position": 8}'"#),
    ]

    static let locks = [
        WrongRow(
            "locked_record_refuses", "a milestone in a locked record", 7, after: [lock],
            otherRequest + #" || '{"position": 8, "follows": 7, "locked_before": true, "locked_after": true}'"#),
        WrongRow(
            "no_teleport", "a milestone that does not know of the lock", 7, after: [lock],
            otherRequest + #" || '{"position": 8, "follows": 7}'"#),
        WrongRow(
            "locked_record_refuses", "a milestone that opens a locked record", 7, after: [lock],
            otherRequest + #" || '{"position": 8, "follows": 7, "locked_before": true}'"#),
        WrongRow("locked_record_refuses", "a milestone that locks", 7, #"'{"locked_after": true}'"#),
        WrongRow("locked_record_refuses", "a lock that locks nothing", 7, act("locked")),
        WrongRow(
            "locked_record_refuses", "a signature on a locked record", 7, after: [lock],
            act("signed") + #" || '{"position": 8, "follows": 7, "locked_before": true, "locked_after": true}'"#),
        WrongRow(
            "locked_record_refuses", "a record that is locked twice", 7, after: [lock],
            lock + #" || '{"position": 8, "follows": 7, "locked_before": true}'"#),
        WrongRow("locked_record_refuses", "a record that is open and unlocked", 7, act("unlocked")),
        WrongRow(
            "locked_record_refuses", "a signature that unlocks", 7, after: [lock],
            act("signed") + #" || '{"position": 8, "follows": 7, "locked_before": true}'"#),
        WrongRow("locked_record_refuses", "an erasure that locks", 7, act("erased") + #" || '{"locked_after": true}'"#),
        WrongRow(
            "locked_record_refuses", "a correction of a locked record", 7, after: [lock],
            rewound(to: 3) + #" || '{"position": 8}'"#),
        WrongRow(
            "locked_record_refuses", "a correction of the beginning of a locked record", 7, after: [lock],
            rewoundToBeginning + #" || '{"position": 8}'"#),
        WrongRow(
            "locked_record_refuses", "a correction that locks", 7, rewound(to: 3) + #" || '{"locked_after": true}'"#),
        WrongRow(
            "starts_at_enrolment", "a beginning that is locked", 1,
            #"'{"locked_before": true, "locked_after": true}'"#),
        WrongRow(
            "locked_record_refuses", "a second beginning in a locked record", 7,
            after: [
                rewoundToBeginning,
                rewoundToBeginning
                    + #" || jsonb_build_object('act', 'locked', 'position', 8, 'follows', 7, 'locked_after', true, 'request', gen_random_uuid())"#,
            ], enrolledAgain + #" || '{"position": 9}'"#),
    ]

    static let restatements = [
        WrongRow("restates_an_earlier_entry", "a milestone that restates itself", 7, #"'{"restates": 7}'"#),
        WrongRow("restates_an_earlier_entry", "a milestone that restates a later entry", 7, #"'{"restates": 8}'"#),
        WrongRow("restates_an_earlier_entry", "a milestone that restates nothing there is", 7, #"'{"restates": 0}'"#),
        WrongRow("restates_an_earlier_entry", "an act that restates", 7, lock + #" || '{"restates": 3}'"#),
    ]

    /// Rows that are right, each with what comes before it.
    static let right: [(name: String, rows: [Query])] = [
        (
            "a lock, and the record unlocked, and the course",
            [lock, unlock, otherRequest + #" || '{"position": 9, "follows": 8}'"#]
        ),
        ("a signature without a reason", [act("signed") + #" || '{"reason": null}'"#]),
        (
            "an erasure of a locked record",
            [
                lock,
                act("erased") + #" || '{"position": 8, "follows": 7, "locked_before": true, "locked_after": true}'"#,
            ]
        ),
        ("a correction, and one further back", [rewound(to: 5), rewound(to: 3) + #" || '{"position": 8}'"#]),
        ("two corrections that go back to one entry", [rewound(to: 3), rewound(to: 3) + #" || '{"position": 8}'"#]),
        ("a correction of the beginning, and the enrolment again", [rewoundToBeginning, enrolledAgain]),
        ("an enrolment again at another site", [rewoundToBeginning, enrolledAgain + #" || '{"site": "S-02"}'"#]),
        (
            "an erasure of a patient who was registered by mistake",
            [
                rewoundToBeginning,
                rewoundToBeginning
                    + #" || jsonb_build_object('act', 'erased', 'position', 8, 'follows', 7, 'request', gen_random_uuid())"#,
            ]
        ),
        (
            "an allocation again after the correction that took it back",
            [
                rewound(to: 5),
                "(SELECT to_jsonb(e) || jsonb_build_object('position', 8, 'follows', 7, 'restates', 6, 'request', gen_random_uuid()) FROM pathway.event AS e WHERE patient = 'P-001' AND position = 6)",
            ]
        ),
    ]
}
