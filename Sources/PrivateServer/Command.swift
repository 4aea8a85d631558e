import Foundation

/// A program run to its end within a bounded time, its output collected.
struct Command: Sendable {
    let program: String
    var arguments: [String] = []
    var folder = "/"

    struct Outcome: Sendable {
        let status: Int32
        let output: String

        /// The first line that says what went wrong, without the program's name in front.
        var complaint: String {
            let lines = output.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            let marked = lines.first { $0.contains("error:") || $0.contains("FATAL:") } ?? lines.last
            return marked ?? "it ended with status \(status) and said nothing"
        }
    }

    /// Runs the program; nil in place of an outcome when it was ended because the time was over, or because `isEnough`
    /// said that what it was started for has been reached.
    ///
    /// A program that leaves a server behind needs the latter: on Linux, Foundation tells the end of a process by a
    /// descriptor that the server inherits, and so takes the program to be running for as long as the server does.
    ///
    /// Its output goes to an unlinked file and not to a pipe: a server that it leaves behind could hold a pipe open for
    /// ever. Its standard input is the lock, if one is held, so that the lock outlives this process for as long as the
    /// program runs; Ctrl-C in the middle can then not let a second `pathway` in beside a running `initdb`.
    func run(
        holding lock: HomeLock? = nil, within limit: Duration, isEnough: () throws -> Bool = { false }
    ) async throws -> Outcome? {
        let output = try Self.unlinkedFile()
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder, directoryHint: .isDirectory)
        process.environment = Self.environment
        process.standardInput = lock?.file ?? FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        guard try await poll(within: limit, until: { try !process.isRunning || isEnough() }), !process.isRunning else {
            return nil
        }
        try output.seek(toOffset: 0)
        let text = String(decoding: try output.readToEnd() ?? Data(), as: UTF8.self)
        return Outcome(status: process.terminationStatus, output: text)
    }

    /// What the programs may see. A variable like PGPORT would change what they do, and the server that they leave
    /// behind has no business keeping whatever secrets this process was given. English, because it is read above.
    private static let environment: [String: String] = {
        let passed = ["PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"]
        let kept = ProcessInfo.processInfo.environment.filter { passed.contains($0.key) }
        return kept.merging(["LC_ALL": "C"]) { _, fixed in fixed }
    }()

    private static func unlinkedFile() throws -> FileHandle {
        let path = FileManager.default.temporaryDirectory.appending(path: "pathway-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forUpdatingAtPath: path)
        else {
            throw PrivatePostgresError(
                .unusableFolder, "cannot write the temporary file \"\(path)\"",
                hint: "free some space, or set TMPDIR to a folder that you may write to")
        }
        try FileManager.default.removeItem(atPath: path)
        return file
    }
}

/// Asks again and again until the answer is yes or the time is over; tells which.
///
/// Polling, because what it waits for (a lock, a process that is not a child) sends no message on every system.
func poll(within limit: Duration, until isDone: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try !isDone() {
        if ContinuousClock.now >= deadline { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}
