public import PathwayCore
public import PathwayEstimates

/// The trial as its monitors see it: a look whenever so many events had happened, and what it found.
public struct TrialMonitoring: Sendable {
    /// One look.
    public struct Look: Sendable {
        /// The number of events at which it was planned; `nil` for the look at the cut itself.
        public let planned: Int?
        /// The day of the calendar on which the event was reached; `nil` for the look at the cut.
        public let day: Day?
        /// The events by then, in all arms: several may fall on one day.
        public let events: Int
        /// Boundary, fraction of the information and what has been spent.
        public let design: GroupSequentialDesign.Look
        /// The test at this look, of those randomised by then.
        public let test: Figure<LogRank>
        /// The statistic, above 0 in favour of the arm that is compared.
        public let z: Double
        /// Its p-value with as many sides as the plan has.
        public let pValue: Double
        /// What it led to; `nil` after a look that ended the trial.
        public let verdict: GroupSequentialDesign.Verdict?
    }

    /// Of what and in whom events are counted, at the cut.
    public let basis: Basis
    /// The plan.
    public let plan: Comparison.Monitoring
    /// The arm that is compared with the reference.
    public let arm: String
    /// The boundaries as planned, at the planned numbers of events.
    public let planned: GroupSequentialDesign
    /// The looks that were reached, and the one at the cut if it brought events beyond the last of them.
    public let looks: [Look]
    /// The planned numbers of events that were not reached.
    public let ahead: [Int]
}

extension ArmAnalysis {
    /// Replays the trial event by event and looks at it when the plan says so.
    ///
    /// A look sees what had happened up to the day of the calendar on which its last event fell: who had been randomised, and up to when each
    /// of them was known to be alive; only who is eligible is known from later. The information is the events over those of the final
    /// analysis, at most 1.
    /// - Returns: a failure if the protocol plans no looks, or nothing can be computed.
    public func monitoring() -> Result<TrialMonitoring, EstimateError> {
        do throws(EstimateError) {
            let comparison = try planned()
            guard let plan = comparison.monitoring else {
                throw EstimateError(
                    .badDesign, "cannot monitor \"\(zero.word)\": the protocol plans no looks",
                    hint: "add \"monitoring\" to the comparison in its document")
            }
            return .success(try monitoring(comparison, plan))
        } catch {
            return .failure(error)
        }
    }

    private func monitoring(
        _ comparison: Comparison, _ plan: Comparison.Monitoring
    ) throws(EstimateError) -> TrialMonitoring {
        guard let endpoint = endpoints.first(where: { $0.name == comparison.endpoint }) else {
            throw EstimateError(.outOfBounds, "cannot monitor by \"\(comparison.endpoint)\": there is no such endpoint")
        }
        let number = try number(of: endpoint)
        let arm = try other(than: comparison.reference)
        let alpha = Double(comparison.alphaTenThousandths) / 10_000
        let sides: Sides = comparison.isOneSided ? .one : .two
        let spending = Spending(comparison: plan.spending)
        func design(_ events: [Int]) throws(EstimateError) -> GroupSequentialDesign {
            try GroupSequentialDesign(
                events: events.map { min($0, plan.events) }, planned: plan.events, alpha: alpha, sides: sides,
                spending: spending)
        }
        let sights = sights(plan, number)
        var looks: [TrialMonitoring.Look] = []
        if !sights.isEmpty {
            let design = try design(sights.map(\.events))
            var tests: [(test: LogRank, z: Double)] = []
            for sight in sights {
                let test = try LogRank(
                    try observations(number, on: sight.day), reference: Group(comparison.reference),
                    stratified: comparison.isStratified)
                tests.append((test, try test.z(forFewerEventsIn: Group(arm))))
            }
            let verdicts = try design.verdicts(observed: tests.map(\.z))
            for (place, sight) in sights.enumerated() {
                let note = sight.day.map { "as known on \($0)" }
                looks.append(
                    TrialMonitoring.Look(
                        planned: sight.planned, day: sight.day, events: sight.events, design: design.looks[place],
                        test: Figure(tests[place].test, on: try basis(endpoint.title, note: note)),
                        z: tests[place].z, pValue: design.pValue(of: tests[place].z),
                        verdict: place < verdicts.count ? verdicts[place] : nil))
            }
        }
        let atCut = subjects.count { $0.endings[number].component != nil }
        return TrialMonitoring(
            basis: try basis(endpoint.title), plan: plan, arm: arm, planned: try design(plan.looks), looks: looks,
            ahead: plan.looks.filter { $0 > atCut })
    }

    /// A look that can be taken: when, and how many events there are.
    private struct Sight {
        let planned: Int?
        /// `nil` is the cut.
        let day: Day?
        let events: Int
    }

    private func sights(_ plan: Comparison.Monitoring, _ endpoint: Int) -> [Sight] {
        let days = subjects.filter { $0.endings[endpoint].component != nil }
            .map { $0.zero.adding(days: $0.endings[endpoint].days) }.sorted()
        var sights: [Sight] = []
        for look in plan.looks where look <= days.count {
            let events = days.count { $0 <= days[look - 1] }
            // Two looks that fall on one day are one: the later number of events stands for both.
            if sights.last?.day == days[look - 1] { sights.removeLast() }
            sights.append(Sight(planned: look, day: days[look - 1], events: events))
        }
        // The final analysis is the last look: what comes after it is not looked at.
        let last = sights.last?.events ?? 0
        let information = { (events: Int) in Double(min(events, plan.events)) / Double(plan.events) }
        if last < plan.events, information(days.count) >= 0.02, information(days.count) - information(last) >= 0.001 {
            sights.append(Sight(planned: nil, day: nil, events: days.count))
        }
        return sights
    }

    /// What was known of everybody on a day of the calendar, or at the cut.
    private func observations(_ endpoint: Int, on day: Day?) throws(EstimateError) -> [Observation] {
        var observations: [Observation] = []
        for subject in subjects {
            let known = day.map { subject.ending(endpoint, on: $0, followUpRule) }
            guard let ending = known ?? ending(endpoint, of: subject) else {
                continue
            }
            observations.append(try subject.observation(ending))
        }
        return observations
    }
}

extension Spending {
    /// The function that a protocol names.
    fileprivate init(comparison: Comparison.Spending) {
        switch comparison {
        case .obrienFleming: self = .obrienFleming
        case .pocock: self = .pocock
        }
    }
}
