internal import PathwayProof

/// Compares the whole tiles that are kept with the leaves that they are made of.
///
/// It holds one hash for 256 leaves.
struct TileCheck {
    private var heads: [TreeHead] = []
    private var roots: [[Digest]] = []
    private var level = 0
    private var index = 0

    /// Takes the hash of the next leaf.
    mutating func append(_ leafHash: Digest) {
        var hash = leafHash
        for level in 0... {
            if level == heads.count {
                heads.append(TreeHead())
                roots.append([])
            }
            heads[level].append(hash)
            guard heads[level].size == Tile.fullWidth else { return }
            hash = heads[level].root
            roots[level].append(hash)
            heads[level] = TreeHead()
        }
    }

    /// Takes the next tile that is kept, in the order of levels and numbers, behind the last leaf.
    mutating func take(level: Int, index: Int, hashes: [UInt8], root: Digest?, _ report: inout AuditReport) {
        while let next = next, (next.level, next.index) < (level, index) { miss(&report) }
        guard let expected = next, (expected.level, expected.index) == (level, index) else {
            report.add(.inserted, "there is no whole tile \(index) of level \(level)")
            return
        }
        (self.level, self.index) = (level, index + 1)
        var head = TreeHead()
        if let tile = Tile(id: TileID(level: level, index: index), bytes: hashes) {
            for hash in tile.hashes { head.append(hash) }
        }
        if root != expected.root || head.size != Tile.fullWidth || head.root != expected.root {
            report.add(
                .edited, "tile \(index) of level \(level) is not made of what was sealed",
                number: index << (Tile.height * (level + 1)) + 1)
        }
    }

    /// Names the tiles that are missing behind the last one.
    mutating func finish(_ report: inout AuditReport) { while next != nil { miss(&report) } }

    private var next: (level: Int, index: Int, root: Digest)? {
        for level in level..<max(roots.count, level) {
            let index = level == self.level ? index : 0
            if index < roots[level].count { return (level, index, roots[level][index]) }
        }
        return nil
    }

    private mutating func miss(_ report: inout AuditReport) {
        guard let missed = next else { return }
        (level, index) = (missed.level, missed.index + 1)
        report.add(
            .removed, "tile \(missed.index) of level \(missed.level) is gone",
            number: missed.index << (Tile.height * (missed.level + 1)) + 1)
    }
}
