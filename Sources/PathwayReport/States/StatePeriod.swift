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
    /// The day on which it ended: later than ``start``, but for the only period of a subject of whom nothing is known after day 0.
    public let stop: Int
    /// The state.
    public let state: String
    /// The state entered at the end; `nil` if the subject was seen in this one for the last time.
    public let next: String?
}

extension Subject {
    /// The states from time zero on, as multi-state analysis needs them: each period ends where the next begins, in the state that it entered.
    ///
    /// Of several changes on one day the last counts, in the order of the path: a state that was entered and left on one day leaves no period, and
    /// the state that a subject begins in is the last one of day 0. Only where nothing is known after day 0 is there one period from day 0 to
    /// day 0, from the state at time zero itself to the last one of that day. The last period ends, without a change, on ``lastKnownAlive``, as in
    /// ``time(to:from:)``; a death ends everything. A loss or an end of the study behind that day has no time.
    /// - Parameter plan: the plan whose components say which phases are failures; `nil` is that of the version under which the path ends.
    /// - Returns: nothing for a subject without such a time zero.
    public func states(_ model: StateModel, from zero: TimeZero, plan: AnalysisPlan? = nil) -> [StatePeriod] {
        guard let place = place(of: zero) else { return [] }
        let origin = milestones[place].day
        let failures = (plan ?? treatment.plan).failurePhases
        var outcome = Outcome.eventFree
        var changes: [(day: Int, state: String)] = []
        let last = max(0, lastKnown.days(since: origin))
        for (index, step) in milestones.enumerated() {
            outcome = max(outcome, step.outcome(failures: failures))
            // An adverse event may be dated back, and moves nothing.
            guard index >= place, step.milestone.kind != .adverseEvent else { continue }
            let day = max(changes.last?.day ?? 0, step.day.days(since: origin))
            if day <= last { changes.append((day, model == .outcomes ? outcome.rawValue : step.state)) }
        }
        return Subject.periods(changes, last: last)
    }

    /// Periods of the changes of one subject, whose days never fall.
    private static func periods(_ changes: [(day: Int, state: String)], last: Int) -> [StatePeriod] {
        guard let first = changes.first else { return [] }
        var states: [(day: Int, state: String)] = []
        for change in changes {
            if states.last?.day == change.day { states.removeLast() }
            if states.last?.state != change.state { states.append(change) }
        }
        if states.count == 1, last <= 0 {
            let next = states[0].state == first.state ? nil : states[0].state
            return [StatePeriod(start: 0, stop: 0, state: first.state, next: next)]
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

extension AnalysisPlan {
    /// The phases whose entry is an event of some endpoint: treatment failure.
    var failurePhases: Set<String> {
        Set(
            endpoints.flatMap(\.components).compactMap { component in
                if case .phase(let phase) = component.trigger { phase } else { nil }
            })
    }
}
