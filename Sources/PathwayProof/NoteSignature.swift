/// One signature of a note, by a known key or by another.
public struct NoteSignature: Sendable, Hashable {
    /// The name of the key, as the note says it.
    public let name: String
    /// The ID of the key, as the note says it.
    public let keyID: UInt32
    /// What the key made of the text: for Ed25519, 64 bytes.
    public let bytes: [UInt8]

    private static let dash = [UInt8]("— ".utf8)

    init(name: String, keyID: UInt32, bytes: [UInt8]) {
        (self.name, self.keyID, self.bytes) = (name, keyID, bytes)
    }

    /// Reads a line without its newline: an em dash (U+2014), a space, the name, a space, and in base64 the key ID and
    /// the signature.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let parts = line.dropFirst(Self.dash.count).split(
            separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = Base64.decode(parts[1]), bytes.count > 4 else { return nil }
        let name = String(decoding: parts[0], as: UTF8.self)
        guard KeyText.isName(name) else { return nil }
        self.init(
            name: name, keyID: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, bytes: [UInt8](bytes.dropFirst(4)))
    }

    /// The line that ``init(line:)`` reads.
    var line: String {
        let keyID = (0..<4).map { UInt8(truncatingIfNeeded: self.keyID >> (24 - 8 * $0)) }
        return "— \(name) \(Base64.encode(keyID + bytes))"
    }
}
