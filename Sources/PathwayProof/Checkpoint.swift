/// The size and root hash of a log at one time, as C2SP's tlog-checkpoint writes them into a signed note.
///
/// A checkpoint that has left the machine is what makes the log provable: whoever holds one can later demand the proof
/// that the log of that day is still the beginning of today's. A log must therefore never sign two that contradict each
/// other.
public struct Checkpoint: Sendable {
    /// Which log: one line that nobody else uses, such as `log.example/pathway`.
    public let origin: String
    /// How many entries the log had.
    public let size: Int
    /// The root of the tree of that many leaves.
    public let root: Digest
    /// Further lines, without meaning here. Nobody audits them, so the format advises against them.
    public let extensions: [String]

    /// Takes the parts of a checkpoint.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedCheckpoint`` if the origin or an extension is not
    /// one line of text, the size is negative, or the size is 0 and the root is not that of the empty tree.
    public init(origin: String, size: Int, root: Digest, extensions: [String] = []) throws(ProofError) {
        guard ([origin] + extensions).allSatisfy(Self.isLine) else {
            throw Self.malformed("the origin and each extension are one line of text")
        }
        guard size >= 0 else { throw Self.malformed("the size is below 0") }
        guard size > 0 || root == MerkleTree.emptyRoot else {
            throw Self.malformed("the root is not that of a log without entries")
        }
        (self.origin, self.size, self.root, self.extensions) = (origin, size, root, extensions)
    }

    /// Reads the text of a checkpoint, as it stands in a note.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedCheckpoint``.
    public init(_ text: String) throws(ProofError) {
        let bytes = [UInt8](text.utf8)
        guard bytes.last == NoteParser.newline else { throw Self.malformed("it does not end in a newline") }
        let lines = bytes.dropLast().split(separator: NoteParser.newline, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 3 else {
            throw Self.malformed("it takes three lines: the origin, the size and the root hash")
        }
        guard let size = Self.size(lines[1]) else {
            throw Self.malformed("the second line is not a size: a decimal number without leading zeros")
        }
        guard let root = Digest(base64: lines[2]) else {
            throw Self.malformed("the third line is not a root hash: 32 bytes in base64")
        }
        try self.init(origin: lines[0], size: size, root: root, extensions: [String](lines[3...]))
    }

    /// Opens a signed checkpoint of the log with this origin.
    ///
    /// Throws what ``SignedNote/init(opening:verifiers:)`` and ``init(_:)`` throw, and ``ProofError`` with the code
    /// ``ProofError/Code/otherLog`` if it is one of another log.
    /// - Parameters:
    ///   - note: the whole note, as it came.
    ///   - origin: which log it must be of.
    ///   - verifiers: the known keys, of which at least one must have signed: the log's, not those of its witnesses.
    public init(opening note: [UInt8], origin: String, verifiers: [NoteVerifier]) throws(ProofError) {
        try self.init(try SignedNote(opening: note, verifiers: verifiers).text)
        guard self.origin.utf8.elementsEqual(origin.utf8) else {
            throw ProofError(.otherLog, "the checkpoint is of the log \"\(self.origin)\", not of \"\(origin)\"")
        }
    }

    /// The text that is signed: origin, size, root hash and extensions, each on a line.
    public var text: String {
        ([origin, String(size), root.base64] + extensions).map { $0 + "\n" }.joined()
    }

    /// Signs the checkpoint.
    ///
    /// By custom the key bears the name of the origin.
    public func signed(by keys: [NoteSigner]) throws(ProofError) -> SignedNote {
        try SignedNote(signing: text, by: keys)
    }

    private static func isLine(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    private static func size(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(text)
    }

    private static func malformed(_ words: String) -> ProofError {
        ProofError(.malformedCheckpoint, "malformed checkpoint: \(words)")
    }
}

extension Checkpoint: CustomStringConvertible {
    /// The same as ``text``.
    public var description: String { text }
}
