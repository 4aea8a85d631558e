/// Tiles that were fetched, from which the hash of every complete subtree below them can be worked out.
///
/// A proof needs few of them. Ask which, fetch them together, and only then make the proof:
///
/// ```swift
/// let needed = TileSet.ids(for: InclusionProof.subtrees(of: 70_000, in: 70_001))
/// let tiles = TileSet(try await store.tiles(needed))
/// let proof = try InclusionProof(of: 70_000, in: 70_001, hash: tiles.hash(of:))
/// ```
public struct TileSet: Sendable {
    private var tiles: [TileID: Tile] = [:]

    /// Takes tiles in any order; of two versions of one tile, the wider one is kept.
    public init(_ tiles: some Sequence<Tile>) {
        for tile in tiles { insert(tile) }
    }

    /// Adds a tile, unless a wider version of it is there.
    public mutating func insert(_ tile: Tile) {
        guard tile.hashes.count > tiles[tile.id]?.hashes.count ?? 0 else { return }
        tiles[tile.id] = tile
    }

    /// The tiles that hold what the hashes of these subtrees are worked out from.
    public static func ids(for subtrees: some Sequence<Subtree>) -> Set<TileID> {
        Set(subtrees.map { $0.hashesInTile.id })
    }

    /// The hash of a complete subtree.
    ///
    /// Throws ``ProofError`` with the code ``ProofError/Code/badTile`` if its tile is missing or does not reach so far.
    /// Whether the tiles are right is not checked here: a proof made of wrong ones is refused by whoever verifies it.
    public func hash(of subtree: Subtree) throws(ProofError) -> Digest {
        let (id, places) = subtree.hashesInTile
        guard let tile = tiles[id] else {
            throw ProofError(.badTile, "tile \(id.index) of level \(id.level) is missing")
        }
        guard places.upperBound <= tile.hashes.count else {
            throw ProofError(
                .badTile,
                "tile \(id.index) of level \(id.level) has \(tile.hashes.count) hashes of \(places.upperBound) needed")
        }
        return MerkleTree.node(overComplete: tile.hashes[places])
    }
}

extension Subtree {
    /// The tile that holds the subtree's own hash or those from which it is worked out, and where in the tile they are.
    fileprivate var hashesInTile: (id: TileID, places: Range<Int>) {
        let width = 1 << (level % Tile.height)
        let first = index * width
        let start = first % Tile.fullWidth
        return (TileID(level: level / Tile.height, index: first / Tile.fullWidth), start..<start + width)
    }
}
