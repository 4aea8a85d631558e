import DatabaseTesting
import Foundation
import Synchronization
import Testing

/// The program `pathway`, run as a process of its own with an environment of its own, bounded in time.
struct Tool: Sendable {
    /// What a run left behind.
    struct Answer: Sendable {
        /// The exit code; 128 and more is the signal that ended it.
        let code: Int32
        let output: String
        let talk: String
        /// The most memory that it held, in bytes; known where it was asked for.
        let peakMemory: Int
        let bytes: Data
    }

    /// What a run reads.
    enum Input {
        case nothing
        case text(String)
        case file(String)
    }

    /// The folder it works in, which is also its home.
    let folder: String
    /// What it sees of the environment besides the path.
    var environment: [String: String]

    /// The program.
    static let program = BuiltProgram.path("pathway")

    /// Runs `pathway` with these words.
    func callAsFunction(_ words: String..., input: Input = .nothing) async throws -> Answer {
        try await run([Tool.program] + words, input: input)
    }

    /// Runs `pathway` with words separated by single spaces.
    func line(_ text: String, input: Input = .nothing) async throws -> Answer {
        try await run([Tool.program] + text.split(separator: " ").map(String.init), input: input)
    }

    /// Runs any program; kills it and fails after a minute.
    func run(
        _ words: [String], input: Input = .nothing, measured: Bool = false, joined: Bool = false,
        started: (@Sendable (pid_t) -> Void)? = nil
    ) async throws -> Answer {
        let run = "\(folder)/run-\(UUID().uuidString)"
        let (output, talk) = (run + ".out", joined ? run + ".out" : run + ".err")
        var source = "/dev/null"
        switch input {
        case .nothing: break
        case .file(let path): source = path
        case .text(let text):
            source = run + ".in"
            try Data(text.utf8).write(to: URL(fileURLWithPath: source))
        }
        let process = Spawned(
            words: words, folder: folder, environment: environment, input: source, output: output, talk: talk)
        let (code, peak) = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the wait blocks.
            Thread.detachNewThread {
                continuation.resume(with: Result { try process.run(measured: measured, started: started) })
            }
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
        let said = joined ? "" : try String(contentsOfFile: talk, encoding: .utf8)
        if code == 128 + SIGKILL { Issue.record("killed after a minute: \(words.joined(separator: " "))") }
        for path in [output, talk, run + ".in"] { try? FileManager.default.removeItem(atPath: path) }
        return Answer(
            code: code, output: String(decoding: bytes, as: UTF8.self), talk: said, peakMemory: peak, bytes: bytes)
    }

    /// The same program with other variables.
    func with(_ changes: [String: String?]) -> Tool {
        var copy = self
        for (name, value) in changes { copy.environment[name] = value }
        return copy
    }

    /// Writes a file into the working folder and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }

    /// Writes a file into the working folder and returns its path.
    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        let path = "\(folder)/\(name)"
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A file of the working folder.
    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }
}

/// A process, its descriptors in files, so that nobody waits for a server that it leaves behind with a pipe in its hands.
private struct Spawned: Sendable {
    struct Failure: Error { let number: Int32 }

    let words: [String]
    let folder: String
    let environment: [String: String]
    let input: String
    let output: String
    let talk: String

    private static let limit = 300.0

    /// Starts it, waits for its end, and returns its code and the most memory it held.
    func run(measured: Bool, started: ((pid_t) -> Void)?) throws -> (code: Int32, peakMemory: Int) {
        let process = try start()
        started?(process)
        let hasEnded = Mutex(false)
        let timer = DispatchWorkItem {
            hasEnded.withLock { if !$0 { _ = kill(-process, SIGKILL) } }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + Spawned.limit, execute: timer)
        defer { timer.cancel() }
        var peak = 0
        // Linux keeps the peak with the memory itself, so it is looked at again and again until the process has gone.
        while measured, !isOver(process) {
            peak = max(peak, Spawned.highWaterMark(process))
            _ = poll(nil, 0, 2)
        }
        while !isOver(process, waiting: true) {}
        return hasEnded.withLock { ended in
            ended = true
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            let signal = status & 0x7F
            return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, peak)
        }
    }

    /// Whether it has ended; it is not reaped yet, so that its number stays its own.
    private func isOver(_ process: pid_t, waiting: Bool = false) -> Bool {
        var information = siginfo_t()
        let options = WEXITED | WNOWAIT | (waiting ? 0 : WNOHANG)
        guard waitid(P_PID, id_t(process), &information, options) == 0 else { return errno != EINTR }
        return waiting || information.si_signo != 0
    }

    private static func highWaterMark(_ process: pid_t) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
        else { return 0 }
        return kibibytes * 1024
    }

    private func start() throws -> pid_t {
        // The working folder of a process is set by a shell, since posix_spawn cannot everywhere.
        let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + words
        let arguments = shell.map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in arguments + variables { free(pointer) } }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, talk, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
        var process = pid_t()
        let failure = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments + [nil], variables + [nil])
        guard failure == 0 else { throw Failure(number: failure) }
        return process
    }
}
