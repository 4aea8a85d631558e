internal import CAllocationCount
internal import PathwayCore
internal import PathwaySimulation

/// (c) Replay in the core: every milestone judged again, from the first to the last of each patient.
enum ReplayBench {
    static func run(_ settings: Settings) throws {
        let treatment = try Material.treatment()
        var simulation = try Material.simulation(patients: settings.replayedPatients)
        var paths: [[(milestone: Milestone, offProtocol: Bool)]] = []
        while let patient = try simulation.next() {
            paths.append(zip(patient.attempts, patient.steps).map { ($0.milestone, $1.answer == .offProtocol) })
        }
        let events = paths.reduce(0) { $0 + $1.count }
        var rates: [Double] = []
        var allocations: UInt = 0
        for _ in 0..<9 {
            let before = allocation_count()
            let start = ContinuousClock.now
            for milestones in paths {
                var path = Path(under: treatment)
                for (milestone, offProtocol) in milestones { try path.follow(milestone, offProtocol: offProtocol) }
                precondition(path.standing.position == milestones.count, "a path was not replayed whole")
            }
            let elapsed = ContinuousClock.now - start
            allocations = allocation_count() - before
            rates.append(
                Double(events) / (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18))
        }
        report(
            "(c) replay in the core: \(grouped(median(rates))) events/s, "
                + "\(ratio(Double(allocations) / Double(events))) allocations an event "
                + "(\(grouped(Double(events))) events of \(paths.count) patients; aim 5 000 000 events/s)")
    }
}
