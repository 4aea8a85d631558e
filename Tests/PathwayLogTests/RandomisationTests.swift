import Crypto
import DatabaseTesting
import PathwayCore
import PathwayLog
import Postgres
import Testing

/// The documented procedure of `Schema/migration_0002_randomisation.sql`, written a second time from its words.
struct PermutedBlocks {
    let seed: [UInt8]
    let list: String
    let arms: [String]
    let sizes: [Int]

    /// The blocks of a list until they hold so many allocations; the last one is whole.
    func blocks(holding count: Int) -> [[String]] {
        var blocks: [[String]] = []
        var held = 0
        while held < count {
            let block = block(blocks.count)
            blocks.append(block)
            held += block.count
        }
        return blocks
    }

    private func block(_ number: Int) -> [String] {
        var counter = 0
        func draw(below bound: UInt64) -> Int {
            while true {
                let digest = SHA256.hash(data: seed + Array("\(list)/\(number)/\(counter)".utf8))
                counter += 1
                let value = digest.prefix(4).reduce(UInt64(0)) { $0 * 256 + UInt64($1) }
                // The largest multiple of the bound that four bytes can hold: what lies above favours small remainders.
                if value < (1 << 32) / bound * bound { return Int(value % bound) }
            }
        }
        let size = sizes[draw(below: UInt64(sizes.count))]
        var places = (0..<size).map { arms[$0 % arms.count] }
        for last in (1..<size).reversed() { places.swapAt(last, draw(below: UInt64(last + 1))) }
        return places
    }
}

@Suite struct RandomisationTests {
    /// Enrols patients up to the day before they are randomised.
    private func prepare(_ log: PathwayLog, _ numbers: Range<Int>, mrd: String = "<0.01") async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers {
                group.addTask { try await log.mustRecord(History.untilRandomisation("P-\(number)", mrd: mrd)) }
            }
            try await group.waitForAll()
        }
    }

    private func allocations(_ conninfo: String) async throws -> [String] {
        var connection = try await Connection.open(conninfo)
        return try await connection.rows(
            """
            SELECT stratum || ' ' || number || ' ' || arm || ' ' || patient FROM pathway.allocation
            ORDER BY stratum, number
            """, as: String.self)
    }

    @Test func `an allocation is drawn and recorded`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            let outcome = try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "anna")
            let receipt = try #require(outcome.receipt)
            let event = try #require(try await log.path(of: patient("P-1")).events.last)
            let arm = try #require(event.milestone.facts.word(.arm))
            #expect(["C", "D"].contains(arm))
            #expect(event.milestone.facts[.allocatedBy] == .text("pathway"))
            #expect(event.stratum == "low-marrow-mrd-negative")
            #expect(event.recordedBy == "anna")
            #expect(receipt.phase == (arm == "C" ? "c-before-block-2" : "d-before-block-2"))
            #expect(try await allocations(conninfo) == ["low-marrow-mrd-negative 1 \(arm) P-1"])
        }
    }

    @Test func `a repeated request gets the allocation that was drawn first`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            let request = RequestID.random()
            let first = try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "anna", request: request)
            let again = try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "anna", request: request)
            guard case .recorded(let receipt, isRepetition: true) = again else {
                Issue.record("a second draw")
                return
            }
            #expect(receipt.phase == first.receipt?.phase)
            #expect(try await allocations(conninfo).count == 1)
        }
    }

    @Test func `the database draws what the documented procedure draws`() async throws {
        var generator = SeededGenerator(seed: printedSeed())
        try await withScratchDatabase(template: Template.trial) { conninfo in
            var connection = try await Connection.open(conninfo)
            let shapes: [(arms: [String], sizes: [Int])] = [
                (["A", "B"], [4, 6]), (["C", "D"], [4, 6]), (["A", "B"], [2]), (["A", "B", "C"], [3, 6, 9]),
                (["A", "B"], [2, 4, 6, 8, 10]),
            ]
            for (index, shape) in shapes.enumerated() {
                let seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let list = "randomisation-\(index)/stratum"
                let drawn = try await connection.rows(
                    """
                    SELECT pathway.permuted_block_arm(\(seed), \(list), n, \(shape.arms), \(shape.sizes.map(Int32.init)))
                    FROM generate_series(1, 200) AS n ORDER BY n
                    """, as: String.self)
                let blocks = PermutedBlocks(seed: seed, list: list, arms: shape.arms, sizes: shape.sizes)
                    .blocks(holding: 200)
                #expect(drawn == Array(blocks.joined().prefix(200)), "shape \(index)")
                for block in blocks {
                    #expect(shape.sizes.contains(block.count))
                    for arm in shape.arms {
                        #expect(block.filter { $0 == arm }.count * shape.arms.count == block.count)
                    }
                }
            }
        }
    }

    /// An auditor's check by hand: `printf '<seed>low/low-marrow-mrd-negative/0/0' | sha256sum`, and so on.
    @Test func `a known seed draws a known list`() async throws {
        let seed = [UInt8](0..<32)
        try await withScratchDatabase(template: Template.trial) { conninfo in
            var connection = try await Connection.open(conninfo)
            let drawn = try await connection.rows(
                """
                SELECT pathway.permuted_block_arm(
                    \(seed), 'low/low-marrow-mrd-negative', n, ARRAY['C', 'D'], ARRAY[4, 6])
                FROM generate_series(1, 24) AS n ORDER BY n
                """, as: String.self)
            #expect(drawn.joined() == "DDCCDDDCCCCDCDDCCDDCCDDC")
        }
    }

    /// Blocks of four with two arms have six orders. At five degrees of freedom one seed in a hundred exceeds 15.09.
    @Test func `all orders of a block are equally likely`() {
        var counts: [String: Int] = [:]
        let blocks = PermutedBlocks(seed: [UInt8](0..<32), list: "low/s", arms: ["A", "B"], sizes: [4])
        for block in blocks.blocks(holding: 24_000) { counts[block.joined(), default: 0] += 1 }
        #expect(
            counts == [
                "AABB": 1004, "ABAB": 985, "ABBA": 1004, "BAAB": 960, "BABA": 1013, "BBAA": 1034,
            ])
        let square = counts.values.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        #expect(square < 15.09)
    }

    @Test func `each randomisation has a seed of its own`() async throws {
        var seeds: [[UInt8]] = []
        for _ in 0..<2 {
            try await withScratchDatabase { conninfo in
                var connection = try await Connection.open(conninfo)
                try await Migrator.migrate(&connection)
                try await Migrator.grantLogin(serviceLogin, on: &connection)
                let log = try await PathwayLog.open(service(conninfo))
                defer { log.close() }
                for text in amendments { try await log.add(text, by: "trial office") }
                seeds += try await connection.rows("SELECT seed FROM pathway.randomisation_seed", as: [UInt8].self)
            }
        }
        #expect(seeds.count == 8)
        #expect(Set(seeds).count == 8)
        #expect(seeds.allSatisfy { $0.count == 32 })
    }

    @Test func `many who randomise at once use each number once and leave none out`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            try await prepare(log, 0..<32)
            try await prepare(log, 32..<64, mrd: "0.05")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        for number in stride(from: caller, to: 64, by: 16) {
                            let outcome = try await (number.isMultiple(of: 2) ? log : other)
                                .randomise(patient("P-\(number)"), on: day("2016-04-08"), by: "caller \(caller)")
                            #expect(outcome.receipt?.position == 6)
                        }
                    }
                }
                try await group.waitForAll()
            }
            var connection = try await Connection.open(conninfo)
            let numbers = try await connection.rows(
                """
                SELECT stratum, array_agg(number ORDER BY number) FROM pathway.allocation GROUP BY stratum ORDER BY stratum
                """, as: (String.self, [Int32].self))
            #expect(numbers.map(\.0) == ["low-marrow-mrd-negative", "low-marrow-mrd-not-negative"])
            #expect(numbers.map(\.1) == [Array(1...32), Array(1...32)])
            let agreeing = try await connection.row(
                """
                SELECT count(*) FROM pathway.allocation AS a
                JOIN pathway.event AS e USING (patient, edition, randomisation, stratum, arm) WHERE e.position = 6
                """, as: Int.self)
            #expect(agreeing == 64)

            // The auditor's way: the seed, and nothing else, gives the same lists.
            let seed = try await connection.row(
                "SELECT seed FROM pathway.randomisation_seed WHERE randomisation = 'low'", as: [UInt8].self)
            for stratum in numbers.map(\.0) {
                let drawn = try await connection.rows(
                    "SELECT arm FROM pathway.allocation WHERE stratum = \(stratum) ORDER BY number", as: String.self)
                let blocks = PermutedBlocks(seed: seed, list: "low/\(stratum)", arms: ["C", "D"], sizes: [4, 6])
                    .blocks(holding: 32)
                #expect(drawn == Array(blocks.joined().prefix(32)))
            }
        }
    }

    @Test func `a stratum draws on where it was, whatever the others draw`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 0..<4)
            try await prepare(log, 4..<8, mrd: "0.5")
            for number in [0, 4, 1, 5, 6, 2, 7, 3] {
                let outcome = try await log.randomise(patient("P-\(number)"), on: day("2016-04-08"), by: "anna")
                #expect(outcome.receipt != nil)
            }
            let drawn = try await allocations(conninfo).map { $0.split(separator: " ") }
            #expect(
                drawn.map { $0[0] } == Array(repeating: "intermediate", count: 4)
                    + Array(repeating: "low-marrow-mrd-negative", count: 4))
            #expect(drawn.map { $0[1] } == ["1", "2", "3", "4", "1", "2", "3", "4"])
            #expect(drawn.map { $0[3] } == ["P-4", "P-5", "P-6", "P-7", "P-0", "P-1", "P-2", "P-3"])
        }
    }

    @Test func `one patient randomised ten times at once has one allocation`() async throws {
        try await withLog { log, conninfo in
            let other = try await PathwayLog.open(service(conninfo))
            defer { other.close() }
            try await prepare(log, 1..<2)
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        try await (number.isMultiple(of: 2) ? log : other)
                            .randomise(patient("P-1"), on: day("2016-04-08"), by: "caller \(number)")
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.compactMap(\.receipt).count == 1)
            for outcome in outcomes where outcome.receipt == nil {
                let isTold = outcome.meanwhile?.map(\.word) == ["randomised"]
                #expect(isTold || outcome.refusal != nil)
            }
            #expect(try await allocations(conninfo).count == 1)
            #expect(try await log.path(of: patient("P-1")).events.count == 6)
            try await prepare(log, 2..<3)
            _ = try await log.randomise(patient("P-2"), on: day("2016-04-08"), by: "anna")
            #expect(try await allocations(conninfo).last?.hasPrefix("low-marrow-mrd-negative 2 ") == true)
        }
    }

    @Test func `who waited for the allocation that another drew for the patient is told of it`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            var holder = try await Connection.open(conninfo)
            let outcomes = try await holder.transaction { holder in
                // Both callers have read the path and stand at the list before either may draw.
                try await holder.execute("SELECT FROM pathway.stratum FOR UPDATE")
                let callers = (0..<2).map { number in
                    Task { try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "caller \(number)") }
                }
                var observer = try await Connection.open(conninfo)
                while try await observer.row(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%draw_allocation%'
                    """, as: Int.self) < 2
                {}
                return callers
            }
            var (recorded, meanwhile): (Int, [[String]]) = (0, [])
            for caller in outcomes {
                let outcome = try await caller.value
                if outcome.receipt != nil { recorded += 1 }
                if let entries = outcome.meanwhile { meanwhile.append(entries.map(\.word)) }
            }
            #expect(recorded == 1)
            #expect(meanwhile == [["randomised"]])
            #expect(try await allocations(conninfo).map { $0.split(separator: " ")[1] } == ["1"])
        }
    }

    @Test func `what is not recorded leaves no allocation`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            var superuser = try await Connection.open(conninfo)
            // PostgreSQL takes no NUL in a text: the draw is done, and the event fails.
            await #expect(throws: PostgresError.self) {
                try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "an\0na")
            }
            #expect(try await allocations(conninfo) == [])
            #expect(try await superuser.row("SELECT sum(drawn) FROM pathway.stratum", as: Int.self) == 0)
            let outcome = try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "anna")
            #expect(outcome.receipt != nil)
            #expect(try await allocations(conninfo).map { $0.split(separator: " ")[1] } == ["1"])
        }
    }

    @Test func `nobody is randomised without what the strata ask for`() async throws {
        try await withLog { log, conninfo in
            // Relapse after thirteen months is high risk whatever the residual disease, and that was not reported.
            let lines = History.untilRandomisation("P-1").map {
                $0.replacing("diagnosed=2012-02-10", "diagnosed=2015-01-10").replacing("mrd=0.5 ", "")
            }
            try await log.mustRecord(lines)
            #expect(try await log.path(of: patient("P-1")).path.standing.risk == "high")
            let outcome = try await log.randomise(
                patient("P-1"), on: day("2016-04-08"), by: "anna", door: .commandLine)
            #expect(outcome.refusal?.explanation == "mrd must be known to decide it")
            #expect(try await allocations(conninfo) == [])
            #expect(
                try await keptRefusals(conninfo).map { [$0.patient, $0.answer, $0.explanation, $0.door, $0.person] }
                    == [["P-1", "refused", "mrd must be known to decide it", "command-line", "anna"]])
        }
    }

    @Test(arguments: [
        ("0.5", "2019-09-18", nil), ("0.5", "2019-09-19", "arm A closed on 2019-09-18"), ("<0.01", "2019-09-30", nil),
        ("<0.01", "2019-10-01", "arm C closed on 2019-09-30"),
    ])
    func `an arm is drawn on its last day and not on the day after`(
        _ mrd: String, _ on: String, _ explanation: String?
    ) async throws {
        try await withLog { log, conninfo in
            try await log.mustRecord([
                History.enrolment("P-1", on: "2019-08-01").replacing(
                    "relapsed-on=2016-02-20", "relapsed-on=2019-07-20"),
                "P-1 course-started 2019-08-02 course=block-1", "P-1 course-ended 2019-08-30 course=block-1",
                "P-1 response-assessed 2019-09-01 marrow=m1 mrd=\(mrd) treatment-failure=no",
                "P-1 risk-assigned 2019-09-05",
            ])
            let outcome = try await log.randomise(patient("P-1"), on: day(on), by: "anna")
            #expect(outcome.refusal?.explanation == explanation)
            #expect((outcome.receipt == nil) == (explanation != nil))
            #expect(try await allocations(conninfo).isEmpty == (explanation != nil))
        }
    }

    @Test func `nobody is randomised twice, before the risk is known, or unknown`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            let first = try await log.randomise(patient("P-1"), on: day("2016-04-08"), by: "anna")
            let arm = try #require(first.receipt?.step.milestone.facts.word(.arm))
            let second = try await log.randomise(patient("P-1"), on: day("2016-04-09"), by: "anna")
            #expect(second.refusal?.explanation == "the patient was randomised to arm \(arm) before")
            try await log.mustRecord(attempt(History.enrolment("P-2")))
            let early = try await log.randomise(patient("P-2"), on: day("2016-04-09"), by: "anna")
            #expect(early.refusal?.explanation == #"the pathway is in "Enrolled, before Block 1""#)
            let error = await #expect(throws: LogError.self) {
                try await log.randomise(patient("P-3"), on: day("2016-04-09"), by: "anna")
            }
            #expect(error?.code == .unknownPatient)
            #expect(try await allocations(conninfo).count == 1)
            #expect(try await keptRefusals(conninfo).map(\.patient) == ["P-1", "P-2", "P-3"])
        }
    }

    @Test func `an allocation made elsewhere says where, and it was not here`() async throws {
        try await withLog { log, conninfo in
            try await prepare(log, 1..<2)
            for system in ["", " allocated-by=pathway", " allocated-by=Pathway", " allocated-by=PATHWAY"] {
                let outcome = try await log.record(attempt("P-1 randomised 2016-04-08 arm=C\(system)"), by: "anna")
                #expect(outcome.refusal?.explanation == "an allocation made elsewhere must say where")
            }
            let elsewhere = try await log.record(
                attempt("P-1 randomised 2016-04-08 arm=C allocated-by=registry"), by: "anna")
            #expect(elsewhere.receipt?.position == 6)
            #expect(try await allocations(conninfo) == [])
        }
    }
}
