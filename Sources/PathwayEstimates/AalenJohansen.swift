/// The probability of being in each state, day by day.
///
/// In a model of competing events the occupation of an end state is the cumulative incidence of its event. Source: Aalen
/// and Johansen, Scandinavian Journal of Statistics 5:141, 1978. Standard errors are those of the infinitesimal
/// jackknife, each patient's influence squared and summed, the influence on the initial distribution included: what
/// `survfit` of R's `survival` gives with `influence = TRUE`. Where all begin in one state, it gives the same without.
/// With one cause of failure and no late entries, they are Greenwood's.
public struct AalenJohansen: Sendable, Hashable {
    /// A day on which somebody changed state or was seen for the last time.
    public struct Step: Sendable, Hashable {
        /// Days since day 0. A day on which a state was entered and left has a second step, for those who left it.
        public let day: Int
        /// How many were under observation in each state just before.
        public let atRisk: [Int]
        /// How many entered each state on this day.
        public let entered: [Int]
        /// How many were censored in each state on this day, after the changes.
        public let censored: [Int]
        /// The probability of each state after this day.
        public let probability: [Double]
        /// The standard error of each probability.
        public let standardError: [Double]
    }

    /// The states, by name: the order of every list in a step.
    public let states: [State]
    /// How many patients the estimate is made of: the denominator.
    public let observations: Int
    /// How many changes of state were seen.
    public let transitions: Int
    /// The probability of each state before the first change: its share of those who were then under observation.
    public let initial: [Double]
    /// The standard error of each initial probability.
    public let initialStandardError: [Double]
    /// The estimate, by day.
    public let steps: [Step]
    private let paths: [[StateInterval]]

    /// The last day that anybody was followed to.
    public var lastDay: Int { steps.last?.day ?? 0 }

    /// Estimates the occupation of the states from patients' paths.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/noObservations``, and ``EstimateError/Code/brokenPath`` if the
    /// intervals of a patient overlap, leave a gap, or go on in another state than they led to.
    public init(_ intervals: [StateInterval]) throws(EstimateError) {
        guard !intervals.isEmpty else {
            throw EstimateError(.noObservations, "cannot estimate states: the analysis set has no patients")
        }
        let paths = Dictionary(grouping: intervals, by: \.subject).sorted { $0.key < $1.key }
            .map { $0.value.sorted { ($0.start, $0.stop) < ($1.start, $1.stop) } }
        for path in paths { try Self.check(path) }
        let states = Set(intervals.map(\.from) + intervals.compactMap(\.to)).sorted()
        var walk = OccupationWalk(paths: paths, states: states)
        initial = walk.probability
        initialStandardError = walk.standardError
        steps = walk.steps()
        self.paths = paths
        self.states = states
        observations = paths.count
        transitions = intervals.count { $0.to != nil }
    }

    private static func check(_ path: [StateInterval]) throws(EstimateError) {
        for (earlier, later) in zip(path, path.dropFirst()) {
            let wrong: String
            if later.start < earlier.stop {
                wrong = "two intervals overlap on day \(later.start)"
            } else if later.start > earlier.stop {
                wrong = "nothing is known between day \(earlier.stop) and day \(later.start)"
            } else if later.from != earlier.to ?? earlier.from {
                wrong = "on day \(later.start) it goes on in \"\(later.from)\" without having entered it"
            } else if earlier.start == later.stop {
                wrong = "two states were entered and left on day \(later.start)"
            } else {
                continue
            }
            // The subject is a patient and stays out of the words.
            throw EstimateError(.brokenPath, "cannot follow a patient's states: \(wrong)")
        }
    }

    /// How many were under observation in any state just before a day's changes.
    public func atRisk(on day: Int) -> Int {
        paths.count { path in path.contains { $0.riskStart < day && day <= $0.stop } }
    }

    /// The probability of a state at a named day.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/missingGroup`` for a state that nobody was in, and
    /// ``EstimateError/Code/beyondFollowUp`` after the last day that anybody was followed to.
    public func estimate(
        of state: State, at day: Int, scale: ConfidenceScale = .logLog, level: ConfidenceLevel = .ninetyFive
    ) throws(EstimateError) -> OccupationEstimate {
        guard let number = states.firstIndex(of: state) else {
            throw EstimateError(
                .missingGroup, "cannot estimate the state \"\(state)\": nobody was in it",
                hint: "states: \(states.map(\.name).joined(separator: ", "))")
        }
        guard day >= 0, day <= lastDay else {
            throw EstimateError(
                .beyondFollowUp,
                "cannot estimate states at day \(day): patients were followed from day 0 to day \(lastDay)")
        }
        let step = steps.last { $0.day <= day }
        let probability = step?.probability[number] ?? initial[number]
        let standardError = step?.standardError[number] ?? initialStandardError[number]
        return OccupationEstimate(
            state: state, day: day, probability: probability, standardError: standardError,
            limits: scale.limits(of: probability, standardError: standardError, level: level), scale: scale,
            level: level, atRisk: atRisk(on: day))
    }
}

/// The probability of a state at a named day, with how it was asked for.
public struct OccupationEstimate: Sendable, Hashable {
    /// The state.
    public let state: State
    /// The day that was asked for.
    public let day: Int
    /// The probability of being in the state after this day: for an end state, the cumulative incidence.
    public let probability: Double
    /// The standard error, by the infinitesimal jackknife.
    public let standardError: Double
    /// The interval; `nil` where its scale says nothing, such as log-log at 0.
    public let limits: ConfidenceLimits?
    /// The scale of the interval.
    public let scale: ConfidenceScale
    /// The level of the interval.
    public let level: ConfidenceLevel
    /// How many were under observation in any state just before this day's changes.
    public let atRisk: Int
}
