internal import PathwayCore
internal import Postgres

/// What is kept of an attempt that was not recorded.
struct RefusedAttempt {
    let patient: String
    let attempted: String
    let answer: String
    let explanation: String
    let citation: String?
    let door: String
    let person: String

    init?(_ waiting: Recorder.Waiting, _ outcome: Outcome) {
        self.init(waiting.attempt, outcome, by: waiting.person, door: waiting.door)
    }

    init?(_ attempt: Attempt, _ outcome: Outcome, by person: String, door: Door) {
        switch outcome {
        case .recorded: return nil
        case .needsReason(let step):
            answer = "off-protocol"
            explanation = step.deviations.map(\.rule).joined(separator: "; ")
            citation = step.deviations.first?.source
        case .refused(let refusal):
            answer = "refused"
            explanation = refusal.explanationWithoutBirth
            citation = refusal.source
        case .conflict(let events):
            answer = "conflict"
            explanation = "recorded meanwhile: " + events.map(\.milestone.kind.rawValue).joined(separator: ", ")
            citation = nil
        }
        patient = attempt.patient.description
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("milestone", attempt.milestone.kind.rawValue, to: &bytes)
        JSONLine.append("on", attempt.milestone.on.description, to: &bytes)
        // What identifies stays out of the register of refusals: it could not be erased there.
        for entry in attempt.milestone.facts.entries where !entry.field.isIdentifying {
            JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        attempted = String(decoding: bytes, as: UTF8.self)
        self.door = door.rawValue
        self.person = person
    }
}

extension Refusal {
    /// The explanation for the register, from which a day of birth could not be erased.
    fileprivate var explanationWithoutBirth: String {
        switch reason {
        case .beforeBirth: "\(on) is before the patient's birth"
        case .datesContradict(let first, _, let second, _) where first.isIdentifying || second.isIdentifying:
            "\(first.rawValue) is after \(second.rawValue)"
        case .afterMilestone(let field, _) where field.isIdentifying:
            "\(field.rawValue) is after the milestone itself (\(on))"
        default: explanation
        }
    }
}

extension Connection {
    mutating func keep(_ refused: [RefusedAttempt]) async throws {
        guard !refused.isEmpty else { return }
        try await execute(
            """
            INSERT INTO pathway.refusal (patient, attempted, answer, explanation, citation, door, refused_by)
            SELECT r.* FROM unnest(
                \(refused.map(\.patient)), \(refused.map { JSONB($0.attempted) }), \(refused.map(\.answer)),
                \(refused.map(\.explanation)), \(refused.map(\.citation)), \(refused.map(\.door)),
                \(refused.map(\.person))) AS r
            """)
    }
}
