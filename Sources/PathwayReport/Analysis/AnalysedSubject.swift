internal import PathwayCore
internal import PathwayEstimates

/// What an analysis keeps of a subject: days and counts, no dates of the record and no name.
struct AnalysedSubject: Sendable {
    /// How a time to an event ended.
    struct Ending: Sendable {
        let days: Int
        /// The place of the component among those of the endpoint; `nil` if censored.
        let component: Int?
        /// Whether it rests on a date that is known to the month or year alone.
        var isPartlyDated = false
    }

    /// The calendar day of time zero.
    let zero: Day
    let arm: String
    let stratum: String
    let isEligible: Bool
    /// One for each endpoint that counts from this time zero, in the plan's order.
    let endings: [Ending]
    /// The days on which the subject was known to be alive, ascending.
    let contacts: [Int]
    let periods: [StatePeriod]
    let transplantedOn: Int?
    /// Residual disease before the randomisation and after each evaluated course of the arm.
    let residual: [MRDAnswer]
    /// When the subject left sight (lost, withdrawn, off study) and came back, ascending.
    let departures: [(day: Int, isGone: Bool)]

    /// The ending as it was known on a day of the calendar: nothing that happened later counts.
    /// - Returns: `nil` if time zero had not come.
    func ending(_ number: Int, on day: Day, _ rule: FollowUpRule) -> Ending? {
        let today = day.days(since: zero)
        guard today >= 0 else { return nil }
        let ending = endings[number]
        if ending.component != nil, ending.days <= today { return ending }
        let contact = contacts.last { $0 <= today } ?? 0
        switch rule {
        case .lastContact: return Ending(days: contact, component: nil)
        case .cut:
            let isGone = departures.last { $0.day <= today }?.isGone ?? false
            return Ending(days: isGone ? contact : today, component: nil)
        }
    }
}

extension AnalysedSubject {
    /// The states, the last one up to a day if the subject is alive and in sight.
    func periods(to day: Int) -> [StatePeriod] {
        guard let last = periods.last, last.next != Outcome.dead.rawValue, last.stop < day,
            !(departures.last?.isGone ?? false)
        else { return periods }
        let state = last.next ?? last.state
        if state == last.state || last.stop == 0 && last.state == Outcome.eventFree.rawValue {
            // Of whom nothing was known after day 0, the last state of that day goes on.
            return periods.dropLast() + [StatePeriod(start: last.start, stop: day, state: state, next: nil)]
        }
        return periods + [StatePeriod(start: last.stop, stop: day, state: state, next: nil)]
    }
}

extension AnalysedSubject {
    /// - Returns: `nil` for a subject who has no such time zero.
    init?(
        _ subject: Subject, from zero: TimeZero, plan: AnalysisPlan, evaluations: (String) -> [String]
    ) {
        guard let place = subject.place(of: zero) else { return nil }
        let first = subject.milestones[place]
        let later = subject.milestones[place...]
        self.zero = first.day
        arm = first.milestone.kind == .randomised ? first.milestone.qualifier ?? "" : Group.everyone.name
        stratum = first.stratum ?? "not recorded"
        isEligible = subject.isEligible
        let negative = plan.mrdNegative?.level
        endings = plan.endpoints.filter { zero.begins($0) }.compactMap { endpoint in
            subject.time(to: endpoint, from: zero).map {
                Ending(
                    days: $0.days, component: endpoint.place(of: $0),
                    isPartlyDated: subject.isPartlyDated($0, from: zero))
            }
        }
        contacts = Set(
            subject.milestones.filter(\.showsSubjectAlive).map { max(0, $0.day.days(since: first.day)) }
        ).sorted()
        departures = later.compactMap { step in
            guard step.statusBefore.isOutOfSight != step.statusAfter.isOutOfSight else { return nil }
            return (max(0, step.day.days(since: first.day)), step.statusAfter.isOutOfSight)
        }
        periods = subject.states(.outcomes, from: zero, plan: plan)
        transplantedOn = subject.daysToTransplant(from: zero)
        residual =
            negative.map { AnalysedSubject.residual(subject, from: place, evaluations(first.armOrNone), below: $0) }
            ?? []
    }

    /// The last result of each time point: before the randomisation; and in the phase of each evaluation. A report without a result does not
    /// take an earlier one back.
    private static func residual(
        _ subject: Subject, from place: Int, _ evaluations: [String], below limit: MRD.Level
    ) -> [MRDAnswer] {
        func answer(_ milestones: ArraySlice<SubjectMilestone>, where counts: (SubjectMilestone) -> Bool) -> MRDAnswer {
            let reports = milestones.filter { $0.milestone.kind == .responseAssessed && counts($0) }
                .compactMap(\.milestone.mrd)
            return MRDAnswer(
                reports.last { $0.result != .notDone && $0.result != .inadequate } ?? reports.last, below: limit)
        }
        let after = evaluations.map { phase in
            answer(subject.milestones[place...].dropFirst()) { $0.phaseBefore == phase }
        }
        return [answer(subject.milestones[..<place]) { _ in true }] + after
    }
}

extension SubjectMilestone {
    fileprivate var armOrNone: String { milestone.kind == .randomised ? milestone.qualifier ?? "" : "" }
}

extension Status {
    /// Whether an event would not become known.
    fileprivate var isOutOfSight: Bool {
        switch self {
        case .lost, .withdrawn, .offStudy: true
        case .inStudy, .relapsed, .secondMalignancy, .dead: false
        }
    }
}

extension Endpoint {
    /// The place of the component that ended a time; `nil` if none did.
    fileprivate func place(of time: TimeToEvent) -> Int? {
        switch time.end {
        case .event(let component): components.firstIndex(of: component)
        case .censored: nil
        }
    }
}
