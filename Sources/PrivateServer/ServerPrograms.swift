import Foundation

/// One installed PostgreSQL server: the folder of its programs and its version.
struct ServerPrograms: Sendable, Equatable {
    let folder: String
    let version: String
    let major: Int

    /// The oldest version that the schema is written for.
    static let oldestMajor = 15

    func program(_ name: String) -> String { "\(folder)/\(name)" }

    /// The programs that keep the database in `folders`: those of the version that made it, else the best installed.
    ///
    /// An upgrade of the system often leaves two versions installed; the stored database can be read by one only.
    static func choose(
        for folders: ServerFolders, environment: [String: String], roots: [String] = installationRoots
    ) async throws -> ServerPrograms {
        let installed = try await find(environment: environment, roots: roots)
        guard let stored = try storedMajor(in: folders) else { return installed[0] }
        if let match = installed.first(where: { $0.major == stored }) { return match }
        let versions = installed.map(\.version).joined(separator: ", ")
        throw PrivatePostgresError(
            .wrongVersion,
            "cannot use the database in \"\(folders.server)\": it was made by PostgreSQL \(stored), installed is \(versions)",
            hint: "install PostgreSQL \(stored) beside it and export from there, or name its folder in PATHWAY_PG_BIN")
    }

    /// The major version of the newest stored database, nil if none is stored.
    static func storedMajor(in folders: ServerFolders) throws -> Int? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folders.server)) ?? []
        guard let major = names.compactMap({ Int($0) }).max() else { return nil }
        let versionFile = "\(folders.cluster(major: major))/PG_VERSION"
        let content = FileManager.default.contents(atPath: versionFile).map { String(decoding: $0, as: UTF8.self) }
        let written = content?.trimmingCharacters(in: .whitespacesAndNewlines)
        guard written == String(major) else {
            throw PrivatePostgresError(
                .wrongVersion,
                "cannot use the database in \"\(folders.cluster(major: major))\": it should be of PostgreSQL \(major)",
                cause: written.map { "PG_VERSION says \"\($0)\"" } ?? "PG_VERSION is missing or cannot be read",
                hint: "move that folder away if nothing in it is needed, or choose another home with PATHWAY_HOME")
        }
        return major
    }

    /// All installed servers that are new enough, in the order of preference; never empty.
    static func find(environment: [String: String], roots: [String] = installationRoots) async throws
        -> [ServerPrograms]
    {
        if let chosen = environment["PATHWAY_PG_BIN"], !chosen.isEmpty {
            return [try await inspectChosen(ServerFolders.absolute(chosen))]
        }
        var found: [ServerPrograms] = []
        var tooOld: String?
        for folder in await candidates(environment: environment, roots: roots) {
            guard let programs = try await inspect(folder) else { continue }
            if programs.major < oldestMajor { tooOld = programs.version } else { found.append(programs) }
        }
        if !found.isEmpty { return found }
        let missing =
            "cannot run the private database: no PostgreSQL server, version \(oldestMajor) or later, is installed"
        throw PrivatePostgresError(
            .notInstalled, missing, cause: tooOld.map { "found only \($0)" }, hint: installationHint)
    }

    private static func inspectChosen(_ folder: String) async throws -> ServerPrograms {
        let programs = try await inspect(folder)
        if let programs, programs.major >= oldestMajor { return programs }
        throw PrivatePostgresError(
            .notInstalled, "cannot run the private database with the programs in \"\(folder)\"",
            cause: programs.map { "they are PostgreSQL \($0.version)" }
                ?? "initdb, pg_ctl and postgres are not all there",
            hint: "set PATHWAY_PG_BIN to the programs of PostgreSQL \(oldestMajor) or later, or unset it")
    }

    /// Reads the version from the server itself; nil if the three programs are not all there.
    private static func inspect(_ folder: String) async throws -> ServerPrograms? {
        let needed = ["initdb", "pg_ctl", "postgres"].map { "\(folder)/\($0)" }
        guard needed.allSatisfy(FileManager.default.isExecutableFile(atPath:)) else { return nil }
        let command = Command(program: "\(folder)/postgres", arguments: ["--version"])
        let outcome = try? await command.run(within: .seconds(20))
        // A program that cannot be run is passed over; a caller that has lost interest is not to be told of one missing.
        try Task.checkCancellation()
        guard let outcome, outcome.status == 0 else { return nil }
        // "postgres (PostgreSQL) 15.18 (Debian …)", for a beta "postgres (PostgreSQL) 19beta1".
        let words = outcome.output.split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, let major = Int(words[2].prefix(while: \.isNumber)) else { return nil }
        return ServerPrograms(folder: folder, version: String(words[2]), major: major)
    }
}

extension ServerPrograms {
    /// Folders that hold one folder per version, newest version first: Debian, Red Hat, Homebrew, Postgres.app.
    static let installationRoots = [
        "/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt",
        "/Applications/Postgres.app/Contents/Versions",
    ]

    /// Folders worth a look, without repetition, in the order in which they are preferred.
    private static func candidates(environment: [String: String], roots: [String]) async -> [String] {
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        var folders = path + roots.flatMap(versionFolders(in:))
        if let reporter = path.map({ "\($0)/pg_config" }).first(where: FileManager.default.isExecutableFile(atPath:)) {
            let command = Command(program: reporter, arguments: ["--bindir"])
            let outcome = try? await command.run(within: .seconds(20))
            if let outcome, outcome.status == 0 {
                folders.append(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        var seen: Set<String> = []
        return folders.filter { seen.insert($0).inserted }
    }

    private static func versionFolders(in root: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let versions = names.compactMap { name -> (major: Int, name: String)? in
            // "15", "pgsql-15", "postgresql@15"
            let digits =
                ["postgresql@", "pgsql-"].first(where: name.hasPrefix).map { name.dropFirst($0.count) } ?? name[...]
            return Int(digits).map { (major: $0, name: name) }
        }
        return versions.sorted { $0.major > $1.major }.map { "\(root)/\($0.name)/bin" }
    }

    private static var installationHint: String {
        let other = "or set PGHOST, PGSERVICE or DATABASE_URL to use another server"
        let exists = FileManager.default.isExecutableFile(atPath:)
        if exists("/usr/bin/apt-get") {
            return "install the package \"postgresql\": apt-get install postgresql; \(other)"
        }
        #if os(macOS)
            return "install PostgreSQL: brew install postgresql@17; \(other)"
        #else
            return "install your system's PostgreSQL server package, often called \"postgresql-server\"; \(other)"
        #endif
    }
}
