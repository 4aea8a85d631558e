import PathwaySimulation
import Testing

@Suite struct GeneratorTests {
    @Test func `SplitMix64 gives the published sequence of the seed 1234567`() {
        var generator = SplitMix64(state: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
        #expect(generator.next() == 9_817_491_932_198_370_423)
        #expect(generator.next() == 4_593_380_528_125_082_431)
        #expect(generator.next() == 16_408_922_859_458_223_821)
    }

    @Test func `whole numbers stay below their limit and each occurs`() {
        var random = RandomSource(seed: 1, batch: 0)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7000 { counts[random.below(7)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(random.below(1) == 0)
    }

    @Test func `each batch has a stream of its own`() {
        var first = RandomSource(seed: 1, batch: 0)
        var second = RandomSource(seed: 1, batch: 1)
        var again = RandomSource(seed: 1, batch: 0)
        let numbers = (0..<4).map { _ in first.next() }
        #expect(numbers != (0..<4).map { _ in second.next() })
        #expect(numbers == (0..<4).map { _ in again.next() })
    }
}
