/// A patient's study number: all that the log knows of who it is.
///
/// 1 to 32 ASCII letters, digits, dots, hyphens and underscores, beginning with a letter or digit. Upper and lower case differ.
public struct PatientID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The study number as written.
    public let description: String

    /// Makes a study number; `nil` if the text is none.
    public init?(_ text: some StringProtocol) {
        guard (1...32).contains(text.utf8.count) else { return nil }
        var isFirst = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                break
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                if isFirst { return nil }
            default: return nil
            }
            isFirst = false
        }
        description = String(text)
    }

    /// Whether it holds a digit. One of letters alone may be a name, which every export would show.
    public var hasDigit: Bool { description.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }

    /// What a study number looks like, for messages.
    public static let expectation =
        "1 to 32 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"

    /// The order of the bytes, which is also the database's.
    public static func < (lhs: PatientID, rhs: PatientID) -> Bool { lhs.description < rhs.description }
}
