import DatabaseTesting
import Foundation
import PathwayCore
import PathwayProof
import Postgres
import Testing

@testable import PathwayLog

/// The canonical bytes against literals, and against a second implementation that knows only the specification.
@Suite struct CanonicalRowTests {
    /// A row with fixed values, field by field as "Verifying the log" specifies them: a length of four bytes, then the bytes.
    static let record: [(bytes: String, meaning: String)] = [
        ("7061746877617920656e74727920310a", "the domain line"),
        ("00000005 502d303137", "patient \"P-017\""),
        ("00000008 0000000000000002", "position 2"),
        ("00000008 0005627ccab6d601", "recorded_at 2018-01-11 09:30:00.000001Z"),
        ("00000008 0000000000000001", "follows 1"),
        ("ffffffff", "act: none"),
        ("ffffffff", "restates: none"),
        ("00000008 0000000000000001", "edition 1"),
        ("00000008 61616c6c31333331", "protocol \"aall1331\""),
        ("00000004 482d3034", "site \"H-04\""),
        ("0000000e 636f757273652d73746172746564", "milestone \"course-started\""),
        ("00000008 0000000000000007", "transition 7"),
        ("00000007 706c616e6e6564", "arrow \"planned\""),
        ("00000008 656e726f6c6c6564", "phase_before \"enrolled\""),
        ("00000007 626c6f636b2d31", "phase_after \"block-1\""),
        ("00000008 696e2d7374756479", "status_before \"in-study\""),
        ("00000008 696e2d7374756479", "status_after \"in-study\""),
        ("00000007 706c616e6e6564", "answer \"planned\""),
        ("00000004 00004486", "occurred_on 2018-01-11, day 17542"),
        ("00000003 646179", "precision \"day\""),
        ("00000004 80000000", "floor_before -infinity"),
        ("00000004 00004486", "floor_after 2018-01-11"),
        ("00000001 00", "locked_before false"),
        ("00000001 01", "locked_after true"),
        (
            "00000025 00000002 00000006 636f75727365 00000007 626c6f636b2d31 00000002 7a6e 00000002 c3a9",
            "facts {\"zn\": \"é\", \"course\": \"block-1\"}: two, in the order of their bytes"
        ),
        ("00000003 010203", "identifying"),
        ("00000000", "reason, empty"),
        ("ffffffff", "randomisation: none"),
        ("00000000", "arm, empty"),
        ("ffffffff", "stratum: none"),
        ("00000001 01", "synthetic true"),
        ("00000004 616e6e61", "recorded_by \"anna\""),
        ("00000007 70617468776179", "login \"pathway\""),
        ("00000004 62657274", "origin_by \"bert\""),
        ("00000008 ffffffffffffffff", "origin_at 1969-12-31 23:59:59.999999Z"),
        ("00000010 00112233445566778899aabbccddeeff", "request"),
    ]

    /// SHA-256 of "pathway chain 1", a newline, 32 zero bytes and the record.
    static let digest = "97b022503831a8d76d26d22ee29b6f2692f1fc94eca88ae35eb4e1540d9581bf"

    @Test func `a row of fixed values has these bytes and this digest`() async throws {
        try await TamperedCopy.with { copy in
            try await copy.superuser.script(
                """
                DELETE FROM pathway.event;
                INSERT INTO pathway.event (
                    patient, position, recorded_at, follows, act, restates, edition, protocol, site, milestone, transition, arrow,
                    phase_before, phase_after, status_before, status_after, answer, occurred_on, precision, floor_before, floor_after,
                    locked_before, locked_after, facts, identifying, reason, randomisation, arm, stratum, synthetic, recorded_by,
                    login, origin_by, origin_at, request, xid
                ) VALUES (
                    'P-017', 2, '2018-01-11 09:30:00.000001+00', 1, NULL, NULL, 1, 'aall1331', 'H-04', 'course-started', 7, 'planned',
                    'enrolled', 'block-1', 'in-study', 'in-study', 'planned', '2018-01-11', 'day', '-infinity', '2018-01-11',
                    false, true, '{"zn": "é", "course": "block-1"}', '\\x010203', '', NULL, '', NULL, true, 'anna',
                    'pathway', 'bert', '1969-12-31 23:59:59.999999+00', '00112233-4455-6677-8899-aabbccddeeff', 4711
                )
                """)
            var rows: [CanonicalRow] = []
            try await copy.superuser.forEachCanonicalRow(of: PatientID("P-017")) { rows.append($0) }
            let record = try #require(rows.first)
            let expected = Self.record.flatMap { $0.bytes.split(separator: " ") }.joined()
            #expect(record.record.map { String(format: "%02x", $0) }.joined() == expected)
            #expect(Chain.next(after: nil, record: record.record).hexadecimal == Self.digest)
        }
    }

    @Test func `a second implementation computes the same bytes and digests for every entry`() async throws {
        let witness = try await AuditedLog.shared.witness()
        try await withCopy(of: witness.template) { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await superuser.execute("SET TimeZone = 'UTC'")
            let events = try await superuser.rows(
                """
                SELECT row_to_json(r)::text FROM (
                    SELECT e.*, e.facts::text AS facts_text FROM pathway.event AS e ORDER BY e.patient, e.position) AS r
                """, as: String.self)
            var ours: [String] = []
            for patient in try await superuser.rows(
                "SELECT DISTINCT patient FROM pathway.event ORDER BY patient", as: String.self)
            {
                for (position, record, digest) in try await log.chain(of: try #require(PatientID(patient))) {
                    ours.append("\(patient) \(position) \(hexadecimal(record)) \(digest.hexadecimal)")
                }
            }
            #expect(ours.count > 200)
            #expect(try SecondImplementation.run("event", events) == ours)

            let journal = try await superuser.rows(
                """
                SELECT row_to_json(r)::text FROM (
                    SELECT j.*, j.detail::text AS detail_text FROM pathway.journal AS j ORDER BY j.number) AS r
                """, as: String.self)
            let sealed = try await superuser.rows(
                "SELECT position, digest FROM pathway.seal WHERE chain = '' ORDER BY position",
                as: (Int.self, [UInt8].self)
            ).map { "\($0) \(hexadecimal($1))" }
            let theirs = try SecondImplementation.run("journal", journal).map { line in
                line.split(separator: " ").enumerated().filter { [1, 3].contains($0.offset) }.map(\.element).joined(
                    separator: " ")
            }
            #expect(theirs == sealed)
            #expect(theirs.count > 5)
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
}

/// `canonical_rows.py`, which is written from the specification alone.
enum SecondImplementation {
    /// Gives it rows as JSON and returns the lines that it prints.
    static func run(_ kind: String, _ rows: [String]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pathway-rows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "rows")
        try Data(rows.map { $0 + "\n" }.joined().utf8).write(to: input)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "canonical_rows.py")
        process.arguments = ["python3", "-B", script.path(), kind]
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONUTF8": "1"]) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
