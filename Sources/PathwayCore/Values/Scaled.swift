/// A decimal number of fixed scale, kept as an integer so that it compares exactly.
///
/// `0.05` at scale 3 is 50. There is no rounding: more decimals than the scale holds are refused.
public enum Scaled {
    /// Reads a plain decimal such as `12`, `0.05` or `.5`; `nil` for signs, exponents, too many decimals and overflow.
    public static func parse(_ text: some StringProtocol, scale: Int) -> Int? {
        var value = 0
        var decimals = -1
        var digits = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            digits += 1
            if decimals >= 0 {
                if decimals == scale {
                    guard byte == UInt8(ascii: "0") else { return nil }
                    continue
                }
                decimals += 1
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !overflow, !carried else { return nil }
            value = sum
        }
        // "0." may be a "0.05" that was cut off.
        guard digits > 0, text.last != "." else { return nil }
        for _ in max(decimals, 0)..<max(scale, 0) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        return value
    }

    /// The shortest decimal that reads back as `value`: 50 at scale 3 is `0.05`.
    public static func text(_ value: Int, scale: Int) -> String {
        guard scale > 0 else { return String(value) }
        var digits = String(value.magnitude)
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
        }
        var fraction = String(digits.suffix(scale))
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let whole = digits.dropLast(scale)
        return (value < 0 ? "-" : "") + (fraction.isEmpty ? String(whole) : "\(whole).\(fraction)")
    }
}
