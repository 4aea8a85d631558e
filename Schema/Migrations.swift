/// The numbered migrations, as text: the SQL files beside this one are the truth, embedded in the binary.
public enum Migrations {
    /// One migration.
    public struct Migration: Sendable {
        /// Its number, from 1 without gaps.
        public let number: Int
        /// Its name.
        public let name: String
        /// Its statements.
        public let sql: String
    }

    /// All migrations in their order; a released one never changes.
    public static let all: [Migration] = [
        Migration(number: 1, name: "log", sql: text(PackageResources.migration_0001_log_sql)),
        Migration(number: 2, name: "randomisation", sql: text(PackageResources.migration_0002_randomisation_sql)),
        Migration(number: 3, name: "access", sql: text(PackageResources.migration_0003_access_sql)),
        Migration(number: 4, name: "proof", sql: text(PackageResources.migration_0004_proof_sql)),
        Migration(number: 5, name: "projections", sql: text(PackageResources.migration_0005_projections_sql)),
        Migration(number: 6, name: "snapshots", sql: text(PackageResources.migration_0006_snapshots_sql)),
    ]

    /// The roles that own and use the tables; they belong to the whole server and may exist already.
    public static let roles: String = text(PackageResources.roles_sql)

    /// What guards the log in the catalogue of a database that these migrations made: a line each, for the audit to compare.
    public static let guards: String = text(PackageResources.guards_txt)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
