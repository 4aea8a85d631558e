internal import ArgumentParser
internal import Foundation
internal import PathwayCore
internal import PathwayLog

/// `pathway register`: a patient enters the protocol.
struct Register: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Enrol a patient.",
        discussion: """
            Example: pathway register P-017 --on 2018-01-10 site=H-04 age=9 sex=female diagnosed=2015-06-02 \
            relapsed-on=2018-01-03 relapse-sites=marrow down-syndrome=no philadelphia=no prior-transplant=no \
            prior-blinatumomab=no ecog=1
            """)

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @Argument(help: "Facts, as field=value; pathway protocol words lists them.") var facts: [String] = []
    @Option(help: "The day of enrolment (default: today).") var on: String?
    @Option(name: .customLong("protocol"), help: "The protocol, where the log holds several.") var protocolName: String?
    @OptionGroup var recording: RecordingOptions

    func run() async throws {
        try await recording.record(
            patient, MilestoneKind.enrolled.rawValue, on: on, facts: facts,
            edition: protocolName.map { EditionName(name: $0, version: nil) })
    }
}

/// `pathway log`: something happened to a patient.
struct LogMilestone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Record a milestone.",
        discussion: """
            Example: pathway log P-017 response-assessed --on 2018-02-12 marrow=m1 mrd=0.03 treatment-failure=no

            Exits 1 if the pathway refuses it. What leaves the protocol is recorded only with --deviation "why".
            """)

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @Argument(help: "What happened.", completion: .list(MilestoneKind.allCases.map(\.rawValue))) var milestone: String
    @Argument(help: "Facts, as field=value; a course, arm or risk group may stand alone.") var facts: [String] = []
    @Option(help: "The day it happened (default: today); some may be known to the month or year only.") var on: String?
    @OptionGroup var recording: RecordingOptions

    func run() async throws {
        guard milestone != MilestoneKind.enrolled.rawValue else {
            throw Failure(.usage, "\"enrolled\" is recorded with \"pathway register\"")
        }
        try await recording.record(patient, milestone, on: on, facts: facts, edition: nil)
    }
}

/// `pathway randomise`: the service draws an allocation.
struct Randomise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a patient's arm and record it.",
        discussion: """
            The next allocation of the patient's stratum is drawn in permuted blocks and recorded in one transaction; nobody can read \
            it before. An allocation that another system made is recorded with pathway log … randomised arm=… allocated-by=….

            Example: pathway randomise P-017
            """)

    @Argument(help: "The study number: \(PatientID.expectation).") var patient: PatientID
    @Option(help: "The day of randomisation (default: today).") var on: String?
    @Option(help: "A UUID that makes a repetition of this command harmless.") var request: String?
    @OptionGroup var person: PersonOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func run() async throws {
        let key = try RecordingOptions.key(request) ?? .random()
        try await database.withLog(seals: true) { log in
            let name = try person.name(log.ownName)
            let words = AttemptInWords.milestone(MilestoneKind.randomised.rawValue, on: on)
            let day = try await log.reading(words, of: patient, by: name, door: .commandLine) {
                try DayArgument.day(on)
            }
            let outcome = try await log.randomise(patient, on: day, by: name, door: .commandLine, request: key)
            try OutcomeReport(patient, .randomised, outcome).print(output)
        }
    }
}

/// What recording commands share.
struct RecordingOptions: ParsableArguments {
    @Option(help: "Why the protocol was left, for what it does not plan.") var deviation: String?
    @Option(help: "A UUID that makes a repetition of this command harmless.") var request: String?
    @OptionGroup var person: PersonOption
    @OptionGroup var output: FormatOption
    @OptionGroup var database: DatabaseOption

    func record(
        _ patient: PatientID, _ milestone: String, on: String?, facts: [String], edition: EditionName?
    ) async throws {
        let reason = try deviation.map { try ReasonText.checked($0, of: "--deviation") }
        let key = try RecordingOptions.key(request)
        try await database.withLog(seals: true) { log in
            let name = try person.name(log.ownName)
            let words = AttemptInWords.milestone(milestone, on: on)
            let (attempt, path) = try await log.reading(words, of: patient, by: name, door: .commandLine) {
                guard let kind = MilestoneKind(rawValue: milestone) else { throw LineFault.unknownMilestone(milestone) }
                let read = try RecordingOptions.milestone(kind, on: try DayArgument.clinical(on), facts: facts)
                let attempt = Attempt(
                    patient: patient, milestone: read, edition: edition, deviation: reason, request: key)
                // The path is read first, so that a milestone that a colleague records meanwhile is a conflict, not a surprise.
                return (attempt, kind == .enrolled ? nil : try await log.path(of: patient))
            }
            let outcome = try await log.record(
                attempt, by: name, door: .commandLine, seen: key == nil ? path?.head : nil)
            try OutcomeReport(patient, attempt.milestone.kind, outcome).print(output)
            try await log.warnOfIdentity(behind: path)
        }
    }

    static func key(_ text: String?) throws -> RequestID? {
        guard let text else { return nil }
        guard let key = RequestID(text) else { throw Failure(.usage, "\"\(text)\" is no UUID") }
        return key
    }

    static func milestone(_ kind: MilestoneKind, on: ClinicalDate, facts: [String]) throws -> Milestone {
        var read = Facts()
        for text in facts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let (name, value): (String, String)
            if parts.count == 2 {
                (name, value) = (parts[0], parts[1])
            } else if let qualifier = kind.qualifier {
                (name, value) = (qualifier.rawValue, text)
            } else {
                throw LineFault("\"\(text)\" is not of the form field=value", quoting: text)
            }
            guard let field = Field(rawValue: name) else {
                throw LineFault.unknownField(name, among: Field.allCases.map(\.rawValue))
            }
            guard read[field] == nil else { throw LineFault("\"\(name)\" is given twice") }
            do { read[field] = try field.value(value) } catch { throw LineFault(error) }
        }
        do { return try Milestone(kind, on: on, facts: read) } catch { throw LineFault(error) }
    }
}

extension PathwayLog {
    /// Says that something identifying was recorded of a patient whose identity was erased before.
    /// - Parameter path: the record before; `nil` of a patient who is new.
    func warnOfIdentity(behind path: PatientPath?) async throws {
        guard let path, let erasure = path.erasure else { return }
        let since = try await self.path(of: path.patient).identifyingSinceErasure.filter { $0 > path.head }
        guard !since.isEmpty else { return }
        Terminal.say(
            "warning: what identified patient \(path.patient) was erased at event \(erasure.position), and \(since.asEvents) "
                + "\(since.count == 1 ? "holds" : "hold") a birth date, a note or a reason")
        Terminal.say("hint: \"pathway erase \(path.patient)\" forgets that too")
    }
}
