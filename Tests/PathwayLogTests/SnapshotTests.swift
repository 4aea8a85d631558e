import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// Everything of a snapshot that can differ: each patient with the milestones that stand and how many entries the record has.
private func contents(_ log: PathwayLog, _ cut: Cut) async throws -> [String] {
    var found: [String] = []
    try await log.forEachPath(in: cut) { snapshot in
        let path = snapshot.path
        found.append(
            "\(path.patient) \(path.entries.count): "
                + path.events.map { "\($0.position) \($0.milestone.on) \($0.milestone.kind.rawValue) \($0.recordedBy)" }
                .joined(separator: ", "))
    }
    return found
}

extension PathwayLog {
    fileprivate func take(
        _ name: String, through: String = "2016-12-31", population: String = "enrolled", asOf: Instant? = nil,
        protocolName: String? = nil
    ) async throws -> Cut {
        try await takeSnapshot(
            SnapshotRequest(
                name: name, protocolName: protocolName, population: population, through: day(through), asOf: asOf),
            by: named("stan")
        ).snapshot.cut
    }

    /// Seals all that there is: transactions in any database of the server hold back what can be.
    fileprivate func sealAll(_ conninfo: String) async throws {
        var superuser = try await Connection.open(conninfo)
        let size = try await superuser.row(
            "SELECT (SELECT count(*) FROM pathway.event) + (SELECT count(*) FROM pathway.journal)", as: Int.self)
        for _ in 1...2_400 where try await seal().size < size { try await Task.sleep(for: .milliseconds(50)) }
        try #require(try await seal().size >= size)
    }
}

private func message(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch let error as LogError { return error.message } catch { return "\(error)" }
    return nil
}

@Suite struct SnapshotTests {
    @Test func `what is recorded, corrected, locked or erased later is not in a snapshot`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.mustRecord(History.untilRandomisation("P-002", mrd: "<0.01"))
            try await log.sealAll(conninfo)
            let cut = try await log.take("first")
            let before = try await contents(log, cut)
            #expect(before.count == 2)
            #expect(before[0].hasPrefix("P-001 7: 1 2016-03-01 enrolled person-"))

            try await log.mustRecord([
                "P-001 adverse-event 2016-04-14 term=fever grade=2", History.enrolment("P-003"),
            ])
            try await log.mustCorrect(Correction.amending([2: "course-started 2016-03-03 course=block-1"]))
            try await log.mustRecord(["P-002 seen 2016-04-20"])
            _ = try await log.act(.erase, on: patient("P-002"), reason: "the family asks for it", by: "anna")
            try await log.sealAll(conninfo)

            #expect(try await contents(log, cut) == before)
            #expect(try await log.snapshot(named: "first").cut == cut)
            let later = try await log.take("second")
            let after = try await contents(log, later)
            #expect(after.count == 3)
            #expect(after[0] != before[0] && after[1] != before[1])
            // The same two clocks at the same head of the log give the same, whatever the name.
            let again = try await log.take("third", asOf: cut.asOf)
            #expect(again.digest == cut.digest)
            #expect(try await contents(log, again) == before)
        }
    }

    @Test func `what a slow writer commits late is not in a snapshot that was taken meanwhile`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001"))
            try await log.sealAll(conninfo)
            var slow = try await Connection.open(service(conninfo))
            try await slow.execute("BEGIN")
            let row = try await slow.row(
                "SELECT to_jsonb(e) FROM pathway.event AS e WHERE patient = 'P-001' AND position = 1", as: JSONB.self)
            // It bears the time of its statement, before the snapshot is taken.
            _ = try await append(
                row, "jsonb_build_object('patient', 'P-000', 'identifying', NULL, 'request', gen_random_uuid())", &slow)
            try await log.mustRecord([History.enrolment("P-002")])
            let taken = try await log.takeSnapshot(
                SnapshotRequest(
                    name: "meanwhile", protocolName: nil, population: "enrolled", through: day("2016-12-31"), asOf: nil),
                by: "stan")
            // P-002 has no place in the proof while the slow writer writes.
            #expect(taken.leftOut == 1)
            let before = try await contents(log, taken.snapshot.cut)
            #expect(before.count == 1)
            try await slow.execute("COMMIT")
            try await log.sealAll(conninfo)
            #expect(try await contents(log, taken.snapshot.cut) == before)
            #expect(try await contents(log, log.take("afterwards")).count == 3)
        }
    }

    @Test func `entries that are not sealed yet are not passed over where a moment was asked for`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.untilRandomisation("P-001"))
            try await log.sealAll(conninfo)
            try await log.mustRecord([History.enrolment("P-002")])
            var superuser = try await Connection.open(conninfo)
            let now = try await superuser.row("SELECT clock_timestamp()", as: PostgresTimestamp.self)
            let moment = Instant(microseconds: now.microsecondsSince1970)
            let refused = await message { _ = try await log.take("early", asOf: moment) }
            #expect(refused == "1 entry recorded by \(moment) has no place in the proof yet")
            try await log.sealAll(conninfo)
            #expect(try await log.take("early", asOf: moment).patients == 2)
        }
    }

    @Test func `the clinical cut and the population say who is in it`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.mustRecord(History.untilRandomisation("P-002", mrd: "<0.01"))
            try await log.mustRecord([History.enrolment("P-003", on: "2016-06-01")])
            try await log.sealAll(conninfo)
            #expect(try await log.take("all").patients == 3)
            #expect(try await log.take("by-march", through: "2016-03-31").patients == 2)
            #expect(try await log.take("risk", population: "risk-assigned").patients == 2)
            #expect(try await log.take("randomised", population: "randomised").patients == 1)
            #expect(try await log.take("high", population: "high-and-intermediate").patients == 1)
            let early = try await contents(log, log.take("day-8", through: "2016-04-08"))
            #expect(early[0].hasSuffix("6 2016-04-08 randomised \(early[0].suffix(19))"))
        }
    }

    @Test(arguments: [
        ("Interim 1", "2016-12-31", "enrolled", "\"Interim 1\" is no name for a snapshot"),
        ("", "2016-12-31", "enrolled", "\"\" is no name for a snapshot"),
        ("one", "2116-12-31", "enrolled", "the cut 2116-12-31 lies in the future"),
        ("one", "2016-12-31", "everybody", "\"everybody\" is no population of protocol \"aall1331\""),
        ("taken", "2016-12-31", "enrolled", "there is a snapshot \"taken\" already"),
    ])
    func `what cannot be a snapshot is refused`(
        _ name: String, _ through: String, _ population: String, _ expected: String
    ) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord([History.enrolment("P-001")])
            try await log.sealAll(conninfo)
            _ = try await log.take("taken")
            let refused = await message { _ = try await log.take(name, through: through, population: population) }
            #expect(refused == expected)
            #expect(try await log.snapshots().map(\.cut.name) == ["taken"])
        }
    }

    @Test func `an empty cohort, a moment to come and an unknown name are said`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord([History.enrolment("P-001")])
            try await log.sealAll(conninfo)
            let empty = await message { _ = try await log.take("early", through: "2015-01-01") }
            #expect(
                empty?.hasPrefix(
                    "nobody of population \"enrolled\" was in the log of protocol \"aall1331\" by 2015-01-01") == true)
            let future = await message {
                _ = try await log.take("one", asOf: Instant(microseconds: log.now.microseconds + 3_600_000_000))
            }
            #expect(future?.contains("lies in the future") == true)
            let unknown = await message { _ = try await log.snapshot(named: "none") }
            #expect(unknown == "there is no snapshot \"none\"")
        }
    }

    @Test func `an entry that was changed behind the log's back is found on reading`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.sealAll(conninfo)
            let cut = try await log.take("one")
            var superuser = try await Connection.open(conninfo)
            try await superuser.execute("SET session_replication_role = replica")
            try await superuser.execute(
                "UPDATE pathway.event SET facts = facts || '{\"mrd\": \"0.6\"}' WHERE patient = 'P-001' AND position = 4"
            )
            let changed = await message { _ = try await contents(log, cut) }
            #expect(
                changed == "the entries of snapshot \"one\" are not those that were frozen: they were changed since")
            try await superuser.execute("DELETE FROM pathway.event WHERE patient = 'P-001' AND position = 7")
            let missing = await message { _ = try await contents(log, cut) }
            #expect(missing == "snapshot \"one\" was taken of 7 entries, and 6 are there")
        }
    }

    @Test func `a statistician takes snapshots, an auditor reads the same, and a coordinator neither`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.sealAll(conninfo)
            let cut = try await log.take("by-the-service")
            try await withLog(as: .statistician, conninfo) { statistician in
                let own = try await statistician.take("by-the-statistician", asOf: cut.asOf)
                #expect(own.digest == cut.digest)
                let found = try await contents(statistician, cut)
                #expect(try await found == contents(log, cut))
            }
            try await withLog(as: .auditor, conninfo) { auditor in
                let own = try await contents(auditor, cut)
                #expect(try await own == contents(log, cut))
            }
            try await withLogin(.coordinator, conninfo) { _, coordinator in
                try await expectForbidden(
                    [
                        "SELECT name FROM pathway.snapshot", "SELECT patient FROM pathway.deidentified_event",
                        "SELECT salt FROM pathway.name_salt",
                    ], coordinator)
            }
            try await withLogin(.statistician, conninfo) { _, statistician in
                try await expectForbidden(
                    [
                        "DELETE FROM pathway.snapshot", "UPDATE pathway.snapshot SET through = '2017-01-01'",
                        "INSERT INTO pathway.snapshot SELECT * FROM pathway.snapshot", "TRUNCATE pathway.snapshot",
                        "SELECT salt FROM pathway.name_salt", "SELECT recorded_by FROM pathway.event",
                    ], statistician)
            }
        }
    }

    @Test func `what was taken is in the journal`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.sealAll(conninfo)
            let cut = try await log.take("one")
            let entry = try #require(try await log.journal(limit: 1).first)
            #expect(entry.act == "snapshot-taken" && entry.subject == "one" && entry.by == "stan")
            let detail = Dictionary(uniqueKeysWithValues: entry.detail.map { ($0.name, $0.value) })
            #expect(detail["sha-256"] == cut.digest && detail["size"] == String(cut.size))
            #expect(detail["as-of"] == cut.asOf.description && detail["root"] == cut.root)
        }
    }

    @Test func `the difference of two snapshots is named patient by patient`() async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord(History.inBlock2)
            try await log.mustRecord([History.enrolment("P-002")])
            try await log.sealAll(conninfo)
            let first = try await log.take("first")
            try await log.mustCorrect(
                Correction.amending([4: "response-assessed 2016-04-01 marrow=m1 mrd=0.7 treatment-failure=no"]))
            try await log.mustRecord([History.enrolment("P-003")])
            try await log.sealAll(conninfo)
            let second = try await log.take("second")
            var found: [String] = []
            try await log.forEachDifference(between: first, and: second) { difference in
                found.append(
                    "\(difference.patient) \(difference.how.rawValue) -\(difference.removed.map(\.kind.rawValue)) +\(difference.added.map(\.kind.rawValue))"
                )
            }
            #expect(
                found == [
                    "P-001 changes -[\"response-assessed\"] +[\"response-assessed\"]", "P-002 same -[] +[]",
                    "P-003 appears -[] +[\"enrolled\"]",
                ])
            found = []
            try await log.forEachDifference(between: second, and: first) { found.append($0.how.rawValue) }
            #expect(found == ["changes", "same", "disappears"])
        }
    }
}
