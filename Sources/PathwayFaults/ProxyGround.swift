/// A server behind a proxy that cuts connections.
struct ProxyGround: Ground {
    private let server: Server
    private let proxy: Proxy
    var address: String { "host=\(proxy.folder) user=\(Server.login) dbname=postgres connect_timeout=3" }
    var direct: String { server.conninfo }

    init(_ name: String, on stage: Stage, chance: Chance) async throws {
        server = Server(name, on: stage)
        try await stage.fill(server.data)
        try await server.start()
        let folder = "\(stage.folder)/\(name)-p"
        try stage.makeFolder(folder)
        proxy = try Proxy(in: folder, to: server.folder, chance: chance)
    }

    func strike(_ fault: Fault, _ chance: inout Chance, _ scene: Scene) async throws -> String {
        let before = proxy.cuts
        proxy.arm(chance.whole(20...100))
        // The writers may be done before all cuts were made: then there is nothing left to cut.
        try await wait(.seconds(60), for: "connections to cut") { proxy.budget == 0 || scene.crew.isDone }
        proxy.disarm()
        return "\(proxy.cuts - before) connections cut"
    }

    func close() async throws {
        proxy.close()
        try await server.stop("immediate")
    }
}
