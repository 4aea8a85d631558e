public import ArgumentParser
internal import PathwayCore
public import PathwayLog

/// What signing, locking and unlocking are about: a patient, a site, or the study.
struct ScopeOptions: ParsableArguments {
    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID?
    @Option(help: "Every patient of this site.") var site: String?
    @Flag(help: "Every patient of the study.") var study = false

    enum Choice {
        case patient(PatientID)
        case scope(Scope)
    }

    func choice() throws -> Choice {
        if site?.isEmpty == true { throw Failure(.usage, "--site is empty") }
        guard site != "*" else { throw Failure(.usage, "name the study with --study") }
        if let site {
            do { _ = try Field.site.value(site) } catch { throw Failure(.usage, LineFault(error).message) }
        }
        return switch (patient, site, study) {
        case (let patient?, nil, false): .patient(patient)
        case (nil, let site?, false): .scope(.site(site))
        case (nil, nil, true): .scope(.study)
        default: throw Failure(.usage, "name a patient, --site or --study, and only one of them")
        }
    }
}

/// What acts on a record share.
struct ActOptions: ParsableArguments {
    @OptionGroup var person: PersonOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func act(
        _ wanted: ActRequest, on scope: ScopeOptions.Choice, reason: String?, takesNewSite: Bool = false
    ) async throws {
        let why = try reason.map { try ReasonText.checked($0, of: "--reason") }
        try await database.withLog(seals: true) { log in
            let name = try person.name(log.ownName)
            switch scope {
            case .patient(let patient):
                // Of a record that cannot be read the act itself says so, and keeps that it was attempted.
                let path = try? await log.path(of: patient)
                try ActReport(
                    patient, wanted,
                    try await log.act(
                        wanted, on: patient, reason: why, by: name, door: .commandLine, seen: path?.head)
                )
                .print(output)
                try await log.warnOfIdentity(behind: path)
            case .scope(let scope):
                try ScopeReport(
                    wanted,
                    try await log.act(
                        wanted, on: scope, reason: why, by: name, door: .commandLine, takesNewSite: takesNewSite)
                )
                .print(output)
            }
        }
    }
}

/// What became of an act, as it is printed.
struct ActReport: Encodable {
    let patient: String
    let act: String
    let outcome: String
    var position: Int?
    var recordedAt: String?
    var explanation: String?

    private enum CodingKeys: String, CodingKey {
        case patient, act, outcome, position, explanation
        case recordedAt = "recorded-at"
    }

    init(_ patient: PatientID, _ wanted: ActRequest, _ outcome: ActOutcome) {
        self.patient = patient.description
        act = wanted.past
        switch outcome {
        case .recorded(let position, let recordedAt, let isRepetition):
            self.outcome = isRepetition ? "recorded before" : "recorded"
            self.position = position
            self.recordedAt = recordedAt.description
        case .refused(let why):
            self.outcome = "refused"
            explanation = why
        case .conflict(let entries):
            self.outcome = "conflict"
            explanation = entries.meanwhile
        }
    }

    func print(_ output: FormatOption) throws {
        if output.format == .json { try Terminal.line(FormatOption.json(self)) }
        if let explanation {
            let code: Failure.Code = outcome == "conflict" ? .busy : .refused
            Failure(code, explanation).say()
            throw Failure.silent(code)
        }
        if output.format == .text { Terminal.line("\(patient)  event \(position ?? 0)  \(act)") }
    }
}

/// What became of an act on a site or the study, as it is printed.
struct ScopeReport: Encodable {
    let act: String
    let outcome: String
    let records: Int
    let explanation: String?
    private(set) var hint: String?
    private var damaged: [DamagedRecord] = []

    private enum CodingKeys: CodingKey { case act, outcome, records, explanation, hint }

    init(_ wanted: ActRequest, _ outcome: ScopeOutcome) {
        act = wanted.past
        explanation = outcome.explanation
        switch outcome {
        case .recorded(let records, let damaged):
            (self.outcome, self.records, self.damaged) = ("recorded", records, damaged)
        case .refused: (self.outcome, records) = ("refused", 0)
        case .unknownSite:
            (self.outcome, records) = ("refused", 0)
            hint = "is its name right? with --new-site it is locked before its first patient comes"
        }
    }

    func print(_ output: FormatOption) throws {
        if output.format == .json { try Terminal.line(FormatOption.json(self)) }
        if let explanation {
            Failure(.refused, explanation, hint: hint).say()
            throw Failure.silent(.refused)
        }
        if output.format == .text { Terminal.line("\(act) \(records.of("record"))") }
        var damage = Damage()
        for record in damaged { damage.say(record) }
        try damage.finish()
    }
}

extension ActRequest {
    /// What was done, in one word.
    var past: String {
        switch self {
        case .sign: "signed"
        case .lock: "locked"
        case .unlock: "unlocked"
        case .erase: "erased"
        }
    }
}

extension SignatureMeaning: ExpressibleByArgument {}

/// `pathway sign`: somebody stands for a record.
struct Sign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign a patient's record, or those of a site or the study.",
        discussion: """
            The signature names who, when and what it means, and holds the digest of the record as it is. A later correction voids it, \
            visibly.

            Example: pathway sign P-017 --meaning review
            """)

    @OptionGroup var scope: ScopeOptions
    @Option(help: "What the signature means.") var meaning: SignatureMeaning = .responsibility
    @OptionGroup var options: ActOptions

    func run() async throws { try await options.act(.sign(meaning), on: scope.choice(), reason: nil) }
}

/// `pathway lock`: a record is closed.
struct Lock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Lock a patient's record, or those of a site or the study: nothing is recorded before it is unlocked.",
        discussion:
            "A site that is locked takes no patients.\n\nExample: pathway lock --site H-04 --reason \"data cut 2019\"")

    @OptionGroup var scope: ScopeOptions
    @Flag(help: "Lock the site before its first patient comes.") var newSite = false
    @Option(help: "Why it is locked.") var reason: String
    @OptionGroup var options: ActOptions

    func run() async throws {
        let choice = try scope.choice()
        if newSite, scope.site == nil { throw Failure(.usage, "--new-site goes with --site") }
        try await options.act(.lock, on: choice, reason: reason, takesNewSite: newSite)
    }
}

/// `pathway unlock`: a record is opened again.
struct Unlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Unlock a patient's record, or those of a site or the study.",
        discussion: """
            What was locked with its site or the study is unlocked with it; what was locked before that, for a reason of its own, stays \
            locked.

            Example: pathway unlock P-017 --reason "query 12 is answered"
            """)

    @OptionGroup var scope: ScopeOptions
    @Option(help: "Why it is unlocked.") var reason: String
    @OptionGroup var options: ActOptions

    func run() async throws { try await options.act(.unlock, on: scope.choice(), reason: reason) }
}

/// `pathway erase`: what identifies a patient is forgotten.
struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Destroy the key of what identifies a patient: birth date, notes, reasons.",
        discussion: """
            It cannot be undone, and asks first; where nobody can answer it takes --yes. Phases, counts and every proof stay as they are. Backups keep the key for as long as they are kept.

            Example: pathway erase P-017 --reason "request of the family, 2026-11-20"
            """)

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @Option(help: "Why it is erased; kept readable, so name nobody.") var reason: String
    @Flag(help: "Erase without asking.") var yes = false
    @OptionGroup var options: ActOptions

    func run() async throws {
        guard try yes || Terminal.confirms("destroy what identifies patient \(patient), for ever?") else {
            throw Failure(.refused, "nothing was erased")
        }
        try await options.act(.erase, on: .patient(patient), reason: reason)
    }
}
