internal import Foundation
internal import PathwayCore
internal import PathwayDocument
internal import PathwaySimulation

/// `pathway-bench`: measures ours beside the reference of each kind, in alternating rounds, and prints medians and ratios.
@main
enum Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let wanted = Set(arguments.filter { "abcd".contains($0) && $0.count == 1 })
        func runs(_ letter: String) -> Bool { wanted.isEmpty || wanted.contains(letter) }
        let settings = Settings(isShort: arguments.contains("--short"))
        report("synthetic cohort, seed \(Simulation.defaultSeed); \(settings.rounds) alternating rounds, medians")
        if runs("c") { try ReplayBench.run(settings) }
        guard runs("a") || runs("b") || runs("d") else { return }
        guard let server = ProcessInfo.processInfo.environment["PATHWAY_BENCH_SERVER"] else {
            report("error: PATHWAY_BENCH_SERVER is not set: run Scripts/bench, which starts a server")
            exit(69)
        }
        let database = try await BenchDatabase(server)
        if runs("a") { try await AppendBench.run(settings, database) }
        if runs("b") || runs("d") { try await BulkBench.run(settings, database, reads: runs("d"), imports: runs("b")) }
        try await database.drop()
    }
}

/// How much is measured.
struct Settings {
    let rounds: Int
    let appendSeconds: Double
    let importedEvents: Int
    let replayedPatients: Int

    init(isShort: Bool) {
        rounds = isShort ? 1 : 3
        appendSeconds = isShort ? 2 : 8
        importedEvents = isShort ? 50_000 : 1_000_000
        replayedPatients = isShort ? 661 : 10_000
    }
}

/// Prints a line at once, also into a pipe.
func report(_ line: String) {
    print(line)
    fflush(nil)
}

/// The middle of some measurements.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted.count % 2 == 1
        ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}

/// Seconds that a piece of work takes.
func seconds(_ work: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    let elapsed = ContinuousClock.now - start
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
}

/// A number with thin groups of three digits: `1 234 567`.
func grouped(_ value: Double) -> String {
    var digits = String(Int(value.rounded()))
    var groups: [String] = []
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits = String(digits.dropLast(3))
    }
    return ([digits] + groups).joined(separator: " ")
}

func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

/// The documents and patients that every part measures with.
enum Material {
    static func treatment() throws -> TreatmentProtocol { try document().treatment }

    static func document() throws -> ProtocolDocument {
        guard let bundled = BundledProtocols.all.first(where: { $0.name == "aall1331" }) else {
            fatalError("the program comes without its first protocol")
        }
        return try ProtocolDocument(bundled.text)
    }

    static func simulation(patients: Int) throws -> Simulation {
        try Simulation(shape: BundledShapes.cohort(), treatment: treatment(), patients: patients)
    }
}
