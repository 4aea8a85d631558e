/// Servers with one log, and the one kind of trouble that they are made for.
protocol Ground: Sendable {
    /// How the writers connect.
    var address: String { get }
    /// How the check connects, as the superuser.
    var direct: String { get }
    /// Does something to the servers, waits until they are well again, and says what it did.
    func strike(_ fault: Fault, _ chance: inout Chance, _ scene: Scene) async throws -> String
    /// Ends the servers.
    func close() async throws
}

/// What a strike can see of the writers.
struct Scene: Sendable {
    let memory: Memory
    let crew: Crew
}

/// One server that is killed and restarted.
struct ServerGround: Ground {
    let server: Server
    var address: String { server.address }
    var direct: String { server.conninfo }

    init(_ name: String, on stage: Stage) async throws {
        server = Server(name, on: stage)
        try await stage.fill(server.data)
        try await server.start()
    }

    func strike(_ fault: Fault, _ chance: inout Chance, _ scene: Scene) async throws -> String {
        guard fault == .kill else {
            let mode = Bool.random(using: &chance) ? "fast" : "immediate"
            try await server.stop(mode)
            try await server.start()
            return "\(mode) restart"
        }
        switch chance.whole(0...4) {
        case 0, 1:
            try await server.killAll()
            try await server.start()
            return "all killed"
        case 2:
            try await server.killPostmaster()
            try await server.start()
            return "postmaster killed"
        case 3:
            try await server.killAll()
            try await server.start()
            // Once more before it has had the time to write a checkpoint.
            try await server.killAll()
            try await server.start()
            return "all killed twice"
        default:
            try await server.killOne(&chance)
            try await server.answers()
            return "one process killed"
        }
    }

    func close() async throws { try await server.stop("immediate") }
}
