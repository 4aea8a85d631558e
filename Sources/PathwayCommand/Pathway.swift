internal import ArgumentParser
internal import PathwayCore

/// The command line: `pathway`.
struct Pathway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pathway",
        abstract: "Keeps every patient of a treatment protocol on a path that the protocol allows.",
        discussion: """
            Example: pathway log P-017 response-assessed --on 2019-03-02 marrow=m1 mrd=0.03 treatment-failure=no

            Without PGHOST, PGSERVICE or DATABASE_URL it runs a private PostgreSQL of its own.
            Exit codes: 0 done, 1 refused by the pathway, 64 usage, 65 bad input, 69 database unreachable, 70 our bug, \
            75 others were in the way (repeat it), 77 the login has no right to it.
            """,
        version: "pathway 0.1.0",
        subcommands: [
            Register.self, LogMilestone.self, Randomise.self, StatusCommand.self, Next.self, History.self,
            Timeline.self, Cohort.self, Worklist.self, Correct.self, Sign.self, Lock.self, Unlock.self, Erase.self,
            Deviations.self, Refusals.self, Changes.self, Replay.self, Audit.self, AccessCommand.self, Import.self,
            Export.self, SnapshotCommand.self, ReportCommand.self,
            CurveCommand.self, Simulate.self, ProtocolCommand.self, DatabaseCommand.self, Demo.self,
        ])
}

extension ParsableCommand {
    /// Refuses the name of a command that is not there with the nearest that is.
    static func checkNames(_ words: [String]) throws {
        let commands = configuration.subcommands
        guard let word = words.first, !word.hasPrefix("-"), !commands.isEmpty, word != "help" else { return }
        if let command = commands.first(where: { $0._commandName == word }) {
            return try command.checkNames(Array(words.dropFirst()))
        }
        throw Failure(
            .usage, "\"\(_commandName)\" has no command \"\(word)\"",
            hint: nearest(word, among: commands.map { $0._commandName }).map { "did you mean \"\($0)\"?" }
                ?? "\"pathway --help\" lists the commands")
    }
}

@main
enum Main {
    static func main() async {
        do {
            try Pathway.checkNames(Array(CommandLine.arguments.dropFirst()))
            var command = try Pathway.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.exit(for: error, from: Pathway.self)
        }
    }
}
