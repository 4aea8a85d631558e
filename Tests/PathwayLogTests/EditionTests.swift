import DatabaseTesting
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Testing

/// AALL1331 as bundled, and an amendment of it in effect from 15 March 2016.
let amendments: [ProtocolDocument] = {
    let first = BundledProtocols.all[0].text
    let second = first.replacing("\nversion: 1\n", "\nversion: 2\n")
        .replacing("\neffective: 2014-12-17\n", "\neffective: 2016-03-15\n")
    return [first, second].compactMap { try? ProtocolDocument($0) }
}()

@Suite struct EditionTests {
    private func withAmendment(_ body: (PathwayLog, String) async throws -> Void) async throws {
        #expect(amendments.count == 2)
        try await withLog { log, conninfo in
            #expect(try await log.add(amendments[1], by: "trial office").number == 2)
            try await body(log, conninfo)
        }
    }

    @Test func `a document is read back byte for byte`() async throws {
        try await withLog(Template.twoProtocols) { log, conninfo in
            var connection = try await Connection.open(conninfo)
            let documents = try await connection.rows(
                "SELECT document FROM pathway.edition ORDER BY edition", as: String.self)
            #expect(documents.map { Array($0.utf8) } == BundledProtocols.all.map { Array($0.text.utf8) })
            #expect(log.editions.all.map(\.number) == [1, 2])
            #expect(log.editions.all.map(\.treatment.name) == ["aall1331", "intreall-sr-2010"])
            #expect(log.editions.all.map(\.addedBy) == ["trial office", "trial office"])
            #expect(
                try log.editions.all.map(\.digest) == BundledProtocols.all.map { try ProtocolDocument($0.text).digest })
        }
    }

    @Test func `a document that is there is found again`() async throws {
        try await withAmendment { (log, _) async throws in
            #expect(try await log.add(amendments[0], by: "somebody else").number == 1)
            #expect(try await log.add(amendments[1], by: "somebody else").number == 2)
            #expect(log.editions.all.map(\.addedBy) == ["trial office", "trial office"])
        }
    }

    @Test func `eight who add a document at once add it once`() async throws {
        try await withLog { log, _ in
            let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask { try await log.add(amendments[1], by: "person \(number)").number }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(numbers == Array(repeating: 2, count: 8))
            #expect(log.editions.all.count == 2)
        }
    }

    @Test func `another document of the same version is refused`() async throws {
        try await withLog { log, conninfo in
            let other = try ProtocolDocument(amendments[0].text + "# A word more.\n")
            let error = await #expect(throws: LogError.self) { try await log.add(other, by: "trial office") }
            #expect(error?.code == .versionTaken)
            #expect(error?.message == "the log holds another document as aall1331 version 1")
            #expect(error?.hint == "a version never changes: give the amended document the next number")
            #expect(log.editions.all.count == 1)
            var connection = try await Connection.open(conninfo)
            #expect(try await connection.row("SELECT count(*) FROM pathway.edition", as: Int.self) == 1)
        }
    }

    @Test func `a new patient enters the latest version in effect on the day`() async throws {
        try await withAmendment { log, _ in
            try await log.mustRecord(attempt(History.enrolment("P-1", on: "2016-03-14")))
            try await log.mustRecord(attempt(History.enrolment("P-2", on: "2016-03-15")))
            try await log.mustRecord(
                attempt(History.enrolment("P-3", on: "2016-03-14"), protocol: "aall1331", version: 2))
            try await log.mustRecord(
                attempt(History.enrolment("P-4", on: "2016-03-15"), protocol: "aall1331", version: 1))
            for (number, edition) in [(1, 1), (2, 2), (3, 2), (4, 1)] {
                #expect(try await log.path(of: patient("P-\(number)")).events.map(\.edition) == [edition])
            }
        }
    }

    @Test func `nobody enters before the first version is in effect`() async throws {
        try await withLog { (log, _) async throws in
            let early = History.enrolment("P-1", on: "2014-12-16").replacing(
                "relapsed-on=2016-02-20", "relapsed-on=2014-12-01")
            let error = await #expect(throws: LogError.self) { try await log.record(attempt(early), by: "anna") }
            #expect(error?.code == .unknownProtocol)
            #expect(
                error?.message == "no version of the protocol is in effect on 2014-12-16; the first is from 2014-12-17")
            let first = early.replacing("2014-12-16", "2014-12-17")
            #expect(try await log.record(attempt(first), by: "anna").receipt?.position == 1)
        }
    }

    @Test func `a patient goes on under the version that judged last, and moves when another is named`() async throws {
        try await withAmendment { log, conninfo in
            try await log.mustRecord(attempt(History.enrolment("P-1")))
            try await log.mustRecord(attempt("P-1 course-started 2016-03-20 course=block-1"))
            try await log.mustRecord(attempt("P-1 adverse-event 2016-03-21 term=fever grade=2", protocol: "aall1331"))
            try await log.mustRecord(
                attempt("P-1 course-ended 2016-04-16 course=block-1", protocol: "aall1331", version: 2))
            try await log.mustRecord(
                attempt("P-1 response-assessed 2016-04-17 marrow=m1 mrd=0.5 treatment-failure=no"))
            #expect(try await log.path(of: patient("P-1")).events.map(\.edition) == [1, 1, 1, 2, 2])
            #expect(try await log.path(of: patient("P-1")).path.treatment.version == 2)
            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            #expect(try await cold.record(attempt("P-1 risk-assigned 2016-04-18"), by: "anna").receipt?.position == 6)
            #expect(try await cold.path(of: patient("P-1")).events.last?.edition == 2)
        }
    }

    @Test func `a version without the patient's phase does not take the patient`() async throws {
        try await withLog { log, _ in
            let other = amendments[1].text.replacing("block-1-evaluation", "block-1-assessment")
            try await log.add(ProtocolDocument(other), by: "trial office")
            try await log.mustRecord(History.untilRandomisation("P-1").prefix(3).map(\.self))
            let assessed = History.untilRandomisation("P-1")[3]
            let moved = try await log.record(attempt(assessed, protocol: "aall1331", version: 2), by: "anna")
            #expect(
                moved.refusal?.explanation == #"this version of the protocol has no phase "block-1-evaluation""#)
            #expect(try await log.record(attempt(assessed), by: "anna").receipt?.position == 4)
        }
    }

    @Test func `of several protocols one is named`() async throws {
        try await withLog(Template.twoProtocols) { log, _ in
            let error = await #expect(throws: LogError.self) {
                try await log.record(attempt(History.enrolment("P-1")), by: "anna")
            }
            #expect(error?.code == .protocolNotNamed)
            #expect(
                error?.hint
                    == "name one with --protocol, in an import with the field \"protocol\": aall1331, intreall-sr-2010")
            let named = try await log.record(attempt(History.enrolment("P-1"), protocol: "aall1331"), by: "anna")
            #expect(named.receipt?.position == 1)
            // Whoever is enrolled needs no naming.
            let next = try await log.record(attempt("P-1 course-started 2016-03-02 course=block-1"), by: "anna")
            #expect(next.receipt?.position == 2)
        }
    }

    @Test func `a protocol that is not in the log is named as such`() async throws {
        try await withLog { log, _ in
            let cases: [(String, Int?, String)] = [
                ("aieop", nil, #"there is no protocol "aieop" in the log"#),
                ("aall1331", 7, #"there is no protocol "aall1331" version 7 in the log"#),
            ]
            for (name, version, message) in cases {
                let error = await #expect(throws: LogError.self) {
                    try await log.record(
                        attempt(History.enrolment("P-1"), protocol: name, version: version), by: "anna")
                }
                #expect(error?.code == .unknownProtocol)
                #expect(error?.message == message)
                #expect(error?.hint == "it holds aall1331")
            }
        }
    }

    @Test(arguments: [nil, 1])
    func `a milestone that names another protocol than the patient's is not recorded`(_ version: Int?) async throws {
        try await withLog(Template.twoProtocols) { log, _ in
            try await log.mustRecord(attempt(History.enrolment("P-1"), protocol: "aall1331"))
            let error = await #expect(throws: LogError.self) {
                try await log.record(
                    attempt("P-1 died 2016-03-02", protocol: "intreall-sr-2010", version: version), by: "anna")
            }
            #expect(error?.message == #"the patient is on protocol "aall1331", not "intreall-sr-2010""#)
            #expect(try await log.path(of: patient("P-1")).events.count == 1)
        }
    }

    /// What a trial office may do through SQL: an edition whose document is none.
    private func addUnreadable(_ name: String, version: Int, _ conninfo: String) async throws {
        try await withLogin(.trialOffice, conninfo) { login, conninfo in
            var office = try await Connection.open(conninfo)
            let row =
                #"{"edition": [{"protocol": "\#(name)", "version": "\#(version)", "title": "t", "effective": "2016-01-01"}]}"#
            try await office.execute("SELECT pathway.add_edition('no protocol', \(JSONB(row)), \(login))")
            #expect(
                try await office.row(
                    "SELECT login = \(login) AND added_by = login FROM pathway.edition WHERE edition = 2", as: Bool.self
                ))
        }
    }

    @Test func `a document that cannot be read stops nothing but what it would judge`() async throws {
        try await withLog { (log, conninfo) async throws in
            try await log.mustRecord(attempt(History.enrolment("P-1")))
            try await addUnreadable("other", version: 1, conninfo)
            let cold = try await PathwayLog.open(service(conninfo))
            defer { cold.close() }
            try await cold.mustRecord(attempt("P-1 course-started 2016-03-02 course=block-1"))
            try await cold.mustRecord(attempt(History.enrolment("P-2")))
            #expect(try await cold.cohort().map(\.patients).reduce(0, +) == 2)
            let error = await #expect(throws: LogError.self) {
                try await cold.record(attempt(History.enrolment("P-3"), protocol: "other"), by: "anna")
            }
            let words = "the protocol document of edition 2 cannot be read back: line 1: this is no protocol document: "
            #expect(error?.message.hasPrefix(words) == true, "\(error?.message ?? "")")
            let findings = try await cold.audit().findings
            #expect(findings.contains { $0.words.hasPrefix(words) })
        }
    }

    @Test func `a version that cannot be read is not passed over for an older one`() async throws {
        try await withLog { (log, conninfo) async throws in
            try await addUnreadable("aall1331", version: 2, conninfo)
            let error = await #expect(throws: LogError.self) {
                try await log.record(attempt(History.enrolment("P-1")), by: "anna")
            }
            #expect(error?.message.hasPrefix("the protocol document of edition 2 cannot be read back") == true)
            try await log.mustRecord(attempt(History.enrolment("P-1"), protocol: "aall1331", version: 1))
            try await log.mustRecord(attempt("P-1 course-started 2016-03-02 course=block-1"))
        }
    }
}
