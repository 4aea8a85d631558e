import Foundation

extension PrivatePostgres {
    /// The folder of the socket. The account is the owner of what exists, so that root and the server agree on it.
    var socketFolder: String {
        folders.socket(userID: PrivateFolder.owner(of: folders.server)?.userID ?? geteuid())
    }

    /// The major version of the stored database, nil if there is none yet.
    func existingMajor() throws -> Int? {
        guard FileManager.default.fileExists(atPath: folders.server) else { return nil }
        guard access(folders.server, R_OK | X_OK) == 0 else {
            throw PrivatePostgresError(
                .unusableFolder, "cannot look into \"\(folders.server)\"",
                cause: String(cString: strerror(errno)).lowercasedFirst,
                hint: "it belongs to another user; run pathway as that user, or choose another home with PATHWAY_HOME")
        }
        return try ServerPrograms.storedMajor(in: folders)
    }

    /// The running server if it takes connections. One whose socket was swept away from `/tmp` lives and is no use.
    func usable() throws -> Running? {
        guard let major = try existingMajor(), let postmaster = Postmaster.find(in: folders.cluster(major: major)),
            postmaster.readiness == .ready,
            FileManager.default.fileExists(atPath: "\(socketFolder)/\(ServerFolders.socketName)")
        else { return nil }
        return Running(processID: postmaster.processID, majorVersion: major, since: postmaster.since)
    }

    /// Creates what is missing and starts the server; the caller holds the lock.
    func launch(
        with programs: ServerPrograms, holding lock: HomeLock, willCreate: () -> Void = {}
    ) async throws {
        let account = try await ServerAccount.choose(for: folders)
        try PrivateFolder.prepare(folders.server, for: account)
        try await checkReach(of: account)
        if try existingMajor() == nil {
            willCreate()
            try await create(with: programs, as: account, holding: lock)
        }
        let cluster = folders.cluster(major: programs.major)
        if try await becomesUsable(in: cluster) { return }
        // What still runs is on its way down, or has lost its socket.
        try await end(Postmaster.find(in: cluster), in: cluster)
        try PrivateFolder.prepare(socketFolder, for: account)
        try Postmaster.removeStaleLockFiles(in: cluster, socketFolder: socketFolder)
        try await startPostmaster(with: programs, as: account, holding: lock)
    }

    /// Waits for a server that is on its way up already. It may be repairing itself after a crash, so it is never ended.
    private func becomesUsable(in cluster: String) async throws -> Bool {
        let isDecided = try await poll(within: limits.start) { Postmaster.find(in: cluster)?.readiness != .starting }
        if !isDecided { throw notStarted(nil, in: cluster) }
        return try usable() != nil
    }

    /// Says so at once when the account cannot get to the folder, for instance to one below /root.
    private func checkReach(of account: ServerAccount) async throws {
        if account.prefix.isEmpty { return }
        let look = account.command("/bin/sh", ["-c", "cd -- \"$1\"", "sh", folders.server], in: "/")
        guard let outcome = try await look.run(within: .seconds(20)), outcome.status == 0 else {
            throw PrivatePostgresError(
                .unusableFolder, "cannot keep the database in \"\(folders.server)\"",
                cause:
                    "PostgreSQL refuses to run as root, and user \(account.userID), whom it runs as, cannot reach it",
                hint: "set PATHWAY_HOME to a folder that every user may pass, such as /var/lib/pathway")
        }
    }

    private func startPostmaster(
        with programs: ServerPrograms, as account: ServerAccount, holding lock: HomeLock
    ) async throws {
        // A list of folders, so quoted once for PostgreSQL, and once more for the shell that pg_ctl uses.
        let socket = "\"" + socketFolder.replacing("\"", with: "\"\"") + "\""
        let quoted = "'" + socket.replacing("'", with: "'\\''") + "'"
        let settings = "-p \(ServerFolders.port) -c listen_addresses='' -c unix_socket_directories=\(quoted)"
        let seconds = max(1, limits.start.components.seconds)
        let start = account.command(
            programs.program("pg_ctl"),
            [
                "start", "--wait", "--timeout=\(seconds)", "--silent", "--pgdata=\(programs.major)",
                "--log=\(ServerFolders.logName)", "--options=\(settings)",
            ], in: folders.server)
        // Sessions of a server that was killed hold its memory until they notice, which they do within moments.
        let deadline = ContinuousClock.now + .seconds(15)
        while true {
            let logged = logSize
            let outcome = try await start.run(holding: lock, within: limits.start + .seconds(10)) {
                try usable() != nil
            }
            if try usable() != nil { return }
            let complaint = lastFault(after: logged)
            if let complaint, complaint.contains("still in use"), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(200))
                continue
            }
            throw notStarted(complaint ?? outcome?.complaint, in: folders.cluster(major: programs.major))
        }
    }

    private func notStarted(_ complaint: String?, in cluster: String) -> PrivatePostgresError {
        if Postmaster.find(in: cluster) != nil {
            return PrivatePostgresError(
                .notStarted, "the private database is still starting after \(limits.start)",
                hint: "it may be repairing itself after a crash: try again; \"\(folders.log)\" says how far it is")
        }
        return PrivatePostgresError(
            .notStarted, "cannot start the private database in \"\(cluster)\"", cause: complaint,
            hint: "the whole story is in \"\(folders.log)\"")
    }

    /// Ends a server and waits until it is gone.
    func end(_ postmaster: Postmaster?, in cluster: String) async throws {
        guard let postmaster else { return }
        postmaster.interrupt()
        guard
            try await poll(
                within: limits.stop, until: { Postmaster.find(in: cluster)?.processID != postmaster.processID })
        else {
            throw PrivatePostgresError(
                .notStopped,
                "the private database (process \(postmaster.processID)) has not stopped after \(limits.stop)",
                hint: "it may be writing much to disk: try again; \"\(folders.log)\" says what it does")
        }
    }

    private var logSize: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folders.log)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// The last fatal message that the server logged after `position`, without what stands before it on its line.
    private func lastFault(after position: Int) -> String? {
        guard let content = FileManager.default.contents(atPath: folders.log), content.count >= position else {
            return nil
        }
        let lines = String(decoding: content.dropFirst(position), as: UTF8.self).split(separator: "\n")
        let fatal = lines.last { $0.contains("FATAL:") } ?? lines.last { $0.contains("PANIC:") }
        return fatal?.split(separator: ":  ", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
