import PathwayCore
import PathwayLog
import Postgres
import Testing

extension History {
    /// Patient P-001 of intermediate risk, in Block 2 of arm A: seven milestones.
    static let inBlock2 =
        untilRandomisation("P-001") + [
            "P-001 randomised 2016-04-08 arm=A allocated-by=centre",
            "P-001 course-started 2016-04-12 course=block-2",
        ]
}

extension Correction {
    /// Reads each milestone in the short form of ``attempt(_:protocol:version:deviation:request:)``, without its patient.
    static func amending(_ milestones: [Int: String]) throws -> Correction {
        var correction = Correction()
        for (position, line) in milestones { correction.amended[position] = try attempt("P-001 \(line)").milestone }
        return correction
    }

    static func removing(_ positions: Int...) -> Correction {
        var correction = Correction()
        correction.removed = Set(positions)
        return correction
    }

    static func inserting(_ milestones: [Int: [String]]) throws -> Correction {
        var correction = Correction()
        for (position, lines) in milestones {
            correction.inserted[position] = try lines.map { try attempt("P-001 \($0)").milestone }
        }
        return correction
    }
}

extension CorrectionOutcome {
    var position: Int? { if case .recorded(_, let position, _, _) = self { position } else { nil } }
    var isRepetition: Bool { if case .recorded(_, _, _, isRepetition: true) = self { true } else { false } }
    var incomplete: CorrectionPlan? { if case .incomplete(let plan) = self { plan } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    var meanwhile: [Entry]? { if case .conflict(let entries) = self { entries } else { nil } }
}

extension CorrectionPlan {
    /// Each milestone as `4 amended response-assessed`, with what is missing: ` needs a reason` or ` refused`.
    var words: [String] {
        rows.map { row in
            let kind = (row.after?.milestone ?? row.before?.milestone)?.kind.rawValue ?? ""
            return "\(row.position) \(row.change.rawValue) \(kind)" + (row.needsReason ? " needs a reason" : "")
                + (row.isRefused ? " refused" : "")
        }
    }
}

extension PathwayLog {
    /// Corrects patient P-001 as a test takes for granted; returns the position of the correction.
    @discardableResult
    func mustCorrect(
        _ correction: Correction, because reason: String = "copied wrong", source: String? = nil,
        by person: String? = nil
    ) async throws -> Int {
        let outcome = try await correct(
            patient("P-001"), correction, reason: reason, source: source,
            by: person ?? named("berta"))
        guard let position = outcome.position else { throw NotCorrected(outcome: outcome) }
        return position
    }
}

struct NotCorrected: Error { let outcome: CorrectionOutcome }

/// The record of P-001 as it lies in the table: `8 after 3 rewound block-1-evaluation` or `9 after 8 response-assessed of 4 risk-assessment`.
func record(_ conninfo: String, from position: Int = 1) async throws -> [String] {
    var connection = try await Connection.open(conninfo)
    return try await connection.rows(
        """
        SELECT concat_ws(' ', position, 'after ' || coalesce(follows, 0), coalesce(act, milestone), 'of ' || restates, phase_after)
        FROM pathway.event WHERE patient = 'P-001' AND position >= \(position) ORDER BY position
        """, as: String.self)
}
