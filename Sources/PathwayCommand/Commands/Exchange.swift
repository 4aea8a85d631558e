internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import Synchronization

/// `pathway import`: a file of milestones.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record a file of milestones through the same guard.",
        discussion: """
            NDJSON holds one milestone a line, CSV names its columns in the first line. Lines that are refused go to a file that can be \
            mended and imported again; an interrupted import goes on when it is repeated, for what is recorded is recognised.

            Example: pathway import milestones.ndjson --dry-run
            """)

    @Argument(help: "The file; - is standard input.", completion: .file()) var file: String
    @Flag(help: "Show what would be recorded, refused and warned of; record nothing.") var dryRun = false
    @Flag(help: "The file is CSV (default: by its name).") var csv = false
    @Option(help: "Where refused lines go (default: FILE.refused).") var refused: String?
    @OptionGroup var person: PersonOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let format: Importer.Format = csv || Import.isCSV(file) ? .csv : .ndjson
        let refusedPath = refused ?? (file == "-" ? "import.refused" : file + ".refused")
        guard refusedPath != file else { throw Failure(.usage, "--refused names the file that is imported") }
        let command = self
        let standing = StandingLines(of: file, isTrial: dryRun)
        let (report, path) = try await Interruption.cancelling(leaving: standing.words, hint: standing.hint) {
            do { return try await command.take(format, refusedPath, standing) } catch {
                throw standing.failure(of: error) ?? error
            }
        }
        let printed = ImportReport(report, refusedLines: path, isTrial: dryRun)
        try output.print(printed, text: printed.text)
        if report.refused > 0 { throw Failure.silent(.badInput) }
    }

    private func take(
        _ format: Importer.Format, _ refusedPath: String, _ standing: StandingLines
    ) async throws -> (Importer.Report, String?) {
        try await database.withLog(seals: true) { log in
            let name = try person.name(log.ownName)
            var reader = try LineReader(path: file)
            var lines = RefusedLines(
                refusedPath, after: format == .csv ? try Import.columns(of: file) : nil, isTrial: dryRun)
            var bar = ProgressBar(total: reader.size)
            var importer = Importer(into: log, by: name, format: format, isTrial: dryRun)
            var shown = 0
            var hinted: Set<String> = []
            var tally = WarningTally()
            defer { standing.count(importer.report) }
            let report = try await importer.run(&reader) { number, bytes, remark in
                switch remark {
                case .refused(let why, let hint):
                    shown += 1
                    // A line that is too long comes without its bytes, and stays where it is.
                    if !bytes.isEmpty { try lines.add(bytes) }
                    if shown <= Import.shownRemarks {
                        bar.clear()
                        Terminal.say("\(file):\(number): \(why)")
                        if let hint, hinted.insert(hint).inserted { Terminal.say("hint: \(hint)") }
                    }
                case .warned(let warnings):
                    for warning in warnings { tally.add(warning, line: number) }
                    return
                }
                if shown == Import.shownRemarks + 1 { Terminal.say("… further remarks are counted, not shown") }
            } progress: { bytes, report in
                standing.count(report)
                bar.show(
                    bytes,
                    "\(report.lines.of("line")), \(dryRun ? report.recorded : report.committed) recorded, \(report.refused) refused"
                )
            }
            bar.clear()
            try lines.close()
            try await Import.warnOfMixture(report, log)
            for line in tally.lines(of: file) { Terminal.say(line) }
            return (report, lines.count > 0 && !dryRun ? lines.path : nil)
        }
    }

    private static let shownRemarks = 50

    /// Says that a log holds real patients and made-up ones.
    private static func warnOfMixture(_ report: Importer.Report, _ log: PathwayLog) async throws {
        let taken = report.recorded
        guard taken > 0 else { return }
        let rows = try await log.cohort { _ in }
        let patients = rows.reduce(0) { $0 + $1.patients }
        let made = rows.reduce(0) { $0 + $1.synthetic }
        if report.synthetic > 0, patients > made {
            Terminal.say(
                "warning: \(report.synthetic.of("line")) of synthetic patients, and the log holds \((patients - made).of("real patient"))"
            )
        }
        if taken > report.synthetic, made > 0 {
            Terminal.say(
                "warning: \((taken - report.synthetic).of("line")) of real patients, and the log holds \(made.of("synthetic patient"))"
            )
        }
    }

    /// Whether the name says CSV, also that of refused lines of a CSV.
    private static func isCSV(_ file: String) -> Bool {
        var name = file[...]
        while name.hasSuffix(".refused") { name = name.dropLast(".refused".count) }
        return name.hasSuffix(".csv")
    }

    /// The record of a CSV file that names its columns; `nil` if the file cannot be read twice.
    private static func columns(of file: String) throws -> ArraySlice<UInt8>? {
        // Looked at before it is opened: whoever fills a pipe must not see a reader come and go.
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        guard file != "-", attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
        var reader = try LineReader(path: file)
        guard case .text(var record, _)? = try reader.next() else { return nil }
        while CSVRecord.isOpen(record), record.count < LineReader.longest, case .text(let more, _)? = try reader.next()
        {
            record += [0x0A] + more
        }
        return record
    }
}

/// How many lines of a file stand in the log, for whoever interrupts its import.
final class StandingLines: Sendable {
    private let file: String
    private let isTrial: Bool
    private let lines = Mutex<Int?>(nil)

    init(of file: String, isTrial: Bool) {
        self.file = file
        self.isTrial = isTrial
    }

    func count(_ report: Importer.Report) { lines.withLock { $0 = report.committed + report.repeated } }

    /// What an interruption leaves.
    var words: String {
        guard !isTrial else { return "nothing was recorded (--dry-run)" }
        let count = lines.withLock { $0 } ?? 0
        return "\(count.of("line")) of \(file) \(count == 1 ? "stands" : "stand") in the log"
    }

    var hint: String? { isTrial ? nil : "import the file again: it goes on behind what stands" }

    /// What is said of a connection that was lost on the way, or of others in the way; `nil` of any other error.
    func failure(of error: any Error) -> Failure? {
        guard lines.withLock({ $0 ?? 0 }) > 0, let failure = Failure.words(for: error),
            [.unavailable, .busy].contains(failure.code)
        else { return nil }
        let message = failure.message.replacing("; nothing was recorded", with: "")
        return Failure(failure.code, "\(message); \(words)", hint: hint ?? failure.hint)
    }
}

/// Warnings of one text, counted: an import can give thousands of the same.
struct WarningTally {
    private var counts: [(text: String, count: Int, first: Int)] = []

    mutating func add(_ warning: Warning, line: Int) {
        let text = "\(warning.text) (\(warning.source))"
        if let index = counts.firstIndex(where: { $0.text == text }) {
            counts[index].count += 1
        } else if counts.count < 1_000 {
            counts.append((text, 1, line))
        }
    }

    func lines(of file: String) -> [String] {
        counts.map { entry in
            let others = entry.count == 1 ? "" : " (and \((entry.count - 1).of("more line")))"
            return "\(file):\(entry.first)\(others): warning: \(entry.text)"
        }
    }
}

/// What an import did, as it is printed.
struct ImportReport: Encodable {
    let lines: Int
    let recorded: Int
    let recognised: Int
    let refused: Int
    let warned: Int
    let offProtocol: Int
    let notJudged: Int
    let dryRun: Bool
    let refusedLines: String?

    private enum CodingKeys: String, CodingKey {
        case lines, recorded, recognised, refused, warned
        case offProtocol = "off-protocol"
        case notJudged = "not-judged"
        case dryRun = "dry-run"
        case refusedLines = "refused-lines"
    }

    init(_ report: Importer.Report, refusedLines: String?, isTrial: Bool) {
        lines = report.lines
        recorded = report.recorded
        recognised = report.repeated
        refused = report.refused
        warned = report.warned
        offProtocol = report.offProtocol
        notJudged = report.notJudged
        dryRun = isTrial
        self.refusedLines = refusedLines
    }

    var text: String {
        var text =
            "\(lines.of("line")): \(recorded) \(dryRun ? "would be recorded" : "recorded"), \(recognised) recorded before, "
        text += "\(refused) \(dryRun ? "would be refused" : "refused")\n"
        text += "of the recorded: \(warned) with a warning, \(offProtocol) off protocol\n"
        if notJudged > 0 {
            text +=
                "\(notJudged.of("belongs to a correction, which is", "belong to corrections, which are")) judged when recorded\n"
        }
        if let refusedLines { text += "the refused lines are in \(refusedLines): mend them and import that file\n" }
        return text
    }
}

/// The file that takes refused lines as they were.
struct RefusedLines {
    private(set) var path: String
    private let columns: ArraySlice<UInt8>?
    private let isTrial: Bool
    private(set) var count = 0
    private var handle: FileHandle?

    /// - Parameter columns: what the file begins with.
    init(_ path: String, after columns: ArraySlice<UInt8>?, isTrial: Bool) {
        self.path = path
        self.columns = columns
        self.isTrial = isTrial
    }

    mutating func add(_ bytes: ArraySlice<UInt8>) throws {
        count += 1
        guard !isTrial else { return }
        if handle == nil {
            path = RefusedLines.free(path)
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let opened = FileHandle(forWritingAtPath: path)
            else { throw Failure(.badInput, "cannot write \"\(path)\"", hint: "name another file with --refused") }
            handle = opened
            if let columns { try handle?.write(contentsOf: Data(columns) + Data([0x0A])) }
        }
        try handle?.write(contentsOf: Data(bytes) + Data([0x0A]))
    }

    /// The path, or with a number behind it: somebody may be mending what an earlier import refused.
    private static func free(_ path: String) -> String {
        var attributes = stat()
        guard stat(path, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFREG, attributes.st_size > 0 else {
            return path
        }
        return (2...).lazy.map { "\(path)-\($0)" }.first { !FileManager.default.fileExists(atPath: $0) } ?? path
    }

    mutating func close() throws {
        try handle?.synchronize()
        try handle?.close()
    }
}

/// How far a long piece of work is, on a terminal; elsewhere it is silent.
struct ProgressBar {
    private let total: Int?
    private var isShown = false

    init(total: Int?) { self.total = total }

    mutating func show(_ done: Int, _ words: String) {
        guard Terminal.talkIsTerminal else { return }
        var line = words
        if let total, total > 0 {
            let filled = min(done * 20 / total, 20)
            line =
                "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled) + "] " + words
        }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(line.prefix(Terminal.width - 1))".utf8))
        isShown = true
    }

    mutating func clear() {
        guard isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
        isShown = false
    }
}

/// `pathway export`: the log as NDJSON.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the log as the NDJSON that import reads.",
        discussion:
            "A record that cannot be read or replayed is left out and named, and the command exits 65.\n\nExample: pathway export --out log.ndjson"
    )

    @Option(help: "The file to write (default: standard output).", completion: .file()) var out: String?
    @OptionGroup var existing: ForceOption
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var person: PersonOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let point = try reading.point()
        let damaged: [DamagedRecord]
        if let out {
            let (database, existing, person) = (database, existing, person)
            damaged = try await Interruption.cancelling(leaving: "nothing was written") {
                try await database.withLog(seals: true, at: point) { log in
                    let name = try person.name(log.ownName)
                    let file = try WholeFile(out, replacing: existing.force)
                    let receipt = try await log.export(at: point, by: name) { bytes in try file.write(bytes) }
                    try file.commit()
                    Terminal.say("\(receipt.lines.of("entry", "entries")) in \(out), SHA-256 \(receipt.digest)")
                    return receipt.damaged
                }
            }
        } else {
            damaged = try await database.withLog(seals: true, at: point) { log in
                try await log.export(at: point, by: try person.name(log.ownName)) { bytes in Terminal.write(bytes) }
                    .damaged
            }
        }
        var damage = Damage()
        for record in damaged { damage.say(record) }
        try damage.finish()
    }
}
