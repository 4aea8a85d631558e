/// A `uuid` as the sixteen bytes that it is.
public struct UUIDBytes: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes a random one (RFC 9562, version 4) from the system's generator.
    public static func random() -> UUIDBytes {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// Makes a random one (RFC 9562, version 4) from a generator, such as a seeded one in a test.
    public static func random(using generator: inout some RandomNumberGenerator) -> UUIDBytes {
        UUIDBytes(
            high: generator.next() & 0xffff_ffff_ffff_0fff | 0x0000_0000_0000_4000,
            low: generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        )
    }

    /// The sixteen bytes, in the order in which they are written.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in withUnsafeBytes(of: half.bigEndian) { [UInt8]($0) } }
    }

    /// Takes sixteen bytes, and nothing else.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads the usual text, eight-four-four-four-twelve hexadecimal digits in either case, and nothing else.
    public init?(_ text: String) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = groups.joined()
        guard digits.utf8.count == 32, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}

extension UUIDBytes: CustomStringConvertible {
    /// The usual text, in lower case.
    public var description: String {
        let digits = [high, low].map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { length in
            defer { rest = rest.dropFirst(length) }
            return String(rest.prefix(length))
        }.joined(separator: "-")
    }
}

extension UUIDBytes: PostgresCodable {
    /// `uuid`.
    public static var postgresType: PostgresType { .uuid }

    /// Writes the sixteen bytes.
    public func encode(into bytes: inout PostgresBytes) {
        bytes.append(high)
        bytes.append(low)
    }

    /// Reads `uuid`.
    public init?(postgres bytes: RawSpan, type: PostgresType) {
        guard type == .uuid, bytes.byteCount == 16, let high = bytes.bigEndian(UInt64.self, at: 0),
            let low = bytes.bigEndian(UInt64.self, at: 8)
        else { return nil }
        self.init(high: high, low: low)
    }
}
