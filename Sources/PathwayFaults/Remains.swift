internal import Foundation
internal import Synchronization

/// What must not outlive this program: servers, mounted disks and a folder. Cleared at the end, after an error, on Ctrl-C.
final class Remains: Sendable {
    static let shared = Remains()

    private struct State {
        var children: [Child] = []
        var disks: [SmallDisk] = []
        var folder: String?
        /// Nothing more is started.
        var isOver = false
    }

    private let state = Mutex(State())

    /// Starts a process, unless it is time to end them all.
    func starting(_ start: () throws -> pid_t) throws -> pid_t {
        try state.withLock { state in
            guard !state.isOver else { throw Unable("interrupted") }
            return try start()
        }
    }

    func keep(_ child: Child) { state.withLock { $0.children.append(child) } }
    func forget(_ child: Child) { state.withLock { state in state.children.removeAll { $0 === child } } }
    func keep(_ disk: SmallDisk) { state.withLock { $0.disks.append(disk) } }
    func forget(_ disk: SmallDisk) { state.withLock { state in state.disks.removeAll { $0 === disk } } }
    func keep(folder: String) { state.withLock { $0.folder = folder } }

    /// Runs `body`, clears, and returns the exit code.
    func clearing(_ body: () async throws -> Int32) async -> Int32 {
        let signals = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                self.clear()
                exit(128 + number)
            }
            source.resume()
            return source
        }
        defer { for source in signals { source.cancel() } }
        var code: Int32
        do {
            code = try await body()
        } catch {
            // Whoever was interrupted has no need of what came of it.
            while state.withLock(\.isOver) { try? await Task.sleep(for: .seconds(1)) }
            say("error: \(error)")
            code = error is Unable ? 69 : 70
        }
        clear()
        return code
    }

    private func clear() {
        let (children, disks, folder) = state.withLock { state in
            state.isOver = true
            return (state.children, state.disks, state.folder)
        }
        // SIGQUIT makes a postmaster end its children at once; SIGKILL alone would leave them running for a moment.
        for child in children { child.send(SIGCONT) }
        for child in children { child.send(SIGQUIT) }
        for child in children {
            for _ in 0..<300 where child.status == nil { usleep(10_000) }
            child.send(SIGKILL)
            for _ in 0..<100 where child.status == nil { usleep(10_000) }
        }
        for disk in disks { disk.unmount() }
        guard let folder else { return }
        // A writer may be about to write its file once more.
        while FileManager.default.fileExists(atPath: folder) {
            try? FileManager.default.removeItem(atPath: folder)
            usleep(20_000)
        }
    }
}
