extension Change {
    private static let columns = """
        follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after, status_before,
        status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after, facts, identifying, reason,
        randomisation, arm, stratum, synthetic, recorded_by, login, recorded_at, origin_by, origin_at, request, xid
        """

    /// An event that is the one at a position with other values.
    private static func copy(_ values: String, of patient: String = "{P}", position: Int) -> String {
        """
        CREATE TEMP TABLE copied AS SELECT * FROM pathway.event WHERE patient = '\(patient)' AND position = \(position);
        UPDATE copied SET request = gen_random_uuid(), \(values);
        INSERT INTO pathway.event SELECT * FROM copied; DROP TABLE copied;
        """
    }

    private static func renumber(from position: Int, by step: Int) -> String {
        "UPDATE pathway.event SET position = position + \(step) WHERE patient = '{P}' AND position >= \(position);"
    }

    /// Rows taken out, slipped in, and put in another order.
    static let rows = [
        Change(
            "an event deleted", "DELETE FROM pathway.event WHERE patient = '{P}' AND position = 4", names: [("{P}", 4)]),
        Change(
            "the first event deleted", "DELETE FROM pathway.event WHERE patient = '{P}' AND position = 1",
            names: [("{P}", 1)]),
        Change(
            "an event deleted with its seal",
            "DELETE FROM pathway.event WHERE patient = '{P}' AND position = 4; DELETE FROM pathway.seal WHERE chain = '{P}' AND position = 4",
            names: [("{P}", 4)]),
        Change(
            "an event deleted and the rest renumbered",
            "DELETE FROM pathway.event WHERE patient = '{P}' AND position = 4;" + renumber(from: 5, by: -1),
            names: [("{P}", 4)]),
        Change(
            "an event inserted in the middle", renumber(from: 5, by: 1) + copy("position = 5", position: 4),
            names: [("{P}", 5)]),
        Change(
            "an event inserted beside another", copy("recorded_by = 'mallory'", position: 4), names: [("{P}", 4)]),
        Change(
            "an event at the end, as of long ago",
            copy("position = 90, recorded_at = recorded_at - interval '2 years', xid = {NEXT}", position: 4),
            names: [("{P}", 90)]),
        Change(
            "an event at the end, of an old transaction",
            copy("position = 90, recorded_at = clock_timestamp()", position: 4), names: [("{P}", 90)]),
        Change(
            "an event at the end, of a transaction to come",
            copy("position = 90, recorded_at = clock_timestamp(), xid = 4000000000000", position: 4),
            names: [("{P}", 90)]),
        Change(
            "an event at the end, of no transaction",
            copy("position = 90, recorded_at = clock_timestamp(), xid = NULL", position: 4), names: [("{P}", 90)]),
        Change("an event at position 0", copy("position = 0", position: 4), names: [("{P}", 0)]),
        Change("an event at no position", copy("position = NULL", position: 4), names: [("{P}", 0)]),
        Change("an event of nobody", copy("patient = NULL", position: 4), names: [("(none)", 4)]),
        Change("an event without a name", copy("patient = ''", position: 4), names: [("(none)", 4)]),
        Change(
            "a patient who never was", copy("patient = 'P-GHOST', position = 1", position: 1), names: [("P-GHOST", 1)]),
        Change(
            "two events swapped",
            """
            UPDATE pathway.event SET position = 1000 WHERE patient = '{P}' AND position = 3;
            UPDATE pathway.event SET position = 3 WHERE patient = '{P}' AND position = 5;
            UPDATE pathway.event SET position = 5 WHERE patient = '{P}' AND position = 1000;
            """, names: [("{P}", 3), ("{P}", 5)]),
        Change(
            "two events swapped but for their numbers",
            """
            CREATE TEMP TABLE a AS SELECT * FROM pathway.event WHERE patient = '{P}' AND position = 3;
            CREATE TEMP TABLE b AS SELECT * FROM pathway.event WHERE patient = '{P}' AND position = 5;
            UPDATE pathway.event AS e SET (\(columns)) = (SELECT \(columns) FROM b) WHERE patient = '{P}' AND position = 3;
            UPDATE pathway.event AS e SET (\(columns)) = (SELECT \(columns) FROM a) WHERE patient = '{P}' AND position = 5;
            DROP TABLE a; DROP TABLE b;
            """, names: [("{P}", 3), ("{P}", 5)]),
        Change(
            "events swapped between patients",
            """
            UPDATE pathway.event SET patient = 'X' WHERE patient = '{P}' AND position = 4;
            UPDATE pathway.event SET patient = '{P}' WHERE patient = '{Q}' AND position = 4;
            UPDATE pathway.event SET patient = '{Q}' WHERE patient = 'X' AND position = 4;
            """, names: [("{P}", 4), ("{Q}", 4)]),
        Change(
            "the tail of a patient cut", "DELETE FROM pathway.event WHERE patient = '{P}' AND position >= 6",
            names: [("{P}", 6)]),
        Change(
            "the tail of a patient cut with its seals and tiles",
            """
            DELETE FROM pathway.event WHERE patient = '{P}' AND position >= 6;
            DELETE FROM pathway.seal WHERE chain = '{P}' AND position >= 6;
            DELETE FROM pathway.tile;
            """, names: [("{P}", 6)], withoutLeaves: false),
        Change("a patient dropped", "DELETE FROM pathway.event WHERE patient = '{P}'", names: [("{P}", 1)]),
        Change(
            "a patient dropped with all seals",
            "DELETE FROM pathway.event WHERE patient = '{P}'; DELETE FROM pathway.seal WHERE chain = '{P}'",
            names: [("{P}", 1)], withoutLeaves: false),
        Change(
            "a patient given another number", "UPDATE pathway.event SET patient = 'P-OTHER' WHERE patient = '{P}'",
            names: [("{P}", 1), ("P-OTHER", 1)]),
        Change(
            "the tail of the whole log cut with everything over it",
            """
            DELETE FROM pathway.event AS e USING pathway.seal AS s
            WHERE s.chain = e.patient AND s.position = e.position AND s.number >= {CUT};
            DELETE FROM pathway.journal AS j USING pathway.seal AS s
            WHERE s.chain = '' AND s.position = j.number AND s.number >= {CUT};
            DELETE FROM pathway.seal WHERE number >= {CUT}; DELETE FROM pathway.tile; DELETE FROM pathway.sealing;
            DELETE FROM pathway.checkpoint;
            """, names: [("{C}", -1)], withoutLeaves: false),
    ]
}
