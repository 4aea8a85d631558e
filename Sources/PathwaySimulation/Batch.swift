internal import PathwayCore

/// One cohort's worth of patients and cards, shuffled; what is dealt is gone.
struct Batch: Sendable {
    /// The ways of the patients in their order of accrual.
    let ways: [Int]
    var random: RandomSource
    private var decks: [[Int32]]

    init(_ shape: CohortShape, seed: UInt64, number: Int) {
        var random = RandomSource(seed: seed, batch: UInt64(number))
        var ways = shape.ways.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element.count) }
        random.shuffle(&ways)
        self.ways = ways
        decks = shape.decks.map { deck in
            // A quantile deck deals its slices, any other the numbers of its cards.
            var cards =
                deck.quantiles.isEmpty
                ? deck.cards.enumerated().flatMap { [Int32](repeating: Int32($0.offset), count: $0.element.count) }
                : (0..<Int32(deck.total)).map { $0 }
            random.shuffle(&cards)
            return cards
        }
        self.random = random
    }

    /// The next card of a deck: the reader has counted that none is dealt twice.
    mutating func deal(_ deck: Int) -> Int {
        guard let card = decks[deck].popLast() else { preconditionFailure("a deck was dealt beyond its last card") }
        return Int(card)
    }

    /// A card of a bag by its weight.
    mutating func draw(_ bag: Deck) -> Card {
        var place = random.below(bag.total)
        for card in bag.cards {
            place -= card.count
            if place < 0 { return card }
        }
        preconditionFailure("a bag's total is the sum of its cards")
    }

    /// A number of days inside one slice of a quantile deck.
    mutating func days(_ deck: Deck, slice: Int) -> Int {
        Quantiles(deck.quantiles).value(slice: slice, of: deck.total, using: &random)
    }
}

/// A distribution by its values at equally spaced quantiles, straight in between, in integer arithmetic.
struct Quantiles {
    private let values: [Int]
    private static let one = 1 << 20

    init(_ values: [Int]) { self.values = values }

    /// A value between the quantiles `slice / count` and `(slice + 1) / count`.
    func value(slice: Int, of count: Int, using random: inout RandomSource) -> Int {
        at((slice * Quantiles.one + random.below(Quantiles.one)) * (values.count - 1) / count)
    }

    /// The same within `range` only: the distribution is cut off there, not heaped up at its ends.
    func value(slice: Int, of count: Int, within range: ClosedRange<Int>, using random: inout RandomSource) -> Int {
        let (low, high) = (place(of: range.lowerBound), place(of: range.upperBound))
        let share = slice * Quantiles.one + random.below(Quantiles.one)
        let value = at(low + (high - low) * share / (count * Quantiles.one))
        return min(max(value, range.lowerBound), range.upperBound)
    }

    private func at(_ place: Int) -> Int {
        let piece = min(place / Quantiles.one, values.count - 2)
        return values[piece] + (values[piece + 1] - values[piece]) * (place - piece * Quantiles.one) / Quantiles.one
    }

    private func place(of value: Int) -> Int {
        guard let next = values.firstIndex(where: { $0 > value }) else { return (values.count - 1) * Quantiles.one }
        guard next > 0 else { return 0 }
        let (start, end) = (values[next - 1], values[next])
        return (next - 1) * Quantiles.one + (value - start) * Quantiles.one / (end - start)
    }
}
