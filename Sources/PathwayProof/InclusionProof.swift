/// The proof that a leaf is in a tree: the hashes that lead from it to the root (RFC 9162, section 2.1.3).
///
/// It has as many hashes as the tree has levels, 30 for a billion leaves.
public struct InclusionProof: Sendable, Hashable {
    /// The leaf's number, counted from 0.
    public let number: Int
    /// How many leaves the tree has.
    public let size: Int
    /// The hashes that are joined with the leaf's, from below.
    public let path: [Digest]

    /// Takes a proof as somebody sent it; nothing is believed before ``verify(leafHash:root:)``.
    public init(number: Int, size: Int, path: [Digest]) {
        (self.number, self.size, self.path) = (number, size, path)
    }

    /// Makes the proof from wherever the hashes of complete subtrees are kept.
    ///
    /// Which ones will be asked for, ``subtrees(of:in:)`` tells beforehand, so that they can be fetched together.
    /// - Parameters:
    ///   - number: the leaf's number, counted from 0, and below `size`.
    ///   - size: how many leaves the tree has.
    ///   - hash: returns the hash of a complete subtree, such as ``TileSet/hash(of:)``.
    public init<Failure: Error>(
        of number: Int, in size: Int, hash: (Subtree) throws(Failure) -> Digest
    ) throws(Failure) {
        let path = try MerkleTree.path(over: Self.steps(of: number, in: size), hash: hash)
        self.init(number: number, size: size, path: path)
    }

    /// The complete subtrees whose hashes a proof is made of.
    public static func subtrees(of number: Int, in size: Int) -> [Subtree] {
        steps(of: number, in: size).flatMap(\.self)
    }

    private static func steps(of number: Int, in size: Int) -> [[Subtree]] {
        precondition((0..<size).contains(number), "a tree holds the leaves from 0 to its size less one")
        return Subtree(level: 0, index: number).siblings(inSize: size)
    }

    /// Checks that a leaf with this hash is in the tree with this root, at the place and in the size that it names.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedProof`` or ``ProofError/Code/refused``. That the
    /// root is the log's own, a ``Checkpoint`` must say.
    public func verify(leafHash: Digest, root: Digest) throws(ProofError) {
        guard try self.root(leafHash: leafHash) == root else {
            throw ProofError(
                .refused,
                "entry \(number + 1) of \(size) is not proved: the path leads to another root than \"\(root.base64)\"")
        }
    }

    /// The root that a tree must have to hold a leaf with this hash: the algorithm of RFC 9162, section 2.1.3.2.
    private func root(leafHash: Digest) throws(ProofError) -> Digest {
        guard number >= 0, number < size else {
            throw ProofError(.malformedProof, "a tree of \(size) entries has no entry \(number + 1)")
        }
        var climb = Climb(from: number, last: size - 1)
        var hash = leafHash
        for sibling in path {
            switch climb.next() {
            case .left: hash = MerkleTree.node(sibling, hash)
            case .right: hash = MerkleTree.node(hash, sibling)
            case nil: throw tooLong
            }
        }
        guard climb.isAtRoot else {
            throw ProofError(.malformedProof, "the proof of entry \(number + 1) of \(size) ends before the root")
        }
        return hash
    }

    private var tooLong: ProofError {
        ProofError(.malformedProof, "the proof of entry \(number + 1) of \(size) has hashes left over at the root")
    }
}
