public import ArgumentParser
internal import PathwayCore
public import PathwayLog
internal import Postgres

extension AccessRole: ExpressibleByArgument {}

/// `pathway access …`: who may what.
struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Grant, revoke and list what logins may do.",
        discussion: "Example: pathway access grant anna --role coordinator --site H-04 --reason \"joined the team\"",
        subcommands: [Grant.self, Revoke.self, List.self])

    /// What granting and revoking share.
    struct Options: ParsableArguments {
        @Argument(help: "The login of the database.") var login: String
        @Option(help: "What it may do.") var role: AccessRole
        @Option(help: "The site of a coordinator; without it every site.") var site: String?
        @Option(help: "Why.") var reason: String?
        @OptionGroup var person: PersonOption
        @OptionGroup var database: DatabaseOption

        func access() throws -> Access {
            guard site?.isEmpty != true else { throw Failure(.usage, "--site is empty") }
            guard site == nil || role == .coordinator else {
                throw Failure(.usage, "only a coordinator is granted a site; \(role.rawValue) is for every site")
            }
            guard site != "*" else { throw Failure(.usage, "leave --site out for every site") }
            return Access(login: login, role: role, site: site)
        }

        var words: String {
            "\(role.rawValue)" + (role == .coordinator ? (site.map { " of site \($0)" } ?? " of every site") : "")
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grant a login a role; makes the login if it is missing.",
            discussion: """
                Takes the administrator's connection, the one of "pathway database init" (--database): a role that may create roles, or for \
                logins that exist a member of pathway_administrator. A login that is made has no password and on most servers cannot \
                connect before it has one: PATHWAY_LOGIN_PASSWORD, if it is set, becomes its password.

                Who connects as a login acts under its name. Only a login that is both randomiser and coordinator of every site, as the \
                service's is, records under any name that it is given.

                Example: pathway access grant eva --role auditor --reason "audit of 2026"
                """)

        @OptionGroup var options: Options

        func run() async throws {
            let access = try options.access()
            var connection = try await options.database.administrator()
            let name = try options.person.name(try await connection.ownName())
            let isNew = try await connection.grant(access, why: options.reason, by: name)
            try await LoginPassword.set(of: options.login, on: &connection)
            if access.role == .randomiser {
                Terminal.say(
                    "warning: whoever connects as \(options.login) can draw, undo it, and so see coming allocations: this is for the service alone"
                )
            }
            Terminal.line(
                isNew ? "\(options.login) is now \(options.words)" : "\(options.login) was \(options.words) before")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a role away from a login.",
            discussion: "Example: pathway access revoke anna --role coordinator --site H-04")

        @OptionGroup var options: Options

        func run() async throws {
            let access = try options.access()
            var connection = try await options.database.administrator()
            let name = try options.person.name(try await connection.ownName())
            guard try await connection.revoke(access, why: options.reason, by: name) else {
                throw Failure(.badInput, "\(options.login) is not \(options.words)")
            }
            Terminal.line("\(options.login) is no longer \(options.words)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List who may what, or might at a moment.",
            discussion: "It has no --through: a right has no clinical day.\n\nExample: pathway access list")

        @OptionGroup var moment: MomentOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        struct Row: Encodable {
            let login: String
            let role: String
            let site: String?
            let grantedBy: String
            let grantedAt: String

            private enum CodingKeys: String, CodingKey {
                case login, role, site
                case grantedBy = "granted-by"
                case grantedAt = "granted-at"
            }
        }

        func run() async throws {
            let asOf = try moment.point().asOf
            var connection = try await database.administrator()
            if let asOf { try await connection.mustBePast(asOf) }
            let rows = try await connection.accesses(asOf: asOf).map {
                Row(
                    login: $0.access.login, role: $0.access.role.rawValue, site: $0.access.site,
                    grantedBy: $0.grantedBy,
                    grantedAt: $0.grantedAt.description)
            }
            var table = TextTable(["login", "role", "site", "granted by", "granted at (UTC)"])
            for row in rows {
                table.add([row.login, row.role, row.site ?? "every", row.grantedBy, String(row.grantedAt.prefix(19))])
            }
            try output.print(rows, text: table.text)
        }
    }
}
