internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayDocument
internal import PathwaySimulation

/// `pathway simulate`: made-up patients.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a synthetic AALL1331 cohort as NDJSON; every line says that it is synthetic.",
        discussion: """
            With the default seed and number its counts are the published ones; any number keeps their proportions.

            Example: pathway simulate --patients 661 --out cohort.ndjson
            """)

    @Option(help: "The seed; the same seed gives the same patients.") var seed: UInt64 = Simulation.defaultSeed
    @Option(help: "How many patients.") var patients: Int = 661
    @Option(help: "The file to write (default: standard output).", completion: .file()) var out: String?
    @OptionGroup var existing: ForceOption

    func validate() throws {
        guard (1...10_000_000).contains(patients) else {
            throw ValidationError("--patients takes a number from 1 to 10,000,000")
        }
    }

    func run() async throws {
        guard let out else {
            try SyntheticCohort.write(patients: patients, seed: seed) { bytes in
                Terminal.write(bytes)
            }
            return
        }
        let (patients, seed, existing) = (patients, seed, existing)
        let count = try await Interruption.cancelling(leaving: "nothing was written") {
            let file = try WholeFile(out, replacing: existing.force)
            let count = try SyntheticCohort.write(patients: patients, seed: seed) { bytes in try file.write(bytes) }
            try file.commit()
            return count
        }
        Terminal.say("\(count.of("milestone")) of \(patients.of("synthetic patient")) in \(out)")
    }
}

/// The synthetic cohort of the bundled protocol.
enum SyntheticCohort {
    static let protocolName = "aall1331"

    static func document() throws -> ProtocolDocument { try ProtocolSource.read(protocolName) }

    /// Writes the patients one after another, in pieces of some 64 KiB; returns the number of milestones.
    @discardableResult
    static func write(patients: Int, seed: UInt64, _ write: ([UInt8]) throws -> Void) throws -> Int {
        var simulation = try Simulation(
            shape: BundledShapes.cohort(), treatment: document().treatment, patients: patients, seed: seed)
        var bytes: [UInt8] = []
        var count = 0
        while let patient = try simulation.next() {
            for attempt in patient.attempts { attempt.appendLine(to: &bytes) }
            count += patient.attempts.count
            if bytes.count >= 1 << 16 {
                try write(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try write(bytes)
        return count
    }
}
