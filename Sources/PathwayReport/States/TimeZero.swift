public import PathwayCore

/// The milestone from which the days of an analysis count: its day is day 0.
public enum TimeZero: Sendable, Hashable {
    /// The enrolment: everybody is in.
    case enrolment
    /// This randomisation: everybody whom it allocated is in.
    case randomisation(Randomisation)

    /// Its one spelling: `enrolment`, or the word of the randomisation.
    public var word: String {
        switch self {
        case .enrolment: "enrolment"
        case .randomisation(let randomisation): randomisation.name
        }
    }

    /// Whether an endpoint counts from here.
    public func begins(_ endpoint: Endpoint) -> Bool {
        switch (self, endpoint.from) {
        case (.enrolment, .enrolment), (.randomisation, .randomisation): true
        case (.enrolment, .randomisation), (.randomisation, .enrolment): false
        }
    }
}

extension Subject {
    /// The place of time zero among the milestones; `nil` for a subject who has none.
    func place(of zero: TimeZero) -> Int? {
        switch zero {
        case .enrolment: 0
        case .randomisation(let randomisation):
            milestones.firstIndex { step in
                step.milestone.kind == .randomised && randomisation.arms.contains(step.milestone.qualifier ?? "")
            }
        }
    }

    /// The time to an endpoint from here.
    func time(to endpoint: Endpoint, from zero: TimeZero) -> TimeToEvent? {
        switch zero {
        case .enrolment: time(to: endpoint, from: nil)
        case .randomisation(let randomisation): time(to: endpoint, from: randomisation)
        }
    }

    /// The first transplant after time zero, in days.
    func daysToTransplant(from zero: TimeZero) -> Int? {
        guard let place = place(of: zero) else { return nil }
        let transplant = milestones[place...].first { $0.milestone.kind == .transplanted }
        return transplant.map { max(0, $0.day.days(since: milestones[place].day)) }
    }

    /// Whether the subject was not found to be ineligible after having entered: taken off therapy or study for that reason.
    var isEligible: Bool { !milestones.contains { $0.milestone.facts.word(.reason) == "ineligible" } }
}
