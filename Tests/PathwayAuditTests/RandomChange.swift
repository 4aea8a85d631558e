import PathwayProof

@testable import PathwayLog

/// One random change behind the product's back, made in memory.
enum RandomChange: CaseIterable {
    case edit, editAndReseal, editSeveral
    case delete, deleteWithSeal, deleteAndRenumber, deleteAndReseal
    case insert, insertAndReseal, insertPatient, append
    case swap, swapAndReseal, swapBetweenPatients, swapBetweenPatientsAndReseal
    case cut, cutWithSeals, cutAndReseal, drop, dropWithSeals, dropAndReseal, cutLog
    case rename, renameAndReseal
    case sealDigest, sealPosition, sealNumbers, sealNumbersMany

    /// What a change did.
    struct Done {
        /// The places that must be named.
        var places: Set<Place>
        /// The patients that may be named.
        var touched: Set<String>
        /// Whether seals were touched, so that the tree must be compared too.
        var touchesSeals: Bool
    }

    /// Makes the change somewhere among what the leaves cover.
    func apply(to log: inout MemoryLog, _ leaves: [Leaf], using random: inout SeededGenerator) -> Done {
        let leaf = leaves[Int.random(in: leaves.indices, using: &random)]
        let (chain, position) = (leaf.chain, leaf.position)
        var done = Done(places: [Place(chain, position)], touched: [chain], touchesSeals: isResealing)
        switch self {
        case .edit, .editAndReseal: log.edit(chain, position, &random)
        case .editSeveral:
            for _ in 0..<4 {
                let other = leaves[Int.random(in: leaves.indices, using: &random)]
                // A second change of one place may take back the first, and then there is nothing to find.
                guard !done.places.contains(Place(other.chain, other.position)) else { continue }
                log.edit(other.chain, other.position, &random)
                done.add(other)
            }
            log.edit(chain, position, &random)
        case .delete: log.chains[chain]?.remove(at: position - 1)
        case .deleteWithSeal:
            log.chains[chain]?.remove(at: position - 1)
            log.seals.removeAll { $0.chain == chain && $0.position == position }
            done.touchesSeals = true
        case .deleteAndRenumber, .deleteAndReseal:
            log.chains[chain]?.remove(at: position - 1)
            log.renumber(chain, from: position)
        case .insert, .insertAndReseal:
            guard var row = log.chains[chain]?[position - 1] else { break }
            row.columns[row.columns.count - 1] = SeededGenerator.bytes(16, &random)
            log.chains[chain]?.insert(row, at: position - 1)
            log.renumber(chain, from: position)
        case .insertPatient:
            guard var row = log.chains[leaves.first { !$0.chain.isEmpty }?.chain ?? ""]?.first else { break }
            row.move(to: 1, in: "P-GHOST")
            log.chains["P-GHOST"] = [row]
            done = Done(places: [Place("P-GHOST", 1)], touched: ["P-GHOST"], touchesSeals: false)
        case .append:
            guard var row = log.chains[chain]?[position - 1], let count = log.chains[chain]?.count else { break }
            row.move(to: count + 1, in: chain)
            log.chains[chain]?.append(row)
            done.places = [Place(chain, count + 1)]
        case .swap, .swapAndReseal:
            let other = leaves.filter { $0.chain == chain }.randomElement(using: &random)?.position ?? position
            log.swap(chain, position, chain, other)
            if other == position { log.edit(chain, position, &random) }
            done.places.insert(Place(chain, other))
        case .swapBetweenPatients, .swapBetweenPatientsAndReseal:
            let patients = leaves.filter { !$0.chain.isEmpty }
            let one = patients[Int.random(in: patients.indices, using: &random)]
            let others = patients.filter { $0.chain != one.chain }
            let other = others[Int.random(in: others.indices, using: &random)]
            log.swap(one.chain, one.position, other.chain, other.position)
            done = Done(places: [], touched: [], touchesSeals: isResealing)
            done.add(one)
            done.add(other)
        case .cut, .cutAndReseal, .cutWithSeals:
            log.cut(chain, from: position, done: &done, withSeals: self == .cutWithSeals)
        case .drop, .dropAndReseal, .dropWithSeals:
            log.cut(chain, from: 1, done: &done, withSeals: self == .dropWithSeals)
            done.places = [Place(chain, 1)]
        case .cutLog: log.cut(behind: Int.random(in: 0..<leaves.count, using: &random), leaves, done: &done)
        case .rename, .renameAndReseal:
            let patient = leaves.filter { !$0.chain.isEmpty }.randomElement(using: &random)?.chain ?? chain
            log.rename(patient, to: "P-OTHER")
            done = Done(
                // With digests of its own the other one stands behind the checkpoint like any that came later.
                places: isResealing ? [Place(patient, 1)] : [Place(patient, 1), Place("P-OTHER", 1)],
                touched: [patient, "P-OTHER"], touchesSeals: isResealing)
        case .sealDigest, .sealPosition, .sealNumbers, .sealNumbersMany:
            tamperWithSeals(&log, leaf, leaves, &done, &random)
        }
        if isResealing { for chain in done.touched.sorted() { log.reseal(chain) } }
        return done
    }

    /// Whether all digests and numbers are computed anew, so that the database agrees with itself.
    private var isResealing: Bool {
        switch self {
        case .editAndReseal, .deleteAndReseal, .insertAndReseal, .swapAndReseal, .swapBetweenPatientsAndReseal,
            .cutAndReseal,
            .dropAndReseal, .renameAndReseal:
            true
        case .edit, .editSeveral, .delete, .deleteWithSeal, .deleteAndRenumber, .insert, .insertPatient, .append, .swap,
            .swapBetweenPatients, .cut, .cutWithSeals, .drop, .dropWithSeals, .cutLog, .rename, .sealDigest,
            .sealPosition,
            .sealNumbers, .sealNumbersMany:
            false
        }
    }

    private func tamperWithSeals(
        _ log: inout MemoryLog, _ leaf: Leaf, _ leaves: [Leaf], _ done: inout Done, _ random: inout SeededGenerator
    ) {
        done.touchesSeals = true
        let count = self == .sealNumbersMany ? 10 : 2
        let numbers = Array((1...leaves.count).shuffled(using: &random).prefix(count))
        switch self {
        case .sealDigest:
            let digest = Digest(bytes: SeededGenerator.bytes(32, &random)) ?? leaf.digest
            for index in log.seals.indices where log.seals[index].matches(leaf) { log.seals[index].digest = digest }
        case .sealPosition:
            for index in log.seals.indices where log.seals[index].matches(leaf) { log.seals[index].position += 1000 }
        default:
            done = Done(places: [], touched: [], touchesSeals: true)
            for (number, other) in zip(numbers, numbers.dropFirst() + numbers.prefix(1)) {
                log.seals[number - 1].number = other
                done.add(leaves[number - 1])
            }
            log.seals.sort { $0.number < $1.number }
        }
    }
}

extension RandomChange.Done {
    mutating func add(_ leaf: Leaf) {
        places.insert(Place(leaf.chain, leaf.position))
        touched.insert(leaf.chain)
    }
}

extension MemoryLog.Seal {
    func matches(_ leaf: Leaf) -> Bool { chain == leaf.chain && position == leaf.position }
}
