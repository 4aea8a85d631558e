import PathwayCore

/// A subject: the row of DM.
struct Demographics: SubjectRecord {
    let frame: SubjectFrame
    let sequence = 1
    let way: TrialPlan.Way?
    let arm: ReceivedArm
    let exposures: [ExposureInterval]

    // DM has one row for each subject, and so no sequence number.
    static let dataset = Dataset<Demographics>(
        "DM", "Demographics",
        [
            .text("STUDYID", "Study Identifier", key: 1) { $0.frame.study },
            .text("DOMAIN", "Domain Abbreviation") { _ in "DM" },
            .text("USUBJID", "Unique Subject Identifier", key: 2) { $0.frame.identifier },
            .text("SUBJID", "Subject Identifier for the Study") { $0.subject.id.description },
            .date("RFSTDTC", "Subject Reference Start Date/Time") { $0.frame.date($0.subject.enrolment.on) },
            .date("RFENDTC", "Subject Reference End Date/Time") { $0.frame.date($0.subject.lastContact) },
            .date("RFXSTDTC", "Date/Time of First Study Treatment") { $0.frame.date($0.exposures.first?.start) },
            .date("RFXENDTC", "Date/Time of Last Study Treatment") { $0.frame.date($0.lastExposure) },
            .date("RFICDTC", "Date/Time of Informed Consent") { $0.frame.date($0.subject.enrolment.date(.consented)) },
            .date("RFPENDTC", "Date/Time of End of Participation") { $0.frame.date($0.subject.lastContact) },
            .date("DTHDTC", "Date/Time of Death") { $0.frame.date($0.subject.first(.died)?.milestone.on) },
            .text("DTHFL", "Subject Death Flag") { $0.subject.first(.died) == nil ? nil : "Y" },
            .text("SITEID", "Study Site Identifier") { $0.subject.site },
            .integer("AGE", "Age") { $0.subject.enrolment.number(.age).map { Disguise.age($0).years } },
            .text("AGEU", "Age Units") { $0.subject.enrolment.number(.age) == nil ? nil : "YEARS" },
            .text("SEX", "Sex") { $0.sex },
            .text("RACE", "Race") { _ in nil },
            .text("ARMCD", "Planned Arm Code") { $0.way?.code },
            .text("ARM", "Description of Planned Arm") { $0.way?.title },
            .text("ACTARMCD", "Actual Arm Code") { $0.arm == .asPlanned ? $0.way?.code : nil },
            .text("ACTARM", "Description of Actual Arm") { $0.arm == .asPlanned ? $0.way?.title : nil },
            .text("ARMNRS", "Reason Arm and/or Actual Arm is Null") { $0.arm.reason },
            .text("ACTARMUD", "Description of Unplanned Actual Arm") { $0.arm.unplanned },
            .text("COUNTRY", "Country") { _ in nil },
        ])

    var subject: Subject { frame.subject }

    private var lastExposure: ClinicalDate? {
        exposures.map { $0.end ?? $0.start }.max { $0.earliest < $1.earliest }
    }

    private var sex: String {
        switch subject.enrolment.facts.word(.sex) {
        case "female": "F"
        case "male": "M"
        default: "U"
        }
    }
}

/// What became of the arm that was allocated.
enum ReceivedArm: Hashable {
    /// A course of it was given.
    case asPlanned
    /// Nobody allocated one.
    case notAssigned
    /// No course was given after the allocation.
    case notTreated
    /// Only these courses were given, none of them the arm's.
    case otherTreatment([String])

    init(_ subject: Subject, along way: TrialPlan.Way?) {
        guard let allocated = subject.milestones.firstIndex(where: { $0.milestone.kind == .randomised }) else {
            self = .notAssigned
            return
        }
        // Arms that no version allocates one after the other are no arm of the trial together.
        guard way != nil else {
            self = .otherTreatment(["allocated to " + subject.path.standing.arms.joined(separator: ", then ")])
            return
        }
        var others: [String] = []
        var hasCrossedOver = false
        for milestone in subject.milestones[allocated...] {
            if milestone.milestone.kind == .crossoverStarted { hasCrossedOver = true }
            guard milestone.milestone.kind == .courseStarted, let course = milestone.milestone.qualifier else {
                continue
            }
            let phase = subject.treatment.phase(named: milestone.phaseAfter).map { subject.treatment.phases[$0] }
            if phase?.course == course, !hasCrossedOver {
                self = .asPlanned
                return
            }
            others.append(subject.treatment.courses.first { $0.name == course }?.title ?? course)
        }
        self = others.isEmpty ? .notTreated : .otherTreatment(others)
    }

    /// CDISC's codelist "Arm Null Reason".
    var reason: String? {
        switch self {
        case .asPlanned: nil
        case .notAssigned: "NOT ASSIGNED"
        case .notTreated: "ASSIGNED, NOT TREATED"
        case .otherTreatment: "UNPLANNED TREATMENT"
        }
    }

    var unplanned: String? {
        if case .otherTreatment(let courses) = self { courses.joined(separator: "; ") } else { nil }
    }
}

extension Milestone {
    func date(_ field: Field) -> ClinicalDate? { if case .date(let date)? = facts[field] { date } else { nil } }
    func number(_ field: Field) -> Int? { if case .number(let number)? = facts[field] { number } else { nil } }
    func flag(_ field: Field) -> Bool? { if case .flag(let flag)? = facts[field] { flag } else { nil } }
    /// A value as it is written.
    func text(_ field: Field) -> String? { facts[field].map { field.text($0) } }
}
