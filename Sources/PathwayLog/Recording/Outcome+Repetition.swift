internal import PathwayCore

extension Outcome {
    /// The first answer, worked out again from the record up to the event.
    static func repetition(of position: Int, in entries: [Entry], editions: Editions) throws -> Outcome {
        let then = try PatientPath(replaying: entries.filter { $0.position <= position }, editions: editions)
        guard let event = then.events.last, event.position == position, let step = then.steps.last else {
            throw LogError(
                .impossibleCorrection,
                "this request was used for something else in the record of patient \(then.patient)")
        }
        return .recorded(
            Receipt(
                patient: event.patient, position: position, recordedAt: event.recordedAt, step: step,
                phase: then.path.phase.name, phaseTitle: then.path.phase.title), isRepetition: true)
    }
}
