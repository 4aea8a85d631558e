internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import PathwaySimulation
internal import Postgres

/// (b) A million events imported beside `\copy … binary` of the same rows into the same table, and
/// (d) the whole log read and folded beside `COPY … TO STDOUT (FORMAT binary)`.
enum BulkBench {
    private static let columns = """
        patient, position, follows, act, restates, edition, protocol, site, milestone, transition, arrow, phase_before, phase_after, \
        status_before, status_after, answer, occurred_on, precision, floor_before, floor_after, locked_before, locked_after, facts, \
        identifying, reason, randomisation, arm, stratum, synthetic, recorded_by, login, recorded_at, origin_by, origin_at, request, \
        xid
        """

    static func run(_ settings: Settings, _ database: BenchDatabase, reads: Bool, imports: Bool) async throws {
        let folder = NSTemporaryDirectory() + "/pathway-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (lines, rows) = (folder + "/events.ndjson", folder + "/events.pgcopy")
        let count = try write(lines, events: settings.importedEvents)

        var ours: [Double] = []
        var references: [Double] = []
        for round in 0..<(imports ? settings.rounds : 1) {
            let log = try await database.log("bench_import")
            ours.append(
                Double(count)
                    / (try await seconds { try await load(lines, into: database.open(log), expecting: count) }))
            if round == 0 {
                try Program.run(
                    "psql", ["-q", "-d", log, "-c", "\\copy pathway.event (\(columns)) TO '\(rows)' (FORMAT binary)"])
            }
            if imports {
                let reference = try await database.log("bench_copy")
                references.append(
                    Double(count)
                        / (try await seconds {
                            try Program.run(
                                "psql",
                                [
                                    "-q", "-v", "ON_ERROR_STOP=1", "-d", reference, "-c",
                                    "\\copy pathway.event (\(columns)) FROM '\(rows)' (FORMAT binary)",
                                ])
                        }))
            }
        }
        if imports {
            report(
                "(b) import of \(grouped(Double(count))) events: \\copy \(grouped(median(references)))/s, "
                    + "ours \(grouped(median(ours)))/s, ratio \(ratio(median(ours) / median(references))) (aim 0.8); "
                    + "peak memory \(peakMemory()) MB")
        }
        if reads { try await read(settings, database, count) }
    }

    private static func read(_ settings: Settings, _ database: BenchDatabase, _ count: Int) async throws {
        let conninfo = try await database.existing("bench_import")
        var ours: [Double] = []
        var references: [Double] = []
        for _ in 0..<settings.rounds {
            references.append(
                Double(count)
                    / (try await seconds {
                        try Program.run(
                            "sh",
                            [
                                "-c",
                                "psql -q -d \"$0\" -c \"COPY pathway.event TO STDOUT (FORMAT binary)\" > /dev/null",
                                conninfo,
                            ])
                    }))
            let log = try await database.open(conninfo)
            var folded = 0
            ours.append(Double(count) / (try await seconds { try await log.forEachPath { folded += $0.events.count } }))
            precondition(folded == count, "the log was not read whole")
            log.close()
        }
        report(
            "(d) read and folded: COPY TO STDOUT \(grouped(median(references)))/s, ours \(grouped(median(ours)))/s, "
                + "ratio \(ratio(median(ours) / median(references))) (aim 0.8); peak memory \(peakMemory()) MB")
    }

    private static func write(_ path: String, events: Int) throws -> Int {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw ProgramFailed(name: "writing", output: path) }
        var simulation = try Material.simulation(patients: .max)
        var bytes: [UInt8] = []
        var count = 0
        while count < events, let patient = try simulation.next() {
            for attempt in patient.attempts { attempt.appendLine(to: &bytes) }
            count += patient.attempts.count
            if bytes.count > 1 << 20 {
                try file.write(contentsOf: Data(bytes))
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: Data(bytes))
        try file.close()
        return count
    }

    private static func load(_ path: String, into log: PathwayLog, expecting count: Int) async throws {
        defer { log.close() }
        var reader = try LineReader(path: path)
        var importer = Importer(into: log, by: "bench", format: .ndjson)
        let report = try await importer.run(&reader, remark: { _, _, _ in }, progress: { _, _ in })
        precondition(report.recorded == count, "the import recorded \(report.recorded) of \(count)")
    }

    /// The most memory this process has held, in megabytes.
    private static func peakMemory() -> Int {
        // "VmHWM:   123456 kB" among the lines that Linux keeps of each process.
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.filter(\.isNumber)) ?? 0) / 1024
    }
}
