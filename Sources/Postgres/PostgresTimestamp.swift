/// A `timestamp with time zone` as the instant that PostgreSQL keeps: the zone is only how it is written and shown.
public struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1 January 1970, 00:00 UTC.
    public let microsecondsSince1970: Int64

    /// The earliest instant that the server can hold, in 4714 BC; the latest is past what 64 bits hold here.
    public static let earliest: Int64 = -210_866_803_200_000_000

    /// Microseconds between 1970 and 2000, from which the server counts.
    private static let serverEpoch: Int64 = 946_684_800_000_000

    /// Takes an instant, which must not be before ``earliest``.
    public init(microsecondsSince1970: Int64) {
        precondition(microsecondsSince1970 >= Self.earliest, "the instant is before PostgreSQL's range of timestamps")
        self.microsecondsSince1970 = microsecondsSince1970
    }

    /// Whether this instant is earlier.
    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince1970 < right.microsecondsSince1970
    }
}

extension PostgresTimestamp: PostgresCodable {
    /// `timestamp with time zone`.
    public static var postgresType: PostgresType { .timestamptz }

    /// Writes microseconds since 2000.
    public func encode(into bytes: inout PostgresBytes) { bytes.append(microsecondsSince1970 - Self.serverEpoch) }

    /// Reads `timestamp with time zone`; `infinity` is not an instant, and a timestamp without zone is none either.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .timestamptz, let microseconds = bytes.bigEndian(Int64.self) else { return nil }
        self.init(microsecondsSince2000: microseconds)
    }

    init?(microsecondsSince2000 microseconds: Int64) {
        let (sum, overflow) = microseconds.addingReportingOverflow(Self.serverEpoch)
        guard !overflow, sum >= Self.earliest else { return nil }
        microsecondsSince1970 = sum
    }
}
