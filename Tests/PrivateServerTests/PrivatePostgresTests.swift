import Foundation
import PrivateServer
import Testing

extension OneAtATime {
    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct LifeCycle {
        @Test func `the first start makes a database that takes connections and writes durably`() async throws {
            try await withServer { server in
                #expect(try server.status() == .notCreated)
                let running = try await server.start()
                #expect(try server.status() == .running(running))
                #expect(abs(running.since.timeIntervalSinceNow) < 60)
                #expect(try await server.answer(to: "SHOW server_version").hasPrefix("\(running.majorVersion)."))
                #expect(try await server.answer(to: "SELECT session_user") == "pathway_admin")
                for (setting, value) in [
                    ("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("data_checksums", "on"),
                    ("listen_addresses", ""), ("server_encoding", "UTF8"), ("max_connections", "50"),
                ] {
                    #expect(try await server.answer(to: "SHOW \(setting)") == value, "\(setting)")
                }
            }
        }

        @Test func `only the server's account may enter the folders of the socket and of the database`() async throws {
            try await withServer { server in
                try await server.start()
                for folder in ["postgres", "postgres/socket"] {
                    let attributes = try FileManager.default.attributesOfItem(atPath: "\(server.home)/\(folder)")
                    #expect(attributes[.posixPermissions] as? Int == 0o700)
                }
            }
        }

        @Test func `a second start leaves the running server alone`() async throws {
            try await withServer { server in
                let first = try await server.start()
                let second = try await server.start()
                #expect(first == second)
            }
        }

        @Test func `stopping keeps what was written, and stopping again does nothing`() async throws {
            try await withServer { server in
                try await server.stop()
                #expect(try server.status() == .notCreated)

                try await server.start()
                #expect(try await server.answer(to: "CREATE TABLE kept AS SELECT 7 AS number") == "")
                try await server.stop()
                #expect(try server.status() == .stopped)
                try await server.stop()

                try await server.start()
                #expect(try await server.answer(to: "SELECT number FROM kept") == "7")
            }
        }

        @Test func `of several processes and tasks that start at once one makes the database`() async throws {
            try await withServer { server in
                let home = server.home
                await withTaskGroup { group in
                    for _ in 1...2 {
                        group.addTask {
                            _ = await #expect(processExitsWith: .success) { [home = home as String] in
                                try await PrivatePostgres(home: home).start()
                            }
                        }
                    }
                    for _ in 1...3 {
                        group.addTask { _ = await #expect(throws: Never.self) { try await server.start() } }
                    }
                }
                let answer = try await server.answer(to: "SELECT 1")
                let starts = try server.numberOfStarts()
                #expect(answer == "1")
                #expect(starts == 1)
            }
        }

        @Test func `a caller that captures what a starting process prints is not kept waiting by the server`()
            async throws
        {
            try await withServer { server in
                let home = server.home
                let result = await #expect(
                    processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
                ) { [home = home as String] in
                    try await PrivatePostgres(home: home).start()
                }
                // Both were read to their ends, and the server is still there.
                let process = try server.processID()
                #expect(result != nil)
                #expect(process != nil)
            }
        }

        @Test(
            .enabled(if: geteuid() == 0, "only root can become somebody else; others are somebody else in every test"))
        func `started by root, the server runs as an unprivileged user and root may use it`() async throws {
            try await withServer { server in
                try await server.start()
                let attributes = try FileManager.default.attributesOfItem(atPath: server.log)
                #expect(attributes[.ownerAccountID] as? UInt32 != 0)
                #expect(try await server.answer(to: "SELECT 1") == "1")
            }
        }

        @Test(
            .enabled(if: geteuid() == 0, "only root can become somebody else; others are somebody else in every test"))
        func `started by another user, the server is that user's, and root may use, stop and start it`() async throws {
            try await withTemporaryFolder { folder in
                let place = "\(folder)/theirs"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
                try FileManager.default.setAttributes(
                    [.ownerAccountID: 65534, .groupOwnerAccountID: 65534], ofItemAtPath: place)
                func start() async {
                    await #expect(processExitsWith: .success) { [place = place as String] in
                        becomeUnprivileged()
                        try await PrivatePostgres(home: "\(place)/home").start()
                    }
                }
                await start()
                let server = PrivatePostgres(home: "\(place)/home")
                #expect(try await server.answer(to: "SELECT 1") == "1")
                try await server.stop()
                try await server.start()
                let attributes = try FileManager.default.attributesOfItem(atPath: server.log)
                #expect(attributes[.ownerAccountID] as? Int == 65534)
                try await server.stop()
                await start()
                try await server.stop()
            }
        }
    }
}
