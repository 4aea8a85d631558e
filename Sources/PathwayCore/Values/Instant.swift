/// A moment of the database's clock, in microseconds since 1970-01-01, UTC.
public struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Makes a moment.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Reads `2026-11-23T05:52:29.123456Z`, with no fraction or up to six digits of it, or with an offset instead of the `Z` as RFC 3339
    /// has it (`2026-11-23T06:52:29+01:00`); `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let all = Array(text.utf8)
        let zone = all.last == UInt8(ascii: "Z") ? 1 : 6
        guard all.count >= 19 + zone, all.count <= 26 + zone, let offset = Instant.offset(all.suffix(zone)) else {
            return nil
        }
        let bytes = Array(all.dropLast(zone))
        guard bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes.count == 19 || bytes[19] == UInt8(ascii: "."),
            [11, 12, 14, 15, 17, 18].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }),
            let day = Day(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = Scaled.parse(String(decoding: bytes[11..<13], as: UTF8.self), scale: 0), hour < 24,
            let minute = Scaled.parse(String(decoding: bytes[14..<16], as: UTF8.self), scale: 0), minute < 60,
            let second = Scaled.parse(String(decoding: bytes[17...], as: UTF8.self), scale: 6),
            second < 60_000_000
        else { return nil }
        microseconds =
            Int64(day.number) * 86_400_000_000 + Int64(hour) * 3_600_000_000 + Int64(minute) * 60_000_000
            + Int64(second) - Int64(offset) * 60_000_000
    }

    /// The minutes by which a clock of the zone is ahead: 0 for `Z`, 60 for `+01:00`.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        guard zone.count == 6 else { return 0 }
        let bytes = Array(zone)
        guard bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"), bytes[3] == UInt8(ascii: ":"),
            [1, 2, 4, 5].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) })
        else { return nil }
        func number(_ index: Int) -> Int { Int(bytes[index] & 15) * 10 + Int(bytes[index + 1] & 15) }
        guard number(1) < 24, number(4) < 60 else { return nil }
        let minutes = number(1) * 60 + number(4)
        return bytes[0] == UInt8(ascii: "-") ? -minutes : minutes
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
