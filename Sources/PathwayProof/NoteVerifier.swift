internal import Crypto

/// The public half of a key that signs notes: whom to believe.
///
/// Whoever checks a note must have got this from somewhere else than the note.
public struct NoteVerifier: Sendable, Hashable {
    /// The name of the key, such as `log.example/pathway`.
    public let name: String
    /// The first four bytes of SHA-256 of the name, a newline, the byte 1 and the public key.
    ///
    /// It tells the keys of one name apart and is no secret and no proof.
    public let keyID: UInt32
    private let publicKey: [UInt8]

    init(name: String, publicKey: [UInt8]) {
        self.name = name
        self.publicKey = publicKey
        keyID = KeyText.keyID(name: name, publicKey: publicKey)
    }

    /// Reads the form that ``text`` writes.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedKey``, also if the key ID is not that of the key.
    public init(_ text: String) throws(ProofError) {
        let key = try KeyText(text[...], kind: "verifier key")
        self.init(name: key.name, publicKey: key.bytes)
        guard keyID == key.keyID else { throw key.mismatch }
    }

    /// `<name>+<key ID in hexadecimal>+<base64 of the byte 1 and the public key>`, as Go's sumdb/note writes it.
    public var text: String { KeyText(name: name, keyID: keyID, bytes: publicKey).description }

    /// Whether this is a signature of that text by this key (RFC 8032, Ed25519).
    func isValid(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: text)
    }
}

extension NoteVerifier: CustomStringConvertible {
    /// The same as ``text``.
    public var description: String { text }
}
