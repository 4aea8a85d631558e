import Foundation

/// The lock on a home folder: of all processes and tasks that start or stop its server, one at a time does.
///
/// The kernel drops it when the last process that has the file open is gone, so nothing is left to clean up after a
/// crash, and a stale lock cannot exist.
struct HomeLock: Sendable {
    let file: FileHandle

    /// Runs `body` while the lock at `path` is held; waits for it at most for `limit`.
    static func hold<Result: Sendable>(
        _ path: String, within limit: Duration, _ body: (HomeLock) async throws -> Result
    ) async throws -> Result {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw PrivatePostgresError(
                .unusableFolder, "cannot write the lock file \"\(path)\"", cause: String(cString: strerror(errno)),
                hint: "set PATHWAY_HOME to a folder that you may write to")
        }
        // Root leaves it to the home's owner, who would be shut out of their own database otherwise.
        if geteuid() == 0, let owner = PrivateFolder.owner(of: (path as NSString).deletingLastPathComponent) {
            _ = fchown(descriptor, owner.userID, owner.groupID)
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard try await poll(within: limit, until: { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }) else {
            throw PrivatePostgresError(
                .busy,
                "cannot lock \"\(path)\": another pathway has been starting or stopping the database for \(limit)",
                hint: "try again, or end that process")
        }
        defer { try? file.close() }
        return try await body(HomeLock(file: file))
    }
}
