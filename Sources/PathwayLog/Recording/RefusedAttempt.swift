internal import PathwayCore
internal import Postgres

/// What is kept of an attempt that was not recorded.
struct RefusedAttempt {
    /// Whose record it was about; `nil` for those of a site or the study.
    let patient: String?
    let site: String?
    let attempted: String
    let answer: String
    let explanation: String
    let citation: String?
    let door: String
    let person: String

    init?(_ call: Recorder.Call, _ outcome: Outcome, _ ledger: Ledger?) {
        self.init(
            call.attempt, outcome, at: ledger?.site, under: ledger?.path.treatment, by: call.person, door: call.door)
    }

    /// - Parameter treatment: whose lists say which words are no free text.
    init?(
        _ attempt: Attempt, _ outcome: Outcome, at site: String?, under treatment: TreatmentProtocol?,
        by person: String, door: Door
    ) {
        func kept(_ answer: Answer, _ explanation: String, _ citation: String? = nil) -> RefusedAttempt {
            RefusedAttempt(
                attempt, answer, at: site, under: treatment, explanation: explanation, citation: citation, door: door,
                by: person)
        }
        switch outcome {
        case .recorded: return nil
        case .needsReason(let step):
            self = kept(
                .offProtocol, step.deviations.map(\.rule).joined(separator: "; "), step.deviations.first?.source)
        case .refused(let refusal): self = kept(.refused, refusal.explanationWithoutIdentity, refusal.source)
        case .conflict(let entries): self = kept(.conflict, RefusedAttempt.meanwhile(entries))
        }
    }

    /// What is kept of a milestone that was not recorded.
    init(
        _ attempt: Attempt, _ answer: Answer, at site: String?, under treatment: TreatmentProtocol? = nil,
        explanation: String, citation: String? = nil, door: Door, by person: String
    ) {
        let milestone = attempt.milestone
        var known = site
        if case .text(let text)? = milestone.facts[.site] { known = text }
        self.init(
            of: attempt.patient, at: known?.isEmpty == false ? known : nil,
            RefusedAttempt.json(milestone.kind.rawValue, on: milestone.on, milestone.facts, treatment), answer,
            explanation, citation, door, person)
    }

    /// What is kept of a correction that was refused: the milestone on which it failed, and all that it would have changed.
    init(
        correcting patient: PatientID, at site: String?, _ milestone: String? = nil, on: ClinicalDate? = nil,
        _ facts: Facts = Facts(), under treatment: TreatmentProtocol? = nil, changes: String? = nil,
        answer: Answer = .refused, explanation: String, citation: String? = nil, door: Door, by person: String
    ) {
        self.init(
            of: patient, at: site,
            RefusedAttempt.json(
                milestone.map { "correction: \($0)" } ?? "correction", on: on, facts, treatment,
                changes.map { [("changes", $0)] } ?? []), answer,
            explanation, citation, door, person)
    }

    /// What is kept of a line that could not be read: what of it could be, none of it in the line's own words.
    init(
        line number: Int, of patient: PatientID?, at site: String?, _ said: [(String, String)], fault: LineFault,
        by person: String
    ) {
        self.init(
            of: patient, at: site, JSONB.object([("line", String(number))] + said).text, .refused,
            fault.messageWithoutQuote, nil, .import, person)
    }

    /// What is kept of lines that the guard would have taken, and the database refused.
    init(lines: ClosedRange<Int>, of patient: PatientID?, refusedBy error: PostgresError, by person: String) {
        self.init(
            of: patient, at: nil, JSONB.object([("lines", "\(lines.lowerBound)-\(lines.upperBound)")]).text, .refused,
            error.refusal, nil, .import, person)
    }

    /// What is kept of an attempt that the guard would have taken, and the database refused.
    init(
        _ attempt: Attempt, under treatment: TreatmentProtocol?, refusedBy error: PostgresError, by person: String,
        door: Door
    ) {
        let (milestone, facts) = (attempt.milestone, attempt.milestone.facts)
        self.init(
            of: attempt.patient, at: facts[.site].map { Field.site.text($0) },
            RefusedAttempt.json(milestone.kind.rawValue, on: milestone.on, facts, treatment), .refused, error.refusal,
            nil, door, person)
    }

    /// What is kept of an act on a record, or with no patient on those of a site or the study, that was refused.
    init(
        _ act: String, _ detail: [(String, String)] = [], on patient: PatientID?, at site: String?,
        answer: Answer = .refused, explanation: String, door: Door, by person: String
    ) {
        self.init(
            of: patient, at: site, JSONB.object([("act", act)] + detail).text, answer, explanation, nil, door, person)
    }

    /// Why nothing was recorded, as the register spells it.
    enum Answer: String {
        case refused
        case offProtocol = "off-protocol"
        case conflict
        case notAllowed = "not-allowed"
    }

    private init(
        of patient: PatientID?, at site: String?, _ attempted: String, _ answer: Answer, _ explanation: String,
        _ citation: String?, _ door: Door, _ person: String
    ) {
        self.patient = patient?.description
        self.site = site
        self.attempted = attempted
        self.answer = answer.rawValue
        self.explanation = explanation
        self.citation = citation
        self.door = door.rawValue
        self.person = person
    }

    /// What is said of entries that somebody else added first.
    static func meanwhile(_ entries: [Entry]) -> String {
        entries.isEmpty
            ? Entry.outOfSight : "recorded meanwhile: " + entries.map(\.word).joined(separator: ", ")
    }

    private static func json(
        _ what: String, on: ClinicalDate?, _ facts: Facts, _ treatment: TreatmentProtocol?,
        _ more: [(String, String)] = []
    ) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("milestone", what, to: &bytes)
        if let on { JSONLine.append("on", on.description, to: &bytes) }
        for (name, value) in more { JSONLine.append(name, value, to: &bytes) }
        // What identifies stays out of the register of refusals: it could not be erased there.
        for entry in facts.entries where !entry.field.isFree(entry.value, under: treatment) {
            JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Field {
    /// Whether a value of it can hold anything that somebody typed: what identifies, or a word that is on no list.
    func isFree(_ value: Value, under treatment: TreatmentProtocol?) -> Bool {
        guard case .word(let list) = type, list.isListed, case .word(let word) = value else { return isIdentifying }
        return treatment?.words(list).contains(word) != true
    }
}

extension PostgresError {
    /// That the database refused it, without what the server says of the row.
    fileprivate var refusal: String {
        "the database refused it: "
            + (constraint
                ?? (sqlState == .insufficientPrivilege
                    ? "the login may not" : "SQLSTATE \(sqlState?.rawValue ?? "unknown")"))
    }
}

extension Refusal {
    /// The explanation for the register, from which a day of birth, or a name given as a word, could not be erased.
    var explanationWithoutIdentity: String {
        switch reason {
        case .unknownWord(let list, _, _) where list.isListed: "the protocol has no such \(list.title)"
        case .beforeBirth: "\(on) is before the patient's birth"
        case .datesContradict(let first, _, let second, _) where first.isIdentifying || second.isIdentifying:
            "\(first.rawValue) is after \(second.rawValue)"
        case .afterMilestone(let field, _) where field.isIdentifying:
            "\(field.rawValue) is after the milestone itself (\(on))"
        default: explanation
        }
    }
}

extension PathwayLog {
    /// Keeps what was refused, whatever became of the transaction in which it was.
    func keep(_ refused: RefusedAttempt) async throws {
        try await pool.withConnection { connection in try await connection.keep([refused]) }
    }
}

extension Connection {
    mutating func keep(_ refused: [RefusedAttempt]) async throws {
        guard !refused.isEmpty else { return }
        try await execute(
            """
            SELECT pathway.note_refusals(
                \(refused.map(\.patient)), \(refused.map(\.site)), \(refused.map { JSONB($0.attempted) }), \(refused.map(\.answer)),
                \(refused.map(\.explanation)), \(refused.map(\.citation)), \(refused.map(\.door)),
                \(refused.map(\.person)))
            """)
    }
}
