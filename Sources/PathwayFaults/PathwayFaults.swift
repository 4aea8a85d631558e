internal import ArgumentParser
internal import Foundation

/// `pathway-faults`: writers record through the product while their servers are broken, again and again, from a seed.
@main
struct PathwayFaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pathway-faults",
        abstract: "Break servers under writers, then look whether the log kept what it acknowledged.",
        discussion: """
            Every event that was acknowledged must be in the log, none twice, none half. The servers are this program's own, in a \
            folder that it removes. The same seed makes the same patients and the same choices, as far as scheduling allows.

            Example: pathway-faults --rounds 100 --seed 1331
            Exit codes: 0 all was kept, 64 usage, 69 a fault cannot be tried here, 70 something was lost, doubled or half.
            """)

    @Option(help: "The seed (default: a random one, which is printed).") var seed: UInt64?
    @Option(help: "How many rounds; five in a row have one of each fault.") var rounds = 5
    @Option(help: "Which faults, separated by commas: kill, restart, cut, full, promote.") var only = FaultList.all
    @Option(help: "How many writers.") var writers = 8

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds takes a number from 1") }
        guard (1...64).contains(writers) else { throw ValidationError("--writers takes a number from 1 to 64") }
    }

    func run() async throws {
        // A proxy writes to sockets that the other side has closed.
        signal(SIGPIPE, SIG_IGN)
        let seed = seed ?? .random(in: 0 ... .max)
        say("seed \(seed)")
        let code = await Remains.shared.clearing {
            let stage = try await Stage.prepare()
            var trial = try Trial(seed: seed, faults: only.faults, writers: writers, stage: stage)
            let findings = try await trial.run(rounds: rounds)
            for finding in findings.prefix(50) { say("FOUND \(finding)") }
            if findings.count > 50 { say("FOUND \(findings.count - 50) more") }
            return findings.isEmpty ? 0 : 70
        }
        if code != 0 { throw ExitCode(code) }
    }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) {
    print(line)
    fflush(nil)
}
