internal import Foundation
internal import Synchronization

/// The name under which something is written until it is whole: `NAME.partial-` and the number of the process.
public struct PartialName: Sendable {
    /// The name.
    public let path: String

    // What a process that has to end at once would leave behind.
    private static let open = Mutex<Set<String>>([])

    /// Takes the name for this process, and removes what processes left under such names that ended without a chance to.
    public init(for path: String) {
        let own = ProcessInfo.processInfo.processIdentifier
        self.path = "\(path).partial-\(own)"
        let whole = URL(fileURLWithPath: path)
        let (folder, prefix) = (whole.deletingLastPathComponent().path, whole.lastPathComponent + ".partial-")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
            guard let process = Int32(name.dropFirst(prefix.count)), process > 0 else { continue }
            // A number is given again: what bears our own is of a process before us.
            guard process == own || (kill(process, 0) != 0 && errno == ESRCH) else { continue }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        _ = PartialName.open.withLock { $0.insert(self.path) }
    }

    /// Says that nothing stands under the name any more.
    public func release() { _ = PartialName.open.withLock { $0.remove(path) } }

    /// Removes what stands under the name.
    public func discard() {
        try? FileManager.default.removeItem(atPath: path)
        release()
    }

    /// Removes all that this process has begun: what is to be done before it ends at once.
    public static func discardAll() {
        let paths = open.withLock { $0 }
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }
}
