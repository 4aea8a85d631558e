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
    private var checkpoints: ArraySlice<Checkpoint>
    private var number = 0
    private(set) var report = AuditReport()

    /// - Parameter checkpoints: what was signed, of any sizes.
    init(_ checkpoints: [Checkpoint]) {
        self.checkpoints = checkpoints.sorted { $0.size < $1.size }[...]
        compare()
    }

    /// Takes the next leaf in the order of the numbers.
    /// - Parameter witness: gives the leaf that was kept outside for each number in turn.
    mutating func take(_ leaf: Leaf, number given: Int, witness: () throws -> Leaf?) rethrows {
        while number + 1 < given {
            number += 1
            let kept = try witness()
            report.add(
                .misnumbered, "number \(number) of the proof is missing", of: kept?.chain, at: kept?.position,
                number: number)
        }
        if given <= number {
            report.add(
                .misnumbered, "number \(given) of the proof is given twice", of: leaf.chain, at: leaf.position,
                number: given)
            return
        }
        number = given
        if let kept = try witness(), kept != leaf {
            if kept.chain == leaf.chain, kept.position == leaf.position {
                report.add(
                    .rewritten, "its digest was rewritten since the checkpoint", of: leaf.chain, at: leaf.position,
                    number: given)
            } else {
                report.add(
                    .rewritten, "number \(given) of the proof was this entry, and is now \(leaf.words)", of: kept.chain,
                    at: kept.position, number: given)
            }
        }
        head.append(MerkleTree.leafHash(of: leaf.digest))
        compare()
    }

    /// Says what a witness remembers behind the end of the log.
    mutating func miss(_ witness: Leaf) {
        number += 1
        report.add(
            .cut, "number \(number) of the proof is gone", of: witness.chain, at: witness.position, number: number)
    }

    private mutating func compare() {
        while let checkpoint = checkpoints.first, checkpoint.size == head.size {
            checkpoints.removeFirst()
            if checkpoint.root == head.root {
                report.agreed.append(checkpoint.size)
            } else {
                report.add(
                    .rewritten,
                    "the first \(checkpoint.size) entries are not those that the checkpoint was signed over",
                    number: checkpoint.size)
            }
        }
    }

    mutating func finish() -> AuditReport {
        for checkpoint in checkpoints {
            report.add(
                .cut, "the log has \(head.size) entries, and a checkpoint was signed over \(checkpoint.size)",
                number: head.size + 1)
        }
        report.sealed = head.size
        report.root = head.root.base64
        return report
    }
}

extension Leaf {
    var words: String {
        chain.isEmpty ? "entry \(position) of the journal" : "event \(position) of patient \(chain)"
    }
}
