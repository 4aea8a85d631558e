/// A text signed by one or more keys, in the form of C2SP's signed-note.
///
/// There is no way to a value of this type but signing a text or opening a note that a known key has signed, so its
/// ``text`` can be believed as far as its ``signers`` can. (The text of a note that nobody known has signed must be
/// ignored, not shown.)
///
/// ```swift
/// let signer = try NoteSigner(name: "log.example/pathway")
/// let note = try SignedNote(signing: "two lines\nof text\n", by: [signer])
/// let opened = try SignedNote(opening: note.bytes, verifiers: [signer.verifier])
/// ```
public struct SignedNote: Sendable {
    /// The text, which ends in a newline.
    public let text: String
    /// All signatures, in the order in which they stand, those of unknown keys too.
    public let signatures: [NoteSignature]
    /// The known keys that have signed; at least one.
    public let signers: [NoteVerifier]

    /// Signs a text with every one of the keys, of which there is at least one.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedNote`` unless the text ends in a newline and has
    /// no other control characters.
    public init(signing text: String, by keys: [NoteSigner]) throws(ProofError) {
        precondition(!keys.isEmpty, "a note has at least one signature")
        let bytes = [UInt8](text.utf8)
        guard bytes.last == NoteParser.newline else { throw NoteParser.malformed("the text does not end in a newline") }
        try NoteParser.refuseControlCharacters(in: bytes)
        var signatures: [NoteSignature] = []
        for key in keys { signatures.append(try key.signature(of: bytes)) }
        self.text = text
        self.signatures = signatures
        signers = keys.map(\.verifier)
    }

    /// Reads a note and checks the signatures of all known keys in it.
    ///
    /// Signatures by unknown keys are passed over, so that a log can change its key and witnesses can sign too. Throws
    /// ``ProofError`` with the code ``ProofError/Code/malformedNote``, ``ProofError/Code/unknownSigner`` if none of the
    /// keys has signed, ``ProofError/Code/badSignature`` if one of them is said to have signed and has not, or
    /// ``ProofError/Code/ambiguousKey``.
    /// - Parameters:
    ///   - bytes: the whole note, as it came.
    ///   - verifiers: the known keys.
    public init(opening bytes: [UInt8], verifiers: [NoteVerifier]) throws(ProofError) {
        let (text, signatures) = try NoteParser.parse(bytes)
        var signers: [NoteVerifier] = []
        for signature in signatures {
            guard let verifier = try signature.verifier(among: verifiers) else { continue }
            guard verifier.isValid(signature.bytes, of: [UInt8](text.utf8)) else {
                throw ProofError(
                    .badSignature,
                    "the signature of \"\(KeyText.label(signature.name, signature.keyID))\" is not of this text",
                    hint: "the text was changed after it was signed, or the signature is a forgery")
            }
            if !signers.contains(verifier) { signers.append(verifier) }
        }
        guard !signers.isEmpty else { throw SignedNote.unknownSigner(signatures, verifiers) }
        (self.text, self.signatures, self.signers) = (text, signatures, signers)
    }

    /// The whole note, text and signatures, in UTF-8.
    public var bytes: [UInt8] { [UInt8](description.utf8) }

    private static func unknownSigner(_ signatures: [NoteSignature], _ verifiers: [NoteVerifier]) -> ProofError {
        let signers = signatures.map { "\"\(KeyText.label($0.name, $0.keyID))\"" }.joined(separator: ", ")
        let known = verifiers.map { KeyText.label($0.name, $0.keyID) }.joined(separator: ", ")
        return ProofError(
            .unknownSigner, "no known key has signed the note, only \(signers)",
            hint: known.isEmpty ? "give the key of the log" : "known keys: \(known)")
    }
}

extension SignedNote: CustomStringConvertible {
    /// The text, an empty line, and a line for each signature.
    public var description: String {
        text + "\n" + signatures.map { $0.line + "\n" }.joined()
    }
}

extension NoteSignature {
    /// The known key of this name and key ID; `nil` if there is none.
    fileprivate func verifier(among verifiers: [NoteVerifier]) throws(ProofError) -> NoteVerifier? {
        // Names are compared as bytes: two spellings of "é" are two names.
        let matching = Set(verifiers.filter { $0.keyID == keyID && $0.name.utf8.elementsEqual(name.utf8) })
        guard matching.count < 2 else {
            throw ProofError(
                .ambiguousKey, "two known keys are called \"\(KeyText.label(name, keyID))\"",
                hint: "somebody has made a key to be mistaken for another: find out which is the right one")
        }
        return matching.first
    }
}
