import Foundation

/// Where everything of the private server lies, computed from the home folder alone.
///
/// The home belongs to whoever runs `pathway`; `postgres` inside it belongs to the account that the server runs as,
/// which is another one when root runs `pathway`, because PostgreSQL refuses to be root.
struct ServerFolders: Sendable, Equatable {
    let home: String

    var lock: String { "\(home)/server.lock" }
    var server: String { "\(home)/postgres" }
    var log: String { "\(server)/\(Self.logName)" }

    /// Relative to `server`: `pg_ctl` pastes these into a shell command between double quotes, which a home with a
    /// quote or a dollar sign in its name would break out of. A relative name never holds one.
    static let logName = "server.log"

    /// Marks a database that `initdb` has not finished; whatever bears it is rubbish once nobody holds the lock.
    static let unfinishedSuffix = ".creating"

    func cluster(major: Int) -> String { "\(server)/\(major)" }

    /// The folder of the Unix socket: beside the databases, or a short one when that path would not fit.
    ///
    /// The short one lies in `/tmp`, private to one account and one home; `PrivateFolder` refuses it when somebody else
    /// made it first. libpq takes a comma in a host for the start of the next host, so a home with one gets it too.
    func socket(userID: UInt32) -> String {
        let beside = "\(server)/socket"
        if beside.utf8.count <= Self.longestSocketFolder && !beside.contains(where: { $0 == "," || $0.isNewline }) {
            return beside
        }
        return "/tmp/pathway-\(userID)-\(Self.digest(of: home))"
    }

    static let port = 5432
    static let socketName = ".s.PGSQL.\(port)"

    /// A socket's path holds 107 bytes on Linux and 103 on macOS; the smaller number serves both.
    static let longestSocketFolder = 103 - 1 - socketName.utf8.count

    /// FNV-1a, 64 bits: short, the same on every run (Swift's own hash is not), and it need not resist an attacker,
    /// because the folder's owner is checked.
    private static func digest(of text: String) -> String {
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }
}

extension ServerFolders {
    /// The home folder that applies when the caller names none: `PATHWAY_HOME`, else the place that the system has for
    /// such things.
    static func standardHome(environment: [String: String], isRoot: Bool) -> String {
        if let chosen = environment["PATHWAY_HOME"], !chosen.isEmpty { return absolute(chosen) }
        if isRoot { return "/var/lib/pathway" }
        let user = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        #if os(macOS)
            return "\(user)/Library/Application Support/pathway"
        #else
            // The XDG specification has a relative path ignored.
            if let shared = environment["XDG_DATA_HOME"], shared.hasPrefix("/") { return absolute("\(shared)/pathway") }
            return absolute("\(user)/.local/share/pathway")
        #endif
    }

    /// One spelling for one folder, since the short socket folder's name is computed from it.
    static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        let parts = whole.split(separator: "/").reduce(into: [Substring]()) { parts, part in
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
