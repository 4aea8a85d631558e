public import PathwayCore

/// What counts as a state.
public enum StateModel: String, Sendable, Hashable, CaseIterable {
    /// How the patient is: ``Outcome``. A state is never left for an earlier one of the list.
    case outcomes
    /// Where the patient stands: the treatment phase, with the status behind a slash unless the patient is in study.
    case phases
}

/// How a patient is, in the order in which one follows another; the raw value is its one spelling.
public enum Outcome: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Neither transplanted nor failed.
    case eventFree = "event-free"
    /// Transplanted, without failure before or since.
    case transplanted
    /// Treatment failed or the disease came back, transplanted before, later or never.
    case failed
    /// A second malignancy came.
    case secondMalignancy = "second-malignancy"
    /// Dead.
    case dead

    /// Its title for people.
    public var title: String {
        switch self {
        case .eventFree: "Event-free, not transplanted"
        case .transplanted: "Event-free after transplant"
        case .failed: "Treatment failure or relapse"
        case .secondMalignancy: "Second malignancy"
        case .dead: "Dead"
        }
    }

    /// In the order of the list.
    public static func < (left: Outcome, right: Outcome) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .eventFree: 0
        case .transplanted: 1
        case .failed: 2
        case .secondMalignancy: 3
        case .dead: 4
        }
    }
}

/// A time that a subject spent in one state, in days since time zero.
public struct StatePeriod: Sendable, Hashable {
    /// The day on which it began.
    public let start: Int
    /// The day on which it ended: ``start`` itself for a state that was entered and left on one day, and for the only period of a subject of whom
    /// nothing is known after day 0.
    public let stop: Int
    /// The state.
    public let state: String
    /// The state entered at the end; `nil` if the subject was seen in this one for the last time.
    public let next: String?
}

extension Subject {
    /// The states from time zero on, as multi-state analysis needs them: each period ends where the next begins, in the state that it entered.
    ///
    /// Several changes on one day: of phases the last counts, in the order of the path. Of outcomes an event comes before a transplant of its day, and of
    /// several events the one comes first that ends the time to an endpoint: the first in the order of its components. If a later ``Outcome`` of the
    /// list was told of on the same day, as a death after a relapse, it follows after a period without length. What else was entered and left on one
    /// day leaves no period.
    ///
    /// The state that a subject begins in is that of day 0 with its changes. Only where nothing is known after day 0 does the one period from day 0 to
    /// day 0 begin in the state at time zero itself. The last period ends, without a change, on ``lastKnownAlive``, as in ``time(to:from:)``; a death ends
    /// everything. A loss or an end of the study behind that day has no time.
    /// - Parameter plan: the plan whose components say which phases are failures, and which event of a day comes first; `nil` is that of the version
    ///   under which the path ends.
    /// - Returns: nothing for a subject without such a time zero.
    public func states(_ model: StateModel, from zero: TimeZero, plan: AnalysisPlan? = nil) -> [StatePeriod] {
        guard let place = place(of: zero) else { return [] }
        let plan = plan ?? treatment.plan
        let last = max(0, lastKnown.days(since: milestones[place].day))
        let days = days(from: place, to: last)
        let failures = plan.failurePhases
        let begins = milestones[...place].map { $0.outcome(failures: failures) }.max() ?? .eventFree
        switch model {
        case .phases:
            let states = days.compactMap { day in day.steps.last.map { (day: day.day, state: $0.state) } }
            return Subject.periods(states, last: last, atZero: milestones[place].state)
        case .outcomes:
            let order = plan.order(from: zero)
            var (outcome, states) = (begins, [(day: Int, state: String)]())
            for day in days {
                let told = Set(day.steps.map { $0.outcome(failures: failures) }.filter { $0 > outcome })
                let events = told.filter { $0 > .transplanted }
                let first = order.first(where: events.contains) ?? told.max() ?? outcome
                for next in [first, max(first, told.max() ?? first)] where next != outcome || states.isEmpty {
                    states.append((day.day, next.rawValue))
                    outcome = next
                }
            }
            return Subject.periods(states, last: last, atZero: begins.rawValue)
        }
    }

    /// The milestones from time zero on, day by day, from day 0.
    private func days(from place: Int, to last: Int) -> [(day: Int, steps: [SubjectMilestone])] {
        var days: [(day: Int, steps: [SubjectMilestone])] = []
        // An adverse event may be dated back, and moves nothing.
        for step in milestones[place...] where step.milestone.kind != .adverseEvent {
            let day = max(days.last?.day ?? 0, step.day.days(since: milestones[place].day))
            guard day <= last else { continue }
            if days.last?.day == day { days[days.count - 1].steps.append(step) } else { days.append((day, [step])) }
        }
        return days
    }

    /// Periods of the states of one subject, whose days never fall.
    private static func periods(
        _ changes: [(day: Int, state: String)], last: Int, atZero zero: String
    ) -> [StatePeriod] {
        var states: [(day: Int, state: String)] = []
        for change in changes where states.last?.state != change.state { states.append(change) }
        if states.count == 1, last <= 0 {
            return [StatePeriod(start: 0, stop: 0, state: zero, next: states[0].state == zero ? nil : states[0].state)]
        }
        var periods = zip(states, states.dropFirst()).map { here, there in
            StatePeriod(start: here.day, stop: there.day, state: here.state, next: there.state)
        }
        if let state = states.last, last > state.day {
            periods.append(StatePeriod(start: state.day, stop: last, state: state.state, next: nil))
        }
        return periods
    }
}

extension SubjectMilestone {
    /// Phase and status in one word.
    fileprivate var state: String {
        statusAfter == .inStudy ? phaseAfter : "\(phaseAfter)/\(statusAfter.rawValue)"
    }

    /// The outcome that this milestone tells of by itself.
    fileprivate func outcome(failures: Set<String>) -> Outcome {
        switch milestone.kind {
        case .died: .dead
        case .secondMalignancy: .secondMalignancy
        case .relapsed: .failed
        case .transplanted: .transplanted
        default: failures.contains(phaseAfter) && phaseBefore != phaseAfter ? .failed : .eventFree
        }
    }
}

extension Endpoint.Component {
    /// The outcome that the event is.
    fileprivate var outcome: Outcome? {
        switch trigger {
        case .phase, .milestone(.relapsed): .failed
        case .milestone(.secondMalignancy): .secondMalignancy
        case .milestone(.died): .dead
        case .milestone: nil
        }
    }
}

extension AnalysisPlan {
    /// Which of several events of one day comes first: the order of the components of the endpoint from there that has the most; what it lacks comes
    /// after them.
    fileprivate func order(from zero: TimeZero) -> [Outcome] {
        let lists = endpoints.filter { zero.begins($0) }.map { $0.components.compactMap(\.outcome) }
        return (lists.max { $0.count < $1.count } ?? []) + Outcome.allCases.filter { $0 > .transplanted }
    }

    /// The phases whose entry is an event of some endpoint: treatment failure.
    var failurePhases: Set<String> {
        Set(
            endpoints.flatMap(\.components).compactMap { component in
                if case .phase(let phase) = component.trigger { phase } else { nil }
            })
    }
}
