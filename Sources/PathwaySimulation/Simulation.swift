public import PathwayCore

/// Made-up patients, one after another, each walked through a protocol's own guard.
///
/// ```swift
/// var simulation = try Simulation(shape: shape, treatment: treatment, patients: 661, seed: 1331)
/// while let patient = try simulation.next() { attempts += patient.attempts }
/// ```
///
/// Patients come in batches of the shape's size; each batch is shuffled and dealt anew from the seed and its own number, so
/// that any number of patients keeps the shape's proportions, and only one batch's cards are in memory.
/// The same shape, protocol, seed and number of patients give the same patients for ever.
public struct Simulation: Sendable {
    /// How many patients come.
    public let patients: Int
    /// The seed.
    public let seed: UInt64

    let shape: CohortShape
    let treatment: TreatmentProtocol
    private let sites: SiteList
    private var batch: Batch?
    private var made = 0

    /// The seed of the cohort that the published counts are compared with.
    public static let defaultSeed: UInt64 = 1331

    /// Makes a simulation.
    /// - Throws: ``ShapeFaults`` if the shape is of another protocol or uses a word that the protocol does not have.
    public init(
        shape: CohortShape, treatment: TreatmentProtocol, patients: Int? = nil, seed: UInt64 = defaultSeed
    ) throws(ShapeFaults) {
        let faults = shape.faults(under: treatment)
        guard faults.isEmpty else { throw ShapeFaults(faults) }
        self.shape = shape
        self.treatment = treatment
        self.patients = patients ?? shape.patients
        self.seed = seed
        sites = SiteList(shape)
    }

    /// The next patient, or `nil` after the last.
    /// - Throws: ``SimulationFault`` if the protocol refuses a step of the shape: one of the two documents is wrong.
    public mutating func next() throws(SimulationFault) -> SyntheticPatient? {
        guard made < patients else { return nil }
        let (number, rank) = made.quotientAndRemainder(dividingBy: shape.patients)
        if rank == 0 { batch = Batch(shape, seed: seed, number: number) }
        guard var batch else { return nil }
        self.batch = nil
        var walk = Walk(shape: shape, treatment: treatment, sites: sites, seed: seed, number: made + 1)
        let patient = try walk.patient(rank: rank, from: &batch)
        self.batch = batch
        made += 1
        return patient
    }
}

/// One made-up patient.
public struct SyntheticPatient: Sendable {
    /// The study number.
    public let patient: PatientID
    /// The name of the way in the shape.
    public let way: String
    /// What is handed in for recording, in the order in which it happened; each marked as synthetic.
    public let attempts: [Attempt]
    /// What the guard made of the attempts.
    public let steps: [Step]
}

/// A step of the shape that cannot have happened under the protocol.
public struct SimulationFault: Error, Sendable, CustomStringConvertible {
    /// The way in the shape.
    public let way: String
    /// The line of the step in the shape.
    public let line: Int
    /// What is wrong, in words.
    public let message: String
    /// The refusal, if the protocol refused the step.
    public let refusal: Refusal?

    /// The way, the line and what is wrong.
    public var description: String { "way \"\(way)\", line \(line): \(message)" }
}

/// The sites with their running weights and their coordinators' names.
struct SiteList: Sendable {
    private let codes: [String]
    private let coordinators: [String]
    private let ends: [Int]

    init(_ shape: CohortShape) {
        codes = shape.sites.map(\.code)
        coordinators = shape.sites.indices.map { "\(shape.coordinator)-\($0 < 9 ? "0" : "")\($0 + 1)" }
        var end = 0
        ends = shape.sites.map { site in
            end += site.weight
            return end
        }
    }

    /// A site by its weight, with who records there.
    func draw(using random: inout RandomSource) -> (site: String, coordinator: String) {
        let place = random.below(ends.last ?? 1)
        let index = ends.firstIndex { place < $0 } ?? 0
        return (codes[index], coordinators[index])
    }
}

extension CohortShape {
    /// Words that the protocol does not have.
    func faults(under treatment: TreatmentProtocol) -> [Fault] {
        guard protocolName == treatment.name else {
            return [Fault(line: 1, "the shape is of protocol \"\(protocolName)\", not \"\(treatment.name)\"")]
        }
        let rules = steps.flatMap(\.facts) + (decks + bags).flatMap(\.cards).flatMap(\.facts)
        return rules.flatMap { rule -> [Fault] in
            guard case .word(let list) = rule.field.type else { return [] }
            let known = treatment.words(list)
            let values: [Value]
            switch rule.choice {
            case .fixed(let value): values = [value]
            case .oneOf(let several): values = several
            case .number, .date: values = []
            }
            return values.compactMap { value in
                guard case .word(let word) = value, !known.contains(word) else { return nil }
                return Fault(line: rule.line, "the protocol has no \(list.rawValue) \"\(word)\"")
            }
        }
    }
}
