/// Why a milestone cannot be recorded: the rule, where the patient is, and what is allowed now.
public struct Refusal: Error, Sendable, Hashable {
    /// The kind of reason.
    public enum Reason: Sendable, Hashable {
        /// The status allows nothing of the kind.
        case status(Status)
        /// No arrow leads on from here.
        case notDrawn
        /// Arrows lead on, and none of their conditions holds.
        case noneHolds([String])
        /// A fact is missing that a condition needs.
        case missing([String])
        /// A rule of the protocol forbids it.
        case rule(name: String, requirement: String)
        /// The rules give another risk group than the one stated.
        case otherRisk(determined: String)
        /// The protocol has no such course, arm or risk group, and lists no such adverse event, diagnosis or exclusion.
        case unknownWord(ProtocolWord, String, known: [String])
        /// The day lies after the one that is today in the first place on Earth to reach it.
        case future(today: Day)
        /// The day lies before the patient's birth.
        case beforeBirth(ClinicalDate)
        /// The day lies before an earlier milestone.
        case beforeEarlier(Day)
        /// Two dates of one milestone contradict each other.
        case datesContradict(Field, ClinicalDate, Field, ClinicalDate)
        /// A date given with the milestone lies after it.
        case afterMilestone(Field, ClinicalDate)
        /// The age given is not the one that follows from the date of birth.
        case ageContradicts(given: Int, computed: Int)
        /// The arm may not be allocated on this day.
        case armNotOpen(String, opens: Day?, closes: Day?)
        /// The patient was randomised between these arms before.
        case alreadyRandomised(String)
        /// No stratum, or more than one, takes the patient.
        case noStratum
        /// The patient is enrolled already.
        case alreadyEnrolled
        /// Nobody has enrolled the patient.
        case notEnrolled
        /// An allocation made elsewhere must say where.
        case allocationUnattributed
        /// A reason for leaving the protocol was given, and the protocol plans it.
        case reasonNotNeeded
        /// The version in force then had no such phase.
        case phaseUnknown(String)
        /// The record is locked.
        case recordLocked
        /// The site is locked.
        case siteLocked(String)
        /// The study is locked, and every site with it.
        case studyLocked
        /// What the service drew is not undone.
        case allocationStands
        /// The request was used before, for what stands at this position.
        case requestUsed(position: Int, for: String)
        /// The same was recorded at this position, but with another birth date or other free text.
        case recordedOtherwise(position: Int)
    }

    /// The kind of milestone.
    public let kind: MilestoneKind
    /// Its course, arm or risk group.
    public let qualifier: String?
    /// The day it was said to have happened.
    public let on: ClinicalDate
    /// Why not.
    public let reason: Reason
    /// The title of the phase the patient is in.
    public let phase: String
    /// The patient's status.
    public let status: Status
    /// What the protocol draws from here, planned before off protocol.
    public let allowed: [String]
    /// Where the rule comes from.
    public let source: String?
}

extension Refusal {
    /// The milestone with its qualifier: `course-started block-2`.
    public var milestone: String { kind.rawValue + (qualifier.map { " \($0)" } ?? "") }

    /// The sentence after "cannot record …": what the rule is and where the patient is.
    public var explanation: String {
        switch reason {
        case .status(let status):
            switch status {
            case .dead: "the patient has died, and nothing follows a death"
            case .withdrawn: "consent to further data was withdrawn"
            case .offStudy: "the patient has left the study"
            case .lost: "the patient is lost to follow-up"
            case .inStudy, .relapsed, .secondMalignancy: "the patient's status is \(status.text)"
            }
        case .notDrawn: "the pathway is in \"\(phase)\""
        case .noneHolds(let conditions):
            "in \"\(phase)\" it needs " + conditions.joined(separator: ", or ")
        case .missing(let facts): "\(facts.joined(separator: " and ")) must be known to decide it"
        case .rule(let name, let requirement): "\(name): it needs that \(requirement)"
        case .otherRisk(let determined): "the protocol's rules give the risk group \"\(determined)\""
        case .unknownWord(let list, let word, _): "the protocol has no \(list.title) \"\(word)\""
        case .future(let today): "\(on) is in the future (on Earth it is \(today) at the latest)"
        case .beforeBirth(let born): "\(on) is before the patient's birth (\(born))"
        case .beforeEarlier(let day): "\(on) is before \(day), the day of an earlier milestone"
        case .datesContradict(let first, let earlier, let second, let later):
            "\(first.rawValue) \(earlier) is after \(second.rawValue) \(later)"
        case .afterMilestone(let field, let date): "\(field.rawValue) \(date) is after the milestone itself (\(on))"
        case .ageContradicts(let given, let computed):
            "age \(given) contradicts the date of birth, which makes it \(computed)"
        case .armNotOpen(let arm, let opens, let closes):
            if let closes, on.earliest > closes {
                "arm \(arm) closed on \(closes)"
            } else {
                "arm \(arm) opens on \(opens.map(\.description) ?? "no day")"
            }
        case .alreadyRandomised(let arm): "the patient was randomised to arm \(arm) before"
        case .noStratum: "no stratum takes the patient"
        case .alreadyEnrolled: "the study number is in use"
        case .notEnrolled: "nobody has enrolled the patient"
        case .allocationUnattributed: "an allocation made elsewhere must say where"
        case .reasonNotNeeded: "the protocol plans it, and a reason for leaving the protocol was given"
        case .phaseUnknown(let phase): "this version of the protocol has no phase \"\(phase)\""
        case .recordLocked: "the record is locked"
        case .siteLocked(let site): "site \"\(site)\" is locked and takes no patients"
        case .studyLocked: "the study is locked and takes no patients"
        case .allocationStands: "the service drew the allocation, and what was drawn is not undone"
        case .requestUsed(let position, let what):
            "its request was used before, for \"\(what)\" (event \(position)), and a request is repeated as it was"
        case .recordedOtherwise(let position):
            "the same milestone was recorded before (event \(position)) with other free text or another birth date"
        }
    }

    /// What would work, if there is something to say.
    public var hint: String? {
        switch reason {
        case .status(.lost): "record \"seen\" first"
        case .status(.dead), .status(.withdrawn), .status(.offStudy):
            "if an earlier record is wrong, correct it"
        case .unknownWord(let list, let word, let known) where list.isListed:
            "the nearest words are \(closestWords(to: word, among: known).joined(separator: ", ")); where none fits, \"other\" with what it was as note"
        case .unknownWord(_, let word, let known):
            (nearest(word, among: known).map { "did you mean \"\($0)\"? " } ?? "") + "the protocol has "
                + known.joined(separator: ", ")
        case .missing(let facts): hint(missing: facts)
        case .recordLocked, .siteLocked, .studyLocked: "unlock it first, with a reason"
        case .allocationStands: "correct its day, or record what was given instead; the arm stays as it was allocated"
        case .reasonNotNeeded: "leave the deviation out; a remark can go into note"
        case .requestUsed: "give what is new a request of its own; \"pathway correct\" mends what was recorded wrong"
        case .recordedOtherwise:
            "a \"request\" of its own tells two apart; \"pathway correct\" mends what was recorded wrong"
        case .allocationUnattributed:
            "let the service draw with \"pathway randomise\", or name the system with allocated-by=…"
        case .otherRisk(let determined): "record \"\(kind.rawValue) \(determined)\", or correct the fact that is wrong"
        case .notDrawn, .noneHolds, .status:
            allowed.isEmpty ? nil : "allowed now: " + allowed.joined(separator: ", ")
        case .beforeEarlier:
            "what was forgotten goes in before it: pathway correct PATIENT POSITION --insert \"\(milestone) on=\(on)\""
        case .rule, .future, .beforeBirth, .datesContradict, .afterMilestone,
            .ageContradicts, .armNotOpen,
            .alreadyRandomised, .noStratum, .alreadyEnrolled, .notEnrolled, .phaseUnknown:
            nil
        }
    }

    /// What of the missing facts this milestone takes, and which milestones take the others.
    private func hint(missing facts: [String]) -> String {
        let own = facts.filter { fact in Field(rawValue: fact).map(kind.takes) ?? false }
        let others = facts.filter { !own.contains($0) }.map { fact in
            let takers = MilestoneKind.allCases.filter { taker in Field(rawValue: fact).map(taker.takes) ?? false }
            let names = takers.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            return names.isEmpty ? "\(fact) follows from what was recorded" : "\(fact) comes with \(names)"
        }
        let parts =
            (own.isEmpty ? [] : ["give \(own.joined(separator: " and "))"])
            + (others.isEmpty
                ? []
                : [others.joined(separator: " and ") + ": record that again with it, or correct what was recorded"])
        return parts.joined(separator: "; ")
    }
}
