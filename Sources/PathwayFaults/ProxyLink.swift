internal import Foundation

/// One connection through the proxy: two sockets and what is on its way between them.
struct ProxyLink {
    private let client: Int32
    private let server: Int32
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    private var fate: Fate?
    private var generation = -1
    /// The client has spoken since the server did: what the server says next is an answer.
    private var isAwaited = false
    private var silentUntil: ContinuousClock.Instant?
    private(set) var isOver = false

    init?(client: Int32, target: String) {
        let server = Socket.connect(to: target)
        guard server >= 0 else {
            Foundation.close(client)
            return nil
        }
        self.client = client
        self.server = server
    }

    func close() {
        Foundation.close(client)
        Foundation.close(server)
    }

    /// Draws a fate when the proxy was told to cut.
    mutating func renew(_ generation: Int, _ proxy: Proxy) {
        guard generation != self.generation else { return }
        (self.generation, fate) = proxy.fate()
    }

    func interests() -> [pollfd] {
        let isSilent = silentUntil.map { $0 > .now } ?? false
        return [
            interest(client, reads: toServer.isEmpty && !isSilent, writes: !toClient.isEmpty && !isSilent),
            interest(server, reads: toClient.isEmpty && !isSilent, writes: !toServer.isEmpty && !isSilent),
        ]
    }

    private func interest(_ socket: Int32, reads: Bool, writes: Bool) -> pollfd {
        // A socket that waits for nothing would still report that the other side hung up, again and again.
        guard reads || writes else { return pollfd(fd: -1, events: 0, revents: 0) }
        return pollfd(fd: socket, events: Int16((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), revents: 0)
    }

    /// Moves what can be moved.
    mutating func move(_ proxy: Proxy) {
        if let end = silentUntil {
            guard end <= .now else { return }
            silentUntil = nil
            if fate?.cut == .afterSilence, proxy.spend() {
                isOver = true
                return
            }
            // On to the next fate.
            generation = -1
        }
        moveToServer(proxy)
        if !isOver { moveToClient(proxy) }
    }

    private mutating func moveToServer(_ proxy: Proxy) {
        if toServer.isEmpty { toServer = read(client) }
        guard !toServer.isEmpty, !isOver else { return }
        isAwaited = true
        if let limit = fate?.limit(ofClient: toServer.count), proxy.spend() {
            _ = write(Array(toServer.prefix(limit)), to: server)
            isOver = true
            return
        }
        toServer = write(toServer, to: server)
    }

    private mutating func moveToClient(_ proxy: Proxy) {
        if toClient.isEmpty {
            toClient = read(server)
            guard !toClient.isEmpty, !isOver else { return }
            let isAnswer = isAwaited
            isAwaited = false
            if let limit = fate?.limit(ofServer: toClient.count, isAnswer: isAnswer) {
                return end(limit, proxy)
            }
        }
        if !toClient.isEmpty { toClient = write(toClient, to: client) }
    }

    /// What the server has said is done; how much of it the client hears is the fate's.
    private mutating func end(_ limit: Int, _ proxy: Proxy) {
        if let fate, [.afterSilence, .silence].contains(fate.cut), proxy.budget > 0 {
            silentUntil = .now + fate.silence
            return
        }
        guard proxy.spend() else {
            fate = nil
            return
        }
        _ = write(Array(toClient.prefix(limit)), to: client)
        isOver = true
    }

    private mutating func read(_ socket: Int32) -> [UInt8] {
        var outcome = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { room, count in
            outcome = recv(socket, room.baseAddress, room.count, 0)
            count = max(outcome, 0)
        }
        if outcome == 0 || (outcome < 0 && errno != EAGAIN && errno != EINTR) { isOver = true }
        return bytes
    }

    /// Writes what the socket takes, and returns the rest.
    private mutating func write(_ bytes: [UInt8], to socket: Int32) -> [UInt8] {
        let count = send(socket, bytes, bytes.count, 0)
        if count < 0, errno != EAGAIN, errno != EINTR { isOver = true }
        return Array(bytes.dropFirst(max(count, 0)))
    }
}
