import Foundation

/// The account that the server runs as: the caller's own, or an unprivileged one when the caller is root.
struct ServerAccount: Sendable, Equatable {
    let userID: UInt32
    let groupID: UInt32

    /// What to put before a command so that it runs as this account; empty for the caller's own.
    let prefix: [String]

    /// A command that runs as this account.
    func command(_ program: String, _ arguments: [String], in folder: String) -> Command {
        let words = prefix + [program] + arguments
        return Command(program: words[0], arguments: Array(words.dropFirst()), folder: folder)
    }

    /// The account for the server in `folders`. For root: whoever owns the server's folder or the home already, so that
    /// the account stays the same for the life of a database; else `postgres` if the system has it, else `nobody`.
    static func choose(for folders: ServerFolders) async throws -> ServerAccount {
        guard geteuid() == 0 else { return ServerAccount(userID: geteuid(), groupID: getegid(), prefix: []) }
        let owners = [folders.server, folders.home].compactMap(PrivateFolder.owner(of:))
        if let owner = owners.first(where: { $0.userID != 0 }) {
            return ServerAccount(
                userID: owner.userID, groupID: owner.groupID, prefix: try dropping(to: owner.userID, owner.groupID))
        }
        for name in ["postgres", "nobody"] {
            guard let userID = try await number(of: name, "-u"), let groupID = try await number(of: name, "-g") else {
                continue
            }
            return ServerAccount(userID: userID, groupID: groupID, prefix: try dropping(to: userID, groupID))
        }
        throw PrivatePostgresError(
            .notStarted, "cannot run PostgreSQL as root, which it refuses: there is no user \"postgres\" or \"nobody\"",
            hint: "run pathway as another user")
    }

    private static func number(of name: String, _ option: String) async throws -> UInt32? {
        let outcome = try await Command(program: "/usr/bin/id", arguments: [option, name]).run(within: .seconds(20))
        guard let outcome, outcome.status == 0 else { return nil }
        return UInt32(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// `setpriv` comes with every Linux; `sudo` with macOS, where root needs no password for it.
    private static func dropping(to userID: UInt32, _ groupID: UInt32) throws -> [String] {
        let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        func path(_ name: String) -> String? {
            folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile(atPath:))
        }
        if let setpriv = path("setpriv") {
            return [setpriv, "--reuid=\(userID)", "--regid=\(groupID)", "--clear-groups", "--"]
        }
        if let sudo = path("sudo") { return [sudo, "-n", "-u", "#\(userID)", "-g", "#\(groupID)", "--"] }
        throw PrivatePostgresError(
            .notStarted,
            "cannot run PostgreSQL as root, which it refuses: neither \"setpriv\" nor \"sudo\" is installed",
            hint: "run pathway as another user, or install the package \"util-linux\"")
    }
}
