/// How many are still free of an event, day by day: the product-limit estimate.
///
/// Events of a day come before its censorings, as everywhere in survival analysis. Late entries (left truncation) join
/// the risk set after their day of entry. Source: Kaplan and Meier, Journal of the American Statistical Association
/// 53:457, 1958; variance by Greenwood, 1926. The same as `survfit` of R's `survival`.
public struct KaplanMeier: Sendable, Hashable {
    /// A day on which somebody had an event or was censored.
    public struct Step: Sendable, Hashable {
        /// Days since day 0.
        public let day: Int
        /// How many were under observation just before.
        public let atRisk: Int
        /// How many had the event on this day.
        public let events: Int
        /// How many were censored on this day, after the events.
        public let censored: Int
        /// The share that is free of an event after this day.
        public let survival: Double
        /// Greenwood's standard error of `survival`; `nil` once the curve is 0, where the formula says nothing.
        public let standardError: Double?
    }

    /// How many patients the curve is made of: the denominator.
    public let observations: Int
    /// How many of them had the event.
    public let events: Int
    /// The curve, by day. Before the first step it is 1.
    public let steps: [Step]
    private let table: RiskTable

    /// How many of them were censored.
    public var censored: Int { observations - events }
    /// The last day that anybody was followed to.
    public var lastDay: Int { table.lastDay ?? 0 }
    /// The day on which the curve fell to 0 for good although somebody is observed after it.
    ///
    /// Only late entries can do this: the risk set ran empty before they came. Such a curve says nothing of value; start
    /// it at a later day.
    public var exhausted: Int? {
        steps.first { $0.survival == 0 && $0.day < lastDay }?.day
    }

    /// Makes the curve of patients taken together; groups and strata are not looked at.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/noObservations``.
    public init(_ observations: [Observation]) throws(EstimateError) {
        guard !observations.isEmpty else { throw Self.nobody }
        table = RiskTable(observations)
        self.observations = observations.count
        events = observations.count { $0.event }
        steps = Self.steps(of: table)
    }

    /// Makes the curve of the time that patients are followed: reverse Kaplan-Meier, in which an event ends the
    /// follow-up as a censoring and a censoring is what is waited for (Schemper and Smith, Controlled Clinical Trials
    /// 17:343, 1996).
    ///
    /// Its ``median(scale:level:)`` is the median follow-up. Throws like ``init(_:)``.
    public static func followUp(of observations: [Observation]) throws(EstimateError) -> KaplanMeier {
        try KaplanMeier(observations.map(\.reversed))
    }

    /// A curve for each group that has patients, by name.
    ///
    /// Throws like ``init(_:)``.
    public static func byGroup(_ observations: [Observation]) throws(EstimateError) -> [(Group, KaplanMeier)] {
        guard !observations.isEmpty else { throw nobody }
        var curves: [(Group, KaplanMeier)] = []
        for (group, members) in Dictionary(grouping: observations, by: \.group).sorted(by: { $0.key < $1.key }) {
            curves.append((group, try KaplanMeier(members)))
        }
        return curves
    }

    private static let nobody = EstimateError(
        .noObservations, "cannot estimate survival: the analysis set has no patients")

    private static func steps(of table: RiskTable) -> [Step] {
        var (survival, greenwood) = (1.0, 0.0)
        return table.rows.map { row in
            if row.events > 0 {
                let (atRisk, events) = (Double(row.atRisk), Double(row.events))
                survival *= (atRisk - events) / atRisk
                greenwood += row.atRisk == row.events ? 0 : events / (atRisk * (atRisk - events))
            }
            return Step(
                day: row.day, atRisk: row.atRisk, events: row.events, censored: row.censored, survival: survival,
                standardError: survival == 0 ? nil : survival * greenwood.squareRoot())
        }
    }

    /// How many are under observation just before the events of a day.
    public func atRisk(on day: Int) -> Int { table.atRisk(on: day) }
}
