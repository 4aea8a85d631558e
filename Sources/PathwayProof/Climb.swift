/// The way from a node of a tree up to its root, as the verification of both kinds of proof walks it.
///
/// Sections 2.1.3.2 and 2.1.4.2 of RFC 9162 keep two numbers, `fn` and `sn`: those of the node and of the last node on
/// its level.
struct Climb {
    /// Where the sibling stands.
    enum Side {
        case left
        case right
    }

    private var node: Int
    private var last: Int

    /// Begins at a leaf; `last` is the number of the last leaf of the tree.
    init(from leaf: Int, last: Int) {
        (node, self.last) = (leaf, last)
    }

    var isAtRoot: Bool { last == 0 }

    /// Goes up as long as the node is a right child: where the old tree of a consistency proof ends.
    mutating func skipRightChildren() {
        while node & 1 == 1 { goUp() }
    }

    /// Goes up by one hash and says on which side it was; `nil` at the root.
    mutating func next() -> Side? {
        guard last != 0 else { return nil }
        defer { goUp() }
        guard node & 1 == 1 || node == last else { return .right }
        // The last node of a level that is a left child has no sibling: it is its own parent, as often as need be.
        while node & 1 == 0 && node != 0 { goUp() }
        return .left
    }

    private mutating func goUp() {
        node >>= 1
        last >>= 1
    }
}
