internal import PathwayProof

/// Compares the leaves of the proof with those that were kept outside, whatever numbers they bear.
///
/// What was taken out or slipped in moves all that follows to other numbers. That alone accuses nobody: named is what is gone, what was
/// not there, what has another digest, and what has another number than these account for. It holds in memory only what differs.
struct LeafComparison {
    private struct Place: Hashable {
        let chain: String
        let position: Int
    }

    private var gone: [Leaf: Int] = [:]
    private var new: [Leaf: Int] = [:]
    private var moved: [(leaf: Leaf, was: Int, now: Int)] = []
    private var kept = 0
    private var lastMatch = 0

    /// Takes the next leaf of the proof, and the next of those that were kept, if there is one.
    mutating func take(_ leaf: Leaf, number: Int, kept witness: Leaf?) {
        guard let witness else {
            if !gone.isEmpty { find(leaf, number: number) }
            return
        }
        kept += 1
        if witness == leaf, kept == number {
            lastMatch = number
            return
        }
        find(leaf, number: number)
        remember(witness)
    }

    /// Takes a leaf that was kept and that the proof is too short for.
    mutating func take(kept witness: Leaf) {
        kept += 1
        remember(witness)
    }

    private mutating func find(_ leaf: Leaf, number: Int) {
        if let was = gone.removeValue(forKey: leaf) {
            match(leaf, was: was, now: number)
        } else {
            new[leaf] = number
        }
    }

    private mutating func remember(_ leaf: Leaf) {
        if let now = new.removeValue(forKey: leaf) { match(leaf, was: kept, now: now) } else { gone[leaf] = kept }
    }

    private mutating func match(_ leaf: Leaf, was: Int, now: Int) {
        if was == now { lastMatch = max(lastMatch, now) } else { moved.append((leaf, was, now)) }
    }

    /// Adds what differs to a report, in the order of the numbers.
    /// - Parameter size: the last number of the proof.
    func finish(size: Int, _ report: inout AuditReport) {
        var findings: [(number: Int, finding: AuditFinding)] = []
        func add(_ kind: AuditFinding.Kind, _ words: String, _ leaf: Leaf, _ number: Int) {
            findings.append(
                (
                    number,
                    AuditFinding(
                        kind: kind, patient: leaf.chain, position: leaf.position, number: number, words: words)
                ))
        }
        let places = Dictionary(new.map { (Place(chain: $0.chain, position: $0.position), $1) }, uniquingKeysWith: min)
        for (leaf, number) in gone {
            if places[Place(chain: leaf.chain, position: leaf.position)] != nil {
                add(.rewritten, "its digest was rewritten since the checkpoint", leaf, number)
            } else if number > size {
                add(.cut, "number \(number) of the proof is gone", leaf, number)
            } else {
                add(.removed, "it was number \(number) of the proof at the checkpoint, and is gone", leaf, number)
            }
        }
        let before = Set(gone.keys.map { Place(chain: $0.chain, position: $0.position) })
        let (goneNumbers, newNumbers) = (gone.values.sorted(), new.values.sorted())
        var lastMatch = lastMatch
        for (leaf, was, now) in moved {
            if was - goneNumbers.count(below: was) == now - newNumbers.count(below: now) {
                lastMatch = max(lastMatch, now)
            } else {
                add(
                    .misnumbered, "it was number \(was) of the proof at the checkpoint, and is number \(now)", leaf, was
                )
            }
        }
        // What stands behind all that was there at the checkpoint came after it.
        for (leaf, number) in new
        where number < lastMatch && !before.contains(Place(chain: leaf.chain, position: leaf.position)) {
            add(.inserted, "it has number \(number) of the proof, and was not there at the checkpoint", leaf, number)
        }
        for (_, finding) in findings.sorted(by: { $0.number < $1.number }) { report.add(finding) }
    }
}

extension [Int] {
    /// How many of a sorted list are smaller.
    fileprivate func count(below limit: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
