internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import PathwayProof

/// `pathway audit …`: proofs that the log is what it was.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign checkpoints, verify the log, prove what is in it.",
        discussion: "Example: pathway audit verify --checkpoint /media/safe/checkpoint",
        subcommands: [
            MakeKey.self, SealCommand.self, CheckpointCommand.self, Verify.self, Prove.self, Consistency.self,
            ChainCommand.self,
            Trail.self,
            JournalCommand.self,
        ])

    /// `pathway audit key`: a key that signs checkpoints.
    struct MakeKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "key", abstract: "Make a key that signs checkpoints.",
            discussion: """
                The private key goes to the file, which only you can read, and the public one beside it under the same name with .pub. \
                Keep the private one away from the database, and give the public one to whoever verifies.

                Example: pathway audit key --name centre.example/aall1331 --out pathway.key
                """)

        @Option(help: "The name of the log, which nobody else uses; without spaces and plus signs.") var name: String
        @Option(help: "The file of the private key.", completion: .file()) var out: String

        func run() async throws {
            guard !FileManager.default.fileExists(atPath: out) else {
                throw Failure(.badInput, "\"\(out)\" is there already", hint: "a key is never written over")
            }
            let signer = try NoteSigner(name: name)
            let file = try WholeFile(out)
            try file.write(Array((signer.privateText + "\n").utf8))
            try file.commit()
            let other = try WholeFile(out + ".pub")
            try other.write(Array((signer.verifier.text + "\n").utf8))
            try other.commit()
            Terminal.line(signer.verifier.text)
        }
    }

    /// `pathway audit seal`: gives what was recorded its place in the proof.
    struct SealCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "seal", abstract: "Give what was recorded its number and its place in the proof.",
            discussion: """
                It takes the role sealer, which people with logins of their own do not have: somebody must seal for them, or changes, \
                checkpoints and snapshots wait. Run it as a service with --every, or every minute by a timer.

                Example: pathway audit seal --every 1
                """)

        @Option(help: ArgumentHelp("Go on, with a pause of so many seconds, until interrupted.", valueName: "seconds"))
        var every: Double?
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            guard every.map({ $0 >= 0.1 && $0 <= 86_400 }) ?? true else {
                throw Failure(.usage, "--every is a number of seconds from 0.1 to 86400")
            }
            try await database.withLog { log in
                guard log.maySeal else {
                    throw Failure(
                        .notAllowed, "this login may not seal",
                        hint: "grant it the role: \"pathway access grant LOGIN --role sealer\"")
                }
                repeat {
                    let report = try await log.seal()
                    if report.added > 0 || every == nil {
                        Terminal.say("\(report.size.of("entry is", "entries are")) sealed, \(report.added) of them now")
                    }
                    if report.wasBusy, every == nil { Terminal.say("another sealer is at work") }
                    if let every { try await Task.sleep(for: .seconds(every)) }
                } while every != nil
            }
        }
    }

    /// `pathway audit checkpoint`: what the log is now, signed.
    struct CheckpointCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint", abstract: "Sign how much is in the log, and the root hash over it.",
            discussion: """
                Keep it where nobody who can change the database can change it too. With --out the leaves of the proof are kept beside it \
                (some 70 bytes an entry), so that a later change is named even if its digests were rewritten with it.

                Example: pathway audit checkpoint --key pathway.key --out /media/safe/checkpoint
                """)

        @OptionGroup var key: KeyOption
        @Option(help: "The file to write (default: standard output).", completion: .file()) var out: String?
        @OptionGroup var existing: ForceOption
        @Flag(help: "Keep no leaves beside the file.") var withoutLeaves = false
        @OptionGroup var person: PersonOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let signer = try key.signer()
            try await database.withLog { log in
                let name = try person.name(log.ownName)
                if !log.maySeal { try await log.sayWhatWaits() }
                let origin = signer.verifier.name
                guard let out else {
                    let note = try await log.checkpoint(origin: origin, signer: signer, by: name)
                    return Terminal.write(note.description)
                }
                let file = try WholeFile(out, replacing: existing.force)
                var leaves = withoutLeaves ? nil : try LeafFile.Writer(out + ".leaves", replacing: existing.force)
                let note = try await log.checkpoint(origin: origin, signer: signer, by: name) { leaf in
                    try leaves?.add(leaf)
                }
                try file.write(note.bytes)
                try leaves?.commit()
                try file.commit()
                let size = try Checkpoint(note.text).size
                Terminal.say(
                    "\(size.of("entry is", "entries are")) signed in \(out)"
                        + (withoutLeaves ? "" : "; their leaves are in \(out).leaves, to be kept with it"))
            }
        }
    }

    /// `pathway audit verify`: everything compared with everything.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the log with its digests, with checkpoints, and with the protocol.",
            discussion: """
                Names the patient and the position of each change. The leaves beside a checkpoint (FILE.leaves) are used if they are there. \
                Exits 65 if anything is not as it was recorded.

                Example: pathway audit verify --checkpoint /media/safe/checkpoint --verifier pathway.key.pub
                """)

        @Option(help: "A checkpoint that was signed earlier; may be repeated.", completion: .file()) var checkpoint:
            [String] = []
        @OptionGroup var verifier: VerifierOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let opened = try checkpoint.map { try verifier.open($0) }
            let largest = zip(checkpoint, opened).filter { FileManager.default.fileExists(atPath: $0.0 + ".leaves") }
                .max { $0.1.size < $1.1.size }
            let leaves = try largest.map { try LeafFile.Reader($0.0 + ".leaves", of: $0.1) }
            try await database.withLog { log in
                let report = try await log.audit(opened, witness: leaves == nil ? nil : { try leaves?.next() })
                let printed = AuditReportPrinted(report)
                try output.print(printed, text: printed.text)
                if report.unsealed > 0 { try await log.sayWhatWaits() }
                if !report.isSound { throw Failure.silent(.badInput) }
            }
        }
    }

    /// `pathway audit prove`: that an entry is in the log.
    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that an entry is in the log: an inclusion proof as in RFC 6962.",
            discussion: "Example: pathway audit prove P-017 4 --checkpoint /media/safe/checkpoint")

        @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
        @Argument(help: "The position in the record.") var position: Int
        @Option(help: "Prove it against this checkpoint (default: all that is sealed).", completion: .file())
        var checkpoint: String?
        @OptionGroup var verifier: VerifierOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let opened = try checkpoint.map { try verifier.open($0) }
            try await database.withLog { log in
                let proof = try await log.prove(patient.description, position, size: opened?.size)
                let root = opened?.root ?? proof.root
                do { try proof.proof.verify(leafHash: MerkleTree.leafHash(of: proof.leaf), root: root) } catch {
                    throw Failure(
                        .badInput, "the proof does not lead to the root of the checkpoint: the log was changed",
                        hint: "\"pathway audit verify --checkpoint \(checkpoint ?? "FILE")\" names what")
                }
                Terminal.line(proof.proof.json(leaf: proof.leaf))
            }
        }
    }

    /// `pathway audit consistency`: that one log is the beginning of another.
    struct Consistency: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the log of an old checkpoint is the beginning of the log of a new one.",
            discussion: "Example: pathway audit consistency old-checkpoint new-checkpoint")

        @Argument(help: "The older checkpoint.", completion: .file()) var old: String
        @Argument(help: "The newer checkpoint.", completion: .file()) var new: String
        @OptionGroup var verifier: VerifierOption
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let (first, second) = (try verifier.open(old), try verifier.open(new))
            guard first.size <= second.size else {
                throw Failure(
                    .usage, "\"\(old)\" was signed over more entries than \"\(new)\"", hint: "name the older one first")
            }
            try await database.withLog { log in
                let proof = try await log.proveConsistency(from: first.size, to: second.size)
                do { try proof.verify(oldRoot: first.root, newRoot: second.root) } catch {
                    throw Failure(
                        .badInput, "the log of \"\(old)\" is not the beginning of the log of \"\(new)\"",
                        hint: "\"pathway audit verify --checkpoint \(old)\" names what was changed")
                }
                Terminal.line(proof.json)
            }
        }
    }

    /// `pathway audit chain`: the canonical records of a patient.
    struct ChainCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "chain",
            abstract:
                "Write the canonical records of a patient with the digests of the chain, in their order, as NDJSON.",
            discussion: "For whoever verifies them with a program of their own.\n\nExample: pathway audit chain P-017")

        @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            try await database.withLog { log in
                let chain = try await log.chain(of: patient)
                guard !chain.isEmpty else { throw Failure(.badInput, "there is no patient \"\(patient)\" in the log") }
                for (_, record, digest) in chain {
                    var line: [UInt8] = [UInt8(ascii: "{")]
                    JSONLine.append("record", Data(record).base64EncodedString(), to: &line)
                    JSONLine.append("digest", digest.hexadecimal, to: &line)
                    Terminal.write(line + Array("}\n".utf8))
                }
            }
        }
    }

    /// `pathway audit trail`: who recorded what, when.
    struct Trail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List who recorded what and when, in the order of time, as NDJSON.",
            discussion: """
                Who has no right to the allocation (the role monitor) sees neither arms nor what would tell them.

                Example: pathway audit trail --patient P-017
                """)

        @Option(help: "Only this patient.") var patient: PatientID?
        @OptionGroup var reading: ReadingOptions
        @OptionGroup var database: DatabaseOption

        func run() async throws {
            let point = try reading.point()
            try await database.withLog(at: point) { log in
                try await log.forEachTrailLine(of: patient, at: point) { line in
                    if let through = point.through, let on = line.on, on.earliest > through { return }
                    Terminal.write(line.json)
                }
            }
        }
    }

    /// `pathway audit journal`: what was done to the log as a whole.
    struct JournalCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "journal",
            abstract: "List protocols added, access granted and revoked, sites locked, data taken out.",
            discussion:
                "The latest come first. It has no --through: nothing in it has a clinical day.\n\nExample: pathway audit journal"
        )

        @Option(help: "How many at most.") var limit = 100
        @OptionGroup var moment: MomentOption
        @OptionGroup var output: FormatOption
        @OptionGroup var database: DatabaseOption

        struct Row: Encodable {
            let number: Int
            let at: String
            let act: String
            let subject: String
            let detail: [String: String]
            let reason: String?
            let by: String
            let login: String
        }

        func run() async throws {
            let point = try moment.point()
            try await database.withLog(at: point) { log in
                let entries = try await log.journal(asOf: point.asOf, limit: limit)
                var table = TextTable(
                    ["#", "at (UTC)", "act", "of", "detail", "why", "by", "login"], rightAligned: [0])
                for entry in entries {
                    table.add([
                        String(entry.number), String(entry.at.description.prefix(19)), entry.act, entry.subject,
                        entry.detail.map { "\($0.name)=\($0.value)" }.joined(separator: " "), entry.reason ?? "",
                        entry.by, entry.login,
                    ])
                }
                try output.print(
                    entries.map { entry in
                        Row(
                            number: entry.number, at: entry.at.description, act: entry.act, subject: entry.subject,
                            detail: Dictionary(entry.detail.map { ($0.name, $0.value) }) { first, _ in first },
                            reason: entry.reason, by: entry.by, login: entry.login)
                    }, text: table.text)
            }
        }
    }
}

/// The key that signs checkpoints.
struct KeyOption: ParsableArguments {
    @Option(help: "The file of the private key; else PATHWAY_SIGNING_KEY.", completion: .file()) var key: String?

    func signer() throws -> NoteSigner {
        guard let path = key ?? ProcessInfo.processInfo.environment["PATHWAY_SIGNING_KEY"], !path.isEmpty else {
            throw Failure(
                .usage, "no key is named",
                hint: "make one with \"pathway audit key\", and name it with --key or PATHWAY_SIGNING_KEY")
        }
        let text = try TextFile.read(path).trimmingCharacters(in: .whitespacesAndNewlines)
        do { return try NoteSigner(privateText: text) } catch {
            throw Failure(.badInput, "cannot read the key \"\(path)\": \(error.message)", hint: error.hint)
        }
    }
}

/// The public keys of whoever may have signed a checkpoint.
struct VerifierOption: ParsableArguments {
    @Option(
        help:
            "A public key, or the file of one; may be repeated. Else PATHWAY_VERIFIER, or FILE.pub of PATHWAY_SIGNING_KEY.",
        completion: .file())
    var verifier: [String] = []

    func open(_ path: String) throws -> Checkpoint {
        let keys = try keys()
        let note = Array(try TextFile.read(path).utf8)
        do {
            let opened = try SignedNote(opening: note, verifiers: keys)
            let checkpoint = try Checkpoint(opened.text)
            guard keys.contains(where: { $0.name == checkpoint.origin }) else {
                throw Failure(
                    .badInput, "\"\(path)\" is a checkpoint of the log \"\(checkpoint.origin)\"",
                    hint: "the keys are of \(keys.map(\.name).joined(separator: ", "))")
            }
            return checkpoint
        } catch let error as ProofError {
            throw Failure(.badInput, "cannot open the checkpoint \"\(path)\": \(error.message)", hint: error.hint)
        }
    }

    private func keys() throws -> [NoteVerifier] {
        let environment = ProcessInfo.processInfo.environment
        var named = verifier
        if named.isEmpty, let text = environment["PATHWAY_VERIFIER"], !text.isEmpty { named = [text] }
        if named.isEmpty, let path = environment["PATHWAY_SIGNING_KEY"], !path.isEmpty { named = [path + ".pub"] }
        guard !named.isEmpty else {
            throw Failure(
                .usage, "no key is named that a checkpoint could be verified with",
                hint: "name the public key with --verifier or PATHWAY_VERIFIER")
        }
        return try named.map { name in
            let isFile = FileManager.default.fileExists(atPath: name)
            let text = isFile ? try TextFile.read(name).trimmingCharacters(in: .whitespacesAndNewlines) : name
            do throws(ProofError) { return try NoteVerifier(text) } catch {
                throw Failure(.badInput, "\"\(name)\" is no public key: \(error.message)", hint: error.hint)
            }
        }
    }
}

extension PathwayLog {
    /// Says why what was recorded more than a minute ago, or longer than that, has no number yet.
    func sayWhatWaits(longerThan wait: Duration = .seconds(60)) async throws {
        if let hold = try await sealerHold(longerThan: wait) {
            let details = [
                hold.login.map { "login \($0)" }, hold.database.map { "database \($0)" },
                hold.since.map { "since \($0)" },
            ].compactMap(\.self).joined(separator: ", ")
            let what = hold.process.map { "process \($0) of the server" } ?? "a prepared transaction"
            Terminal.say("warning: an open transaction keeps entries from being sealed: \(what) (\(details))")
        } else if let backlog = try await unsealedBacklog(longerThan: wait) {
            let entries = backlog.entries.of("entry waits", "entries wait")
            Terminal.say("warning: nobody seals: \(entries), the oldest since \(backlog.since)")
            Terminal.say("hint: run \"pathway audit seal --every 1\" under a login with the role sealer")
        }
    }
}
