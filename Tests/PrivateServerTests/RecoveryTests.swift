import Foundation
import Testing

@testable import PrivateServer

extension OneAtATime {
    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct Recovery {
        @Test func `a server killed without warning starts again with what was committed`() async throws {
            try await withServer { server in
                let first = try await server.start()
                #expect(try await server.answer(to: "CREATE TABLE kept AS SELECT 7 AS number") == "")
                kill(first.processID, SIGKILL)
                let isGone = try await poll(within: .seconds(200)) { try server.status() == .stopped }
                #expect(isGone)

                let second = try await server.start()
                #expect(second.processID != first.processID)
                #expect(try await server.answer(to: "SELECT number FROM kept") == "7")
            }
        }

        @Test func `a process number that somebody else bears since a reboot does not hinder a start`() async throws {
            try await withServer { stranger in
                try await stranger.start()
                try await withServer { server in
                    let major = try await server.start().majorVersion
                    try await server.stop()
                    let left = "\(server.folders.cluster(major: major))/postmaster.pid"
                    try FileManager.default.copyItem(
                        atPath: "\(stranger.folders.cluster(major: major))/postmaster.pid", toPath: left)
                    #expect(try server.status() == .stopped)

                    let running = try await server.start()
                    #expect(try await server.answer(to: "SELECT 1") == "1")
                    #expect(try stranger.processID() != running.processID)
                }
                #expect(try await stranger.answer(to: "SELECT 1") == "1")
            }
        }

        @Test func `a server whose socket was swept away is started anew`() async throws {
            try await withServer { server in
                let first = try await server.start()
                try FileManager.default.removeItem(atPath: "\(server.socketFolder)/\(ServerFolders.socketName)")
                let second = try await server.start()
                #expect(second.processID != first.processID)
                #expect(try await server.answer(to: "SELECT 1") == "1")
            }
        }

        @Test func `what an interrupted creation left is removed, and the database made`() async throws {
            try await withServer { server in
                let left = "\(server.folders.server)/15.creating/base"
                try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
                #expect(try server.status() == .notCreated)
                try await server.start()
                #expect(!FileManager.default.fileExists(atPath: left))
                #expect(try await server.answer(to: "SELECT 1") == "1")
            }
        }

        @Test func `a server that cannot start says why, in PostgreSQL's own words`() async throws {
            try await withServer { server in
                let major = try await server.start().majorVersion
                try await server.stop()
                let settings = "\(server.folders.cluster(major: major))/postgresql.conf"
                let file = try #require(FileHandle(forUpdatingAtPath: settings))
                try file.seekToEnd()
                try file.write(contentsOf: Data("shared_buffers = plenty\n".utf8))
                try file.close()

                let error = await #expect(throws: PrivatePostgresError.self) { try await server.start() }
                #expect(error?.code == .notStarted)
                #expect(error?.cause == "configuration file \"\(settings)\" contains errors")
                #expect(error?.hint == "the whole story is in \"\(server.log)\"")
            }
        }

        @Test func `a cancelled start leaves nothing half made`() async throws {
            try await withServer { server in
                let start = Task { try await server.start() }
                start.cancel()
                await #expect(throws: CancellationError.self) { try await start.value }
                #expect(try server.status() == .notCreated)
                try await server.start()
                #expect(try await server.answer(to: "SELECT 1") == "1")
            }
        }
    }
}
