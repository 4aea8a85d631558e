import PathwayCore
import PathwayDocument
import PathwaySimulation
import Testing

/// The bundled trial, read once for all tests.
enum Trial {
    static let treatment: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(#require(BundledProtocols.all.first { $0.name == "aall1331" }).text).treatment
    }
    static let documents: Result<(shape: CohortShape, published: PublishedCounts), any Error> = Result {
        (try BundledShapes.cohort(), try BundledShapes.published(under: treatment.get()))
    }

    static func simulation(patients: Int = 661, seed: UInt64 = 1331) throws -> Simulation {
        try Simulation(shape: documents.get().shape, treatment: treatment.get(), patients: patients, seed: seed)
    }

    /// The 661 patients of the default seed, made once.
    static let cohort: Result<[SyntheticPatient], any Error> = Result { try made(661, seed: 1331) }

    static func patients(_ count: Int = 661, seed: UInt64 = 1331) throws -> [SyntheticPatient] {
        count == 661 && seed == 1331 ? try cohort.get() : try made(count, seed: seed)
    }

    static func made(_ count: Int, seed: UInt64) throws -> [SyntheticPatient] {
        var simulation = try simulation(patients: count, seed: seed)
        var patients: [SyntheticPatient] = []
        while let patient = try simulation.next() { patients.append(patient) }
        return patients
    }

    static func flow(_ patients: [SyntheticPatient]) throws -> [Flow.Row] {
        var flow = Flow(try documents.get().published)
        for patient in patients { flow.count(patient.steps) }
        return flow.rows
    }
}

extension SyntheticPatient {
    /// The arm, if the patient was randomised and stayed in the analysis.
    var analysedArm: String? {
        if steps.contains(where: { $0.milestone.facts.word(.reason) == "ineligible" }) { return nil }
        return steps.first { $0.milestone.kind == .randomised }?.milestone.facts.word(.arm)
    }

    func day(_ kind: MilestoneKind) -> Day? { steps.first { $0.milestone.kind == kind }?.milestone.on.earliest }

    /// The lines of NDJSON that an import reads.
    var lines: String {
        var bytes: [UInt8] = []
        for attempt in attempts { attempt.appendLine(to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
