import Foundation
import Postgres
import Testing

extension Tool {
    /// Imports lines of NDJSON.
    func importing(_ lines: String...) async throws -> Answer {
        try await self("import", "-", input: .text(lines.map { $0 + "\n" }.joined()))
    }

    /// Enrols a patient like ``Clinic``'s, at another site or with other facts.
    func registering(_ patient: String, _ changes: [String: String] = [:]) async throws -> Answer {
        try await run([Tool.program, "register", patient, "--on", "2018-01-10"] + Tool.enrolment(changes))
    }

    /// The facts of that enrolment, as the command line takes them.
    static func enrolment(_ changes: [String: String] = [:]) -> [String] {
        Clinic.enrolment.split(separator: " ").map { word in
            let name = String(word.prefix { $0 != "=" })
            return changes[name].map { "\(name)=\($0)" } ?? String(word)
        }
    }

    /// The milestones and acts of P-017, as `pathway history --all` has them for programs.
    func record() async throws -> [JSON] {
        try await self("history", "P-017", "--all", "--format", "json").json()["events"]?.elements ?? []
    }

    /// What a command that writes NDJSON says, line by line.
    func lines(_ words: String...) async throws -> [JSON] {
        try await run([Tool.program] + words).output.split(separator: "\n").map {
            try JSONDecoder().decode(JSON.self, from: Data($0.utf8))
        }
    }

    /// The changes to records, or with those of the journal, once there are as many: a transaction that is open anywhere in the server
    /// lets them come later.
    func changes(_ count: Int, everything: Bool = false) async throws -> [JSON] {
        let start = ContinuousClock.now
        while true {
            let found = try await lines("changes").filter { everything || $0["patient"] != nil }
            if found.count >= count { return found }
            try #require(
                ContinuousClock.now - start < .seconds(60), "\(found.count) changes of \(count) after a minute")
        }
    }

    /// Expects that what the database holds is what the log replays to, and that nothing contradicts its digests.
    func expectSound(_ held: String) async throws {
        #expect(try await self("replay").output == "identical: \(held), 8 projections\n")
        let verified = try await self("audit", "verify")
        #expect(verified.code == 0)
        #expect(verified.output.hasSuffix("\nsound\n"), "\(verified.everything)")
    }

    /// Appends an entry of a patient again, with changes, by plain SQL: as the service's login, through the one function that appends.
    @discardableResult
    func append(_ position: Int32, _ changes: Query, of patient: String = "P-017") async throws -> [Int32] {
        var connection = try await Connection.open(try #require(environment["DATABASE_URL"] ?? nil))
        return try await connection.rows(
            """
            SELECT a.entry_position FROM pathway.event AS e, pathway.append(
                ARRAY[jsonb_populate_record(
                    NULL::pathway.entry, to_jsonb(e) || '{"request": "00000000-0000-4000-8000-000000000001"}' || \(changes))],
                ARRAY[]::text[], ARRAY[]::bytea[], false) AS a
            WHERE e.patient = \(patient) AND e.position = \(position)
            """, as: Int32.self)
    }

    /// Expects that a promise of the database refuses such an entry.
    func expectRefused(_ promise: String, _ position: Int32, _ changes: Query, of patient: String = "P-017") async {
        let error = await #expect(throws: PostgresError.self) { try await append(position, changes, of: patient) }
        #expect(error?.constraint == promise)
    }
}

/// A way in for what somebody wants to record: the words of a command, or the lines of a file.
enum Door: Sendable {
    case command([String])
    case file(String)

    static func words(_ line: String) -> Door { .command(line.split(separator: " ").map(String.init)) }
}

extension Tool {
    func callAsFunction(_ door: Door) async throws -> Answer {
        switch door {
        case .command(let words): try await run([Tool.program] + words)
        case .file(let lines): try await importing(lines)
        }
    }

    /// Expects that each of these doors refuses, in these words.
    func expectRefused(_ words: String, _ doors: [Door]) async throws {
        for door in doors {
            let answer = try await self(door)
            #expect(answer.code == 1 || answer.code == 65, "\(door): \(answer.everything)")
            #expect(answer.talk.contains(words), "\(door): \(answer.everything)")
        }
    }
}

/// Sixty-four digits of a digest that no test looks at.
let someDigest = String(repeating: "0", count: 64)
