/// A `date` as a number of days, which is all that PostgreSQL keeps of it.
public struct PostgresDate: Sendable, Hashable, Comparable {
    /// Days since 1 January 1970.
    public let daysSince1970: Int32

    /// The days that the server can hold: from 4714 BC to the year 5874897.
    public static let range: Range<Int32> = -2_440_588..<2_145_042_906

    /// Days between 1 January 1970 and 1 January 2000, from which the server counts.
    private static let serverEpoch: Int32 = 10_957

    /// Takes a day by its number, which must be in ``range``.
    public init(daysSince1970: Int32) {
        precondition(Self.range.contains(daysSince1970), "day \(daysSince1970) is not in PostgreSQL's range of dates")
        self.daysSince1970 = daysSince1970
    }

    /// `-infinity`, which is before all days; it can be sent, and reading it back as a day fails.
    public static let beforeAllDays = PostgresDate(unchecked: .min + serverEpoch)

    private init(unchecked days: Int32) { daysSince1970 = days }

    /// Whether this day is earlier.
    public static func < (left: PostgresDate, right: PostgresDate) -> Bool { left.daysSince1970 < right.daysSince1970 }
}

extension PostgresDate: PostgresCodable {
    /// `date`.
    public static var postgresType: PostgresType { .date }

    /// Writes days since 2000.
    public func encode(into bytes: inout PostgresBytes) { bytes.append(daysSince1970 - Self.serverEpoch) }

    /// Reads `date`; `infinity` is not a day.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .date, let days = bytes.bigEndian(Int32.self) else { return nil }
        self.init(daysSince2000: days)
    }

    init?(daysSince2000 days: Int32) {
        let (sum, overflow) = days.addingReportingOverflow(Self.serverEpoch)
        guard !overflow, Self.range.contains(sum) else { return nil }
        daysSince1970 = sum
    }
}
