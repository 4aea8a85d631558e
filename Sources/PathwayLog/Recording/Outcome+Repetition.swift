internal import PathwayCore

extension Outcome {
    /// The first answer, worked out again from the record up to the event.
    /// - Throws: a refusal if the request recorded something else.
    static func repetition(
        of attempt: Attempt, _ before: Recorded, _ ledger: Ledger, in entries: [Entry], editions: Editions
    ) throws -> Outcome {
        if let refusal = ledger.refusal(of: attempt, repeating: before) { throw refusal }
        let position = before.position
        let then = try PatientPath(replaying: entries.filter { $0.position <= position }, editions: editions)
        guard let event = then.events.last, event.position == position, let step = then.steps.last else {
            throw LogError(
                .contradiction, "event \(position) of patient \(then.patient) does not stand where it was recorded")
        }
        return .recorded(
            Receipt(
                patient: event.patient, position: position, recordedAt: event.recordedAt, step: step,
                phase: then.path.phase.name, phaseTitle: then.path.phase.title), isRepetition: true)
    }
}
