/// A condition on a patient's facts, kept as data so that it can be evaluated, printed, checked and turned into tests.
public indirect enum Guard: Sendable, Hashable {
    /// The fact is one of these words (for a set of words: shares one with them).
    case oneOf(Field, [String])
    /// The fact is `yes`, or `no`.
    case flag(Field, Bool)
    /// A number compared with a limit at the field's scale.
    case number(Field, Comparison, Int)
    /// A share of cells compared with a limit.
    case level(Field, Comparison, MRD.Level)
    /// Residual disease known to be below the limit, or not.
    case mrd(MRDSide, MRD.Level)
    /// The time between two named days compared with a limit.
    case elapsed(from: Clock, to: Clock, Comparison, Span)
    /// The arm, risk group, phase or status the path says.
    case standing(Standing.Word, [String])
    /// Any of these agents was in a course that was started.
    case received([String])
    /// One of these milestones was recorded before.
    case happened([MilestoneKind])
    /// The day of the milestone compared with a day of the calendar.
    case day(Comparison, Day)
    /// The fact was given.
    case known(Field)
    /// All of these hold; an empty list always does.
    case all([Guard])
    /// At least one of these holds.
    case any([Guard])
    /// This does not hold.
    case not(Guard)

    /// How a number is compared with a limit.
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        /// Less than the limit.
        case below
        /// The limit or less.
        case atMost = "at-most"
        /// The limit or more.
        case atLeast = "at-least"
        /// More than the limit.
        case above
    }

    /// On which side of a limit residual disease is known to be.
    public enum MRDSide: String, Sendable, Hashable, CaseIterable {
        /// Known to be less than the limit.
        case below
        /// Known to be the limit or more.
        case atLeast = "at-least"
        /// A result was given that decides neither.
        case undetermined
    }
}

extension Guard.Comparison {
    /// Whether `value` stands so to `limit`.
    public func holds<Number: Comparable>(_ value: Number, _ limit: Number) -> Bool {
        switch self {
        case .below: value < limit
        case .atMost: value <= limit
        case .atLeast: value >= limit
        case .above: value > limit
        }
    }

    /// Whether a date stands so to `limit`; unknown where it can lie on either side.
    func holds(_ date: ClinicalDate, _ limit: Day) -> Truth {
        let first = holds(date.earliest, limit)
        return date.precision == .day || first == holds(date.latest, limit) ? Truth(first) : .unknown
    }
}

extension Guard.MRDSide {
    /// Whether a result lies on this side of `limit`.
    func takes(_ mrd: MRD, _ limit: MRD.Level) -> Bool {
        switch self {
        case .below: mrd.isBelow(limit) == .yes
        case .atLeast: mrd.isBelow(limit) == .no
        case .undetermined: mrd.isBelow(limit) == .unknown
        }
    }
}

/// A day in a patient's history that time is counted from or to.
public enum Clock: String, Sendable, Hashable, CaseIterable {
    /// Day of birth.
    case birth
    /// First diagnosis.
    case diagnosis
    /// The relapse that led to enrolment.
    case relapse
    /// End of first-line therapy.
    case endOfTherapy = "end-of-therapy"
    /// Consent.
    case consent
    /// Enrolment.
    case enrolment
    /// The latest randomisation.
    case randomisation
    /// The day the present phase was entered.
    case phase
    /// Start of the latest course.
    case course
    /// The latest interruption of an infusion.
    case hold
    /// Transplant.
    case transplant
    /// The day of the milestone that is judged.
    case today
}

/// A length of time as a protocol states it.
public struct Span: Sendable, Hashable {
    /// What is counted.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Days.
        case days
        /// Seven days each.
        case weeks
        /// As the protocol's ``MonthCount`` says.
        case months
        /// Twelve months each.
        case years

        fileprivate var isCalendar: Bool { self == .months || self == .years }
    }

    /// How many.
    public let count: Int
    /// Of what.
    public let unit: Unit

    /// So many of that; `count` is from 0 to 100,000.
    public init(_ count: Int, _ unit: Unit) {
        precondition((0...100_000).contains(count), "a span is from 0 to 100,000")
        self.count = count
        self.unit = unit
    }

    /// Whether it is longer from whatever day it is counted, by a calendar in which a month has 28 to 31 days.
    public func isLonger(than other: Span) -> Bool {
        switch (unit.isCalendar, other.unit.isCalendar) {
        case (false, false): days.lowerBound > other.days.lowerBound
        case (true, true): months > other.months
        case (true, false), (false, true): days.lowerBound > other.days.upperBound
        }
    }

    /// Of months, or of years in them.
    private var months: Int { unit == .years ? count * 12 : count }

    private var days: ClosedRange<Int> {
        switch unit {
        case .days: count...count
        case .weeks: count * 7...count * 7
        case .months, .years: months * 28...months * 31
        }
    }

    /// The span in words: `36 months`, `1 day`.
    public var text: String { "\(count) \(count == 1 ? String(unit.rawValue.dropLast()) : unit.rawValue)" }
}

/// How a protocol counts months.
public enum MonthCount: Sendable, Hashable {
    /// To the same day of a later month; a day that does not exist becomes the last of its month.
    case calendar
    /// So many ten-thousandths of a day each; 30.4375 days are 304,375.
    case tenThousandthsOfADay(Int)

    /// Whether the time from `start` to `end` stands so to `span`.
    public func holds(_ comparison: Guard.Comparison, from start: Day, to end: Day, _ span: Span) -> Bool {
        let days = end.days(since: start)
        switch (span.unit, self) {
        case (.days, _): return comparison.holds(days, span.count)
        case (.weeks, _): return comparison.holds(days, span.count * 7)
        case (.months, .calendar): return comparison.holds(end, start.adding(months: span.count))
        case (.years, .calendar): return comparison.holds(end, start.adding(months: span.count * 12))
        case (.months, .tenThousandthsOfADay(let length)):
            return comparison.holds(days * 10_000, span.count * length)
        case (.years, .tenThousandthsOfADay(let length)):
            return comparison.holds(days * 10_000, span.count * 12 * length)
        }
    }

    /// Whether the time between two dates stands so to `span`; unknown where they leave it open.
    func holds(
        _ comparison: Guard.Comparison, from start: ClinicalDate, to end: ClinicalDate, _ span: Span
    ) -> Truth {
        let longest = holds(comparison, from: start.earliest, to: end.latest, span)
        if start.precision == .day, end.precision == .day { return Truth(longest) }
        // A date known to the month can lie on either side: both ends must agree.
        let shortest = holds(comparison, from: start.latest, to: end.earliest, span)
        return shortest == longest ? Truth(shortest) : .unknown
    }

    /// The first day that lies at least `span` after `start`.
    public func day(_ span: Span, after start: Day) -> Day {
        switch (span.unit, self) {
        case (.days, _): start.adding(days: span.count)
        case (.weeks, _): start.adding(days: span.count * 7)
        case (.months, .calendar): start.adding(months: span.count)
        case (.years, .calendar): start.adding(months: span.count * 12)
        case (.months, .tenThousandthsOfADay(let length)):
            start.adding(days: (span.count * length + 9_999) / 10_000)
        case (.years, .tenThousandthsOfADay(let length)):
            start.adding(days: (span.count * 12 * length + 9_999) / 10_000)
        }
    }
}
