public import PathwayCore

/// A course of treatment that a subject was given: from its start to its end, as far as either is known.
public struct Exposure: Sendable {
    /// A time without infusion inside a course.
    public struct Interruption: Sendable {
        /// The milestone that held the infusion.
        public let held: SubjectMilestone
        /// The milestone that resumed it; `nil` if none did.
        public let resumed: SubjectMilestone?
    }

    /// The course's word.
    public let course: String
    /// What the protocol says of it; `nil` if the version of the cut has no such course.
    public let definition: Course?
    /// Which of the subject's courses it is, from 1.
    public let number: Int
    /// How it began.
    public let started: SubjectMilestone
    /// How it ended: `course-ended`, or whatever ended it without one (the next course, conditioning, the end of therapy, a death); `nil` while it runs.
    public private(set) var ended: SubjectMilestone?
    /// The interruptions of its infusion.
    public private(set) var interruptions: [Interruption] = []
    /// The permanent stop of its infusion.
    public private(set) var infusionStopped: SubjectMilestone?

    /// Whether its end was recorded as its own.
    public var endWasRecorded: Bool { ended?.milestone.kind == .courseEnded }

    /// `completed`, `modified` or `stopped`, as its end says; `nil` where nothing says so.
    public var outcome: String? { endWasRecorded ? ended?.milestone.facts.word(.outcome) : nil }

    /// Why it was stopped or modified, or its infusion stopped.
    public var cause: String? {
        (endWasRecorded ? ended?.milestone.facts.word(.cause) : nil) ?? infusionStopped?.milestone.facts.word(.cause)
    }

    /// Days of infusion given up to a day, for a course that is infused: whole days between a start or resumption and the next hold, stop or end.
    public func infusedDays(through day: Day) -> Int? {
        guard definition?.infusion != nil else { return nil }
        let end = min(infusionStopped?.day ?? ended?.day ?? day, day)
        var days = 0
        var runningSince: Day? = started.day
        for interruption in interruptions {
            if let start = runningSince { days += interruption.held.day.days(since: start) }
            runningSince = interruption.resumed?.day
        }
        if let start = runningSince { days += max(0, end.days(since: start)) }
        return days
    }

    fileprivate init(_ course: String, _ treatment: TreatmentProtocol, number: Int, started: SubjectMilestone) {
        self.course = course
        definition = treatment.courses.first { $0.name == course }
        self.number = number
        self.started = started
    }

    fileprivate mutating func take(_ milestone: SubjectMilestone) {
        switch milestone.milestone.kind {
        case .infusionHeld: interruptions.append(Interruption(held: milestone, resumed: nil))
        case .infusionResumed:
            guard let last = interruptions.popLast() else { return }
            interruptions.append(Interruption(held: last.held, resumed: last.resumed ?? milestone))
        case .infusionStopped: infusionStopped = infusionStopped ?? milestone
        case .courseEnded, .courseStarted, .conditioningStarted, .transplanted, .offTherapy, .died, .offStudy,
            .consentWithdrawn:
            ended = ended ?? milestone
        default: break
        }
    }
}

extension Subject {
    /// The courses of treatment that were given, in their order.
    public var exposures: [Exposure] {
        var exposures: [Exposure] = []
        for milestone in milestones {
            if let last = exposures.indices.last, exposures[last].ended == nil { exposures[last].take(milestone) }
            if milestone.milestone.kind == .courseStarted, let course = milestone.milestone.qualifier {
                exposures.append(
                    Exposure(course, treatment, number: exposures.count + 1, started: milestone))
            }
        }
        return exposures
    }

    /// The course that was given last on a day, also in the rest days behind it.
    public func exposure(on day: Day) -> Exposure? { exposures.last { $0.started.day <= day } }
}
