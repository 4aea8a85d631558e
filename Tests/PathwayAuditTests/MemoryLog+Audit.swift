import PathwayProof
import Postgres

@testable import PathwayLog

extension MemoryLog {
    /// What the audit's own checks find in these chains, and, if seals were touched, in the tree.
    func audit(_ touched: Set<String>, _ checkpoint: Checkpoint, leaves: [Leaf], withTree: Bool) -> AuditReport {
        var chainCheck = ChainCheck(history)
        for chain in touched.sorted() { for place in places(of: chain) { chainCheck.take(place) } }
        var report = AuditReport()
        if withTree {
            var kept = leaves.makeIterator()
            var tree = TreeCheck([checkpoint])
            for seal in seals {
                tree.take(seal.chain, seal.position, seal.digest, number: seal.number) { kept.next() }
            }
            while let missed = kept.next() { tree.miss(missed) }
            report = tree.finish()
        }
        for finding in chainCheck.report.findings { report.add(finding) }
        return report
    }

    /// The rows of a chain beside its seals, as the server joins them.
    private func places(of chain: String) -> [AuditedRow] {
        let sealed = seals.filter { $0.chain == chain }
        var rest = Dictionary(grouping: sealed, by: \.position)
        var places: [AuditedRow] = []
        for row in chains[chain] ?? [] {
            let position = row.position(in: chain)
            let found = row.read(in: chain)
            for seal in rest.removeValue(forKey: position).map({ $0.map(Optional.some) }) ?? [nil] {
                places.append(
                    AuditedRow(
                        chain: chain, position: position, row: found, transaction: row.transaction,
                        seal: seal.map { ($0.number, $0.digest) }))
            }
        }
        for seal in rest.values.joined() {
            places.append(
                AuditedRow(
                    chain: chain, position: seal.position, row: nil, transaction: nil, seal: (seal.number, seal.digest))
            )
        }
        return places.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
    }

    /// Computes the digests of a chain anew and writes them into its seals, as an intruder does who knows how.
    mutating func reseal(_ chain: String) {
        var digests: [Int: Digest] = [:]
        var previous: Digest?
        for row in (chains[chain] ?? []).sorted(by: { $0.position(in: chain) < $1.position(in: chain) }) {
            guard case .success(let read) = row.read(in: chain) else { continue }
            let digest = Chain.next(after: previous, record: read.record)
            digests[row.position(in: chain)] = digest
            previous = digest
        }
        seals.removeAll { $0.chain == chain && digests[$0.position] == nil }
        for index in seals.indices where seals[index].chain == chain {
            if let digest = digests[seals[index].position] { seals[index].digest = digest }
        }
        for position in digests.keys.sorted()
        where !seals.contains(where: { $0.chain == chain && $0.position == position }) {
            guard let digest = digests[position] else { continue }
            let behind = seals.lastIndex { $0.chain == chain && $0.position < position } ?? seals.count - 1
            seals.insert(Seal(number: 0, chain: chain, position: position, digest: digest), at: behind + 1)
        }
        renumber()
    }

    /// Gives the seals dense numbers in their order.
    mutating func renumber() { for index in seals.indices { seals[index].number = index + 1 } }
}
