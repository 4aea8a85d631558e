internal import PathwayCore
internal import PathwaySimulation

/// The only source of chance: a stream of its own for each purpose, so that one more draw here changes nothing there.
struct Chance: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64, _ purpose: UInt64...) {
        var mixed = SplitMix64(state: seed)
        state = mixed.next()
        for number in purpose {
            mixed = SplitMix64(state: state ^ number &* 0xD1B5_4A32_D192_ED03)
            state = mixed.next()
        }
    }

    mutating func next() -> UInt64 {
        var source = SplitMix64(state: state)
        let drawn = source.next()
        state = source.state
        return drawn
    }

    mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func request() -> RequestID { RequestID(high: next(), low: next()) }
}
