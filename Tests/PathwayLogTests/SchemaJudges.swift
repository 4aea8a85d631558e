import DatabaseTesting
import Foundation
import PathwayLog
import Postgres

/// Three judges of the schema that others wrote: each returns what it finds, one text a finding.
enum SchemaJudges {
    /// A judge that is not installed: a failure, never a skip.
    struct Missing: Error, CustomStringConvertible { let description: String }

    /// The schema alone, as the migrations make it.
    static let schema = TemplateDatabase("schema") { conninfo in
        var connection = try await Connection.open(conninfo)
        try await Migrator.migrate(&connection)
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let project = tests.deletingLastPathComponent().deletingLastPathComponent()

    /// The migrations and the roles, in the folder where their truth lies.
    static func schemaFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: project.appending(path: "Schema"), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "sql" }.sorted {
            $0.path(percentEncoded: false) < $1.path(percentEncoded: false)
        }
    }

    /// Runs `privileges.sql`, which ends with a rollback.
    /// - Parameter fault: statements that the same transaction begins with, and that its end undoes.
    static func privileges(_ conninfo: String, after fault: String = "") async throws -> [String] {
        try await require("pgtap", package: "pgtap", conninfo)
        let (code, words) = try await run([
            "/usr/bin/env", "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
            "--dbname=\(conninfo)", "--command=BEGIN; SET LOCAL client_min_messages = error; \(fault)",
            "--file=\(tests.appending(path: "privileges.sql").path(percentEncoded: false))",
        ])
        if code == 127 {
            throw Missing(description: "psql is not installed, and pgTAP speaks through it: postgresql-client")
        }
        return findings(tap: words, code: code)
    }

    /// One finding for each `not ok`, with what pgTAP explains below it, and one if the judgement broke off.
    static func findings(tap words: String, code: Int32) -> [String] {
        let lines = words.split(separator: "\n")
        var found: [[Substring]] = []
        var isExplaining = false
        for line in lines {
            if line.hasPrefix("not ok ") {
                found.append([line])
                isExplaining = true
            } else if line.hasPrefix("# Failed test") || line.hasPrefix("# Looks like") {
                continue
            } else if line.hasPrefix("# "), isExplaining {
                found[found.count - 1].append(line.dropFirst(2))
            } else {
                isExplaining = false
            }
        }
        let verdicts = lines.count { $0.hasPrefix("ok ") || $0.hasPrefix("not ok ") }
        if code != 0 || verdicts == 0 || !lines.contains("1..\(verdicts)") {
            found.append(["the judgement broke off after \(verdicts) verdicts:"] + lines.suffix(3))
        }
        return found.map { $0.joined(separator: "\n") }
    }

    /// Checks every function of the schema, and finds those that cannot be checked.
    static func functions(_ conninfo: String) async throws -> [String] {
        try await require("plpgsql_check", package: "plpgsql-check", conninfo)
        var connection = try await Connection.open(conninfo)
        try await connection.execute("CREATE EXTENSION plpgsql_check")
        return try await connection.rows(
            """
            WITH routine AS MATERIALIZED (
                SELECT p.oid, p.oid::regprocedure::text AS name, l.lanname, p.prosqlbody IS NOT NULL AS is_parsed,
                    p.prorettype = 'trigger'::regtype AS is_trigger, t.tgrelid AS relation
                FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
                LEFT JOIN pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal
                WHERE p.pronamespace = 'pathway'::regnamespace
            ),
            checkable AS MATERIALIZED (
                SELECT oid, name, relation FROM routine
                WHERE lanname = 'plpgsql' AND (relation IS NOT NULL OR NOT is_trigger)
            )
            SELECT concat_ws(E'\\n', format('%s, line %s: %s: %s', c.name, coalesce(f.lineno, 0), f.level, f.message),
                f.detail, 'hint: ' || f.hint, f.query, f.context) AS finding
            FROM checkable AS c CROSS JOIN LATERAL plpgsql_check_function_tb(
                c.oid, coalesce(c.relation, 0), fatal_errors => false, other_warnings => true, extra_warnings => true,
                performance_warnings => true, security_warnings => true, compatibility_warnings => true,
                use_incomment_options => false
            ) AS f
            UNION ALL
            SELECT format('%s is a trigger function without a trigger, so that nothing can check it', name) FROM routine
            WHERE lanname = 'plpgsql' AND is_trigger AND relation IS NULL
            UNION ALL
            -- The server itself has checked what stands between BEGIN ATOMIC and END.
            SELECT format('%s is written in %s as a text that nothing checks', name, lanname) FROM routine
            WHERE lanname <> 'plpgsql' AND NOT is_parsed
            ORDER BY finding
            """, as: String.self)
    }

    /// Fails unless the server can create this extension.
    static func require(_ name: String, package: String, _ conninfo: String) async throws {
        var connection = try await Connection.open(conninfo)
        let (isAvailable, major) = try await connection.row(
            """
            SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = \(name)),
                current_setting('server_version_num')::integer / 10000
            """, as: (Bool.self, Int.self))
        guard isAvailable else {
            throw Missing(
                description: """
                    the server has no extension "\(name)": install postgresql-\(major)-\(package), \
                    or run Scripts/prepare --tests
                    """)
        }
    }

    /// Where `Scripts/prepare --tests` installs it, in the version whose rules are known.
    static let squawk = project.appending(path: ".build/squawk/bin/squawk")

    private struct SquawkFinding: Decodable {
        let file: String
        let line: Int
        let rule: String
        let message: String
        let help: String?

        enum CodingKeys: String, CodingKey {
            case file, line, message, help
            case rule = "rule_name"
        }
    }

    /// Reads files with the rules of `squawk.toml`.
    static func reading(_ files: [URL], with squawk: URL = squawk) async throws -> [String] {
        guard FileManager.default.isExecutableFile(atPath: squawk.path(percentEncoded: false)) else {
            throw Missing(
                description:
                    "\(squawk.path(percentEncoded: false)) is missing: run Scripts/prepare --tests, which installs squawk-cli"
            )
        }
        let (code, words) = try await run(
            [
                squawk.path(percentEncoded: false), "--config",
                tests.appending(path: "squawk.toml").path(percentEncoded: false), "--reporter", "json",
            ]
                + files.map { $0.path(percentEncoded: false) })
        guard let found = try? JSONDecoder().decode([SquawkFinding].self, from: Data(words.utf8)),
            found.isEmpty == (code == 0)
        else { return ["squawk ended with \(code) and said: \(words)"] }
        return found.map { finding in
            let place = "\(URL(filePath: finding.file).lastPathComponent), line \(finding.line + 1)"
            let hint = finding.help.map { "\nhint: \($0)" } ?? ""
            return "\(place): \(finding.rule): \(finding.message)\(hint)"
        }
    }

    /// Runs a program to its end; what it says on either stream is one text.
    private static func run(_ words: [String]) async throws -> (code: Int32, words: String) {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the wait blocks.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(filePath: words[0])
                        process.arguments = Array(words.dropFirst())
                        process.standardInput = FileHandle.nullDevice
                        let output = Pipe()
                        process.standardOutput = output
                        process.standardError = output
                        try process.run()
                        let said = try output.fileHandleForReading.readToEnd() ?? Data()
                        process.waitUntilExit()
                        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
                    })
            }
        }
    }
}
