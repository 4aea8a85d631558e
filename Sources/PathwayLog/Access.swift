public import PathwayCore
public import Postgres

/// What a login may do; the raw value is its one spelling.
public enum AccessRole: String, Sendable, Hashable, CaseIterable {
    /// Reads and appends for the patients of the sites that were granted.
    case coordinator
    /// Reads everything, verifies the log.
    case auditor
    /// Reads the trail of an audit without what tells the allocation.
    case monitor
    /// Reads without birth dates, free text and names.
    case statistician
    /// Adds protocols.
    case trialOffice = "trial-office"
    /// Draws allocations: for the service alone.
    case randomiser
    /// Gives committed entries their place in the proof: for the service alone.
    case sealer

    /// What the service itself needs.
    static let service: [AccessRole] = [.coordinator, .auditor, .trialOffice, .randomiser, .sealer]
}

/// A role that a login has.
public struct Access: Sendable, Hashable {
    /// The login of the database.
    public let login: String
    /// The role.
    public let role: AccessRole
    /// The site, for a coordinator; `nil` is every site.
    public let site: String?

    /// Names a role of a login.
    public init(login: String, role: AccessRole, site: String?) {
        self.login = login
        self.role = role
        self.site = site
    }
}

/// A role that a login has, with who granted it.
public struct GrantedAccess: Sendable, Hashable {
    /// The role.
    public let access: Access
    /// Who granted it.
    public let grantedBy: String
    /// When.
    public let grantedAt: Instant
}

extension Connection {
    /// Grants a role and writes it to the journal; creates the login if it is missing, which takes the right to create roles.
    /// - Returns: whether the login did not have it before.
    /// - Throws: ``LogError`` if what is named is a role that cannot connect.
    @discardableResult
    public mutating func grant(_ access: Access, why: String?, by person: String) async throws -> Bool {
        guard !access.login.isEmpty, access.login.utf8.count <= 63 else {
            throw LogError(.impossibleAccess, "a login has 1 to 63 characters")
        }
        let connects = try await rows(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = \(access.login)", as: Bool.self
        ).first
        if connects == false {
            throw LogError(
                .impossibleAccess,
                "\"\(access.login)\" is a role and no login: what it is granted, all its members have",
                hint: "grant it to the logins themselves")
        }
        if connects == nil {
            // A login belongs to the whole server: somebody may make it for another database at the same moment.
            let creation: Query = "CREATE ROLE \(identifier: access.login) LOGIN"
            let block = "BEGIN \(creation.sql); EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END"
            _ = try await administering { connection in try await connection.execute("DO \(literal: block)") }
        }
        return try await administering { connection in
            try await connection.row(
                "SELECT pathway.grant_access(\(access.login), \(access.role.rawValue), \(access.site ?? "*"), \(why), \(person))",
                as: Bool.self)
        }
    }

    /// Takes a role away and writes it to the journal.
    /// - Returns: whether the login had it.
    public mutating func revoke(_ access: Access, why: String?, by person: String) async throws -> Bool {
        try await administering { connection in
            try await connection.row(
                "SELECT pathway.revoke_access(\(access.login), \(access.role.rawValue), \(access.site ?? "*"), \(why), \(person))",
                as: Bool.self)
        }
    }

    /// Runs what only an administrator's connection may.
    private mutating func administering<Value>(
        _ body: (inout Connection) async throws -> Value
    ) async throws -> Value {
        do { return try await body(&self) } catch let error as PostgresError
            where error.sqlState == .insufficientPrivilege && error.constraint == nil
        {
            throw LogError(
                .notAllowed, "this login makes no logins and grants no access",
                hint:
                    "repeat the command with the administrator's connection, the one of \"pathway database init\": --database …"
            )
        }
    }

    /// The one name under which the login acts; `nil` where it speaks for many people, or may write as the owner.
    public mutating func ownName() async throws -> String? {
        try await row("SELECT \(Connection.ownName)", as: String?.self)
    }

    static let ownName: Query = "CASE WHEN NOT pathway.speaks_for_others() THEN session_user::text END"

    /// Who may what now, or by the journal might at a moment.
    public mutating func accesses(asOf: Instant? = nil) async throws -> [GrantedAccess] {
        var granted: Query = "SELECT login, role, site, granted_by, granted_at FROM pathway.access"
        if let asOf {
            granted = """
                SELECT login, role, site, granted_by, granted_at FROM (
                    SELECT DISTINCT ON (subject, detail ->> 'role', detail ->> 'site')
                        subject AS login, detail ->> 'role' AS role, detail ->> 'site' AS site, acted_by AS granted_by,
                        acted_at AS granted_at, act
                    FROM pathway.journal
                    WHERE act IN ('access-granted', 'access-revoked') AND acted_at <= \(PostgresTimestamp(asOf))
                    ORDER BY subject, detail ->> 'role', detail ->> 'site', number DESC
                ) AS latest WHERE act = 'access-granted'
                """
        }
        return try await rows("SELECT * FROM (\(granted)) AS a ORDER BY login, role, site") {
            (login: String, role: String, site: String, by: String, at: PostgresTimestamp) in
            guard let role = AccessRole(rawValue: role) else {
                throw LogError(.contradiction, "the database knows a role \"\(role)\" that this program does not")
            }
            return GrantedAccess(
                access: Access(login: login, role: role, site: site == "*" ? nil : site), grantedBy: by,
                grantedAt: Instant(at))
        }
    }
}
