/// The text of a key, private or public: `<name>+<key ID>+<base64 of the byte 1 and 32 bytes>`.
struct KeyText: CustomStringConvertible {
    let name: String
    let keyID: UInt32
    let bytes: [UInt8]

    /// The identifier byte of Ed25519 in C2SP's signed-note.
    private static let ed25519: UInt8 = 1

    init(name: String, keyID: UInt32, bytes: [UInt8]) {
        (self.name, self.keyID, self.bytes) = (name, keyID, bytes)
    }

    /// Reads the text; `kind` says in an error what it should have been. The key itself is never quoted.
    init(_ text: Substring, kind: String) throws(ProofError) {
        // The base64 may hold pluses of its own.
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(parts[0]), KeyText.isName(name) else {
            throw KeyText.malformed(
                kind, "it takes a name without spaces and pluses, a key ID and a key between pluses")
        }
        guard let digits = Hexadecimal.decode(parts[1]), digits.count == 4 else {
            throw KeyText.malformed(kind, "the key ID takes eight hexadecimal digits in lower case")
        }
        guard let key = Base64.decode(parts[2]) else {
            throw KeyText.malformed(kind, "the key is not base64")
        }
        guard key.first == KeyText.ed25519, key.count == 33 else {
            throw KeyText.malformed(kind, "the key takes the byte 1, for Ed25519, and 32 bytes")
        }
        self.init(name: name, keyID: digits.reduce(0) { $0 << 8 | UInt32($1) }, bytes: [UInt8](key.dropFirst()))
    }

    var description: String {
        "\(KeyText.label(name, keyID))+\(Base64.encode([KeyText.ed25519] + bytes))"
    }

    /// The text names another key ID than the key has.
    var mismatch: ProofError {
        ProofError(
            .malformedKey, "the key ID of \"\(KeyText.label(name, keyID))\" does not belong to that name and key",
            hint: "copy the whole key again")
    }

    /// Whether a key may have this name: something, without spaces of any kind, pluses and control characters.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
    }

    static func keyID(name: String, publicKey: [UInt8]) -> UInt32 {
        var builder = DigestBuilder()
        builder.append([UInt8](name.utf8))
        builder.append(UInt8(ascii: "\n"))
        builder.append(ed25519)
        builder.append(publicKey)
        return builder.finish().bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// How a key is named in words: its name and key ID.
    static func label(_ name: String, _ keyID: UInt32) -> String {
        let digits = String(keyID, radix: 16)
        return "\(name)+\(String(repeating: "0", count: 8 - digits.count))\(digits)"
    }

    private static func malformed(_ kind: String, _ words: String) -> ProofError {
        ProofError(.malformedKey, "malformed \(kind): \(words)")
    }
}
