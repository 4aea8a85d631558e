import DatabaseTesting
import Foundation
import PathwayCore
import PathwayDocument
import PathwayLog
import Postgres
import Synchronization
import Testing

/// A value that a test and its tasks share.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value {
        get { mutex.withLock(\.self) }
        set { mutex.withLock { $0 = newValue } }
    }
}

extension Shared<Int> {
    fileprivate func increment() { mutex.withLock { $0 += 1 } }
}

@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    /// Records with one request until an answer comes, and counts how often it did not.
    private func recordStubbornly(
        _ attempt: Attempt, in log: PathwayLog, _ failures: Shared<Int>
    ) async throws -> (receipt: Receipt, isRepetition: Bool) {
        while true {
            do {
                let outcome = try await log.record(attempt, by: "anna")
                guard case .recorded(let receipt, let isRepetition) = outcome else {
                    throw NotRecorded(outcome: outcome)
                }
                return (receipt, isRepetition)
            } catch let error as PostgresError where error.isConnectionLost {
                failures.increment()
            }
        }
    }

    /// Records the paths of patients, each milestone until it is acknowledged.
    private func write(_ patients: StrideTo<Int>, in log: PathwayLog, _ failures: Shared<Int>) async throws {
        for number in patients {
            for (index, line) in History.untilRandomisation("P-\(number)").enumerated() {
                let attempt = try attempt(line, request: .random())
                let first = try await recordStubbornly(attempt, in: log, failures)
                #expect(first.receipt.position == index + 1)
                let again = try await recordStubbornly(attempt, in: log, failures)
                #expect(again.isRepetition)
                #expect(again.receipt.recordedAt == first.receipt.recordedAt)
            }
        }
    }

    /// Every path is whole: five events, each once, and they replay.
    private func expectWhole(_ log: PathwayLog, patients: Int) async throws {
        var count = 0
        try await log.forEachPath { path in
            count += 1
            #expect(path.events.map(\.position) == [1, 2, 3, 4, 5])
            #expect(Set(path.events.map(\.request)).count == 5)
        }
        #expect(count == patients)
    }

    @Test func `whoever loses the connection asks again and finds what was recorded, once`() async throws {
        let seed = printedSeed()
        try await withScratchDatabase(template: Template.trial) { conninfo in
            let log = try await PathwayLog.open(
                ConnectionString.replacing(["application_name": "writer"], in: service(conninfo)), connections: 4)
            defer { log.close() }
            let failures = Shared(0)
            let isDone = Shared(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var generator = SeededGenerator(seed: seed)
                    var killer = try await Connection.open(conninfo)
                    while !isDone.value {
                        // Some work in place of a pause, of a random order of magnitude: whatever the machine takes to connect and
                        // to record, some of the pauses are shorter, and some are long enough.
                        let length = Int32(exp2(Double.random(in: 0...21, using: &generator)))
                        try await killer.execute("SELECT count(*) FROM generate_series(1, \(length))")
                        try await killer.execute(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name = 'writer'
                            """)
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    for writer in 0..<4 {
                        writers.addTask { try await write(stride(from: writer, to: 80, by: 4), in: log, failures) }
                    }
                    try await writers.waitForAll()
                }
                isDone.value = true
                try await group.waitForAll()
            }
            print("answers lost: \(failures.value)")
            #expect(failures.value > 0)
            // A session of the old ones may still be on its way out.
            let afterwards = try await PathwayLog.open(service(conninfo))
            defer { afterwards.close() }
            try await expectWhole(afterwards, patients: 80)
        }
    }

    @Test func `an import whose connection is lost again and again ends with the log of an undisturbed one`()
        async throws
    {
        let seed = printedSeed()
        let file = try lines((1...1_000).flatMap { History.untilRandomisation("P-\($0)") })
        var expected = ""
        try await withLog { log, _ in
            _ = try await log.imports(file)
            expected = try await log.exported()
        }
        try await withScratchDatabase(template: Template.trial) { conninfo in
            let log = try await PathwayLog.open(
                ConnectionString.replacing(["application_name": "writer"], in: service(conninfo)), connections: 4)
            defer { log.close() }
            let isDone = Shared(false)
            let failures = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var generator = SeededGenerator(seed: seed)
                    var killer = try await Connection.open(conninfo)
                    for _ in 0..<6 where !isDone.value {
                        // Only a session that is at work is worth ending: the pool replaces an idle one unseen.
                        var ended = 0
                        while ended == 0, !isDone.value {
                            let length = Int32.random(in: 1...200_000, using: &generator)
                            try await killer.execute("SELECT count(*) FROM generate_series(1, \(length))")
                            ended = try await killer.row(
                                """
                                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                                WHERE datname = current_database() AND application_name = 'writer' AND state <> 'idle'
                                """, as: Int.self)
                        }
                    }
                }
                var failures = 0
                while true {
                    do {
                        _ = try await log.imports(file)
                        break
                    } catch let error as PostgresError where error.isConnectionLost {
                        failures += 1
                    }
                }
                isDone.value = true
                try await group.waitForAll()
                return failures
            }
            #expect(failures > 0)
            // A session of the old ones may still be on its way out.
            let afterwards = try await PathwayLog.open(service(conninfo))
            defer { afterwards.close() }
            #expect(try await afterwards.exported() == expected)
            #expect(try await afterwards.imports(file).report == Tally(lines: 5_000, repeated: 5_000))
        }
    }

    private func fill(_ server: OwnServer) async throws {
        var connection = try await Connection.open(server.conninfo())
        try await Migrator.migrate(&connection)
        try await Migrator.grantLogin(serviceLogin, on: &connection)
        let log = try await PathwayLog.open(service(server.conninfo()))
        try await log.add(ProtocolDocument(BundledProtocols.all[0].text), by: "trial office")
        log.close()
    }

    @Test func `a crash of the server loses nothing that was acknowledged`() async throws {
        try await OwnServer.with { server in
            try await fill(server)
            let log = try await PathwayLog.open(service(server.conninfo()))
            defer { log.close() }
            let failures = Shared(0)
            let isDone = Shared(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<3 { try await server.crash() }
                    isDone.value = true
                }
                var patients = 0
                while !isDone.value {
                    for (index, line) in History.untilRandomisation("P-\(patients)").enumerated() {
                        let attempt = try attempt(line, request: .random())
                        let answer = try await recordStubbornly(attempt, in: log, failures)
                        #expect(answer.receipt.position == index + 1)
                    }
                    patients += 1
                }
                try await group.waitForAll()
                #expect(failures.value > 0)
                try await expectWhole(log, patients: patients)
            }
        }
    }

    /// The server waits for a standby that never comes: what is recorded is committed, and the answer is not sent.
    private func withAbsentStandby(_ body: (PathwayLog, OwnServer) async throws -> Void) async throws {
        try await OwnServer.with { server in
            try await fill(server)
            let log = try await PathwayLog.open(service(server.conninfo()))
            defer { log.close() }
            try await log.mustRecord(attempt(History.enrolment("P-1")))
            var superuser = try await Connection.open(server.conninfo(options: "-c synchronous_commit=local"))
            try await superuser.script("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            try await superuser.execute("SELECT pg_reload_conf()")
            try await body(log, server)
        }
    }

    /// A session that waits for the standby can be ended: its row is there, and its answer is lost.
    private func withAnswersHeldBack(
        _ body: (PathwayLog, _ loseAnswer: @Sendable (Task<Void, Never>) async throws -> Bool) async throws -> Void
    ) async throws {
        try await withAbsentStandby { log, server in
            try await body(log) { work in
                let ended = try await heldBack("count(pg_terminate_backend(pid))", of: server, during: work)
                guard ended > 0 else { return false }
                await work.value
                try await release(server)
                return true
            }
        }
    }

    /// Asks about the sessions that wait for the standby until there is one, or the work is done.
    private func heldBack(_ what: Query, of server: OwnServer, during work: Task<Void, Never>) async throws -> Int {
        var superuser = try await Connection.open(server.conninfo(options: "-c synchronous_commit=local"))
        let isDone = Shared(false)
        Task {
            await work.value
            isDone.value = true
        }
        var sessions = 0
        while sessions == 0, !isDone.value {
            sessions = try await superuser.row(
                "SELECT \(what) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", as: Int.self)
        }
        return sessions
    }

    /// From now on the answers come.
    private func release(_ server: OwnServer) async throws {
        var superuser = try await Connection.open(server.conninfo(options: "-c synchronous_commit=local"))
        try await superuser.script("ALTER SYSTEM RESET synchronous_standby_names")
        try await superuser.execute("SELECT pg_reload_conf()")
    }

    @Test func `an event whose answer was lost is found by its request`() async throws {
        try await withAnswersHeldBack { log, loseAnswer in
            // The server needs a moment until it holds answers back: events are recorded until one is lost.
            for number in 2... {
                let attempt = try attempt(
                    "P-1 adverse-event 2016-04-01 term=fever grade=2", request: .random())
                let error = Shared<(any Error)?>(nil)
                let work = Task {
                    do { _ = try await log.record(attempt, by: "anna") } catch let fault { error.value = fault }
                }
                guard try await loseAnswer(work) else { continue }
                let fault = try #require(error.value as? PostgresError)
                #expect(fault.isConnectionLost)
                #expect(fault.outcomeUnknown)
                let again = try await log.record(attempt, by: "anna")
                #expect(again.isRepetition)
                #expect(again.receipt?.position == number)
                #expect(try await log.path(of: patient("P-1")).events.count == number)
                break
            }
        }
    }

    @Test func `a batch of an import whose answer was lost is recognised`() async throws {
        try await withAnswersHeldBack { log, loseAnswer in
            for number in 2... {
                let file = try lines(History.untilRandomisation("P-\(number)"))
                let error = Shared<(any Error)?>(nil)
                let work = Task {
                    do { _ = try await log.imports(file) } catch let fault { error.value = fault }
                }
                guard try await loseAnswer(work) else { continue }
                let fault = try #require(error.value as? PostgresError)
                #expect(fault.code == .commitUnknown)
                #expect(try await log.imports(file).report == Tally(lines: 5, repeated: 5))
                break
            }
        }
    }

    @Test func `whoever asks again is not told of an event that the standby may not have`() async throws {
        try await withAbsentStandby { log, server in
            for number in 2... {
                let attempt = try attempt(
                    "P-1 adverse-event 2016-04-01 term=fever grade=2", request: .random())
                let work = Task { _ = try? await log.record(attempt, by: "anna") }
                guard try await heldBack("count(pg_terminate_backend(pid))", of: server, during: work) > 0 else {
                    continue
                }
                await work.value
                // The row can be read now, and would be lost with this server.
                #expect(try await log.path(of: patient("P-1")).events.count == number)
                let outcome = Shared<Outcome?>(nil)
                let again = Task { outcome.value = try? await log.record(attempt, by: "anna") }
                #expect(try await heldBack("count(*)", of: server, during: again) == 1)
                #expect(outcome.value == nil)
                try await release(server)
                await again.value
                #expect(outcome.value?.isRepetition == true)
                #expect(outcome.value?.receipt?.position == number)
                break
            }
        }
    }

    @Test func `an import that finds its lines in the log waits for the standby as well`() async throws {
        try await withAbsentStandby { log, server in
            for number in 2... {
                let file = try lines(History.untilRandomisation("P-\(number)"))
                let work = Task { _ = try? await log.imports(file) }
                guard try await heldBack("count(pg_terminate_backend(pid))", of: server, during: work) > 0 else {
                    continue
                }
                await work.value
                let report = Shared<Tally?>(nil)
                let again = Task { report.value = try? await log.imports(file).report }
                #expect(try await heldBack("count(*)", of: server, during: again) == 1)
                #expect(report.value == nil)
                try await release(server)
                await again.value
                #expect(report.value == Tally(lines: 5, repeated: 5))
                break
            }
        }
    }
}
