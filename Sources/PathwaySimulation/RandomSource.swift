/// The simulation's only source of chance: xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64.
///
/// Both are public-domain generators with published reference code, so that a cohort can be made again anywhere from
/// its seed. It is for making up patients and for nothing else: allocation of real patients has its own generator.
package struct RandomSource {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A stream of its own for each seed and batch.
    package init(seed: UInt64, batch: UInt64) {
        var mixer = SplitMix64(state: seed)
        mixer = SplitMix64(state: mixer.next() ^ batch &* 0xD1B5_4A32_D192_ED03)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    package mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// A whole number from 0 to `limit - 1`, each as likely (Lemire's multiplication with rejection).
    package mutating func below(_ limit: Int) -> Int {
        precondition(limit > 0, "nothing to choose from")
        let bound = UInt64(limit)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// A whole number of a range, each as likely.
    mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound == range.upperBound
            ? range.lowerBound : range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// Fisher and Yates.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(index, below(index + 1)) }
    }

    private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value << count | value >> (64 - count) }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): spreads a seed over the state of another generator.
package struct SplitMix64 {
    package var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
