internal import Foundation

extension Server {
    /// Kills the postmaster and all it has started in one go.
    func killAll() async throws {
        guard let postmaster else { return }
        for process in try await haltedChildren(of: postmaster) { _ = kill(process, SIGKILL) }
        postmaster.send(SIGKILL)
        try await ended(postmaster)
    }

    /// Kills the postmaster alone; its children notice and end by themselves.
    ///
    /// One does not: it waits for a lock whose holder was killed before. While it lives PostgreSQL does not start again, and
    /// somebody has to end it.
    func killPostmaster() async throws {
        guard let postmaster else { return }
        let orphans = Set(try await haltedChildren(of: postmaster))
        postmaster.send(SIGKILL)
        try await ended(postmaster)
        let deadline = ContinuousClock.now + .seconds(3)
        while ContinuousClock.now < deadline {
            guard try await ProcessTable.read().contains(where: { orphans.contains($0.process) && !$0.isZombie }) else {
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        for process in orphans { _ = kill(process, SIGKILL) }
    }

    /// Kills one process of the server, at which the postmaster ends all others and starts afresh.
    func killOne(_ chance: inout Chance) async throws {
        guard let postmaster else { return }
        let children = try await haltedChildren(of: postmaster)
        // A halted postmaster collects no children, so that the number is still that child's.
        let process = children.sorted().randomElement(using: &chance)
        if let process { _ = kill(process, SIGKILL) }
        postmaster.send(SIGCONT)
        try await wait(.seconds(10), for: "the postmaster to see that process \(process ?? 0) was killed") {
            try await !ProcessTable.read().contains { $0.process == process }
        }
    }

    /// Stops the postmaster, so that it starts nothing more, and looks up its children.
    private func haltedChildren(of postmaster: Child) async throws -> [pid_t] {
        postmaster.send(SIGSTOP)
        return try await ProcessTable.read().filter { $0.parent == postmaster.process }.map(\.process)
    }
}
