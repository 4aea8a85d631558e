internal import PathwayCore
internal import PathwayDocument
internal import PathwaySimulation

/// What the writers do in one round: drawn before the first of them begins.
struct Plan: Sendable {
    /// One attempt of a writer.
    struct Work: Sendable {
        let attempt: Attempt
        let request: RequestID
        /// Nobody else records for the patient, so that the answer is known beforehand: it is recorded.
        let isOwn: Bool
        /// The attempt is made once more after it was acknowledged.
        let isRepeated: Bool
    }

    var writers: [[Work]]
    /// The lines of files for the importer, one after another; each holds whole paths.
    var files: [[Attempt]] = []
}

/// Draws plans from a synthetic cohort: each patient occurs once in a run.
struct Planner {
    private var simulation: Simulation
    private let seed: UInt64
    private let writers: Int

    init(seed: UInt64, writers: Int) throws {
        simulation = try Simulation(
            shape: BundledShapes.cohort(), treatment: Material.document().treatment, patients: 10_000_000, seed: seed)
        self.seed = seed
        self.writers = writers
    }

    private static let patientsOfWriter = 8
    private static let patientsOfFile = 4
    private static let filesOfRound = 12
    private static let sharedPatients = 3

    mutating func plan(round: Int) throws -> Plan {
        var chance = Chance(seed: seed, 1, UInt64(round))
        let shared = try (0..<Planner.sharedPatients).map { _ in try attempts() }
        var plan = Plan(writers: [])
        for writer in 0..<writers {
            var work: [Plan.Work] = []
            for _ in 0..<Planner.patientsOfWriter {
                work += try attempts().map { single($0, isOwn: true, &chance) }
            }
            for history in shared {
                // In order, but anywhere among the writer's own.
                var place = 0
                for attempt in try common(history, writer) {
                    place = chance.whole(place...work.count)
                    work.insert(single(attempt, isOwn: false, &chance), at: place)
                    place += 1
                }
            }
            plan.writers.append(work)
        }
        for _ in 0..<Planner.filesOfRound {
            var lines: [Attempt] = []
            for _ in 0..<Planner.patientsOfFile {
                lines += try attempts().map { attempt in
                    var attempt = attempt
                    attempt.request = chance.request()
                    return attempt
                }
            }
            plan.files.append(lines)
        }
        return plan
    }

    private mutating func attempts() throws -> [Attempt] {
        guard let patient = try simulation.next() else { throw Unable("there are no more patients in the simulation") }
        return patient.attempts
    }

    /// What each writer records of a patient of all: the enrolment, of which all but one are refused, and adverse events.
    private func common(_ history: [Attempt], _ writer: Int) throws -> [Attempt] {
        guard let enrolment = history.first else { return [] }
        let day = enrolment.milestone.on
        return [enrolment]
            + (try (1...5).map { number in
                try Attempt(entries: [
                    ("patient", "\(enrolment.patient)"), ("milestone", "adverse-event"), ("on", "\(day)"),
                    ("term", "fever"), ("grade", "\((writer + number) % 4 + 1)"),
                ])
            })
    }

    private func single(_ attempt: Attempt, isOwn: Bool, _ chance: inout Chance) -> Plan.Work {
        var attempt = attempt
        let request = chance.request()
        attempt.request = request
        return Plan.Work(attempt: attempt, request: request, isOwn: isOwn, isRepeated: chance.whole(1...8) == 1)
    }
}
