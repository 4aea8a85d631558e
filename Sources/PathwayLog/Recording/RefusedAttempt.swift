internal import PathwayCore
internal import Postgres

/// What is kept of an attempt that was not recorded.
struct RefusedAttempt {
    let patient: String
    let site: String?
    let attempted: String
    let answer: String
    let explanation: String
    let citation: String?
    let door: String
    let person: String

    init?(_ call: Recorder.Call, _ outcome: Outcome, site: String?) {
        self.init(call.attempt, outcome, at: site, by: call.person, door: call.door)
    }

    init?(_ attempt: Attempt, _ outcome: Outcome, at site: String?, by person: String, door: Door) {
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
        case .conflict(let entries):
            answer = "conflict"
            explanation = "recorded meanwhile: " + entries.map(\.word).joined(separator: ", ")
            citation = nil
        }
        var known = site
        if case .text(let text)? = attempt.milestone.facts[.site] { known = text }
        patient = attempt.patient.description
        self.site = known?.isEmpty == false ? known : nil
        attempted = RefusedAttempt.json(
            attempt.milestone.kind.rawValue, on: attempt.milestone.on, attempt.milestone.facts)
        self.door = door.rawValue
        self.person = person
    }

    /// What is kept of anything else that was refused.
    init(
        patient: PatientID, site: String, what: String, on: ClinicalDate, facts: Facts, answer: String,
        explanation: String, citation: String?, door: Door, by person: String
    ) {
        self.patient = patient.description
        self.site = site
        attempted = RefusedAttempt.json(what, on: on, facts)
        self.answer = answer
        self.explanation = explanation
        self.citation = citation
        self.door = door.rawValue
        self.person = person
    }

    private static func json(_ what: String, on: ClinicalDate, _ facts: Facts) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("milestone", what, to: &bytes)
        JSONLine.append("on", on.description, to: &bytes)
        // What identifies stays out of the register of refusals: it could not be erased there.
        for entry in facts.entries where !entry.field.isIdentifying {
            JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Refusal {
    /// The explanation for the register, from which a day of birth could not be erased.
    var explanationWithoutBirth: String {
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
            INSERT INTO pathway.refusal (patient, site, attempted, answer, explanation, citation, door, refused_by)
            SELECT r.* FROM unnest(
                \(refused.map(\.patient)), \(refused.map(\.site)), \(refused.map { JSONB($0.attempted) }), \(refused.map(\.answer)),
                \(refused.map(\.explanation)), \(refused.map(\.citation)), \(refused.map(\.door)),
                \(refused.map(\.person))) AS r
            """)
    }
}
