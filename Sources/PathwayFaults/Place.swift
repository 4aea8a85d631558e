internal import PathwayLog

/// A ground with the logs that its writers have open, and what they were told there.
struct Place: Sendable {
    enum Kind: String, Sendable {
        case server
        case proxy
        case disk
        case pair

        init(_ fault: Fault) {
            switch fault {
            case .kill, .restart: self = .server
            case .cut: self = .proxy
            case .full: self = .disk
            case .promote: self = .pair
            }
        }
    }

    /// After so many rounds a place is left, so that a check does not read an ever longer log.
    static let longest = 8

    let ground: any Ground
    let folder: String
    let memory = Memory()
    /// Two, as of two processes, each with its own memory of the patients. They stay open whatever happens: that they find
    /// their server again by themselves is part of the promise.
    let logs: [PathwayLog]
    var rounds = 1

    init(_ kind: Kind, named name: String, on stage: Stage, chance: Chance) async throws {
        let ground: any Ground =
            switch kind {
            case .server: try await ServerGround(name, on: stage)
            case .proxy: try await ProxyGround(name, on: stage, chance: chance)
            case .disk: try await DiskGround(name, on: stage)
            case .pair: try await PairGround(name, on: stage)
            }
        self.ground = ground
        folder = stage.folder
        logs = [
            try await PathwayLog.open(ground.address, connections: 4),
            try await PathwayLog.open(ground.address, connections: 4),
        ]
    }

    func close() async throws {
        for log in logs { log.close() }
        try await ground.close()
    }
}
