import PathwayProof
import Testing

extension Digest {
    /// The digest of a hexadecimal literal.
    static func hex(_ text: String) throws -> Digest { try #require(Digest(hexadecimal: text)) }

    /// The same with one bit turned over, counted from the first byte's least significant one.
    func flipping(bit: Int) throws -> Digest {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << (bit % 8)
        return try #require(Digest(bytes: bytes))
    }
}

extension [Digest] {
    func flipping(bit: Int, of index: Int) throws -> [Digest] {
        var copy = self
        copy[index] = try copy[index].flipping(bit: bit)
        return copy
    }
}

/// A log of some leaves, kept as the bytes of each and as the hash of every complete subtree.
struct SmallLog {
    let leaves: [[UInt8]]
    private let levels: [[Digest]]

    init(leaves: [[UInt8]]) {
        self.leaves = leaves
        var levels = [leaves.map(MerkleTree.leafHash(of:))]
        while let row = levels.last, row.count > 1 {
            levels.append((0..<row.count / 2).map { MerkleTree.node(row[2 * $0], row[2 * $0 + 1]) })
        }
        self.levels = levels
    }

    /// Leaves that are all different: the number of each in decimal.
    init(count: Int) { self.init(leaves: (0..<count).map { [UInt8]("entry \($0)".utf8) }) }

    var leafHashes: [Digest] { levels[0] }

    func hash(_ subtree: Subtree) -> Digest { levels[subtree.level][subtree.index] }

    func root(_ size: Int) -> Digest { TreeHead(size: size, hash: hash).root }

    func inclusion(_ number: Int, _ size: Int) -> InclusionProof { InclusionProof(of: number, in: size, hash: hash) }

    func consistency(_ old: Int, _ new: Int) -> ConsistencyProof { ConsistencyProof(from: old, to: new, hash: hash) }
}
