internal import PathwayCore
internal import PathwayDocument
internal import Postgres

extension Connection {
    /// Adds a version with the rows that the database checks events against; returns its number, the present one if it is there.
    mutating func add(_ document: ProtocolDocument, by person: String) async throws -> Int {
        let treatment = document.treatment
        return try await transaction { connection in
            try await connection.execute("SELECT pg_advisory_xact_lock(x'70726f746f636f6c'::bigint)")
            let present = try await connection.optionalRow(
                """
                SELECT edition, digest FROM pathway.edition
                WHERE protocol = \(treatment.name) AND version = \(treatment.version)
                """, as: (Int.self, [UInt8].self))
            if let (number, digest) = present {
                guard digest == document.digest else {
                    throw LogError(
                        .versionTaken,
                        "the log holds another document as \(treatment.name) version \(treatment.version)",
                        hint: "a version never changes: give the amended document the next number")
                }
                return number
            }
            let number = try await connection.row(
                """
                INSERT INTO pathway.edition (edition, protocol, version, title, effective, document, digest, added_by)
                SELECT coalesce(max(edition), 0) + 1, \(treatment.name), \(treatment.version), \(treatment.title),
                       \(treatment.effective.postgres), \(document.text), \(document.digest), \(person)
                FROM pathway.edition RETURNING edition
                """, as: Int.self)
            try await connection.addPhases(treatment, edition: number)
            try await connection.addTransitions(treatment, edition: number)
            try await connection.addRules(treatment, edition: number)
            for randomisation in treatment.randomisations {
                try await connection.execute(
                    """
                    SELECT pathway.open_randomisation(
                        \(Int32(number)), \(randomisation.name), \(randomisation.arms), \(randomisation.blockSizes.map(Int32.init)),
                        \(randomisation.strata.map(\.name)), \(randomisation.strata.map(\.condition.text)),
                        \(randomisation.strata.map(\.provenance.citation)))
                    """)
            }
            return number
        }
    }

    private mutating func addPhases(_ treatment: TreatmentProtocol, edition: Int) async throws {
        let phases = treatment.phases
        try await execute(
            """
            INSERT INTO pathway.phase (edition, phase, ordinal, title, course, arm)
            SELECT \(edition), p.* FROM unnest(
                \(phases.map(\.name)), \(phases.indices.map(Int32.init)), \(phases.map(\.title)), \(phases.map(\.course)),
                \(phases.map(\.arm))) AS p
            """)
    }

    private mutating func addTransitions(_ treatment: TreatmentProtocol, edition: Int) async throws {
        let rows = treatment.transitions
        try await execute(
            """
            INSERT INTO pathway.transition (
                edition, number, protocol, source, milestone, qualifier, condition, target, answer, warning, citation, verified)
            SELECT \(edition), t.number, \(treatment.name), t.source, t.milestone, t.qualifier, t.condition, t.target, t.answer,
                   t.warning, t.citation, t.verified
            FROM unnest(
                \(rows.map { Int32($0.number) }), \(rows.map { treatment.phases[$0.source].name }),
                \(rows.map(\.kind.rawValue)), \(rows.map(\.qualifier)), \(rows.map { $0.condition?.text }),
                \(rows.map { treatment.phases[$0.target].name }), \(rows.map(\.answer.rawValue)), \(rows.map(\.warning)),
                \(rows.map(\.provenance.source)), \(rows.map(\.provenance.isVerified))
            ) AS t (number, source, milestone, qualifier, condition, target, answer, warning, citation, verified)
            """)
        let arrows = treatment.statusArrows
        try await execute(
            """
            INSERT INTO pathway.transition (edition, number, protocol, source, milestone, target, answer, citation, verified)
            SELECT \(edition), t.number, \(treatment.name), t.phase, t.milestone, t.phase, 'status', 'the rules of the status', true
            FROM unnest(
                \(arrows.map { Int32($0.number) }), \(arrows.map { treatment.phases[$0.phase].name }),
                \(arrows.map(\.kind.rawValue))
            ) AS t (number, phase, milestone)
            """)
    }

    private mutating func addRules(_ treatment: TreatmentProtocol, edition: Int) async throws {
        let rules = treatment.rules
        try await execute(
            """
            INSERT INTO pathway.rule (edition, number, name, milestone, requirement, otherwise, citation, verified)
            SELECT \(edition), r.* FROM unnest(
                \((1...max(rules.count, 1)).prefix(rules.count).map(Int32.init)), \(rules.map(\.name)),
                \(rules.map(\.kind.rawValue)), \(rules.map(\.requirement.text)), \(rules.map(\.otherwise.rawValue)),
                \(rules.map(\.provenance.source)), \(rules.map(\.provenance.isVerified))) AS r
            """)
    }
}

extension Day {
    var postgres: PostgresDate { PostgresDate(daysSince1970: number) }
}

extension TreatmentProtocol {
    /// The arrows of the status, which every protocol shares: from each phase back to it, numbered behind the protocol's own.
    fileprivate var statusArrows: [(number: Int, phase: Int, kind: MilestoneKind)] {
        phases.indices.flatMap { phase in
            MilestoneKind.ofStatus.map { kind in (statusArrow(kind, in: phase), phase, kind) }
        }
    }

    /// The number of the arrow that a milestone of the status takes.
    func statusArrow(_ kind: MilestoneKind, in phase: Int) -> Int {
        let place = MilestoneKind.ofStatus.firstIndex(of: kind) ?? 0
        return (transitions.last?.number ?? 0) + 1 + phase * MilestoneKind.ofStatus.count + place
    }
}

extension MilestoneKind {
    fileprivate static let ofStatus = allCases.filter { $0.track == .status }
}
