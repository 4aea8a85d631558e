/// A moment of the database's clock, in microseconds since 1970-01-01, UTC.
public struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Makes a moment.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Reads `2026-11-23T05:52:29.123456Z`, with no fraction or up to six digits of it; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 27, bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes.count == 20 || bytes[19] == UInt8(ascii: "."),
            [11, 12, 14, 15, 17, 18].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }),
            let day = Day(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = Scaled.parse(String(decoding: bytes[11..<13], as: UTF8.self), scale: 0), hour < 24,
            let minute = Scaled.parse(String(decoding: bytes[14..<16], as: UTF8.self), scale: 0), minute < 60,
            let second = Scaled.parse(String(decoding: bytes[17..<bytes.count - 1], as: UTF8.self), scale: 6),
            second < 60_000_000
        else { return nil }
        microseconds =
            Int64(day.number) * 86_400_000_000 + Int64(hour) * 3_600_000_000 + Int64(minute) * 60_000_000
            + Int64(second)
    }

    /// The day in UTC.
    public var day: Day {
        let days = microseconds >= 0 ? microseconds / 86_400_000_000 : (microseconds - 86_399_999_999) / 86_400_000_000
        return Day(number: Int32(days))
    }

    /// Whether `lhs` comes before `rhs`.
    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.microseconds < rhs.microseconds }
}

extension Instant: CustomStringConvertible {
    /// ISO 8601 with six digits of a second: `2026-11-23T05:52:29.123456Z`.
    public var description: String {
        let rest = Int(microseconds - Int64(day.number) * 86_400_000_000)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: count - text.utf8.count) + text
        }
        let seconds = rest / 1_000_000
        return
            "\(day)T\(digits(seconds / 3600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2)).\(digits(rest % 1_000_000, 6))Z"
    }
}
