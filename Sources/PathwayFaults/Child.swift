internal import Foundation
internal import Synchronization

/// A program that this one started, whose number is its own until its end was seen here.
final class Child: Sendable {
    let process: pid_t
    private let ended = Mutex<Int32?>(nil)

    /// Starts a program, its words to a file.
    ///
    /// Foundation's Process is not used: its wait does not end while a server that the program started lives.
    init(_ words: [String], output: String) throws {
        let arguments = words.map { strdup($0) }
        defer { for pointer in arguments { free(pointer) } }
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
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A group of its own: Ctrl-C is for this program, which ends its servers in its own order.
        posix_spawnattr_setpgroup(&attributes, 0)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
        let variables = arguments + [nil]
        process = try Remains.shared.starting {
            var process = pid_t()
            let failure = posix_spawnp(&process, words[0], &actions, &attributes, variables, environ)
            guard failure == 0 else { throw Unable("cannot start \(words[0]): errno \(failure)") }
            return process
        }
        Remains.shared.keep(self)
    }

    /// Its exit code, 128 and more for the signal that ended it; `nil` while it runs.
    var status: Int32? {
        ended.withLock { ended in
            var status: Int32 = 0
            if ended == nil, waitpid(process, &status, WNOHANG) == process {
                let signal = status & 0x7F
                ended = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
                Remains.shared.forget(self)
            }
            return ended
        }
    }

    /// Sends a signal, unless it has ended.
    func send(_ signal: Int32) {
        guard status == nil else { return }
        _ = Foundation.kill(process, signal)
    }

    /// Runs a program to its end; what it says goes into a file of `folder` until it is known to have been good.
    static func run(_ words: [String], in folder: String, within limit: Duration = .seconds(30)) async throws {
        let output = "\(folder)/words-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let child = try Child(words, output: output)
        try await wait(limit, for: "the end of \(words.joined(separator: " "))") { child.status != nil }
        guard child.status == 0 else {
            let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            throw Unable("\(words.joined(separator: " ")) ended with \(child.status ?? 0): \(said.suffix(600))")
        }
    }
}
