internal import Foundation
internal import Synchronization

/// A disk in memory that is soon full: a tmpfs, mounted by root, or by anybody in a namespace of their own.
final class SmallDisk: Sendable {
    /// Where it is for the server.
    let path: String
    /// What a command needs to see it.
    let prefix: [String]
    /// Where it is for this program.
    let view: String
    /// The process whose namespace it is mounted in, if it is not everybody's.
    private let keeper: Child?

    static let megabytes = 112

    init(at path: String, on stage: Stage) async throws {
        self.path = path
        try stage.makeFolder(path)
        let options = "size=\(SmallDisk.megabytes)m,mode=0700"
        if geteuid() == 0 {
            let owner = ",uid=\(stage.user.id),gid=\(stage.user.group)"
            do {
                try await Child.run(
                    ["mount", "-t", "tmpfs", "-o", options + owner, "tmpfs", path], in: stage.folder)
            } catch {
                throw SmallDisk.impossible(error)
            }
            (keeper, prefix, view) = (nil, [], path)
        } else {
            let keeper = try await SmallDisk.keeper(path, options, stage)
            self.keeper = keeper
            let enter = ["nsenter", "--target=\(keeper.process)", "--user", "--mount", "--preserve-credentials", "--"]
            // PostgreSQL refuses to run as root, also as the root of a namespace: it gets one more, and another number.
            prefix = enter + ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
            view = "/proc/\(keeper.process)/root\(path)"
        }
        Remains.shared.keep(self)
    }

    /// Holds a namespace, in which the caller is root, for as long as it lives.
    private static func keeper(_ path: String, _ options: String, _ stage: Stage) async throws -> Child {
        let ready = "\(stage.folder)/mounted-\(UInt32.random(in: 0 ... .max))"
        let script = "mount -t tmpfs -o \(options) tmpfs \"$0\" && touch \"$1\" && exec sleep 100000"
        do {
            let keeper = try Child(
                ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", script, path, ready],
                output: "\(ready).log")
            try await wait(.seconds(10), for: "a tmpfs to be mounted") {
                if let status = keeper.status { throw Unable("unshare ended with \(status)") }
                return FileManager.default.fileExists(atPath: ready)
            }
            return keeper
        } catch {
            throw impossible(error)
        }
    }

    private static func impossible(_ error: any Error) -> Unable {
        Unable(
            """
            the fault "full" cannot be tried here, since no tmpfs can be mounted: \(error)
            hint: run as root, allow user namespaces, or leave it out with --only kill,restart,cut,promote
            """)
    }

    /// Takes all room but so many bytes. The server writes meanwhile, so that all is taken first and some given back.
    func fill(leaving room: Int) throws {
        let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Unable("cannot write \"\(ballast)\": errno \(errno)") }
        defer { close(file) }
        let piece = [UInt8](repeating: 0, count: 1 << 16)
        var size = 0
        while case let count = write(file, piece, piece.count), count > 0 { size += count }
        guard errno == ENOSPC, ftruncate(file, off_t(max(size - room, 0))) == 0 else {
            throw Unable("cannot fill \"\(ballast)\": errno \(errno)")
        }
    }

    /// Gives the room back.
    func free() throws {
        guard FileManager.default.fileExists(atPath: ballast) else { return }
        try FileManager.default.removeItem(atPath: ballast)
    }

    private var ballast: String { "\(view)/ballast" }

    func unmount() {
        if let keeper { return keeper.send(SIGKILL) }
        #if os(Linux)
            // By a call and not by a program, since nothing is started any more when all is cleared.
            if umount2(path, Int32(MNT_DETACH)) == 0 { Remains.shared.forget(self) }
        #endif
    }
}
