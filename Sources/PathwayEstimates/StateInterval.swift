/// What a patient can be in: in first remission, relapsed, transplanted, dead.
public struct State: Sendable, Hashable {
    /// The name, as the protocol spells it.
    public let name: String

    /// Names a state.
    public init(_ name: String) { self.name = name }

    /// The state of those to whom none of the competing events has happened.
    public static let eventFree: State = "event-free"
}

extension State: ExpressibleByStringLiteral, Comparable, CustomStringConvertible {
    /// Names a state.
    public init(stringLiteral name: String) { self.init(name) }
    /// In the order of the names.
    public static func < (left: State, right: State) -> Bool { left.name < right.name }
    /// The name.
    public var description: String { name }
}

/// A time that one patient spent in one state, in whole days since day 0.
public struct StateInterval: Sendable, Hashable {
    /// The patient, by a name that all of their intervals share.
    public let subject: String
    /// The day after which the patient was seen in the state; 0 for one who was in it from the beginning.
    public let start: Int
    /// The last day in the state; ``start`` itself for a state that was entered and left on one day, which is left after all else of that day.
    public let stop: Int
    /// The state.
    public let from: State
    /// The state entered on the last day; `nil` if none was, and the patient was only seen for the last time or the
    /// interval goes on in the next.
    public let to: State?

    /// Takes an interval.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/negativeDay`` or ``EstimateError/Code/emptyInterval`` like an
    /// ``Observation``, but that a state may be left on the day on which it was entered, and ``EstimateError/Code/brokenPath`` if the patient would go from
    /// a state to the same.
    public init(subject: String, start: Int = 0, stop: Int, from: State, to: State?) throws(EstimateError) {
        let isPassedThrough = start > 0 && start == stop && to != nil
        if !isPassedThrough { try Observation.check(from: start, to: stop) }
        guard to != from else {
            throw EstimateError(
                .brokenPath, "cannot count a change on day \(stop) from \"\(from)\" to itself",
                hint: "an interval that goes on in the next has no state that it leads to")
        }
        (self.subject, self.start, self.stop, self.from, self.to) = (subject, start, stop, from, to)
    }

    /// The one interval of a patient for whom several events compete and the first counts.
    ///
    /// Throws like ``init(subject:start:stop:from:to:)``.
    /// - Parameters:
    ///   - subject: the patient.
    ///   - entry: the day after which the patient counts as at risk.
    ///   - exit: the day of the first event, or the last day without.
    ///   - cause: the first event; `nil` if none happened.
    public static func competing(
        subject: String, entry: Int = 0, exit: Int, cause: State?
    ) throws(EstimateError) -> StateInterval {
        try StateInterval(subject: subject, start: entry, stop: exit, from: .eventFree, to: cause)
    }

    var riskStart: Int { start == 0 ? -1 : start }
}
