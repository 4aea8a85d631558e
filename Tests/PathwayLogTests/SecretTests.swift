import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

@Suite struct SecretTests {
    private static let secrets = [
        "2006-05-04", "the mayor's grandson", "the family moved to Kiel", "mixed up with Anna Maier", "letter of 3 May",
    ]

    /// A birth date, a note, a reason for leaving the protocol, and a correction with its reason and source.
    private func withSecrets(_ body: (PathwayLog, String) async throws -> Void) async throws {
        try await withLog { log, conninfo in
            var enrolment = try attempt(History.enrolment("P-001"))
            var facts = enrolment.milestone.facts
            facts[.note] = .text(Self.secrets[1])
            enrolment.milestone = try Milestone(.enrolled, on: enrolment.milestone.on, facts: facts)
            try await log.mustRecord(enrolment)
            try await log.mustRecord(
                attempt("P-001 off-therapy 2016-03-09 reason=completed", deviation: Self.secrets[2]))
            try await log.mustCorrect(
                .inserting([2: ["adverse-event 2016-03-04 term=fever grade=2"]]), because: Self.secrets[3],
                source: Self.secrets[4])
            try await log.mustRecord(
                attempt(History.enrolment("P-002").replacing("born=2006-05-04", "born=2007-07-07")))
            // A refusal keeps what was attempted, and not what identifies.
            #expect(try await log.record(enrolment, by: "anna").refusal?.reason == .alreadyEnrolled)
            try await body(log, conninfo)
        }
    }

    /// Everything that the tables of the log hold, as text.
    private func dump(_ conninfo: String) async throws -> String {
        var connection = try await Connection.open(conninfo)
        let tables = try await connection.rows(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'pathway'::regnamespace AND relkind = 'r' ORDER BY 1",
            as: String.self)
        #expect(tables.contains("event") && tables.contains("refusal") && tables.contains("journal"))
        var text = ""
        for table in tables {
            text += try await connection.rows(
                "SELECT t::text FROM pathway.\(identifier: table) AS t", as: String.self
            ).joined(separator: "\n")
        }
        return text
    }

    @Test func `what identifies a patient is nowhere in the tables as it was written`() async throws {
        try await withSecrets { log, conninfo in
            let text = try await dump(conninfo)
            for known in ["P-001", "2012-02-10", "off-therapy", "fever"] { #expect(text.contains(known), "\(known)") }
            for secret in Self.secrets {
                #expect(!text.contains(secret), "\(secret)")
                // A column of bytes is shown as hexadecimal digits.
                let digits = secret.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(!text.contains(digits), "\(secret)")
            }
            // Who has the key reads all of it.
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events[0].milestone.facts[.born] == (try Field.born.value(Self.secrets[0])))
            #expect(path.events[0].milestone.facts[.note] == .text(Self.secrets[1]))
            #expect(path.events.last?.deviation == Self.secrets[2])
            let act = path.entries.compactMap(\.act).first
            #expect(act?.reason == Self.secrets[3])
            #expect(act?.source == Self.secrets[4])
        }
    }

    @Test func `what is written in a reason is read back, whatever its letters`() async throws {
        try await withLog { log, conninfo in
            let reason = "she said \"no\",\n\tthen \\ 🙂 ärztlich \u{1}\u{7f}"
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            try await log.mustRecord(attempt("P-001 off-therapy 2016-03-09 reason=completed", deviation: reason))
            try await log.mustCorrect(.removing(2), because: reason, source: reason)
            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            let entries = try await cold.path(of: patient("P-001")).entries
            #expect(entries[1].event?.deviation == reason)
            #expect(entries[2].act?.reason == reason)
            #expect(entries[2].act?.source == reason)
        }
    }

    @Test func `a NUL in what is sealed is refused and takes no neighbour with it`() async throws {
        try await withLog { log, _ in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            var noted = try attempt("P-001 seen 2016-03-05")
            var facts = noted.milestone.facts
            facts[.note] = .text("a\0b")
            noted.milestone = try Milestone(.seen, on: noted.milestone.on, facts: facts)
            let leaving = try attempt("P-001 off-therapy 2016-03-09 reason=completed", deviation: "a\0b")
            for attempt in [noted, leaving] {
                let error = await #expect(throws: LogError.self) { try await log.record(attempt, by: "anna") }
                #expect(error?.code == .unwritableText)
                #expect(error?.message == #"a note or reason for patient "P-001" holds a NUL character"#)
            }
            try await log.mustRecord(attempt("P-001 seen 2016-03-05"))
            let correction = await #expect(throws: LogError.self) {
                try await log.mustCorrect(.removing(2), because: "a\0b")
            }
            #expect(correction?.code == .unwritableText)

            let neighbours = try (2...9).map { try attempt(History.enrolment("P-00\($0)")) }
            let recorded = await withTaskGroup(of: Bool.self) { group in
                for attempt in neighbours + [leaving] {
                    group.addTask { (try? await log.record(attempt, by: "anna").receipt) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(recorded == 8)
            #expect(try await log.path(of: patient("P-001")).head == 2)
        }
    }

    @Test func `one text sealed twice is not the same twice, and each patient has a key of its own`() async throws {
        try await withSecrets { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-003")))
            try await log.mustRecord(attempt(History.enrolment("P-004")))
            var connection = try await Connection.open(conninfo)
            let counts = try await connection.row(
                """
                SELECT count(*), count(DISTINCT key), (SELECT count(DISTINCT identifying) FROM pathway.event),
                       (SELECT count(*) FROM pathway.event WHERE identifying IS NOT NULL)
                FROM pathway.patient_key
                """, as: (Int.self, Int.self, Int.self, Int.self))
            #expect(counts == (4, 4, 4, 4))
        }
    }

    @Test(
        arguments: [
            // Another patient's key.
            "UPDATE pathway.patient_key SET key = (SELECT key FROM pathway.patient_key WHERE patient = 'P-002') WHERE patient = 'P-001'",
            // One bit of what is sealed.
            "UPDATE pathway.event SET identifying = set_bit(identifying, 200, 1 - get_bit(identifying, 200)), reason = set_bit(reason, 200, 1 - get_bit(reason, 200)) WHERE patient = 'P-001'",
            // No key.
            "DELETE FROM pathway.patient_key WHERE patient = 'P-001'",
        ] as [Query])
    func `without the right key the record is read and replayed, and what identifies is missing`(
        _ change: Query
    ) async throws {
        try await withSecrets { log, conninfo in
            let before = try await log.path(of: patient("P-001"))
            var superuser = try await Connection.open(conninfo)
            #expect(try await superuser.execute(change) > 0)
            let path = try await log.path(of: patient("P-001"))
            #expect(path.events[0].milestone.facts[.born] == nil)
            #expect(path.events[0].milestone.facts[.note] == nil)
            #expect(path.events[0].milestone.facts[.age] == .number(9))
            #expect(path.events.last?.deviation == "")
            #expect(path.entries.compactMap(\.act).map(\.reason) == [nil])
            #expect(path.events.map(\.phaseAfter) == before.events.map(\.phaseAfter))
            #expect(path.path.standing.status == before.path.standing.status)
            #expect(try await log.path(of: patient("P-002")).events[0].milestone.facts[.born] != nil)
            let found = try await log.audit().findings.filter { $0.kind == .removed }
            #expect(found.map(\.patient) == ["P-001"] && found.map(\.position) == [1])
            #expect(
                found.first?.words
                    == "what identifies the patient cannot be read with the patient's key, and nobody erased it")
        }
    }

    @Test func `a key that is put back after an erasure is found, and what is recorded after it is not`() async throws {
        try await withSecrets { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            let key = try await superuser.row(
                "SELECT key FROM pathway.patient_key WHERE patient = 'P-001'", as: [UInt8].self)
            _ = try await log.act(.erase, on: patient("P-001"), reason: "asked for", by: "anna")
            try await log.sealPresent()
            #expect(try await log.audit().findings == [])
            try await superuser.execute("INSERT INTO pathway.patient_key (patient, key) VALUES ('P-001', \(key))")
            let found = try await log.audit().findings
            #expect(
                found.map(\.kind) == [.inserted] && found.map(\.patient) == ["P-001"] && found.map(\.position) == [1])
            #expect(found.first?.words == "what was erased can be read: the patient's key is there again")
            try await superuser.execute("DELETE FROM pathway.patient_key WHERE patient = 'P-001'")
            #expect(try await log.audit().findings == [])
        }
    }

    @Test func `what is sealed for one patient does not open for another, even under one key`() async throws {
        try await withSecrets { log, conninfo in
            var superuser = try await Connection.open(conninfo)
            try await superuser.execute(
                "UPDATE pathway.patient_key SET key = (SELECT key FROM pathway.patient_key WHERE patient = 'P-002')")
            try await superuser.execute(
                """
                UPDATE pathway.event SET identifying = (SELECT identifying FROM pathway.event WHERE patient = 'P-002' AND position = 1)
                WHERE patient = 'P-001' AND position = 1
                """)
            #expect(try await log.path(of: patient("P-001")).events[0].milestone.facts[.born] == nil)
            #expect(try await log.path(of: patient("P-002")).events[0].milestone.facts[.born] != nil)
        }
    }

    @Test func `who has no keys replays everything without them`() async throws {
        try await withSecrets { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-003"))
            try await withLog(as: .statistician, conninfo) { statistician in
                var expected: [(PatientID, [String], [Int], Int)] = []
                try await log.forEachPath { path in
                    expected.append(
                        (path.patient, path.events.map(\.phaseAfter), path.events.map(\.position), path.head))
                }
                var read = 0
                try await statistician.forEachPath { path in
                    #expect(
                        (path.patient, path.events.map(\.phaseAfter), path.events.map(\.position), path.head)
                            == expected[read])
                    #expect(
                        path.events.allSatisfy { $0.milestone.facts[.born] == nil && $0.milestone.facts[.note] == nil })
                    #expect(path.events.allSatisfy { $0.recordedBy.hasPrefix("person-") && $0.login == "withheld" })
                    read += 1
                }
                #expect(read == 3)
                #expect(try await statistician.path(of: patient("P-001")).events.last?.deviation == "")
                #expect(try await statistician.cohort() == log.cohort())
                let exported = try await statistician.exported()
                #expect(exported.split(separator: "\n").count == 11)
                for secret in Self.secrets + ["coordinator", "berta"] {
                    #expect(!exported.contains(secret), "\(secret)")
                }
            }
        }
    }

    @Test func `a key whose entry came too late is not kept, and the next note is taken`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            // Without a day of birth nothing of the patient is sealed yet.
            try await log.mustRecord(attempt(History.enrolment("P-001").replacing("born=2006-05-04", "age=9")))
            try await other.mustRecord(attempt("P-001 adverse-event 2016-03-02 term=fever grade=2"))
            // The first instance does not know of that entry: its note comes too late.
            let noted = try attempt("P-001 seen 2016-03-05 note=tall")
            #expect(try await log.record(noted, by: "anna").meanwhile?.map(\.position) == [2])
            var superuser = try await Connection.open(conninfo)
            #expect(try await superuser.row("SELECT count(*) FROM pathway.patient_key", as: Int.self) == 0)
            #expect(try await log.record(noted, by: "anna").receipt?.position == 3)
            #expect(try await other.path(of: patient("P-001")).events.last?.milestone.facts[.note] == .text("tall"))
        }
    }

    @Test
    func `the key of an imported line tells nothing of a birth date, and another one is refused until it is erased`()
        async throws
    {
        try await withLog { log, conninfo in
            let first = try lines([History.enrolment("P-001")])
            let other = try lines([History.enrolment("P-001").replacing("born=2006-05-04", "born=2006-05-05")])
            #expect(try await log.imports(first).report == Tally(lines: 1, recorded: 1))
            #expect(try await log.imports(first).report == Tally(lines: 1, repeated: 1))
            let refused = try await log.imports(other)
            #expect(
                refused.remarks == [
                    #"1: refused cannot record "enrolled": the same milestone was recorded before (event 1) with other free text or another birth date"#
                ])
            #expect(refused.hints[1]?.hasPrefix(#"a "request" of its own tells two apart"#) == true)
            _ = try await log.act(.erase, on: patient("P-001"), reason: "asked for it", by: "anna")
            #expect(try await log.imports(other).report == Tally(lines: 1, repeated: 1))
            var superuser = try await Connection.open(conninfo)
            let shown = try await superuser.row(
                """
                SELECT count(*) FROM information_schema.columns
                WHERE table_schema = 'pathway' AND table_name = 'deidentified_event' AND column_name = 'request'
                """, as: Int.self)
            #expect(shown == 0)
        }
    }

    @Test func `a note, too, is compared with what was recorded`() async throws {
        try await withLog { log, _ in
            let seen = { (note: String) in
                try lines([History.enrolment("P-001"), "P-001 seen 2016-03-05 note=\(note)"])
            }
            #expect(try await log.imports(seen("tall")).report == Tally(lines: 2, recorded: 2))
            #expect(try await log.imports(seen("short")).report == Tally(lines: 2, repeated: 1, refused: 1))
            // A milestone of its own says so.
            var second = try attempt("P-001 seen 2016-03-05 note=short", request: .random())
            second.by = "anna"
            var line: [UInt8] = []
            second.appendLine(to: &line)
            #expect(try await log.imports(line).report == Tally(lines: 1, recorded: 1))
        }
    }

    @Test(
        arguments: [
            "adverse-event 2016-03-05 term=Maria-Huber-0662-12345 grade=2",
            "second-malignancy 2016-03-05 diagnosis=Maria-Huber",
        ])
    func `what is on no list of the protocol is refused, and nothing of it is kept`(_ milestone: String) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-001")))
            let refusal = try await log.record(attempt("P-001 \(milestone)"), by: "anna").refusal
            #expect(refusal?.hint?.hasPrefix("the nearest words are ") == true)
            #expect(refusal?.hint?.hasSuffix("\"other\" with what it was as note") == true)
            #expect(try await log.imports(lines(["P-001 \(milestone)"])).report == Tally(lines: 1, refused: 1))
            let inserted = try await log.correct(
                patient("P-001"), .inserting([1: [milestone]]), reason: "forgotten", by: "anna")
            #expect(inserted.position == nil)
            // Nor where something else is wrong first.
            _ = try await log.record(attempt("P-009 \(milestone)"), by: "anna")
            #expect(try await !dump(conninfo).contains("Maria"))
            let other = milestone.replacing(/Maria[-A-Za-z0-9]*/, with: "other")
            try await log.mustRecord(attempt("P-001 \(other) note=Maria-Huber"))
            #expect(try await !dump(conninfo).contains("Maria"))
        }
    }
}
