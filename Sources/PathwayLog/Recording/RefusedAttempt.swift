internal import PathwayCore
internal import Postgres

/// What is kept of an attempt that was not recorded: a row of the register of refusals.
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

    /// - Parameter attempted: a JSON object.
    init(
        of patient: PatientID?, at site: String?, _ attempted: String, _ why: WhyNot, _ door: Door, _ person: String
    ) {
        self.patient = patient?.description
        self.site = site?.isEmpty == false ? site : nil
        self.attempted = attempted
        answer = why.answer.rawValue
        explanation = why.explanation
        citation = why.citation
        self.door = door.rawValue
        self.person = person
    }

    /// What is kept of a milestone that was not recorded.
    /// - Parameter treatment: whose lists say which words are no free text.
    init(
        _ attempt: Attempt, _ why: WhyNot, at site: String?, under treatment: TreatmentProtocol?, by person: String,
        door: Door
    ) {
        let milestone = attempt.milestone
        self.init(
            of: attempt.patient, at: milestone.facts[.site].map { Field.site.text($0) } ?? site,
            RefusedAttempt.json(milestone.kind.rawValue, on: milestone.on, milestone.facts, treatment), why, door,
            person)
    }

    /// What is kept of a correction that was refused: the milestone on which it failed, and all that it would have changed.
    /// - Parameter milestone: which that is, unless it is why not that says so.
    init(
        correcting patient: PatientID, at site: String?, _ milestone: Milestone? = nil,
        under treatment: TreatmentProtocol?, changes: String?, _ why: WhyNot, door: Door, by person: String
    ) {
        let words = milestone?.kind.rawValue ?? why.refusal?.milestone(under: treatment)
        self.init(
            of: patient, at: site,
            RefusedAttempt.json(
                words.map { "correction: \($0)" } ?? "correction", on: milestone?.on ?? why.refusal?.on,
                milestone?.facts ?? Facts(), treatment, changes.map { [("changes", $0)] } ?? []), why, door, person)
    }

    /// What is kept of an act on a record, or with no patient on those of a site or the study, that was refused.
    init(
        _ act: String, _ detail: [(String, String)] = [], on patient: PatientID?, at site: String?, _ why: WhyNot,
        door: Door, by person: String
    ) {
        self.init(of: patient, at: site, JSONB.object([("act", act)] + detail).text, why, door, person)
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

extension Refusal {
    /// The milestone with its qualifier, if that is a word of the protocol.
    fileprivate func milestone(under treatment: TreatmentProtocol?) -> String {
        guard let qualifier, let field = kind.qualifier, !field.isFree(.word(qualifier), under: treatment) else {
            return kind.rawValue
        }
        return milestone
    }
}

extension Field {
    /// Whether a value of it can hold anything that somebody typed: what identifies, or a word that is on no list.
    func isFree(_ value: Value, under treatment: TreatmentProtocol?) -> Bool {
        guard case .word(let list) = type, case .word(let word) = value else { return isIdentifying }
        return treatment?.words(list).contains(word) != true
    }
}
