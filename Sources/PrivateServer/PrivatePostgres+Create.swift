import Foundation

extension PrivatePostgres {
    /// Makes the database in a folder of its own and renames that into place when it is whole and on disk, so that
    /// whatever interrupts this leaves either all of it or nothing that counts. The caller holds the lock.
    func create(with programs: ServerPrograms, as account: ServerAccount, holding lock: HomeLock) async throws {
        try removeUnfinished()
        let unfinished = "\(programs.major)\(ServerFolders.unfinishedSuffix)"
        let initdb = programs.program("initdb")
        let steps = [
            account.command(
                initdb,
                [
                    "--pgdata=\(unfinished)", "--username=\(Self.administrator)", "--encoding=UTF8", "--locale=C",
                    "--data-checksums", "--auth-local=trust", "--auth-host=reject", "--no-instructions", "--no-sync",
                ], in: folders.server),
            // By the account itself: root writing into a folder of somebody else's could be led elsewhere by a link.
            account.command(
                "/bin/sh",
                ["-c", "printf '%s' \"$2\" >> \"$1\"", "sh", "\(unfinished)/postgresql.conf", Self.settings],
                in: folders.server),
            account.command(initdb, ["--sync-only", "--pgdata=\(unfinished)"], in: folders.server),
        ]
        do {
            for step in steps { try await finish(step, holding: lock) }
        } catch {
            try? removeUnfinished()
            throw error
        }
        let finished = folders.cluster(major: programs.major)
        try PrivateFolder.translated(finished) {
            try FileManager.default.moveItem(atPath: "\(folders.server)/\(unfinished)", toPath: finished)
        }
        // Without this, a power cut could take the new name back, and with it all that was written under it.
        try FileHandle(forReadingAtPath: folders.server)?.synchronize()
    }

    private func finish(_ step: Command, holding lock: HomeLock) async throws {
        let outcome = try await step.run(holding: lock, within: limits.creation)
        if outcome?.status == 0 { return }
        throw PrivatePostgresError(
            .notCreated, "cannot create the private database in \"\(folders.server)\"",
            cause: outcome?.complaint ?? "it took longer than \(limits.creation)",
            hint: "see that the disk has 100 MB free, or choose another home with PATHWAY_HOME")
    }

    /// What an interrupted creation left behind. Nobody is writing there, because whoever does holds the lock.
    private func removeUnfinished() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folders.server)
        for name in names where name.hasSuffix(ServerFolders.unfinishedSuffix) {
            try PrivateFolder.translated(name) {
                try FileManager.default.removeItem(atPath: "\(folders.server)/\(name)")
            }
        }
    }

    /// In the file and not on the command line, so that a user can change them. Durability is as PostgreSQL ships it.
    private static let settings = """

        # Set by pathway when it made this database; the socket's folder is given at each start.
        cluster_name = 'pathway'
        max_connections = 50
        shared_buffers = 256MB
        # The log must not quote patients: no statements, and no DETAIL, which quotes whole rows.
        log_min_error_statement = panic
        log_error_verbosity = terse

        """
}
