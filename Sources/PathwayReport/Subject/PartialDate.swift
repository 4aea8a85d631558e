internal import PathwayCore

extension SubjectMilestone {
    /// Whether its day is not known: ``day`` is the first that it can have been.
    var isPartlyDated: Bool { milestone.on.precision != .day }
}

extension Subject {
    /// Whether a time rests on a date that is known to the month or year alone, at its origin or at its end.
    func isPartlyDated(_ time: TimeToEvent, from zero: TimeZero) -> Bool {
        let ends = milestones.filter { step in
            guard step.day == time.on else { return false }
            return switch time.end {
            case .event(let component): component.isSeen(in: step)
            case .censored: step.showsSubjectAlive
            }
        }
        // One exact date is enough.
        let isEndPartial = !ends.isEmpty && ends.allSatisfy(\.isPartlyDated)
        return isEndPartial || place(of: zero).map { milestones[$0].isPartlyDated } ?? false
    }
}
