/// The proof that a tree is an older one with nothing changed and only leaves added (RFC 9162, section 2.1.4).
public struct ConsistencyProof: Sendable, Hashable {
    /// How many leaves the older tree has.
    public let old: Int
    /// How many leaves the newer tree has.
    public let new: Int
    /// The hashes from which both roots can be worked out, from below.
    public let path: [Digest]

    /// Takes a proof as somebody sent it; nothing is believed before ``verify(oldRoot:newRoot:)``.
    public init(old: Int, new: Int, path: [Digest]) {
        (self.old, self.new, self.path) = (old, new, path)
    }

    /// Makes the proof from wherever the hashes of complete subtrees are kept.
    ///
    /// Which ones will be asked for, ``subtrees(from:to:)`` tells beforehand. Between two trees of one size, and from
    /// the tree without leaves, there is nothing to show and the proof is empty.
    /// - Parameters:
    ///   - old: how many leaves the older tree has, from 0 to `new`.
    ///   - new: how many leaves the newer tree has.
    ///   - hash: returns the hash of a complete subtree, such as ``TileSet/hash(of:)``.
    public init<Failure: Error>(
        from old: Int, to new: Int, hash: (Subtree) throws(Failure) -> Digest
    ) throws(Failure) {
        let path = try MerkleTree.path(over: Self.steps(from: old, to: new), hash: hash)
        self.init(old: old, new: new, path: path)
    }

    /// The complete subtrees whose hashes a proof is made of.
    public static func subtrees(from old: Int, to new: Int) -> [Subtree] {
        steps(from: old, to: new).flatMap(\.self)
    }

    private static func steps(from old: Int, to new: Int) -> [[Subtree]] {
        precondition(old >= 0 && old <= new, "a tree only grows")
        guard old > 0, old < new else { return [] }
        // The proof climbs from the last complete subtree of the older tree.
        let level = old.trailingZeroBitCount
        let last = Subtree(level: level, index: old >> level - 1)
        // If it is the whole older tree, the verifier knows its hash already: it is the older root.
        return (last.index == 0 ? [] : [[last]]) + last.siblings(inSize: new)
    }

    /// Checks that the newer tree begins with all the leaves of the older one, given the roots of both.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/malformedProof`` or ``ProofError/Code/refused``.
    public func verify(oldRoot: Digest, newRoot: Digest) throws(ProofError) {
        guard old >= 0, old <= new else {
            throw ProofError(.malformedProof, "a log of \(old) entries cannot have become one of \(new)")
        }
        guard old > 0, old < new else {
            return try verifyEmpty(oldRoot: oldRoot, newRoot: newRoot)
        }
        let roots = try self.roots(oldRoot: oldRoot)
        guard roots.old == oldRoot else { throw refused("the older", oldRoot) }
        guard roots.new == newRoot else { throw refused("the newer", newRoot) }
    }

    private func verifyEmpty(oldRoot: Digest, newRoot: Digest) throws(ProofError) {
        guard path.isEmpty else { throw tooLong }
        if old == 0 {
            guard oldRoot == MerkleTree.emptyRoot else { throw refused("the older", oldRoot) }
        }
        if old == new {
            guard oldRoot == newRoot else { throw refused("the newer", newRoot) }
        }
    }

    /// Both roots as the path gives them: the algorithm of RFC 9162, section 2.1.4.2.
    private func roots(oldRoot: Digest) throws(ProofError) -> (old: Digest, new: Digest) {
        var rest = path[...]
        // An older tree that is one complete subtree is not in the path, for its hash is known.
        guard let start = old.nonzeroBitCount == 1 ? oldRoot : rest.popFirst() else { throw tooShort }
        var climb = Climb(from: old - 1, last: new - 1)
        climb.skipRightChildren()
        var roots = (old: start, new: start)
        for sibling in rest {
            switch climb.next() {
            case .left:
                roots = (MerkleTree.node(sibling, roots.old), MerkleTree.node(sibling, roots.new))
            case .right: roots.new = MerkleTree.node(roots.new, sibling)
            case nil: throw tooLong
            }
        }
        guard climb.isAtRoot else { throw tooShort }
        return roots
    }

    private func refused(_ which: String, _ root: Digest) -> ProofError {
        ProofError(
            .refused,
            "growth from \(old) to \(new) entries is not proved: \(which) root is not \"\(root.base64)\"")
    }

    private var tooLong: ProofError {
        ProofError(
            .malformedProof, "the proof of growth from \(old) to \(new) entries has hashes left over at the root")
    }

    private var tooShort: ProofError {
        ProofError(.malformedProof, "the proof of growth from \(old) to \(new) entries ends before the root")
    }
}
