internal import PathwayCore
internal import PathwayDocument

/// The shape of a made-up cohort: how many patients take which way through a protocol, and when.
///
/// A shape is a document like a protocol is: it says of every number where it comes from, and nothing about a trial is
/// written in Swift. *Ways* are lists of steps with the number of patients who go so; *segments* are steps that ways share;
/// a *deck* is a set of cards with exact counts that is shuffled and dealt, so that marginal counts come out exactly
/// whatever the seed; a *bag* is drawn from and put back, for what no source counts.
public struct CohortShape: Sendable {
    /// The name of the protocol whose patients these are.
    public let protocolName: String
    /// The patients of one whole cohort: the sum of its ways.
    public let patients: Int

    let until: Day
    /// Days between visits where nothing else happens; `nil` for a cohort that records none.
    let visits: Int?
    let accrual: [Day]
    let numberPrefix: String
    let coordinator: String
    let sites: [(code: String, weight: Int)]
    let stepNames: [String]
    let steps: [ScriptStep]
    let segments: [Segment]
    let decks: [Deck]
    let bags: [Deck]
    let ways: [Way]
    let digest: UInt64

    /// Reads and checks a shape.
    /// - Throws: ``ShapeFaults`` with every fault and its line.
    public init(_ text: String) throws(ShapeFaults) {
        let root = try composed(text, beginning: "cohort")
        var reader = ShapeReader(root)
        guard let parts = reader.read() else { throw ShapeFaults(reader.collector.faults) }
        self.init(parts, digest: fingerprint(text))
        let faults = countFaults
        guard faults.isEmpty else { throw ShapeFaults(faults) }
    }

    private init(_ parts: ShapeReader.Parts, digest: UInt64) {
        protocolName = parts.head.protocolName
        patients = parts.head.patients
        until = parts.head.until
        visits = parts.head.visits
        accrual = parts.head.accrual
        numberPrefix = parts.head.numberPrefix
        coordinator = parts.head.coordinator
        sites = parts.head.sites
        stepNames = parts.stepNames
        steps = parts.steps
        segments = parts.segments
        decks = parts.decks
        bags = parts.bags
        ways = parts.ways
        self.digest = digest
    }
}

/// 64-bit FNV-1a of the text, so that a changed shape makes other request keys.
private func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

extension CohortShape {
    /// Ways that do not add up to the patients, and decks that are not dealt to the last card.
    var countFaults: [Fault] {
        var faults: [Fault] = []
        let total = ways.reduce(0) { $0 + $1.count }
        if total != patients {
            faults.append(Fault(line: ways.first?.line ?? 1, "the ways make \(total) patients, not \(patients)"))
        }
        var draws = [Int](repeating: 0, count: decks.count)
        for way in ways { count(way.items, times: way.count, into: &draws, depth: 0) }
        for (deck, drawn) in zip(decks, draws) where deck.total != drawn {
            faults.append(
                Fault(line: deck.line, "deck \"\(deck.name)\" has \(deck.total) cards and is dealt \(drawn) times"))
        }
        return faults
    }

    private func count(_ items: [ScriptItem], times: Int, into draws: inout [Int], depth: Int) {
        // Deeper nesting than this is a segment within itself, which the reader has refused.
        guard depth < 64 else { return }
        for item in items {
            switch item {
            case .step(let index): for deck in steps[index].deals { draws[deck] += times }
            case .segment(let index): count(segments[index].items, times: times, into: &draws, depth: depth + 1)
            case .deal(let index):
                draws[index] += times
                // Dealt to the last card, a deck brings the steps of each card as often as the card is there.
                guard decks[index].total > 0 else { continue }
                for card in decks[index].cards where draws[index] == decks[index].total {
                    count(card.items, times: card.count, into: &draws, depth: depth + 1)
                }
            case .draw: break
            }
        }
    }
}
