import PathwayLog
import Testing

/// What a superuser does behind the product's back, and what an audit must name.
struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The statements; `{P}` and `{Q}` in them are patients from before the checkpoint with at least eight events each.
    let statements: String
    /// What must be named, with the leaves.
    let places: [(patient: String, position: Int)]
    /// Whether the checkpoint alone names it too; else it finds it.
    let isNamedWithoutLeaves: Bool
    /// Whether nobody else may be named.
    let isExact: Bool

    init(
        _ description: String, _ statements: String, names places: [(String, Int)], withoutLeaves: Bool = true,
        exactly: Bool = true
    ) {
        isExact = exactly
        testDescription = description
        self.statements = statements
        self.places = places.map { (patient: $0.0, position: $0.1) }
        isNamedWithoutLeaves = withoutLeaves
    }

    /// The columns of an event, each with a value that it does not have.
    private static let columns: [(name: String, other: String)] =
        [
            "act", "protocol", "site", "milestone", "arrow", "phase_before", "phase_after", "status_before",
            "status_after", "answer",
            "precision", "randomisation", "arm", "stratum", "recorded_by", "login", "origin_by",
        ].map { ($0, "coalesce(\($0), '') || 'x'") }
        + ["follows", "restates", "edition", "transition"].map { ($0, "coalesce(\($0), 0) + 1") }
        + ["locked_before", "locked_after", "synthetic"].map { ($0, "NOT \($0)") }
        + ["identifying", "reason"].map { ($0, #"coalesce(\#($0), '') || '\x00'"#) }
        + [
            ("occurred_on", "occurred_on - 1"), ("floor_before", "'2001-01-01'"), ("floor_after", "floor_after + 1"),
            ("facts", #"facts || '{"ecog": "4"}'"#), ("recorded_at", "recorded_at + interval '1 microsecond'"),
            ("origin_at", "'2019-01-01'"), ("request", "gen_random_uuid()"),
        ]

    /// Every column of an event, with another value and with none.
    static let edits = columns.flatMap { column in
        ["\(column.other)", "NULL"].map { value in
            Change(
                "\(column.name) = \(value)",
                // What is NULL already takes another value all the same.
                """
                UPDATE pathway.event SET \(column.name) = \(value) WHERE patient = '{P}' AND position = 3
                  AND \(column.name) IS DISTINCT FROM \(value);
                UPDATE pathway.event SET recorded_by = recorded_by || '.' WHERE patient = '{P}' AND position = 3
                  AND NOT EXISTS (SELECT FROM pathway.event WHERE patient = '{P}' AND position = 3 AND xmin = pg_current_xact_id()::xid);
                """, names: [("{P}", 3)])
        }
    }

    /// Values that the product would never write, and that an audit must survive.
    static let oddities: [Change] = [
        ("facts = '[1]'", "facts = '[1]'"), ("facts = 'text'", #"facts = '"text"'"#),
        ("facts = 'null'", "facts = 'null'"),
        ("a nested fact", #"facts = facts || '{"ecog": {"a": 1}}'"#),
        ("an unknown fact", #"facts = facts || '{"colour": "red"}'"#),
        ("a fact that is null", #"facts = facts || '{"ecog": null}'"#),
        ("a fact of another kind", #"facts = facts || '{"ecog": 1}'"#),
        ("a fact beyond all bounds", #"facts = facts || '{"ecog": "99999999999999999999"}'"#),
        ("never recorded", "recorded_at = 'infinity'"), ("always recorded", "recorded_at = '-infinity'"),
        ("the earliest day", "occurred_on = '-infinity'"), ("the latest day", "occurred_on = '5874897-12-31'"),
        ("an unknown milestone", "milestone = 'cured'"), ("an unknown act", "act = 'burnt'"),
        ("an edition that is not there", "edition = 99"),
        ("a reason of one byte", #"reason = '\x07'"#), ("no reason to decrypt", #"reason = ''"#),
        ("a name of 10,000 characters", "recorded_by = repeat('x', 10000)"), ("an empty login", "login = ''"),
    ].map { Change($0, "UPDATE pathway.event SET \($1) WHERE patient = '{P}' AND position = 3", names: [("{P}", 3)]) }
}
