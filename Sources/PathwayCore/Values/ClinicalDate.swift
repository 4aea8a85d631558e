/// A date as it is known: to the day, to the month or to the year.
///
/// A diagnosis may be remembered as "March 2015". Making a day of it would invent a fact, so the precision is
/// kept, and every comparison answers for the earliest and the latest day the date can mean.
public struct ClinicalDate: Sendable, Hashable {
    /// How much of the date is known; the raw value is its name in the database.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// The day is known.
        case day
        /// Only month and year are known.
        case month
        /// Only the year is known.
        case year
    }

    /// The first day that the date can mean.
    public let earliest: Day
    /// How much of it is known.
    public let precision: Precision

    /// A date known to the day.
    public init(_ day: Day) {
        earliest = day
        precision = .day
    }

    /// A date whose first day is known to be one that its precision allows.
    init(from earliest: Day, precision: Precision) {
        self.earliest = earliest
        self.precision = precision
    }

    /// A date of the given precision that contains `day`.
    public init(containing day: Day, precision: Precision) {
        let (year, month, _) = day.parts
        switch precision {
        case .day: earliest = day
        case .month: earliest = Day(validYear: year, month: month, day: 1)
        case .year: earliest = Day(validYear: year, month: 1, day: 1)
        }
        self.precision = precision
    }

    /// Reads `2015-03-05`, `2015-03` or `2015`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let count = text.utf8.count
        guard count == 4 || count == 7 || count == 10 else { return nil }
        var numbers = (0, 1, 1)
        for (index, byte) in text.utf8.enumerated() {
            if index == 4 || index == 7 {
                guard byte == UInt8(ascii: "-") else { return nil }
                if index == 4 { numbers.1 = 0 } else { numbers.2 = 0 }
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let digit = Int(byte - UInt8(ascii: "0"))
            if index < 4 {
                numbers.0 = numbers.0 * 10 + digit
            } else if index < 7 {
                numbers.1 = numbers.1 * 10 + digit
            } else {
                numbers.2 = numbers.2 * 10 + digit
            }
        }
        guard let day = Day(year: numbers.0, month: numbers.1, day: numbers.2) else { return nil }
        earliest = day
        precision = count == 10 ? .day : count == 7 ? .month : .year
    }

    /// The last day that the date can mean.
    public var latest: Day { precision == .day ? earliest : earliest.adding(months: months).adding(days: -1) }

    private var months: Int { precision == .month ? 1 : 12 }
}

extension ClinicalDate: CustomStringConvertible {
    /// ISO 8601 to the known precision: `2015-03-05`, `2015-03` or `2015`.
    public var description: String {
        let (year, month, day) = earliest.parts
        let tail =
            switch precision {
            case .day: "-\(twoDigits(month))-\(twoDigits(day))"
            case .month: "-\(twoDigits(month))"
            case .year: ""
            }
        return "\(year)\(tail)"
    }
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
