internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import PathwaySimulation
internal import Postgres

/// (a) One milestone logged by one writer and by sixteen callers at once, beside the bare `INSERT`.
enum AppendBench {
    static func run(_ settings: Settings, _ database: BenchDatabase) async throws {
        let bare = try await database.empty("bench_bare")
        let script = try BareInsert.prepare(bare)
        for callers in [1, 16] {
            var references: [Double] = []
            var ours: [Double] = []
            for round in 0..<settings.rounds {
                references.append(try BareInsert.rate(bare, script, callers: callers, seconds: settings.appendSeconds))
                let conninfo = try await database.log("bench_append_\(callers)_\(round)")
                ours.append(try await rate(database.open(conninfo), callers: callers, seconds: settings.appendSeconds))
            }
            report(
                "(a) append, \(callers) caller\(callers == 1 ? "" : "s"): bare \(grouped(median(references)))/s, "
                    + "ours \(grouped(median(ours)))/s, ratio \(ratio(median(ours) / median(references))) "
                    + "(aim \(callers == 1 ? "0.65" : "2.0"))")
        }
    }

    /// Milestones a second through the library, whole guard included: each caller walks its own patients.
    private static func rate(_ log: PathwayLog, callers: Int, seconds limit: Double) async throws -> Double {
        defer { log.close() }
        var queues: [[Attempt]] = Array(repeating: [], count: callers)
        var simulation = try Material.simulation(patients: max(Int(limit * 60_000) / 14 + callers, 661))
        var number = 0
        while let patient = try simulation.next() {
            queues[number % callers] += patient.attempts
            number += 1
        }
        let (work, end) = (queues, ContinuousClock.now + .seconds(limit))
        let start = ContinuousClock.now
        let recorded = try await withThrowingTaskGroup(of: Int.self) { group in
            for queue in work {
                group.addTask {
                    var count = 0
                    for attempt in queue {
                        guard ContinuousClock.now < end else { break }
                        guard case .recorded = try await log.record(attempt, by: "bench") else {
                            throw ProgramFailed(name: "an append", output: "it was not recorded")
                        }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = ContinuousClock.now - start
        return Double(recorded) / (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
    }
}

/// The reference: one bare row, its primary key, nothing else, driven by pgbench.
enum BareInsert {
    static func prepare(_ conninfo: String) throws -> String {
        let schema = """
            CREATE TABLE ev (
              patient_id  uuid        NOT NULL,
              version     int         NOT NULL,
              kind        text        NOT NULL,
              occurred_on date        NOT NULL,
              payload     jsonb       NOT NULL,
              recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
              PRIMARY KEY (patient_id, version)
            );
            """
        try Program.run("psql", ["-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-c", schema])
        let insert = """
            INSERT INTO ev(patient_id,version,kind,occurred_on,payload,recorded_at)
            VALUES (gen_random_uuid(), 1, 'start', DATE '2024-03-01', :payload::jsonb, clock_timestamp());
            """
        let path = NSTemporaryDirectory() + "/pathway-bench-\(ProcessInfo.processInfo.processIdentifier).sql"
        try insert.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static func rate(_ conninfo: String, _ script: String, callers: Int, seconds: Double) throws -> Double {
        let payload = "{\"site\":\"H-0421\",\"note\":\"" + String(repeating: "0", count: 180) + "\"}"
        // A number of transactions, not of seconds: a program that Foundation starts has its alarm signal blocked.
        let transactions = Int(max(seconds, 1) * (callers == 1 ? 4_000 : 1_200))
        let output = try Program.run(
            "pgbench",
            [
                "-n", "-M", "prepared", "-D", "payload=\(payload)", "-f", script, "-c", String(callers), "-j",
                String(min(callers, 2)), "-t", String(transactions), conninfo,
            ])
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let value = Double(line.dropFirst(6).prefix { $0 != " " })
        else { throw ProgramFailed(name: "pgbench", output: output) }
        return value
    }
}
