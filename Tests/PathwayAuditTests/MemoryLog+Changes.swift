import PathwayProof

@testable import PathwayLog

extension MemoryLog {
    /// Gives a random column of a row another value, or none, or one where there was none.
    mutating func edit(_ chain: String, _ position: Int, _ random: inout SeededGenerator) {
        guard var row = chains[chain]?[position - 1] else { return }
        // Behind the study number and the position: other numbers are other changes.
        let column = Int.random(in: (chain.isEmpty ? 1 : 2)..<row.columns.count, using: &random)
        if var bytes = row.columns[column] {
            let byte = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: row.columns[column] = nil
            case 1 where MemoryLog.width(of: column, in: chain) == nil: row.columns[column] = bytes + [0x41]
            case _ where bytes.isEmpty: row.columns[column] = [0x41]
            default:
                // Of a boolean only the last bit has a meaning.
                bytes[byte] ^= bytes.count == 1 ? 1 : 1 << UInt8.random(in: 0..<8, using: &random)
                row.columns[column] = bytes
            }
        } else {
            let width = MemoryLog.width(of: column, in: chain)
            row.columns[column] =
                width.map { SeededGenerator.bytes($0, &random) }
                ?? SeededGenerator.bytes(5, &random).map { UInt8(ascii: "a") + $0 % 26 }
        }
        chains[chain]?[position - 1] = row
    }

    /// How many bytes a column has whose type is of one length: numbers, days, moments, flags and the request.
    private static func width(of column: Int, in chain: String) -> Int? {
        if chain.isEmpty { return [0: 4, 1: 8][column] }
        return [
            1: 4, 2: 8, 3: 4, 5: 4, 6: 4, 10: 4, 17: 4, 19: 4, 20: 4, 21: 1, 22: 1, 29: 1, 33: 8, 34: 16,
        ][column]
    }

    /// Gives the rows of a chain dense positions again, from one on.
    mutating func renumber(_ chain: String, from position: Int) {
        guard let count = chains[chain]?.count, position <= count else { return }
        for index in (position - 1)..<count { chains[chain]?[index].move(to: index + 1, in: chain) }
    }

    /// Puts two rows into each other's places.
    mutating func swap(_ one: String, _ first: Int, _ other: String, _ second: Int) {
        guard var left = chains[one]?[first - 1], var right = chains[other]?[second - 1] else { return }
        left.move(to: second, in: other)
        right.move(to: first, in: one)
        chains[one]?[first - 1] = right
        chains[other]?[second - 1] = left
    }

    /// Cuts the tail of a chain, from a position on.
    mutating func cut(_ chain: String, from position: Int, done: inout RandomChange.Done, withSeals: Bool) {
        chains[chain]?.removeSubrange((position - 1)...)
        guard withSeals else { return }
        seals.removeAll { $0.chain == chain && $0.position >= position }
        done.touchesSeals = true
    }

    /// Cuts everything behind a number, and the sealer's notes of it.
    mutating func cut(behind size: Int, _ leaves: [Leaf], done: inout RandomChange.Done) {
        done = RandomChange.Done(
            places: [Place(leaves[size].chain, leaves[size].position)], touched: [], touchesSeals: true)
        for seal in seals.dropFirst(size).reversed() {
            if chains[seal.chain]?.last?.position(in: seal.chain) == seal.position { chains[seal.chain]?.removeLast() }
            done.touched.insert(seal.chain)
        }
        seals.removeSubrange(size...)
        history = SealingHistory(passes: history.passes.filter { $0.size <= size }, next: history.next)
    }

    /// Gives all rows of a patient to another one.
    mutating func rename(_ patient: String, to other: String) {
        var rows = chains.removeValue(forKey: patient) ?? []
        for index in rows.indices { rows[index].move(to: index + 1, in: other) }
        chains[other] = rows
    }
}

/// SplitMix64: the same changes for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Random bytes.
    static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
    }
}
