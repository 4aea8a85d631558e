import CLibpq

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Connection {
    /// Whether the session is connected, outside a transaction, with nothing under way and nothing subscribed.
    var canBeLentAgain: Bool { session.isIdle && !isListening }

    /// Whether the server has not hung up while the session lay idle, as far as the socket knows; it asks nothing of
    /// the server.
    mutating func isAlive() -> Bool {
        guard session.isIdle else { return false }
        // An idle session has little to say: a setting that was reloaded, or goodbye.
        for _ in 0..<16 {
            var descriptor = pollfd(fd: PQsocket(session.handle), events: Int16(POLLIN), revents: 0)
            if poll(&descriptor, 1, 0) == 0 { return true }
            guard PQconsumeInput(session.handle) == 1 else { return false }
            _ = PQisBusy(session.handle)
            guard session.isIdle else { return false }
        }
        return false
    }
}
