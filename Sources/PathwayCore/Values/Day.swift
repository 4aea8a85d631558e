/// A day of the Gregorian calendar, without a time or a time zone.
///
/// Clinical dates are days: no clock, no conversion, no floating point. The value counts days since 1970-01-01
/// and covers the years 1000 to 9999.
public struct Day: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01, negative before it.
    public let number: Int32

    /// Makes the day that lies `number` days after 1970-01-01.
    public init(number: Int32) { self.number = number }

    /// Makes a day from its parts; `nil` if the calendar has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1000...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Day.length(ofMonth: month, year: year)
        else { return nil }
        self.init(validYear: year, month: month, day: day)
    }

    /// Reads `2019-09-18`; `nil` for anything else, also for a day that does not exist.
    public init?(_ text: some StringProtocol) {
        guard let date = ClinicalDate(text), date.precision == .day else { return nil }
        self = date.earliest
    }

    // Days from civil: era arithmetic after Howard Hinnant's description of the proleptic Gregorian calendar.
    init(validYear year: Int, month: Int, day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Year, month (1 to 12) and day of the month (from 1).
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day this many days later, or earlier if negative.
    public func adding(days: Int) -> Day { Day(number: number + Int32(days)) }

    /// The same day of the month so many months later; a day that does not exist becomes the last of its month.
    public func adding(months: Int) -> Day {
        let (year, month, day) = parts
        let count = year * 12 + month - 1 + months
        let (newYear, newMonth) = (count / 12, count % 12 + 1)
        return Day(
            validYear: newYear, month: newMonth, day: min(day, Day.length(ofMonth: newMonth, year: newYear)))
    }

    /// Days from `other` to this day.
    public func days(since other: Day) -> Int { Int(number) - Int(other.number) }

    /// Whether `lhs` comes before `rhs`.
    public static func < (lhs: Day, rhs: Day) -> Bool { lhs.number < rhs.number }
}

extension Day: CustomStringConvertible {
    /// ISO 8601: `2019-09-18`.
    public var description: String { ClinicalDate(self).description }
}
