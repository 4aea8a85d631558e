/// A complete subtree: 2^level leaves in a row, of which the first has a number that is a multiple of 2^level.
///
/// Its hash never changes once its last leaf is there, whatever follows. Every root and every proof is made of such
/// hashes.
public struct Subtree: Sendable, Hashable {
    /// How far above the leaves its hash stands: 0 is a single leaf.
    public let level: Int
    /// How many such subtrees lie to its left.
    public let index: Int

    /// Names the subtree of 2^`level` leaves that begins at leaf `index` · 2^`level`.
    public init(level: Int, index: Int) {
        precondition((0..<63).contains(level) && index >= 0, "a subtree has a level from 0 to 62 and an index from 0")
        self.level = level
        self.index = index
    }

    /// The numbers of its leaves, counted from 0.
    public var leaves: Range<Int> { index << level..<(index + 1) << level }

    /// The complete subtrees whose hashes make the root of a tree of this size, the largest and leftmost first.
    public static func covering(size: Int) -> [Subtree] { covering(0..<size) }

    /// The same for the leaves of one node, which begin at a multiple of a power of two not below their count.
    static func covering(_ leaves: Range<Int>) -> [Subtree] {
        var start = leaves.lowerBound
        return (0..<63).reversed().filter { leaves.count >> $0 & 1 == 1 }.map { level in
            defer { start += 1 << level }
            return Subtree(level: level, index: start >> level)
        }
    }

    /// What is hashed with this subtree on the way up to the root of a tree of this size, from below.
    ///
    /// Each element covers one node. All are single complete subtrees, but the one that reaches the end of the tree.
    func siblings(inSize size: Int) -> [[Subtree]] {
        var steps: [[Subtree]] = []
        var (level, index, last) = (level, index, (size - 1) >> level)
        while last > 0 {
            if index & 1 == 1 {
                steps.append([Subtree(level: level, index: index - 1)])
            } else if index < last {
                let sibling = Subtree(level: level, index: index + 1)
                steps.append(Subtree.covering(sibling.leaves.clamped(to: 0..<size)))
            }
            (level, index, last) = (level + 1, index >> 1, last >> 1)
        }
        return steps
    }
}

extension MerkleTree {
    /// The hashes of a proof, each worked out from the complete subtrees of its node.
    static func path<Failure: Error>(
        over steps: [[Subtree]], hash: (Subtree) throws(Failure) -> Digest
    ) throws(Failure) -> [Digest] {
        var path: [Digest] = []
        for step in steps {
            var hashes: [Digest] = []
            for subtree in step { hashes.append(try hash(subtree)) }
            path.append(node(overShrinking: hashes))
        }
        return path
    }
}
