internal import Foundation
internal import Postgres

/// A server on a disk that is filled.
struct DiskGround: Ground {
    private let server: Server
    private let disk: SmallDisk
    var address: String { server.address }
    var direct: String { server.conninfo }

    init(_ name: String, on stage: Stage) async throws {
        disk = try await SmallDisk(at: "\(stage.folder)/\(name)-d", on: stage)
        server = Server(name, on: stage, data: "\(disk.path)/data", prefix: disk.prefix, view: "\(disk.view)/data")
        try await stage.fill(server.data, prefix: disk.prefix)
        try await server.start()
    }

    func strike(_ fault: Fault, _ chance: inout Chance, _ scene: Scene) async throws -> String {
        let errors = scene.memory.counts.errors
        let presses = chance.whole(0...2) > 0
        // Writers alone soon need more than a few pages, but not more than a segment of the write-ahead log, 1 MiB.
        try disk.fill(leaving: chance.whole(0...(presses ? 255 : 7)) << 12)
        let deadline = ContinuousClock.now + .seconds(3)
        var isDown = false
        while ContinuousClock.now < deadline, !scene.crew.isDone {
            // Writers alone fill a table page by page; this makes the write-ahead log ask for its next segment.
            if presses { _ = try? await server.value(DiskGround.press, as: Bool.self) }
            isDown = server.postmaster == nil
            if isDown || (!presses && scene.memory.counts.errors >= errors + 20) { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        let suffered = scene.memory.counts.errors - errors
        try disk.free()
        // The server may be in the middle of ending itself, since it could not write what recovery needs.
        try await settle()
        return isDown ? "disk full, server down" : "disk full, \(suffered) errors"
    }

    private static let press: Query = "SELECT pg_logical_emit_message(false, 'ballast', repeat('x', 500000)) IS NULL"

    private func settle() async throws {
        try await wait(.seconds(30), for: "the server on the small disk to be well again") {
            if server.postmaster == nil { try await server.start() }
            return await (try? server.value("SELECT 1", as: Int32.self)) != nil
        }
    }

    func close() async throws {
        try await server.stop("immediate")
        disk.unmount()
    }
}
