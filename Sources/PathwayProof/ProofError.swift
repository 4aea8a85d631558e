/// What is wrong with a key, a note, a checkpoint, a tile or a proof.
///
/// Every function of this module that fails throws this type. The words never hold a private key, nor the text that was
/// signed.
public struct ProofError: Error, Sendable, Hashable {
    /// The kind of failure, for a program to act on.
    public enum Code: Sendable, Hashable {
        /// A key's text is not in its form, or does not fit its own key ID.
        case malformedKey
        /// A note is not in the form of a signed note.
        case malformedNote
        /// No known key has signed the note.
        case unknownSigner
        /// A known key is named as the signer, and its signature is not of this text.
        case badSignature
        /// Two different known keys have one name and one key ID.
        case ambiguousKey
        /// The text of a note is no checkpoint.
        case malformedCheckpoint
        /// A checkpoint is of another log than the one that was asked for.
        case otherLog
        /// A proof cannot be of the sizes that it names, or has too many or too few hashes.
        case malformedProof
        /// A proof leads to another root: what it should prove is not true, or the proof is damaged.
        case refused
        /// A tile is missing, too narrow or out of place.
        case badTile
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words safe to show.
    public let message: String
    /// What would work, if there is something to say.
    public let hint: String?

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension ProofError: CustomStringConvertible {
    /// The message, and the hint on a line of its own.
    public var description: String { message + (hint.map { "\nhint: \($0)" } ?? "") }
}
