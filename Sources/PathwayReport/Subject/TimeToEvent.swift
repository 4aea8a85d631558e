public import PathwayCore

/// A subject's time to an endpoint: an event, or why none was seen.
public struct TimeToEvent: Sendable, Hashable {
    /// How the time ended; never both.
    public enum End: Sendable, Hashable {
        /// With this component of the endpoint.
        case event(Endpoint.Component)
        /// Without an event, for this reason.
        case censored(Censoring)
    }

    /// Why no event was seen; the raw value is its one spelling.
    public enum Censoring: String, Sendable, Hashable, CaseIterable {
        /// Followed and without an event when last heard of.
        case lastContact = "last-contact"
        /// Lost to follow-up.
        case lost = "lost-to-follow-up"
        /// Withdrew consent to further data.
        case withdrawn = "consent-withdrawn"
        /// Left the study.
        case offStudy = "off-study"
    }

    /// The day on which it began.
    public let origin: Day
    /// The day on which it ended.
    public let on: Day
    /// How it ended.
    public let end: End
    /// How much of the date of the end is known; the origin is known to the day.
    public let precision: ClinicalDate.Precision

    /// Days from the origin to the end, from 0.
    public var days: Int { on.days(since: origin) }

    /// Whether it ended with an event.
    public var isEvent: Bool { if case .event = end { true } else { false } }

    /// What ended it, in one word.
    public var word: String {
        switch end {
        case .event(let component): component.name
        case .censored(let reason): reason.rawValue
        }
    }
}

extension Subject {
    /// The time from the origin of an endpoint to its first event, or to the last day on which the subject was known to be without one.
    ///
    /// Whoever is without an event is censored on ``lastKnownAlive``: nobody is assumed to be well up to the cut. A subject who was lost and is
    /// found again goes on.
    /// - Parameter randomisation: the randomisation that is analysed; an endpoint from the randomisation begins there.
    /// - Returns: `nil` for a subject who has no such origin and so is not in the analysis set.
    public func time(to endpoint: Endpoint, from randomisation: Randomisation?) -> TimeToEvent? {
        let start: Int
        switch endpoint.from {
        case .enrolment: start = 0
        case .randomisation:
            let found = milestones.firstIndex { step in
                step.milestone.kind == .randomised
                    && (randomisation.map { $0.arms.contains(step.milestone.qualifier ?? "") } ?? true)
            }
            guard let found else { return nil }
            start = found
        }
        let origin = milestones[start].day
        let later = milestones[(start + 1)...]
        let events = later.compactMap { step in
            endpoint.components.firstIndex { $0.isSeen(in: step) }.map { (step: step, place: $0) }
        }
        if let first = events.min(by: { ($0.step.day, $0.place) < ($1.step.day, $1.place) }) {
            return TimeToEvent(
                origin: origin, on: first.step.day, end: .event(endpoint.components[first.place]),
                precision: first.step.milestone.on.precision)
        }
        let contact = lastSeen
        return TimeToEvent(
            origin: origin, on: max(origin, contact.day), end: .censored(censoring),
            precision: contact.milestone.on.precision)
    }

    /// The last day on which the subject was known to be alive: what censors whoever has no event, and where every interval ends.
    ///
    /// Every milestone tells so, but those for which nobody need have seen the subject: a loss to follow-up, a death, and an end of the study that
    /// is only administrative. A withdrawal of consent, and a departure as ineligible or for another study, are contacts.
    public var lastKnownAlive: Day { lastSeen.day }

    /// The milestone that tells so.
    var lastSeen: SubjectMilestone { milestones.filter(\.showsSubjectAlive).latest ?? milestones[0] }

    /// The last day of which anything is known of how the subject is: the death, or ``lastKnownAlive``.
    var lastKnown: Day { max(first(.died)?.day ?? lastKnownAlive, lastKnownAlive) }

    /// The last day under which anything was recorded, be it that nothing more is known.
    var lastRecord: Day { (milestones.latest ?? milestones[0]).day }

    private var censoring: TimeToEvent.Censoring {
        switch path.standing.status {
        case .lost: .lost
        case .withdrawn: .withdrawn
        case .offStudy: .offStudy
        case .inStudy, .relapsed, .secondMalignancy, .dead: .lastContact
        }
    }
}

extension [SubjectMilestone] {
    /// The milestone of the last day; of several on that day one of whose date most is known.
    var latest: SubjectMilestone? {
        self.max { ($0.day, $1.milestone.on.span) < ($1.day, $0.milestone.on.span) }
    }
}

extension ClinicalDate {
    /// How many days lie between the first and the last that it can mean.
    fileprivate var span: Int { latest.days(since: earliest) }
}

extension Endpoint.Component {
    /// Whether a milestone is this event.
    public func isSeen(in step: SubjectMilestone) -> Bool {
        switch trigger {
        case .milestone(let kind): step.milestone.kind == kind
        case .phase(let phase): step.phaseAfter == phase && step.phaseBefore != phase
        }
    }
}

extension SubjectMilestone {
    /// Whether the milestone tells that the subject was seen or heard of on its day.
    ///
    /// Who leaves the study because follow-up ended, or for a reason that nobody named, may not have been seen for long.
    var showsSubjectAlive: Bool {
        switch milestone.kind {
        case .lostToFollowUp, .died: false
        case .offStudy: !["follow-up-ended", "died", "other"].contains(milestone.facts.word(.reason))
        case .offTherapy: milestone.facts.word(.reason) != "died"
        default: true
        }
    }
}
