public import Postgres

extension AccessRole {
    /// Which roles may use what the log holds, by the name of the table, view or function; what nobody is granted is left out.
    static let mayUse: [String: [AccessRole]] = [
        "event": [.coordinator, .auditor, .sealer], "patient_key": [.coordinator, .auditor],
        "refusal": [.coordinator, .auditor], "moved_patient": [.coordinator, .auditor],
        "gate": [.coordinator, .auditor], "path": [.coordinator, .auditor], "standing": [.coordinator, .auditor],
        "deidentified_event": [.auditor, .statistician], "snapshot": [.auditor, .statistician],
        "audit_trail": [.auditor, .monitor], "allocation": [.auditor], "access": [.auditor],
        "journal": [.auditor, .sealer], "checkpoint": [.auditor, .sealer], "sealing": [.auditor, .sealer],
        "seal": [.coordinator, .auditor, .statistician, .sealer], "tile": [.auditor, .statistician, .sealer],
        "randomisation": [.auditor, .trialOffice, .randomiser], "stratum": [.auditor, .trialOffice],
        "append": [.coordinator], "forget_key": [.coordinator], "note_scope": [.coordinator],
        "draw_allocation": [.randomiser], "add_edition": [.trialOffice],
        "note_reading": [.coordinator, .auditor, .statistician, .trialOffice],
        "take_snapshot": [.auditor, .statistician], "snapshot_detail": [.auditor], "keep_checkpoint": [.auditor],
        "own_sites": [.coordinator, .auditor, .randomiser, .sealer], "sees_arms": [.auditor, .monitor],
        "path_as_of": [.coordinator, .auditor, .sealer], "standing_as_of": [.coordinator, .auditor, .sealer],
        "this_cluster": [.auditor, .sealer], "wait_for_writers": [.sealer],
        "sealed_size": [.coordinator, .auditor, .sealer],
        "sealing_horizon": [.coordinator, .auditor, .statistician, .sealer],
        "waiting_for_sealer": [.coordinator, .auditor, .statistician, .sealer],
    ]

    /// The people who may use it, or the service where no person may; `nil` if it is none of the log's.
    fileprivate static func people(using object: String) -> [AccessRole]? {
        guard var roles = mayUse[object] else { return nil }
        // Coordinators read the entries themselves, and not this view of them.
        if object == "deidentified_event" { roles.insert(.coordinator, at: 0) }
        let people = roles.filter { $0 != .sealer && $0 != .randomiser }
        return people.isEmpty ? roles : people
    }
}

extension PostgresError {
    /// The table, view or function that the server does not allow: its message quotes or ends with the name, in whatever language.
    fileprivate var deniedObject: String? {
        message.split { !$0.isLetter && $0 != "_" }.map(String.init).last { AccessRole.mayUse[$0] != nil }
    }
}

extension LogError {
    /// The words for what the server does not allow; `nil` if it is none of the log's.
    public init?(missingRight error: PostgresError) {
        guard error.sqlState == .insufficientPrivilege, let object = error.deniedObject ?? error.constraint else {
            return nil
        }
        self.init(missingRight: error, to: object)
    }

    /// Of what somebody attempts: what lacked on the way, such as a right to read first, says less than what it was for.
    init(missingRightToRecord error: PostgresError) {
        self.init(missingRight: error, to: error.deniedObject == "draw_allocation" ? "draw_allocation" : "append")
    }

    private init(missingRight error: PostgresError, to object: String) {
        let granting = "whoever administers the log grants it with \"pathway access grant\""
        switch (error.constraint, object) {
        case ("own_site", _):
            self.init(
                .notAllowed, error.message,
                hint: "whoever administers the log grants a coordinator a site with \"pathway access grant\"")
        case ("own_name", _):
            self.init(
                .notAllowed, error.message,
                hint: "leave out --by and unset PATHWAY_USER: only the service's login speaks for others")
        case (_, "draw_allocation"):
            self.init(
                .notAllowed, "the login has no right to draw allocations, which takes the role \"randomiser\"",
                hint: "the service draws: ask whoever keeps its login to run the command")
        default:
            let people = AccessRole.people(using: object) ?? []
            let words = people.map { "\"\($0.rawValue)\"" }
            let list = words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
            self.init(
                .notAllowed,
                "the login has no right to \(people == [.coordinator] ? "record" : "this"), which takes the role \(list)",
                hint: object == "deidentified_event"
                    ? "a monitor reads with \"pathway audit trail\"; \(granting)" : granting)
        }
    }
}
