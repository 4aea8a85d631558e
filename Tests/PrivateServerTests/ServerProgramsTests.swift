import Foundation
import Testing

@testable import PrivateServer

extension OneAtATime {
    @Suite struct Programs {
        @Test func `without a server the package to install is named`() async {
            let error = await #expect(throws: PrivatePostgresError.self) {
                try await ServerPrograms.find(environment: [:], roots: [])
            }
            #expect(error?.code == .notInstalled)
            #expect(
                error?.message
                    == "cannot run the private database: no PostgreSQL server, version 15 or later, is installed")
            #expect(error?.hint?.contains("install") == true)
        }

        @Test func `a server that is too old is named and not used`() async throws {
            try await withTemporaryFolder { folder in
                try install("14.11", in: "\(folder)/14/bin")
                let error = await #expect(throws: PrivatePostgresError.self) {
                    try await ServerPrograms.find(environment: [:], roots: [folder])
                }
                #expect(error?.cause == "found only 14.11")
            }
        }

        @Test func `PATHWAY_PG_BIN is taken alone, and refused when it is no use`() async throws {
            try await withTemporaryFolder { folder in
                try install("16.2", in: "\(folder)/16/bin")
                try install("14.11", in: "\(folder)/14/bin")
                func find(_ chosen: String) async throws -> [String] {
                    try await ServerPrograms.find(environment: ["PATHWAY_PG_BIN": chosen], roots: [folder]).map(
                        \.version)
                }
                #expect(try await find("\(folder)/16/bin") == ["16.2"])
                let tooOld = await #expect(throws: PrivatePostgresError.self) { try await find("\(folder)/14/bin") }
                #expect(tooOld?.cause == "they are PostgreSQL 14.11")
                let missing = await #expect(throws: PrivatePostgresError.self) { try await find("\(folder)/none") }
                #expect(missing?.cause == "initdb, pg_ctl and postgres are not all there")
            }
        }

        @Test func `a folder in PATH comes first, then the newest version`() async throws {
            try await withTemporaryFolder { folder in
                try install("15.18", in: "\(folder)/own")
                try install("16.2", in: "\(folder)/postgresql@16/bin")
                try install("17beta1", in: "\(folder)/17/bin")
                let found = try await ServerPrograms.find(environment: ["PATH": "\(folder)/own"], roots: [folder])
                #expect(found.map(\.version) == ["15.18", "17beta1", "16.2"])
            }
        }

        @Test func `the stored database decides which of the installed versions is used`() async throws {
            try await withTemporaryFolder { folder in
                try install("15.18", in: "\(folder)/15/bin")
                try install("17.2", in: "\(folder)/17/bin")
                let folders = ServerFolders(home: "\(folder)/home")
                func choose() async throws -> String {
                    try await ServerPrograms.choose(for: folders, environment: [:], roots: [folder]).version
                }
                #expect(try await choose() == "17.2")

                try store("15", in: folders.cluster(major: 15))
                #expect(try await choose() == "15.18")

                try store("99", in: folders.cluster(major: 99))
                let error = await #expect(throws: PrivatePostgresError.self) { try await choose() }
                #expect(error?.code == .wrongVersion)
                #expect(
                    error?.message == "cannot use the database in \"\(folder)/home/postgres\": "
                        + "it was made by PostgreSQL 99, installed is 17.2, 15.18")
            }
        }

        @Test func `a stored database that is not what its folder's name says is refused`() async throws {
            try await withTemporaryFolder { folder in
                let server = PrivatePostgres(home: "\(folder)/home")
                try store("14", in: server.folders.cluster(major: 15))
                let error = #expect(throws: PrivatePostgresError.self) { try server.status() }
                #expect(error?.code == .wrongVersion)
                #expect(error?.cause == "PG_VERSION says \"14\"")
                await #expect(throws: PrivatePostgresError.self) { try await server.start() }
            }
        }

        /// Three programs that do nothing but tell their version.
        private func install(_ version: String, in folder: String) throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["initdb", "pg_ctl", "postgres"] {
                let script = Data("#!/bin/sh\necho '\(name) (PostgreSQL) \(version) (Debian)'\n".utf8)
                try script.write(to: URL(filePath: "\(folder)/\(name)"))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(name)")
            }
        }

        private func store(_ version: String, in cluster: String) throws {
            try FileManager.default.createDirectory(atPath: cluster, withIntermediateDirectories: true)
            try Data("\(version)\n".utf8).write(to: URL(filePath: "\(cluster)/PG_VERSION"))
        }
    }
}
