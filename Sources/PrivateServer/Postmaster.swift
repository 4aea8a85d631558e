import Foundation

/// The server process of one database, as far as its `postmaster.pid` and the system tell.
///
/// The file alone proves nothing: after a crash or a reboot it names a process that is gone, or one that got the same
/// number since. So the process is looked at too.
struct Postmaster: Sendable, Equatable {
    enum Readiness: Sendable { case starting, ready, stopping }

    let processID: Int32
    let since: Date
    let readiness: Readiness

    /// The living server of the database in `cluster`, nil if none runs.
    static func find(in cluster: String) -> Postmaster? {
        guard let lines = lockFile(in: cluster), let processID = lines.first.flatMap({ Int32($0) }),
            serves(processID, cluster)
        else { return nil }
        // Lines: process, folder, start in Unix seconds, port, socket folder, addresses, shared memory, status.
        let since = lines.count > 2 ? Double(lines[2]) ?? 0 : 0
        let readiness: Readiness =
            switch lines.count > 7 ? lines[7] : "" {
            case "ready", "standby": .ready
            case "stopping": .stopping
            default: .starting
            }
        return Postmaster(processID: processID, since: Date(timeIntervalSince1970: since), readiness: readiness)
    }

    /// Removes a lock file whose process number another process bears now. PostgreSQL sees itself that a number is free,
    /// but takes any process of that number for its own. Should a session of a killed server still be running, then
    /// PostgreSQL finds it through the shared memory and refuses to start; this does not weaken that.
    static func removeStaleLockFiles(in cluster: String, socketFolder: String) throws {
        guard find(in: cluster) == nil, let processID = lockFile(in: cluster)?.first.flatMap({ Int32($0) }),
            kill(processID, 0) == 0 || errno == EPERM
        else { return }
        for path in ["\(cluster)/postmaster.pid", "\(socketFolder)/\(ServerFolders.socketName).lock"]
        where FileManager.default.fileExists(atPath: path) {
            try PrivateFolder.translated(path) { try FileManager.default.removeItem(atPath: path) }
        }
    }

    /// Asks for a fast shutdown: sessions are ended, what was committed is kept.
    func interrupt() { _ = kill(processID, SIGINT) }

    private static func lockFile(in cluster: String) -> [String]? {
        let content = FileManager.default.contents(atPath: "\(cluster)/postmaster.pid")
        return content.map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    #if os(Linux)
        /// A server works inside its data folder; a process that is dead but not yet collected works nowhere.
        private static func serves(_ processID: Int32, _ cluster: String) -> Bool {
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/cwd")
            return place == URL(filePath: cluster).resolvingSymlinksInPath().path
        }
    #else
        /// Without `/proc`: a process of that number that lives and calls itself postgres.
        private static func serves(_ processID: Int32, _ cluster: String) -> Bool {
            guard kill(processID, 0) == 0 || errno == EPERM else { return false }
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/bin/ps")
            process.arguments = ["-p", String(processID), "-o", "state=,comm="]
            process.standardOutput = output
            guard (try? process.run()) != nil else { return false }
            let line = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let text = line.trimmingCharacters(in: .whitespacesAndNewlines)
            return !text.hasPrefix("Z") && text.hasSuffix("postgres")
        }
    #endif
}
