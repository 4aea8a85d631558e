import PathwayProof
import Testing

/// Tiles as C2SP's tlog-tiles cuts a tree.
@Suite struct TileTests {
    /// 3 more than a full tile of level 1.
    private static let size = 65_539
    private static let leafHashes = (0..<size).map { MerkleTree.leafHash(of: [UInt8]("entry \($0)".utf8)) }

    /// The hashes of a level of tiles, computed from one level to the next in the plainest way.
    private static let levels: [[Digest]] = {
        var levels = [leafHashes]
        while let below = levels.last, below.count >= 256 {
            levels.append(
                (0..<below.count / 256).map { tile in
                    var row = [Digest](below[tile * 256..<tile * 256 + 256])
                    while row.count > 1 {
                        row = stride(from: 0, to: row.count, by: 2).map { MerkleTree.node(row[$0], row[$0 + 1]) }
                    }
                    return row[0]
                })
        }
        return levels
    }()

    /// All hashes of a level in a tree of this size.
    private func hashes(_ level: Int, _ size: Int) -> ArraySlice<Digest> {
        guard level < Self.levels.count else { return [] }
        return Self.levels[level].prefix(size >> (8 * level))
    }

    /// All tiles of a tree of this size.
    private func tiles(_ size: Int) -> [Tile] {
        (0..<3).flatMap { level in
            let hashes = hashes(level, size)
            return stride(from: 0, to: hashes.count, by: 256).compactMap { start in
                Tile(id: TileID(level: level, index: start / 256), hashes: [Digest](hashes[start...].prefix(256)))
            }
        }
    }

    @Test func `tiles are found where tlog-tiles puts them`() {
        #expect(TileID(level: 0, index: 0).path(width: 256) == "tile/0/000")
        #expect(TileID(level: 0, index: 1_234_067).path(width: 256) == "tile/0/x001/x234/067")
        #expect(TileID(level: 1, index: 999).path(width: 255) == "tile/1/999.p/255")
        #expect(TileID(level: 7, index: 1000).path(width: 1) == "tile/7/x001/000.p/1")
    }

    @Test func `a tree of 70000 entries has the tiles that tlog-tiles counts`() {
        #expect(TileID(level: 0, index: 272).width(inSize: 70_000) == 256)
        #expect(TileID(level: 0, index: 273).width(inSize: 70_000) == 112)
        #expect(TileID(level: 0, index: 274).width(inSize: 70_000) == 0)
        #expect(TileID(level: 1, index: 0).width(inSize: 70_000) == 256)
        #expect(TileID(level: 1, index: 1).width(inSize: 70_000) == 17)
        #expect(TileID(level: 2, index: 0).width(inSize: 70_000) == 1)
        #expect(
            TileID.partial(inSize: 70_000) == [
                TileID(level: 0, index: 273), TileID(level: 1, index: 1), TileID(level: 2, index: 0),
            ])
        #expect(TileID.partial(inSize: 256) == [TileID(level: 1, index: 0)])
        #expect(TileID.partial(inSize: 0) == [])
        #expect(TileID.partial(inSize: .max).map(\.level) == [Int](0...7))
    }

    @Test func `the bytes of a tile are its hashes one after the other`() throws {
        let id = TileID(level: 0, index: 3)
        let tile = try #require(Tile(id: id, hashes: [Digest](Self.leafHashes[..<3])))
        #expect(tile.bytes == Self.leafHashes[0].bytes + Self.leafHashes[1].bytes + Self.leafHashes[2].bytes)
        #expect(Tile(id: id, bytes: tile.bytes) == tile)
        #expect(!tile.isFull)
        #expect(Tile(id: id, bytes: []) == nil)
        #expect(Tile(id: id, bytes: [UInt8](repeating: 0, count: 33)) == nil)
        #expect(Tile(id: id, bytes: [UInt8](repeating: 0, count: 8192))?.isFull == true)
        #expect(Tile(id: id, bytes: [UInt8](repeating: 0, count: 8224)) == nil)
    }

    @Test func `leaves in batches of any size give the tiles of the whole tree`() throws {
        let seed: UInt64 = 6962
        print("batches of leaves: seed \(seed)")
        var random = SplitMix64(seed)
        var writer = TileWriter()
        var full: [TileWriter.FullTile] = []
        while writer.size < Self.size {
            let count = min(Int.random(in: 0...2000, using: &random), Self.size - writer.size)
            full += writer.append([Digest](Self.leafHashes[writer.size..<writer.size + count]))
            // Stored and taken up again, as after a restart.
            writer = try TileWriter(size: writer.size, partialTiles: writer.partialTiles.shuffled(using: &random))
        }
        let expected = tiles(Self.size)
        let key = { (id: TileID) in (id.level, id.index) }
        let written = (full.map(\.tile) + writer.partialTiles).sorted { key($0.id) < key($1.id) }
        #expect(written == expected)
        #expect(full.count == 257)
        for tile in full { #expect(tile.root == Self.levels[tile.tile.id.level + 1][tile.tile.id.index]) }
    }

    @Test func `full tiles are handed out with each leaf that completes them, the lower ones first`() {
        var writer = TileWriter()
        #expect(writer.append([Digest](Self.leafHashes[..<255])).isEmpty)
        #expect(writer.partialTiles.map(\.hashes.count) == [255])
        #expect(writer.append([Digest](Self.leafHashes[255..<256])).map(\.tile.id) == [TileID(level: 0, index: 0)])
        #expect(writer.partialTiles.map(\.id) == [TileID(level: 1, index: 0)])
        #expect(writer.append([Digest](Self.leafHashes[256..<65_535])).count == 254)
        let last = writer.append([Digest](Self.leafHashes[65_535..<65_536]))
        #expect(last.map(\.tile.id) == [TileID(level: 0, index: 255), TileID(level: 1, index: 0)])
        #expect(writer.partialTiles.map(\.id) == [TileID(level: 2, index: 0)])
    }

    @Test(arguments: [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_539])
    func `the head of a writer is the head of the tree`(_ size: Int) {
        var writer = TileWriter()
        _ = writer.append([Digest](Self.leafHashes[..<size]))
        var head = TreeHead()
        for hash in Self.leafHashes[..<size] { head.append(hash) }
        #expect(writer.head == head)
    }

    @Test func `a writer refuses the partial tiles of another size`() throws {
        let tiles = tiles(257).filter { !$0.isFull }
        #expect(throws: Never.self) { try TileWriter(size: 257, partialTiles: tiles) }
        for size in [0, 1, 256, 258, 513] {
            let error = #expect(throws: ProofError.self) { try TileWriter(size: size, partialTiles: tiles) }
            #expect(error?.code == .badTile)
        }
        let missing = #expect(throws: ProofError.self) { try TileWriter(size: 257, partialTiles: [tiles[0]]) }
        #expect(missing?.message == "a tree of 257 entries has 2 partial tiles, and there are 1")
        let twice = #expect(throws: ProofError.self) { try TileWriter(size: 257, partialTiles: [tiles[0], tiles[0]]) }
        #expect(twice?.message == "a tree of 257 entries needs tile 0 of level 1 with 1 hashes")
    }

    /// Sizes around full tiles of level 0 and level 1.
    private static let sizes = [
        1, 2, 127, 128, 129, 254, 255, 256, 257, 258, 510, 511, 512, 513, 65_279, 65_280, 65_281, 65_535, 65_536,
        65_537,
        65_539,
    ]

    @Test(arguments: sizes) func `inclusion proofs out of tiles are believed`(_ size: Int) throws {
        let set = TileSet(tiles(size))
        let root = try TreeHead(size: size, hash: set.hash(of:)).root
        for number in Set([0, 1, size / 3, size / 2, size - 2, size - 1, 255, 256, 257])
        where (0..<size).contains(number) {
            let needed = TileSet.ids(for: InclusionProof.subtrees(of: number, in: size))
            // No other tiles than those it names, and few of them.
            #expect(needed.count <= 6)
            let few = TileSet(tiles(size).filter { needed.contains($0.id) })
            let proof = try InclusionProof(of: number, in: size, hash: few.hash(of:))
            try proof.verify(leafHash: Self.leafHashes[number], root: root)
        }
    }

    @Test(arguments: sizes) func `consistency proofs out of tiles are believed`(_ size: Int) throws {
        // Tiles of a later size hold all that those of an earlier one do.
        let set = TileSet(tiles(Self.size))
        let root = try TreeHead(size: size, hash: set.hash(of:)).root
        for old in Self.sizes where old <= size {
            let proof = try ConsistencyProof(from: old, to: size, hash: set.hash(of:))
            try proof.verify(oldRoot: TreeHead(size: old, hash: set.hash(of:)).root, newRoot: root)
        }
    }

    @Test(arguments: [255, 256, 257, 511, 65_539])
    func `a root out of tiles is that of the definition`(_ size: Int) throws {
        let leaves = (0..<size).map { [UInt8]("entry \($0)".utf8) }
        #expect(try TreeHead(size: size, hash: TileSet(tiles(size)).hash(of:)).root.bytes == Naive.root(leaves[...]))
    }

    @Test func `what the tiles do not hold is an error and not a guess`() throws {
        let set = TileSet(tiles(257))
        let missing = #expect(throws: ProofError.self) { try set.hash(of: Subtree(level: 0, index: 512)) }
        #expect(missing?.description == "tile 2 of level 0 is missing")
        let narrow = #expect(throws: ProofError.self) { try set.hash(of: Subtree(level: 1, index: 128)) }
        #expect(narrow?.description == "tile 1 of level 0 has 1 hashes of 2 needed")
        #expect(narrow?.code == .badTile)
    }

    @Test func `of two versions of a tile the wider one is kept`() throws {
        let id = TileID(level: 0, index: 0)
        let narrow = try #require(Tile(id: id, hashes: [Digest](Self.leafHashes[..<2])))
        let wide = try #require(Tile(id: id, hashes: [Digest](Self.leafHashes[..<4])))
        for tiles in [[narrow, wide], [wide, narrow]] {
            #expect(throws: Never.self) { try TileSet(tiles).hash(of: Subtree(level: 2, index: 0)) }
        }
    }
}
