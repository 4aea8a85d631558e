/// Survival at a named day, with how it was asked for.
public struct SurvivalEstimate: Sendable, Hashable {
    /// The day that was asked for.
    public let day: Int
    /// The share free of an event after this day.
    public let survival: Double
    /// Greenwood's standard error; `nil` where the curve is 0.
    public let standardError: Double?
    /// The interval; `nil` where its scale says nothing, such as log-log before the first event.
    public let limits: ConfidenceLimits?
    /// The scale of the interval.
    public let scale: ConfidenceScale
    /// The level of the interval.
    public let level: ConfidenceLevel
    /// How many were under observation just before this day's events.
    public let atRisk: Int
    /// How many had the event up to and on this day.
    public let events: Int
    /// How many were censored up to and on this day.
    public let censored: Int
}

/// The day by which half have had the event, with its interval.
public struct MedianSurvival: Sendable, Hashable {
    /// The median in days; `nil` if the curve stays above a half. Half-days arise where the curve lies at a half for a
    /// while: the middle of that while counts.
    public let day: Double?
    /// The lower limit in days; `nil` if it is not reached.
    public let lower: Double?
    /// The upper limit in days; `nil` if it is not reached, which is to say that it is unbounded.
    public let upper: Double?
    /// The scale of the curve's intervals that the limits were read from.
    public let scale: ConfidenceScale
    /// The level of the interval.
    public let level: ConfidenceLevel
}

/// The mean time free of an event up to a day.
public struct RestrictedMean: Sendable, Hashable {
    /// The day that the mean is restricted to.
    public let horizon: Int
    /// The mean, in days.
    public let days: Double
    /// Its standard error, in days.
    public let standardError: Double
}

extension KaplanMeier {
    /// Survival at a named day.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/beyondFollowUp`` after the last day that anybody was followed
    /// to, unless the curve is 0 by then.
    public func estimate(
        at day: Int, scale: ConfidenceScale = .logLog, level: ConfidenceLevel = .ninetyFive
    ) throws(EstimateError) -> SurvivalEstimate {
        try requireFollowUp(to: day)
        let past = steps.prefix { $0.day <= day }
        let survival = past.last?.survival ?? 1
        let standardError = past.isEmpty ? 0 : past.last?.standardError
        return SurvivalEstimate(
            day: day, survival: survival, standardError: standardError,
            limits: scale.limits(of: survival, standardError: standardError, level: level), scale: scale, level: level,
            atRisk: atRisk(on: day), events: past.reduce(0) { $0 + $1.events },
            censored: past.reduce(0) { $0 + $1.censored })
    }

    /// The interval at a step of the curve; `nil` where the scale says nothing.
    public func limits(
        at step: Step, scale: ConfidenceScale = .logLog, level: ConfidenceLevel = .ninetyFive
    ) -> ConfidenceLimits? {
        scale.limits(of: step.survival, standardError: step.standardError, level: level)
    }

    /// The median, and the days on which the curve's limits pass a half (Brookmeyer and Crowley, Biometrics 38:29,
    /// 1982).
    public func median(
        scale: ConfidenceScale = .logLog, level: ConfidenceLevel = .ninetyFive
    ) -> MedianSurvival {
        let limits = steps.map { self.limits(at: $0, scale: scale, level: level) }
        return MedianSurvival(
            day: firstDay(ofHalfIn: steps.map(\.survival)), lower: firstDay(ofHalfIn: limits.map { $0?.lower }),
            upper: firstDay(ofHalfIn: limits.map { $0?.upper }), scale: scale, level: level)
    }

    /// A value within this of a half is a half: the product of fractions seldom hits it to the bit.
    private static let tolerance = Double.ulpOfOne.squareRoot()

    private func firstDay(ofHalfIn values: [Double?]) -> Double? {
        var passed: (day: Int, value: Double)?
        for (step, value) in zip(steps, values) {
            guard let value, value < 0.5 + Self.tolerance else { continue }
            guard let first = passed else {
                if abs(value - 0.5) >= Self.tolerance { return Double(step.day) }
                passed = (step.day, value)
                continue
            }
            if value < first.value { return Double(first.day + step.day) / 2 }
        }
        return passed.map { Double($0.day) }
    }

    /// The area under the curve from day 0 to a day, and its standard error (Klein and Moeschberger, Survival Analysis,
    /// 2nd edition, section 4.5).
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/beyondFollowUp`` like ``estimate(at:scale:level:)``.
    public func restrictedMean(to horizon: Int) throws(EstimateError) -> RestrictedMean {
        try requireFollowUp(to: horizon)
        let past = steps.filter { $0.day < horizon }
        let ends = past.dropFirst().map(\.day) + [horizon]
        // The area to the right of each step, up to the horizon, from the last step back.
        var (area, variance) = (0.0, 0.0)
        for (step, end) in zip(past, ends).reversed() {
            area += Double(end - step.day) * step.survival
            guard step.events > 0, step.atRisk > step.events else { continue }
            let (atRisk, events) = (Double(step.atRisk), Double(step.events))
            variance += area * area * events / (atRisk * (atRisk - events))
        }
        return RestrictedMean(
            horizon: horizon, days: area + Double(past.first?.day ?? horizon), standardError: variance.squareRoot())
    }

    private func requireFollowUp(to day: Int) throws(EstimateError) {
        guard day >= 0 else {
            throw EstimateError(.negativeDay, "cannot estimate survival at day \(day): days count from 0")
        }
        guard day > lastDay, (steps.last?.survival ?? 1) > 0 else { return }
        throw EstimateError(
            .beyondFollowUp,
            "cannot estimate survival at day \(day): nobody was followed longer than to day \(lastDay)",
            hint: "ask for a day up to \(lastDay)")
    }
}
