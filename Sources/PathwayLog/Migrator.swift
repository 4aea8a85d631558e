internal import Crypto
public import Postgres
internal import Schema

/// Brings a database to the schema that this program knows, and says how far it is.
public enum Migrator {
    /// How far a database is.
    public struct State: Sendable, Hashable {
        /// The numbers that are applied.
        public let applied: [Int]
        /// The numbers that this program knows.
        public let known: [Int]
        /// The first migration that was applied in another form than this program knows, or left out.
        public let altered: Int?

        /// Why the database cannot be used as it is; `nil` if it can.
        public var fault: LogError? {
            let (last, latest) = (applied.last ?? 0, known.last ?? 0)
            if last == 0 {
                return LogError(
                    .schemaMissing, "the database has no pathway log yet", hint: "run \"pathway database init\"")
            }
            if let altered {
                return LogError(
                    .schemaAltered(altered), "migration \(altered) of the database is not the one this program knows",
                    hint: "a released migration never changes: was the database made by another build?")
            }
            if last < latest {
                return LogError(
                    .schemaBehind(applied: last, known: latest),
                    "the database is at migration \(last), and this program needs \(latest)",
                    hint: "run \"pathway database migrate\"")
            }
            if last > latest {
                return LogError(
                    .schemaAhead(applied: last, known: latest),
                    "the database is at migration \(last), and this program knows \(latest)",
                    hint: "use a newer program")
            }
            return nil
        }
    }

    /// Says how far the database is; changes nothing.
    public static func state(of connection: inout Connection) async throws -> State {
        let exists = try await connection.row(
            "SELECT to_regclass('pathway.migration') IS NOT NULL", as: Bool.self)
        var applied: [(number: Int, digest: [UInt8])] = []
        if exists {
            applied = try await connection.rows(
                "SELECT number, digest FROM pathway.migration ORDER BY number", as: (Int.self, [UInt8].self))
        }
        let altered = applied.first { row in
            Migrations.all.contains { $0.number == row.number && digest(of: $0) != row.digest }
        }
        let numbers = applied.map(\.number)
        let missing = Migrations.all.map(\.number).first { $0 < (numbers.last ?? 0) && !numbers.contains($0) }
        return State(applied: numbers, known: Migrations.all.map(\.number), altered: altered?.number ?? missing)
    }

    /// Applies what is missing, each migration once, under a lock, in one transaction; returns the numbers it applied.
    ///
    /// The role that connects must be allowed to create roles, as a superuser or a database's administrator is.
    @discardableResult
    public static func migrate(_ connection: inout Connection) async throws -> [Int] {
        try await connection.transaction { connection in
            // The key is the name of the program in ASCII; whoever comes second waits and finds nothing to do.
            try await connection.execute("SELECT pg_advisory_xact_lock(x'70617468776179'::bigint)")
            let before = try await state(of: &connection)
            if let fault = before.fault {
                switch fault.code {
                case .schemaMissing, .schemaBehind: break
                default: throw fault
                }
            }
            try await connection.script(Migrations.roles)
            var done: [Int] = []
            for migration in Migrations.all where !before.applied.contains(migration.number) {
                try await connection.script(migration.sql)
                try await connection.execute(
                    """
                    INSERT INTO pathway.migration (number, name, digest)
                    VALUES (\(migration.number), \(migration.name), \(digest(of: migration)))
                    """)
                done.append(migration.number)
            }
            return done
        }
    }

    /// Lets a login be the service: record at every site, draw allocations, add protocols, seal and audit; creates it if it is missing.
    public static func grantLogin(_ name: String, on connection: inout Connection) async throws {
        try await connection.transaction { connection in
            for role in AccessRole.service {
                try await connection.grant(
                    Access(login: name, role: role, site: nil), why: "the service", by: "database init")
            }
        }
    }

    private static func digest(of migration: Migrations.Migration) -> [UInt8] {
        Array(SHA256.hash(data: Array(migration.sql.utf8)))
    }
}
