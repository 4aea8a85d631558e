internal import PathwayProof

/// A leaf of the proof: whose entry it stands for, and the digest of its chain up to it.
struct Leaf: Hashable {
    let chain: String
    let position: Int
    let digest: Digest
}

/// Compares the numbers that were given with checkpoints that were signed, in memory for one leaf at a time.
struct TreeCheck {
    private var head = TreeHead()
    private var checkpoints: ArraySlice<(size: Int, root: Digest, isOwn: Bool)>
    private var number = 0
    private var comparison = LeafComparison()
    private(set) var tiles = TileCheck()
    private(set) var report = AuditReport()

    /// - Parameters:
    ///   - checkpoints: what was signed, of any sizes.
    ///   - own: the sizes and root hashes that the log itself kept of what it signed.
    init(_ checkpoints: [Checkpoint], own: [(size: Int, root: Digest)] = []) {
        let all =
            checkpoints.map { (size: $0.size, root: $0.root, isOwn: false) }
            + own.map { (size: $0.size, root: $0.root, isOwn: true) }
        self.checkpoints = all.sorted { $0.size < $1.size }[...]
        compare()
    }

    /// Takes the next leaf in the order of the numbers.
    /// - Parameters:
    ///   - digest: `nil` if the seal holds no digest.
    ///   - witness: gives the leaf that was kept outside for each leaf in turn.
    mutating func take(
        _ chain: String, _ position: Int, _ digest: Digest?, number given: Int, witness: () throws -> Leaf?
    ) rethrows {
        if given > number + 1 {
            report.add(
                .misnumbered,
                given == number + 2
                    ? "number \(number + 1) of the proof is missing"
                    : "the numbers \(number + 1) to \(given - 1) of the proof are missing", number: number + 1)
        }
        if given <= number {
            report.add(
                .misnumbered,
                number == 0 ? "numbers of the proof count from 1" : "number \(given) of the proof is given twice",
                of: chain, at: position, number: given)
        }
        number = max(number, given)
        if digest == nil { report.add(.edited, "its seal holds no digest", of: chain, at: position, number: given) }
        let leaf = Leaf(chain: chain, position: position, digest: digest ?? TreeCheck.noDigest)
        comparison.take(leaf, number: given, kept: try witness())
        let hash = MerkleTree.leafHash(of: leaf.digest)
        head.append(hash)
        tiles.append(hash)
        compare()
    }

    /// Says what a witness remembers behind the end of the log.
    mutating func miss(_ witness: Leaf) { comparison.take(kept: witness) }

    private mutating func compare() {
        while let checkpoint = checkpoints.first, checkpoint.size <= head.size {
            checkpoints.removeFirst()
            if checkpoint.size == head.size, checkpoint.root == head.root {
                if !checkpoint.isOwn { report.agreed.append(checkpoint.size) }
            } else {
                report.add(
                    .rewritten,
                    "the first \(checkpoint.size) entries are not those that the \(checkpoint.isOwn ? "log's own " : "")checkpoint was signed over",
                    number: checkpoint.size)
            }
        }
    }

    mutating func finish() -> AuditReport {
        comparison.finish(size: number, &report)
        for checkpoint in checkpoints {
            report.add(
                .cut,
                "the log has \(head.size) entries, and \(checkpoint.isOwn ? "by its own account " : "")a checkpoint was signed over \(checkpoint.size)",
                number: head.size + 1)
        }
        report.sealed = head.size
        report.root = head.root.base64
        return report
    }

    private static let noDigest = Digest(bytes: [UInt8](repeating: 0, count: Digest.byteCount)) ?? MerkleTree.emptyRoot
}
