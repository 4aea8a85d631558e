public import PathwayCore
public import PathwayEstimates

/// A year of an analysis: 365.25 days. Survival "at two years" is survival after day 730, the last whole day within.
public enum AnalysisYear {
    /// The last whole day within so many years.
    public static func day(_ years: Int) -> Int { years * 1461 / 4 }

    /// The years at which survival is given unless others are asked for.
    public static let customary = [1, 2, 3, 4]
}

extension ArmAnalysis {
    /// How many are free of an endpoint's events, day by day: Kaplan and Meier's estimate with Greenwood's standard errors.
    ///
    /// Survival at a named time is ``KaplanMeier/estimate(at:scale:level:)`` of it, at ``AnalysisYear/day(_:)``; its limits are log-log unless
    /// another scale is asked for.
    /// - Parameter arm: the arm; `nil` is everybody.
    public func survival(_ endpoint: Endpoint, arm: String? = nil) -> Estimated<KaplanMeier> {
        estimated { () throws(EstimateError) in
            try basis(endpoint.title, arm: arm)
        } _: { () throws(EstimateError) in
            try KaplanMeier(try observations(endpoint, of: try present(in: arm)))
        }
    }

    /// How long patients were followed for an endpoint: reverse Kaplan-Meier, whose median is the median follow-up.
    public func followUp(_ endpoint: Endpoint, arm: String? = nil) -> Estimated<KaplanMeier> {
        estimated { () throws(EstimateError) in
            try basis("follow-up for \(endpoint.title.lowercased())", arm: arm)
        } _: { () throws(EstimateError) in
            try KaplanMeier.followUp(of: try observations(endpoint, of: try present(in: arm)))
        }
    }

    /// How many of the times to an endpoint rest on a date that is known to the month or year alone: each begins or ends on the first day that it
    /// can have been, but not before what came earlier on the path.
    public func partlyDated(_ endpoint: Endpoint) -> Int {
        guard let number = endpoints.firstIndex(of: endpoint) else { return 0 }
        return subjects.count { ending(number, of: $0).isPartlyDated }
    }

    /// How a cause of an endpoint's event is told from others.
    public enum Causes: String, Sendable, Hashable, CaseIterable {
        /// Every component of the endpoint is a cause of its own.
        case separate
        /// Treatment failure, relapse and second malignancy are one cause, `failure`, and death without them is the other.
        case failureAgainstDeath = "failure-against-death"

        /// The cause that a component counts as.
        public func cause(_ component: Endpoint.Component) -> State {
            switch self {
            case .separate: State(component.name)
            case .failureAgainstDeath: component.trigger == .milestone(.died) ? "death" : "failure"
            }
        }

        fileprivate var words: String {
            switch self {
            case .separate: "each component a cause of its own"
            case .failureAgainstDeath: "failure, relapse and second malignancy joined"
            }
        }
    }

    /// The cumulative incidence of each cause of an endpoint's event, the others competing (Aalen and Johansen).
    ///
    /// The states of the result are `event-free` and those causes that anybody had.
    public func incidence(_ endpoint: Endpoint, by causes: Causes, arm: String? = nil) -> Estimated<AalenJohansen> {
        estimated { () throws(EstimateError) in
            try basis("first event of \(endpoint.title.lowercased()), \(causes.words)", arm: arm)
        } _: { () throws(EstimateError) in
            let number = try number(of: endpoint)
            var intervals: [StateInterval] = []
            for (patient, member) in try present(in: arm).enumerated() {
                let ending = ending(number, of: member)
                intervals.append(
                    try .competing(
                        subject: String(patient), exit: ending.days,
                        cause: ending.component.map { causes.cause(endpoint.components[$0]) }))
            }
            return try AalenJohansen(intervals)
        }
    }

    /// The probability of each ``Outcome``, day by day (Aalen and Johansen): of ``Subject/states(_:from:plan:)``, so that its changes of a day are those
    /// of the endpoints.
    public func occupation(arm: String? = nil) -> Estimated<AalenJohansen> {
        estimated { () throws(EstimateError) in
            try basis("state: \(Outcome.allCases.map(\.rawValue).joined(separator: ", "))", arm: arm)
        } _: { () throws(EstimateError) in
            var intervals: [StateInterval] = []
            for (patient, member) in try present(in: arm).enumerated() {
                for period in periods(of: member) {
                    intervals.append(
                        try StateInterval(
                            subject: String(patient), start: period.start, stop: period.stop,
                            from: State(period.state), to: period.next.map { State($0) }))
                }
            }
            return try AalenJohansen(intervals)
        }
    }

    /// The states of a subject, under the rule of follow-up.
    private func periods(of member: AnalysedSubject) -> [StatePeriod] {
        guard followUpRule == .cut, let through else { return member.periods }
        return member.periods(to: max(0, through.days(since: member.zero)))
    }
}
