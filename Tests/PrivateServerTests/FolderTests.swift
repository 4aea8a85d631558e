import Foundation
import Testing

@testable import PrivateServer

extension OneAtATime {
    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct Folders {
        @Test(arguments: [
            "with spaces", "it's \"quoted\" \\ $HOME `id`", "K\u{e4}the", "with, comma",
            String(repeating: "long", count: 50),
        ])
        func `a home with an unusual name works`(name: String) async throws {
            try await withServer(home: name) { server in
                try await server.start()
                #expect(try await server.answer(to: "SELECT 1") == "1")
                #expect(server.socketFolder.utf8.count + "/.s.PGSQL.5432".utf8.count <= 103)
            }
        }

        @Test func `a socket's folder of the greatest length stays in the home, one byte more moves it`() {
            // "/" + 73 + "/postgres/socket" is 90 bytes; the socket's own name takes 14 more of 103.
            let fits = ServerFolders(home: "/" + String(repeating: "h", count: 72))
            let exceeds = ServerFolders(home: "/" + String(repeating: "h", count: 73))
            #expect(fits.socket(userID: 1000) == fits.home + "/postgres/socket")
            #expect(exceeds.socket(userID: 1000).hasPrefix("/tmp/pathway-1000-"))
        }

        @Test func `two homes never share a short socket folder`() {
            let long = String(repeating: "h", count: 100)
            #expect(
                ServerFolders(home: "/a\(long)").socket(userID: 1) != ServerFolders(home: "/b\(long)").socket(userID: 1)
            )
        }

        @Test func `a home that may not be written is refused with the reason and a way out`() async {
            await #expect(processExitsWith: .success) {
                becomeUnprivileged()
                try await withTemporaryFolder { folder in
                    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
                    let error = await #expect(throws: PrivatePostgresError.self) {
                        try await PrivatePostgres(home: "\(folder)/home").start()
                    }
                    #expect(error?.code == .unusableFolder)
                    #expect(
                        error?.description == """
                            cannot use the folder "\(folder)/home": permission denied
                            hint: set PATHWAY_HOME to a folder that you may write to
                            """)
                }
            }
        }

        @Test func `a home below a file is refused`() async throws {
            try await withTemporaryFolder { folder in
                try Data().write(to: URL(filePath: "\(folder)/file"))
                let error = await #expect(throws: PrivatePostgresError.self) {
                    try await PrivatePostgres(home: "\(folder)/file/home").start()
                }
                #expect(error?.code == .unusableFolder)
            }
        }

        @Test(.enabled(if: geteuid() == 0, "only root's home can be out of reach of the server's account"))
        func `a home that the server's account cannot reach is refused with the reason`() async throws {
            try await withTemporaryFolder { folder in
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
                let error = await #expect(throws: PrivatePostgresError.self) {
                    try await PrivatePostgres(home: "\(folder)/home").start()
                }
                #expect(error?.code == .unusableFolder)
                #expect(error?.cause?.contains("PostgreSQL refuses to run as root") == true)
            }
        }

        @Test func `a folder that is a link or a file is never taken for a private one`() async throws {
            try await withTemporaryFolder { folder in
                let account = ServerAccount(userID: geteuid(), groupID: getegid(), prefix: [])
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: folder)
                try Data().write(to: URL(filePath: "\(folder)/file"))
                for name in ["link", "file"] {
                    let error = #expect(throws: PrivatePostgresError.self) {
                        try PrivateFolder.prepare("\(folder)/\(name)", for: account)
                    }
                    #expect(error?.cause == "it is not a folder")
                }
            }
        }

        @Test func `a folder that is open to others is closed`() async throws {
            try await withTemporaryFolder { folder in
                let account = ServerAccount(userID: geteuid(), groupID: getegid(), prefix: [])
                try PrivateFolder.prepare(folder, for: account)
                let attributes = try FileManager.default.attributesOfItem(atPath: folder)
                #expect(attributes[.posixPermissions] as? Int == 0o700)
            }
        }

        @Test func `the home is where each system keeps such things`() {
            func home(_ environment: [String: String], isRoot: Bool = false) -> String {
                ServerFolders.standardHome(environment: environment, isRoot: isRoot)
            }
            #expect(home(["PATHWAY_HOME": "/srv/trial/../trials/"], isRoot: true) == "/srv/trials")
            #expect(home(["HOME": "/root"], isRoot: true) == "/var/lib/pathway")
            #if os(macOS)
                #expect(home(["HOME": "/Users/kim"]) == "/Users/kim/Library/Application Support/pathway")
            #else
                #expect(home(["HOME": "/home/kim"]) == "/home/kim/.local/share/pathway")
                #expect(home(["HOME": "/home/kim", "XDG_DATA_HOME": "/data"]) == "/data/pathway")
                #expect(home(["HOME": "/home/kim", "XDG_DATA_HOME": "data"]) == "/home/kim/.local/share/pathway")
            #endif
        }

        @Test func `a lock that another process keeps is given up after its time`() async throws {
            try await withTemporaryFolder { folder in
                try await HomeLock.hold("\(folder)/lock", within: .seconds(1)) { _ in
                    let error = await #expect(throws: PrivatePostgresError.self) {
                        try await HomeLock.hold("\(folder)/lock", within: .milliseconds(50)) { _ in }
                    }
                    #expect(error?.code == .busy)
                }
                try await HomeLock.hold("\(folder)/lock", within: .milliseconds(50)) { _ in }
            }
        }

        @Test func `a connection string is quoted for libpq`() {
            let server = PrivatePostgres(home: "/srv/it's")
            #expect(
                server.connectionString(database: "a\\b", user: "c d")
                    == #"host='/srv/it\'s/postgres/socket' port='5432' dbname='a\\b' user='c d'"#)
        }
    }
}
