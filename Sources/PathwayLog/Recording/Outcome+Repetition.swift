internal import PathwayCore

extension Outcome {
    /// The first answer, worked out again from the history up to the event.
    static func repetition(of position: Int, in history: [Event], editions: Editions) throws -> Outcome {
        let event = history[position - 1]
        let before =
            position == 1
            ? Ledger(under: try editions.edition(event.edition))
            : try Ledger(replaying: Array(history[..<(position - 1)]), editions: editions)
        var path = before.path
        try path.move(to: try editions.edition(event.edition).treatment)
        let step = try path.replay(event.milestone, offProtocol: event.answer == .offProtocol)
        return .recorded(
            Receipt(
                patient: event.patient, position: position, recordedAt: event.recordedAt, step: step,
                phase: path.phase.name, phaseTitle: path.phase.title), isRepetition: true)
    }
}
