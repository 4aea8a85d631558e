internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayDocument
internal import PathwayLog

/// `pathway protocol …`: the documents.
struct ProtocolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocol", abstract: "Check, show, draw and add protocol documents.",
        discussion: "Example: pathway protocol check aall1331.yaml",
        subcommands: [Check.self, Show.self, Diagram.self, Add.self, List.self, Words.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every fault of a document with its line.",
            discussion: "Exits 0 if there is none, 65 otherwise.\n\nExample: pathway protocol check my-protocol.yaml")

        @Argument(help: "The YAML file.", completion: .file(extensions: ["yaml", "yml"])) var file: String

        func run() async throws {
            let document = try ProtocolSource.read(file)
            let treatment = document.treatment
            let unverified =
                treatment.transitions.count { !$0.provenance.isVerified }
                + treatment.rules.count { !$0.provenance.isVerified }
                + treatment.plan.provenances.count { !$0.isVerified }
            Terminal.line(
                "\(file): sound: \(treatment.name) version \(treatment.version), \((treatment.phases.count - 1).of("phase")), "
                    + "\(treatment.transitions.count.of("transition")), \(treatment.rules.count.of("rule")), "
                    + "\(unverified.of("row")) unverified")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the transition table that a document compiles to.",
            discussion: "Example: pathway protocol show aall1331")

        @Argument(help: "A protocol that comes with the program, or a YAML file.") var name: String
        @OptionGroup var output: FormatOption

        func run() async throws {
            let document = try ProtocolSource.read(name)
            try output.print(ProtocolTable(document), text: ProtocolTable.text(document))
        }
    }

    struct Diagram: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a protocol.",
            discussion: "Example: pathway protocol diagram aall1331 --format svg > aall1331.svg")

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case mermaid, dot, svg
        }

        @Argument(help: "A protocol that comes with the program, or a YAML file.") var name: String
        @Option(help: "mermaid, dot, or svg (which needs Graphviz).") var format: Format = .mermaid

        func run() async throws {
            let treatment = try ProtocolSource.read(name).treatment
            switch format {
            case .mermaid: Terminal.write(treatment.mermaid)
            case .dot: Terminal.write(treatment.dot)
            case .svg: Terminal.write(try Graphviz.svg(of: treatment.dot))
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a version of a protocol into the log.", discussion: "Example: pathway protocol add aall1331")

        @Argument(help: "A protocol that comes with the program, or a YAML file.") var name: String
        @OptionGroup var person: PersonOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let document = try ProtocolSource.read(name)
            try await database.withLog { log in
                let edition = try await log.add(document, by: try person.name(log.ownName))
                Terminal.line(
                    "\(edition.treatment.name) version \(edition.treatment.version), SHA-256 \(edition.digest.hexadecimal)"
                )
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the versions of protocols that the log holds.",
            discussion: "It has no --through: a version is in the log or not yet.\n\nExample: pathway protocol list")

        struct Row: Encodable {
            let `protocol`: String
            let version: Int
            let title: String
            let effective: String
            let digest: String
            let addedBy: String
            let addedAt: String

            private enum CodingKeys: String, CodingKey {
                case `protocol`, version, title, effective, digest
                case addedBy = "added-by"
                case addedAt = "added-at"
            }
        }

        @OptionGroup var moment: MomentOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let point = try moment.point()
            try await database.withLog(at: point) { log in
                let held = log.editions.all.filter { edition in point.asOf.map { edition.addedAt <= $0 } ?? true }
                let rows = held.map { edition in
                    Row(
                        protocol: edition.treatment.name, version: edition.treatment.version,
                        title: edition.treatment.title, effective: edition.treatment.effective.description,
                        digest: edition.digest.hexadecimal, addedBy: edition.addedBy,
                        addedAt: edition.addedAt.description)
                }
                var table = TextTable(
                    ["protocol", "version", "effective", "SHA-256", "added by", "title"], rightAligned: [1])
                for row in rows {
                    table.add([
                        row.protocol, String(row.version), row.effective, String(row.digest.prefix(16)), row.addedBy,
                        row.title,
                    ])
                }
                try output.print(
                    rows, text: rows.isEmpty ? "no protocol yet: add one with \"pathway protocol add\"\n" : table.text)
                for edition in log.editions.unreadable {
                    Terminal.say(
                        "warning: \(edition.protocolName) version \(edition.version), edition \(edition.number), cannot be read: \(edition.why)"
                    )
                }
            }
        }
    }

    struct Words: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the milestones and their fields.", discussion: "Example: pathway protocol words")

        func run() async throws {
            for kind in MilestoneKind.allCases {
                Terminal.line(
                    Terminal.styled(kind.rawValue, .bold) + (kind.track == .status ? "  (moves the status)" : ""))
                for field in kind.fields {
                    let mark = kind.required.contains(field) && field != kind.derivedField ? " (required)" : ""
                    Terminal.line("    \(field.rawValue): \(field.expectation)\(mark)")
                }
            }
            Terminal.line("Every milestone also takes \(Field.note.rawValue): \(Field.note.expectation)")
        }
    }
}

/// Where a protocol document comes from.
enum ProtocolSource {
    /// Reads a bundled protocol by its name, or a file.
    static func read(_ name: String) throws -> ProtocolDocument {
        let text: String
        if let bundled = BundledProtocols.all.first(where: { $0.name == name }) {
            text = bundled.text
        } else {
            guard name.contains(".") || name.contains("/") || FileManager.default.fileExists(atPath: name) else {
                let bundled = BundledProtocols.all.map(\.name).joined(separator: ", ")
                throw Failure(
                    .badInput, "there is no protocol \"\(name)\"",
                    hint: "name a YAML file, or one that comes with the program: \(bundled)")
            }
            text = try TextFile.read(name)
        }
        do {
            return try ProtocolDocument(text)
        } catch {
            for fault in error.faults { Terminal.say("\(name):\(fault.line): \(fault.message)") }
            throw Failure(
                .badInput, "\(name) has \(error.faults.count.of("fault"))")
        }
    }
}

/// Reads small text files whole.
enum TextFile {
    static func read(_ path: String, limit: Int = 4 << 20) throws -> String {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw Failure(.badInput, "cannot read \"\(path)\"", hint: "is there such a file, and may you read it?")
        }
        guard data.count <= limit else { throw Failure(.badInput, "\"\(path)\" is larger than \(limit >> 20) MiB") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.badInput, "\"\(path)\" is not UTF-8")
        }
        return text
    }
}

/// Lays a diagram out with Graphviz.
enum Graphviz {
    static func svg(of dot: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["dot", "-Tsvg"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw missing }
        // Where there is no "dot", nobody reads.
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        try? input.fileHandleForWriting.write(contentsOf: Data(dot.utf8))
        try? input.fileHandleForWriting.close()
        let svg = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, !svg.isEmpty else { throw missing }
        return String(decoding: svg, as: UTF8.self)
    }

    private static let missing = Failure(
        .unavailable, "drawing SVG needs Graphviz, and its program \"dot\" is not here",
        hint: "install the package graphviz (apt-get install graphviz, brew install graphviz), or use --format mermaid")
}
