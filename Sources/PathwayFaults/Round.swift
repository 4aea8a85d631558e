internal import PathwayLog

/// Writers at work while their servers are struck; then the check.
struct Round {
    private let place: Place
    private let fault: Fault
    private let plan: Plan
    private let before: Memory.Counts
    private let crew = Crew()

    init(place: Place, fault: Fault, plan: Plan) {
        self.place = place
        self.fault = fault
        self.plan = plan
        before = place.memory.counts
    }

    /// What the writers did in this round.
    var counts: Memory.Counts { place.memory.counts - before }

    /// How long the writers may take until the next strike, and after the last one until all have their answers.
    private static let patience: Duration = .seconds(60)

    /// Says what was done to the servers, and what was found.
    func run(_ chance: inout Chance) async throws -> (done: [String], findings: [String]) {
        let scene = Scene(memory: place.memory, crew: crew)
        startWriters()
        var done: [String] = []
        do {
            for moment in moments(&chance) {
                try await wait(Round.patience, for: "attempt \(moment) after \(done)") {
                    counts.attempts - counts.lines >= moment
                }
                done.append(try await place.ground.strike(fault, &chance, scene))
            }
            try await wait(Round.patience, for: "the last answers after \(done)") { crew.isDone }
        } catch {
            // A writer that has no answer, or a server that does not come back: both are worth a look.
            let waiting = crew.isDone ? "" : "; without an answer: \(crew.working.sorted().joined(separator: ", "))"
            return (done, place.memory.takeFindings() + crew.findings + ["stuck: \(error)\(waiting)"])
        }
        return (done, crew.findings + (try await Check.run(place.ground.direct, place.memory)))
    }

    /// After how many answered attempts the servers are struck.
    private func moments(_ chance: inout Chance) -> [Int] {
        let strikes = fault == .kill || fault == .restart ? chance.whole(1...3) : 1
        // Not so late that all may be over.
        let most = plan.writers.map(\.count).reduce(0, +) / 2
        return (0..<strikes).map { _ in chance.whole(1...most) }.sorted()
    }

    /// Starts the writers in tasks of their own: a group could not be left while one of them waits for ever, and that is
    /// what is looked out for here.
    private func startWriters() {
        for (number, work) in plan.writers.enumerated() {
            let writer = Writer(
                name: "writer-\(number + 1)", log: place.logs[number % place.logs.count], memory: place.memory)
            crew.start(writer.name) { try await writer.run(work) }
        }
        let writer = FileWriter(path: "\(place.folder)/import.ndjson", log: place.logs[0], memory: place.memory)
        crew.start("importer") { [plan] in try await writer.run(plan.files) }
        let reader = Reader(log: place.logs[place.logs.count - 1], memory: place.memory)
        let sealer = Sealer(log: place.logs[0], memory: place.memory)
        crew.start("reader") { [crew] in try await reader.run { crew.working.isSubset(of: ["reader", "sealer"]) } }
        crew.start("sealer") { [crew] in try await sealer.run { crew.working == ["sealer"] } }
    }
}
