internal import Crypto
internal import PathwayCore

/// The secret behind moved dates: what ``DateShift`` draws a patient's new place from.
public struct ShiftKey: Sendable {
    private let bytes: [UInt8]

    /// Makes a key at random.
    public init() {
        bytes = SymmetricKey(size: .bits256).withUnsafeBytes { [UInt8]($0) }
    }

    /// Reads a key as ``text`` writes it; `nil` for anything else.
    public init?(_ text: String) {
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        guard line.hasPrefix(ShiftKey.prefix) else { return nil }
        let digits = line.dropFirst(ShiftKey.prefix.count).utf8
        guard digits.count == 64 else { return nil }
        var read: [UInt8] = []
        var rest = digits[...]
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let high = Character(UnicodeScalar(high)).hexDigitValue,
                let low = Character(UnicodeScalar(low)).hexDigitValue
            else { return nil }
            read.append(UInt8(high << 4 | low))
        }
        bytes = read
    }

    private static let prefix = "pathway-date-shift:"

    /// The key as it is kept: one line. Whoever has it can undo the shift.
    public var text: String { ShiftKey.prefix + hexadecimal(bytes) }

    /// What an export calls the key: the first 16 digits of SHA-256 of its bytes.
    public var identifier: String { String(hexadecimal(SHA256.hash(data: bytes)).prefix(16)) }

    /// A number for a patient that nobody guesses without the key: the first eight bytes of HMAC-SHA256 of the study number.
    func number(for patient: PatientID) -> UInt64 {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(patient.description.utf8), using: SymmetricKey(data: bytes))
        return code.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Bytes as hexadecimal digits in lower case.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
}
