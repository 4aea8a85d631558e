internal import Crypto

/// A private key that signs notes under a name (Ed25519).
///
/// Printed, it shows its name and key ID only.
public struct NoteSigner: Sendable {
    private static let prefix = "PRIVATE+KEY+"

    private let key: Curve25519.Signing.PrivateKey
    /// The public half, for those who check what this key signs.
    public let verifier: NoteVerifier

    private init(name: String, key: Curve25519.Signing.PrivateKey) {
        self.key = key
        verifier = NoteVerifier(name: name, publicKey: [UInt8](key.publicKey.rawRepresentation))
    }

    /// Makes a new key from the system's generator.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedKey`` if the name is empty or holds spaces,
    /// pluses or control characters.
    /// - Parameter name: by custom the place of the log without `https://`, such as `log.example/pathway`.
    public init(name: String) throws(ProofError) {
        guard KeyText.isName(name) else {
            throw ProofError(
                .malformedKey, "\"\(name.filter { !$0.isNewline })\" cannot be the name of a key",
                hint: "a name has no spaces, pluses or control characters, such as log.example/pathway")
        }
        self.init(name: name, key: Curve25519.Signing.PrivateKey())
    }

    /// Reads the form that ``privateText`` writes.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedKey``, also if the key ID is not that of the key.
    public init(privateText text: String) throws(ProofError) {
        let kind = "signer key"
        guard text.hasPrefix(Self.prefix) else {
            throw ProofError(.malformedKey, "malformed \(kind): it begins with \"\(Self.prefix)\"")
        }
        let read = try KeyText(text.dropFirst(Self.prefix.count), kind: kind)
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: read.bytes) else {
            throw ProofError(.malformedKey, "malformed \(kind): its 32 bytes are no seed of Ed25519")
        }
        self.init(name: read.name, key: key)
        guard verifier.keyID == read.keyID else { throw read.mismatch }
    }

    /// `PRIVATE+KEY+<name>+<key ID in hexadecimal>+<base64 of the byte 1 and the seed>`, as Go's sumdb/note writes it.
    ///
    /// Whoever has this text can sign in the name of the log: it belongs in a file that only the sealer reads.
    public var privateText: String {
        Self.prefix
            + KeyText(name: verifier.name, keyID: verifier.keyID, bytes: [UInt8](key.rawRepresentation)).description
    }

    /// The signature of a text. Throws only what Crypto throws: our bug, or a machine out of memory.
    func signature(of text: [UInt8]) throws(ProofError) -> NoteSignature {
        guard let bytes = try? key.signature(for: text) else {
            throw ProofError(.badSignature, "\"\(description)\" could not sign")
        }
        return NoteSignature(name: verifier.name, keyID: verifier.keyID, bytes: [UInt8](bytes))
    }
}

extension NoteSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The name and key ID.
    public var description: String { KeyText.label(verifier.name, verifier.keyID) }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing, so that a dump does not show the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
