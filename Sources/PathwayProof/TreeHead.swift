/// A tree that only grows, as the few hashes that its root and its growth need: one for each bit set in its size.
///
/// A billion leaves are thirty hashes.
///
/// ```swift
/// var head = TreeHead()
/// head.append(MerkleTree.leafHash(of: chainDigest))
/// let checkpoint = try Checkpoint(origin: "log.example/pathway", size: head.size, root: head.root)
/// ```
public struct TreeHead: Sendable, Hashable {
    /// How many leaves the tree has.
    public private(set) var size: Int
    /// The hashes of the complete subtrees that ``Subtree/covering(size:)`` names, the largest first.
    public private(set) var subtrees: [Digest]

    /// The tree without leaves.
    public init() {
        (size, subtrees) = (0, [])
    }

    /// Takes up a tree where it was left; `nil` if a tree of this size does not have so many subtrees.
    public init?(size: Int, subtrees: [Digest]) {
        guard size >= 0, subtrees.count == size.nonzeroBitCount else { return nil }
        (self.size, self.subtrees) = (size, subtrees)
    }

    /// Takes up a tree of this size from wherever its hashes are kept.
    public init<Failure: Error>(size: Int, hash: (Subtree) throws(Failure) -> Digest) throws(Failure) {
        precondition(size >= 0, "a tree has no fewer than 0 leaves")
        self.init()
        for subtree in Subtree.covering(size: size) { subtrees.append(try hash(subtree)) }
        self.size = size
    }

    /// Adds the hash of the next leaf.
    public mutating func append(_ leafHash: Digest) {
        var hash = leafHash
        // As in counting: each bit that is carried joins two subtrees of one size.
        for _ in 0..<size.trailingOneBitCount { hash = MerkleTree.node(subtrees.removeLast(), hash) }
        subtrees.append(hash)
        size += 1
    }

    /// The root hash; for a tree without leaves, ``MerkleTree/emptyRoot``.
    public var root: Digest { MerkleTree.node(overShrinking: subtrees) }
}

extension Int {
    /// How many bits are set in a row from the least significant one on.
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
