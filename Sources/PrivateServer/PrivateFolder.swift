import Foundation

/// A folder that only one account may enter.
enum PrivateFolder {
    /// The account that owns what lies at `path`, a symbolic link itself and not what it points to.
    static func owner(of path: String) -> (userID: UInt32, groupID: UInt32)? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let userID = attributes[.ownerAccountID] as? NSNumber,
            let groupID = attributes[.groupOwnerAccountID] as? NSNumber
        else { return nil }
        return (userID.uint32Value, groupID.uint32Value)
    }

    /// Makes the folder if it is missing, and refuses one that is a link, open to others or somebody else's: whoever owns
    /// the folder of the socket decides which server answers there, and the server trusts all who reach it.
    static func prepare(_ path: String, for account: ServerAccount) throws {
        if owner(of: path) == nil { try make(path, permissions: 0o700) }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            attributes[.type] as? FileAttributeType == .typeDirectory
        else { throw refusal(path, "it is not a folder") }
        // Only root can meet its own folder here for another account: it has just made it, or was interrupted then.
        if owner(of: path)?.userID == 0 && account.userID != 0 {
            try give(path, to: account)
        }
        guard let owner = owner(of: path), owner.userID == account.userID else {
            throw refusal(path, "it belongs to another user")
        }
        let permissions = (attributes[.posixPermissions] as? NSNumber)?.uint16Value ?? 0o777
        if permissions & 0o777 != 0o700 {
            try translated(path) {
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            }
        }
    }

    /// Makes the home folder and those above it if they are missing. Root's is open to look through, because the account
    /// that the server runs as must pass.
    static func prepareHome(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { return }
        try make(path, permissions: geteuid() == 0 ? 0o755 : 0o700)
    }

    private static func make(_ path: String, permissions: Int) throws {
        try translated(path) {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: permissions])
        }
    }

    private static func give(_ path: String, to account: ServerAccount) throws {
        let owner: [FileAttributeKey: Any] = [
            .ownerAccountID: NSNumber(value: account.userID), .groupOwnerAccountID: NSNumber(value: account.groupID),
        ]
        try translated(path) { try FileManager.default.setAttributes(owner, ofItemAtPath: path) }
    }

    /// Puts a refusal of the file system into our words.
    static func translated(_ path: String, _ action: () throws -> Void) throws {
        do {
            try action()
        } catch let error as CocoaError {
            let underlying = error.underlying as? POSIXError
            throw refusal(
                path, underlying.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription)
        }
    }

    private static func refusal(_ path: String, _ cause: String) -> PrivatePostgresError {
        PrivatePostgresError(
            .unusableFolder, "cannot use the folder \"\(path)\"", cause: cause.lowercasedFirst,
            hint: "set PATHWAY_HOME to a folder that you may write to")
    }
}

extension String {
    /// "Permission denied" in the middle of a message of ours.
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
