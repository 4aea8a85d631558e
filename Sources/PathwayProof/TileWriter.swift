/// Turns leaf hashes into tiles as they come, and hands out each tile once when it is full.
///
/// What it keeps is what a tree of its size has in partial tiles, at most 255 hashes a level. Stored with the size,
/// they are enough to take up the work again.
///
/// ```swift
/// var writer = try TileWriter(size: sealed.size, partialTiles: sealed.tiles)
/// for full in writer.append(leafHashes) { store(full.tile, root: full.root) }
/// store(writer.partialTiles, size: writer.size)
/// ```
public struct TileWriter: Sendable {
    /// A tile that will never change, with the hash above all its hashes.
    public struct FullTile: Sendable, Hashable {
        /// The tile, 256 hashes wide.
        public let tile: Tile
        /// The hash of the subtree that the tile spans, which is one hash of the level above.
        public let root: Digest
    }

    /// How many leaves the tree has.
    public private(set) var size = 0
    // The hashes of each level that are in no full tile yet, from the leaves up.
    private var rows: [[Digest]] = []

    /// Begins a tree without leaves.
    public init() {}

    /// Takes up a tree of this size.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/badTile`` unless the tiles are those that
    /// ``TileID/partial(inSize:)`` names, each of its width, in any order.
    public init(size: Int, partialTiles tiles: [Tile]) throws(ProofError) {
        precondition(size >= 0, "a tree has no fewer than 0 leaves")
        let expected = TileID.partial(inSize: size)
        guard tiles.count == expected.count else {
            throw ProofError(
                .badTile, "a tree of \(size) entries has \(expected.count) partial tiles, and there are \(tiles.count)")
        }
        for id in expected {
            let width = id.width(inSize: size)
            guard let tile = tiles.first(where: { $0.id == id }), tile.hashes.count == width else {
                throw ProofError(
                    .badTile,
                    "a tree of \(size) entries needs tile \(id.index) of level \(id.level) with \(width) hashes")
            }
            while rows.count < id.level { rows.append([]) }
            rows.append(tile.hashes)
        }
        self.size = size
    }

    /// Adds the hashes of the next leaves and returns the tiles that became full, each before the one above it.
    public mutating func append(_ leafHashes: [Digest]) -> [FullTile] {
        var full: [FullTile] = []
        for hash in leafHashes {
            size += 1
            place(hash, level: 0, full: &full)
        }
        return full
    }

    private mutating func place(_ hash: Digest, level: Int, full: inout [FullTile]) {
        if level == rows.count { rows.append([]) }
        rows[level].append(hash)
        guard rows[level].count == Tile.fullWidth else { return }
        let index = size >> (Tile.height * (level + 1)) - 1
        guard let tile = Tile(id: TileID(level: level, index: index), hashes: rows[level]) else {
            preconditionFailure("a row of 256 hashes is a full tile")
        }
        rows[level] = []
        let root = MerkleTree.node(overComplete: tile.hashes[...])
        full.append(FullTile(tile: tile, root: root))
        place(root, level: level + 1, full: &full)
    }

    /// The tiles that are not full, from the leaves up: at most one a level.
    public var partialTiles: [Tile] {
        rows.enumerated().compactMap { level, hashes in
            Tile(id: TileID(level: level, index: size >> (Tile.height * (level + 1))), hashes: hashes)
        }
    }

    /// The tree as far as it goes, for its root.
    public var head: TreeHead {
        var subtrees: [Digest] = []
        for row in rows.reversed() {
            var rest = row[...]
            for bit in (0..<Tile.height).reversed() where row.count >> bit & 1 == 1 {
                subtrees.append(MerkleTree.node(overComplete: rest.prefix(1 << bit)))
                rest = rest.dropFirst(1 << bit)
            }
        }
        guard let head = TreeHead(size: size, subtrees: subtrees) else {
            preconditionFailure("the partial tiles of a tree hold a subtree for each bit of its size")
        }
        return head
    }
}
