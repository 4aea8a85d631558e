internal import PathwayCore

/// A milestone that a way plans, before chance has filled it in.
struct ScriptStep {
    let kind: MilestoneKind
    /// Its name among the shape's step names, for steps that count from it.
    let name: Int
    let facts: [FactRule]
    /// Days after the step it counts from; `nil` is the same day unless a card says otherwise.
    let after: ClosedRange<Int>?
    /// The named step it counts from; `nil` is the step before it.
    let anchor: Int?
    /// Days before the end of follow-up, in place of `after`.
    let beforeEnd: ClosedRange<Int>?
    /// Whether it happens beside the way: the next step does not count from it and does not come before it.
    let isBeside: Bool
    /// The decks that deal it a card.
    let deals: [Int]
    /// The bags from which it draws a card.
    let draws: [Int]
    /// Why the protocol is left.
    let deviation: String?
    /// The first and the last calendar day on which it can have happened.
    let earliest: Day?
    let latest: Day?
    let line: Int
}

/// One entry of a list of steps.
enum ScriptItem {
    case step(Int)
    case segment(Int)
    case deal(Int)
    case draw(Int)
}

/// A value that chance may have to choose.
struct FactRule {
    enum Choice {
        case fixed(Value)
        case oneOf([Value])
        case number(ClosedRange<Int>)
        case date(DateRule)
    }

    let field: Field
    let choice: Choice
    let line: Int
}

/// A date that is counted back from another one.
struct DateRule {
    /// A length of time: so many days, months or years.
    struct Length {
        let count: Int
        let unit: Span.Unit

        func before(_ day: Day) -> Day {
            switch unit {
            case .days: day.adding(days: -count)
            case .weeks: day.adding(days: -7 * count)
            case .months: day.adding(months: -count)
            case .years: day.adding(months: -12 * count)
            }
        }
    }

    let shortest: Length
    let longest: Length
    /// The date that is counted from; `nil` is the day of the milestone.
    let reference: Field?
    /// It lies at least this long before another date as well.
    let besides: (length: Length, field: Field)?
    let precision: ClinicalDate.Precision

    /// Any day of the range, each as likely.
    func day(from start: Day, besides limit: Day?, using random: inout RandomSource) -> Day {
        var last = shortest.before(start)
        let first = min(longest.before(start), last)
        if let besides, let limit { last = max(first, min(last, besides.length.before(limit))) }
        return first.adding(days: random.below(last.days(since: first) + 1))
    }
}

/// What a deck deals: facts for a step, its time, or further steps.
struct Card {
    let count: Int
    let facts: [FactRule]
    let after: ClosedRange<Int>?
    let items: [ScriptItem]
    let line: Int

    var bringsSteps: Bool { after == nil && facts.isEmpty }
}

/// Cards with exact counts, dealt until none is left; or, as a bag, with weights, drawn and put back.
struct Deck {
    let name: String
    let cards: [Card]
    /// Days at equally spaced quantiles, in place of cards: the first is the earliest, the last the latest.
    let quantiles: [Int]
    let total: Int
    let line: Int
}

/// So many patients who go the same way.
struct Way {
    let name: String
    let count: Int
    let items: [ScriptItem]
    let line: Int
}

/// Steps that several ways share.
struct Segment {
    let name: String
    let items: [ScriptItem]
    let line: Int
}
