internal import PathwayLog

/// The rounds, one after another, and the servers that they share.
struct Trial {
    private let seed: UInt64
    private let faults: [Fault]
    private let stage: Stage
    private var planner: Planner
    private var deck: [Fault] = []
    private var places: [Place.Kind: Place] = [:]
    private var total = Total()

    init(seed: UInt64, faults: [Fault], writers: Int, stage: Stage) throws {
        self.seed = seed
        self.faults = faults
        self.stage = stage
        planner = try Planner(seed: seed, writers: writers)
    }

    /// Runs the rounds and returns what was found; stops at the first round that found something.
    mutating func run(rounds: Int) async throws -> [String] {
        let began = ContinuousClock.now
        var findings: [String] = []
        for number in 1...rounds where findings.isEmpty {
            findings = try await round(number)
            total.rounds += 1
        }
        for place in places.values { try await place.close() }
        let verdict = findings.isEmpty ? "nothing lost, doubled or half" : "\(findings.count) findings"
        say("\(total.rounds) rounds, \(total.text), in \((ContinuousClock.now - began).short): \(verdict)")
        return findings
    }

    private mutating func round(_ number: Int) async throws -> [String] {
        var chance = Chance(seed: seed, 2, UInt64(number))
        if deck.isEmpty { deck = faults.shuffled(using: &chance) }
        let fault = deck.removeFirst()
        let began = ContinuousClock.now
        let place = try await place(for: fault, number)
        let round = Round(place: place, fault: fault, plan: try planner.plan(round: number))
        let (done, findings) = try await round.run(&chance)
        let counts = round.counts
        total.add(counts)
        say(
            "round \(number) \(fault.rawValue): \(counts.text), \((ContinuousClock.now - began).short); "
                + done.joined(separator: ", "))
        return findings
    }

    /// The servers for a fault: those of the rounds before, or new ones.
    private mutating func place(for fault: Fault, _ number: Int) async throws -> Place {
        let kind = Place.Kind(fault)
        if let place = places[kind] {
            if place.rounds < Place.longest {
                places[kind]?.rounds += 1
                return place
            }
            try await place.close()
        }
        let place = try await Place(
            kind, named: "\(kind)\(number)", on: stage, chance: Chance(seed: seed, 3, UInt64(number)))
        places[kind] = place
        return place
    }
}

/// What all rounds together did.
struct Total {
    var rounds = 0
    private var counts = Memory.Counts()

    mutating func add(_ more: Memory.Counts) { counts = counts + more }

    var text: String { counts.text }
}

extension Memory.Counts {
    static func + (left: Self, right: Self) -> Self {
        Self(
            attempts: left.attempts + right.attempts, lines: left.lines + right.lines,
            acknowledged: left.acknowledged + right.acknowledged, resolved: left.resolved + right.resolved,
            refused: left.refused + right.refused, errors: left.errors + right.errors)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(
            attempts: left.attempts - right.attempts, lines: left.lines - right.lines,
            acknowledged: left.acknowledged - right.acknowledged, resolved: left.resolved - right.resolved,
            refused: left.refused - right.refused, errors: left.errors - right.errors)
    }

    var text: String {
        "\(attempts) attempts, \(acknowledged) acknowledged, \(resolved) of them resolved by repetition, "
            + "\(refused) refused, \(errors) calls without an answer"
    }
}
