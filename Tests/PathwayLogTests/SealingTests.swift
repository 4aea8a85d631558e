import DatabaseTesting
import PathwayCore
import PathwayLog
import PathwayProof
import Postgres
import Testing

/// Numbers that a reader can trust: dense, and never given to what came late.
@Suite struct SealingTests {
    private func numbers(_ log: PathwayLog, after number: Int = 0) async throws -> [Int] {
        var found: [Int] = []
        try await log.forEachChange(after: number) { found.append($0.number) }
        return found
    }

    private func patients(_ log: PathwayLog, after number: Int) async throws -> [String] {
        var found: [String] = []
        try await log.forEachChange(after: number) { change in
            if case .entry(let entry, _) = change.what { found.append("\(entry.patient) \(entry.position)") }
        }
        return found
    }

    /// Seals until so many entries are sealed: transactions in any database of the server hold back what can be.
    private func seal(_ log: PathwayLog, until size: Int) async throws {
        for _ in 1...600 {
            if try await log.seal().size >= size { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await log.seal().size == size)
    }

    /// How many entries there are to seal.
    private func entries(_ conninfo: String) async throws -> Int {
        var superuser = try await Connection.open(conninfo)
        return try await superuser.row(
            "SELECT (SELECT count(*) FROM pathway.event) + (SELECT count(*) FROM pathway.journal)", as: Int.self)
    }

    @Test func `what a slow writer commits late comes behind the cursor of who read meanwhile`() async throws {
        try await withLog { log, conninfo in
            try await seal(log, until: entries(conninfo))
            var cursor = try await numbers(log).count
            var slow = try await Connection.open(conninfo)
            try await slow.execute("BEGIN")
            // The slow writer has written, and so has a number among the transactions, before the fast ones begin.
            try await slow.execute("SELECT pg_current_xact_id()")
            for line in History.untilRandomisation("P-002") { try await log.mustRecord(attempt(line)) }
            let waiting = try await log.seal()
            #expect(waiting.added == 0)
            #expect(try await patients(log, after: cursor) == [])
            try await slow.execute("COMMIT")
            try await seal(log, until: cursor + 5)
            #expect(try await patients(log, after: cursor) == (1...5).map { "P-002 \($0)" })
            cursor = try await log.forEachChange(after: cursor) { _ in }
            #expect(try await numbers(log, after: cursor) == [])
        }
    }

    @Test func `a transaction of another database does not hold the sealer back`() async throws {
        try await withLog { log, conninfo in
            var elsewhere = try await Connection.open(TestServer.conninfo(database: "postgres"))
            try await elsewhere.execute("BEGIN")
            try await elsewhere.execute("SELECT pg_current_xact_id()")
            try await log.mustRecord(attempt(History.enrolment("P-002")))
            #expect(try await log.seal().size == entries(conninfo))
            #expect(try await log.sealerHold(longerThan: .zero) == nil)
            try await elsewhere.execute("ROLLBACK")
        }
    }

    @Test func `what was recorded is waited for until the transaction before it has ended, but not for ever`()
        async throws
    {
        try await withLog { log, conninfo in
            try await seal(log, until: entries(conninfo))
            var slow = try await Connection.open(conninfo)
            try await slow.execute("BEGIN")
            try await slow.execute("SELECT pg_current_xact_id()")
            try await log.mustRecord(attempt(History.enrolment("P-002")))
            try await log.sealPresent(within: .milliseconds(100))
            #expect(try await patients(log, after: 0) == [])
            async let sealed: Void = log.sealPresent(within: .seconds(60))
            try await slow.execute("COMMIT")
            try await sealed
            #expect(try await patients(log, after: 0) == ["P-002 1"])
        }
    }

    @Test func `a transaction that holds the sealer back is named by its process`() async throws {
        try await withLog { log, conninfo in
            var slow = try await Connection.open(conninfo)
            let process = try await slow.row("SELECT pg_backend_pid()", as: Int.self)
            try await slow.execute("BEGIN")
            try await slow.execute("SELECT pg_current_xact_id()")
            try await log.mustRecord(attempt(History.enrolment("P-002")))
            let hold = try await log.sealerHold(longerThan: .zero)
            #expect(hold?.process == process)
            #expect(hold?.login == "postgres")
            // What was recorded a moment ago may well wait.
            #expect(try await log.sealerHold() == nil)
            try await slow.execute("COMMIT")
            try await seal(log, until: entries(conninfo))
            #expect(try await log.sealerHold(longerThan: .zero) == nil)
        }
    }

    @Test func `readers who follow while many write and seal see every entry once, each record in its order`()
        async throws
    {
        try await withLog { log, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 1...8 {
                    group.addTask {
                        for number in 1...3 {
                            for line in History.untilRandomisation("P-\(writer)-\(number)") {
                                try await log.mustRecord(attempt(line))
                            }
                        }
                    }
                }
                for _ in 1...2 {
                    group.addTask {
                        var cursor = 0
                        var seen: [PatientID: Int] = [:]
                        var count = 0
                        while count < 8 * 3 * 5 {
                            try await log.seal()
                            var last = cursor
                            cursor = try await log.forEachChange(after: cursor) { change in
                                #expect(change.number == last + 1)
                                last = change.number
                                guard case .entry(let entry, _) = change.what else { return }
                                #expect(entry.position == seen[entry.patient, default: 0] + 1)
                                seen[entry.patient] = entry.position
                                count += 1
                            }
                        }
                        #expect(count == 8 * 3 * 5)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await log.audit().isSound)
        }
    }

    @Test func `what was restored from a dump goes on with its numbers, and what is recorded then is sealed`()
        async throws
    {
        try await withLog(Template.histories) { log, conninfo in
            let sealed = try await entries(conninfo)
            try await seal(log, until: sealed)
            try await log.mustRecord(attempt("P-002 seen 2016-05-01"))
            // Copied like a restored dump: other transactions, the same rows; one of them was not sealed yet.
            var superuser = try await Connection.open(conninfo)
            try await superuser.execute("UPDATE pathway.sealing SET cluster = 'another server', horizon = 1 << 40")
            try await superuser.execute("UPDATE pathway.event SET xid = xid + (1::bigint << 40)")
            #expect(try await log.seal().added == 1)
            #expect(try await patients(log, after: sealed) == ["P-002 3"])
            try await log.mustRecord(attempt("P-002 seen 2016-06-01"))
            try await seal(log, until: sealed + 2)
            #expect(try await numbers(log) == Array(1...sealed + 2))
            #expect(try await log.audit().isSound)
            let epochs = try await superuser.rows("SELECT epoch FROM pathway.sealing ORDER BY sealing", as: Int.self)
            #expect(epochs.suffix(2) == [2, 2])
        }
    }

    @Test func `tiles of the tree are kept whole and serve proofs of every size`() async throws {
        try await withLog { log, conninfo in
            for number in 1...60 {
                for line in History.untilRandomisation("P-\(number)") { try await log.mustRecord(attempt(line)) }
                if number.isMultiple(of: 20) { try await log.seal() }
            }
            try await seal(log, until: entries(conninfo))
            var superuser = try await Connection.open(conninfo)
            #expect(try await superuser.row("SELECT count(*) FROM pathway.tile", as: Int.self) == 1)
            let size = try await numbers(log).count
            for old in [0, 1, 100, 255, 256, 257, size] {
                let proof = try await log.proveConsistency(from: old, to: size)
                let then = old == 0 ? nil : try await log.prove("P-1", 1, size: old == 1 ? nil : old).root
                guard let then, old > 1 else { continue }
                let now = try await log.prove("P-1", 1).root
                try proof.verify(oldRoot: then, newRoot: now)
            }
        }
    }
}
