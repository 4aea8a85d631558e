internal import Foundation
internal import Synchronization

/// Stands between the writers and their server, and cuts connections when it is told to.
///
/// One thread in `poll` moves the bytes of all connections; nothing but its budget is shared with others.
final class Proxy: Sendable {
    /// The folder that a client connects to.
    let folder: String
    private let target: String
    private let listener: Int32

    private struct State {
        /// How many connections are still to be cut.
        var budget = 0
        /// Grows when the budget is filled: connections that are open draw their fate anew.
        var generation = 0
        var cuts = 0
        var isClosed = false
        var chance: Chance
    }

    private let state: Mutex<State>

    init(in folder: String, to target: String, chance: Chance) throws {
        self.folder = folder
        self.target = "\(target)/\(Socket.name)"
        listener = try Socket.listen(at: "\(folder)/\(Socket.name)")
        state = Mutex(State(chance: chance))
        Thread.detachNewThread { self.run() }
    }

    /// Cuts so many connections from now on.
    func arm(_ cuts: Int) {
        state.withLock { state in
            state.budget = cuts
            state.generation += 1
        }
    }

    /// Cuts no more.
    func disarm() { state.withLock { $0.budget = 0 } }

    var budget: Int { state.withLock(\.budget) }
    var cuts: Int { state.withLock(\.cuts) }

    func close() { state.withLock { $0.isClosed = true } }

    /// Draws the fate of a connection, if any is left to be cut.
    func fate() -> (generation: Int, fate: Fate?) {
        state.withLock { state in (state.generation, state.budget > 0 ? Fate(&state.chance) : nil) }
    }

    /// Takes one cut from the budget; false if there is none left.
    func spend() -> Bool {
        state.withLock { state in
            guard state.budget > 0 else { return false }
            state.budget -= 1
            state.cuts += 1
            return true
        }
    }

    private func run() {
        var links: [ProxyLink] = []
        while true {
            var descriptors = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for link in links { descriptors += link.interests() }
            // A silence ends without an event, and so does the life of the proxy.
            _ = poll(&descriptors, nfds_t(descriptors.count), 10)
            let (generation, isClosed) = state.withLock { ($0.generation, $0.isClosed) }
            if isClosed { break }
            for index in links.indices {
                links[index].renew(generation, self)
                links[index].move(self)
            }
            links.removeAll { link in
                if link.isOver { link.close() }
                return link.isOver
            }
            while case let client = Socket.accept(listener), client >= 0 {
                if let link = ProxyLink(client: client, target: target) { links.append(link) }
            }
        }
        for link in links { link.close() }
        Foundation.close(listener)
    }
}
