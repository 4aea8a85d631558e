internal import PathwayCore
internal import PathwayLog

/// Where a patient stands, as it is printed.
struct StatusReport: Encodable {
    struct CourseGiven: Encodable {
        let course: String
        let started: String
        let ended: String?
        let outcome: String?
    }

    struct SignatureGiven: Encodable {
        let position: Int
        let by: String
        let at: String
        let meaning: String
        let digest: String
        let voidedBy: Int?
        /// How many milestones were recorded behind it.
        let recordedSince: Int
        /// Who signed in another log, and when, by what an import said; the digest is that of the record there.
        let originBy: String?
        let originAt: String?
        let verifiable: Bool

        private enum CodingKeys: String, CodingKey {
            case position, by, at, meaning, digest, verifiable
            case voidedBy = "voided-by"
            case recordedSince = "recorded-since"
            case originBy = "origin-by"
            case originAt = "origin-at"
        }

        init?(_ signed: PatientPath.SignedRecord, _ path: PatientPath) {
            guard case .signed(let signature) = signed.act.kind else { return nil }
            position = signed.act.position
            by = signed.act.recordedBy
            at = signed.act.recordedAt.description
            meaning = signature.meaning.rawValue
            digest = signature.digest
            voidedBy = signed.voidedBy
            recordedSince = path.events.count { $0.position > signed.act.position }
            originBy = signed.act.originBy
            originAt = signed.act.originAt?.description
            verifiable = !signed.act.isFromElsewhere
        }

        var words: String {
            let signer = originBy.map { "\($0), through \(by)," } ?? by
            return "\(meaning) by \(signer) at \((originAt ?? at).prefix(19)) UTC (event \(position))"
                + (verifiable ? "" : ", made elsewhere and not verifiable here")
                + (voidedBy.map { ", void since the correction at event \($0)" }
                    ?? (recordedSince > 0 ? "; recorded since: \(recordedSince.of("event"))" : ""))
        }
    }

    let patient: String
    let site: String
    let synthetic: Bool
    let `protocol`: String
    let version: Int
    let phase: String
    let phaseTitle: String
    let since: String?
    let status: String
    let risk: String?
    let arms: [String]
    let strata: [String]
    let courses: [CourseGiven]
    let infusedDays: Int?
    let deviations: Int
    let events: Int
    let lastMilestone: String
    let lastOn: String
    let lastPosition: Int
    let locked: Bool
    let erased: Bool
    /// The position at which what identified was erased.
    let erasedAt: Int?
    let identifyingSince: [Int]?
    let signatures: [SignatureGiven]

    private enum CodingKeys: String, CodingKey {
        case patient, site, synthetic, `protocol`, version, phase, since, status, risk, arms, strata, courses,
            deviations
        case events
        case phaseTitle = "phase-title"
        case infusedDays = "infused-days"
        case locked, erased, signatures
        case erasedAt = "erased-at"
        case identifyingSince = "identifying-since"
        case lastMilestone = "last-milestone"
        case lastOn = "last-on"
        case lastPosition = "last-position"
    }

    init(_ path: PatientPath) {
        let standing = path.path.standing
        let treatment = path.path.treatment
        patient = path.patient.description
        site = path.site
        synthetic = path.isSynthetic
        `protocol` = treatment.name
        version = treatment.version
        phase = path.path.phase.name
        phaseTitle = path.path.phase.title
        since = standing.day(.phase)?.description
        status = standing.status.rawValue
        risk = standing.risk
        arms = standing.arms
        strata = path.events.compactMap(\.stratum)
        courses = StatusReport.courses(path.events)
        let hasInfusion = treatment.courses.contains { $0.name == standing.course && $0.infusion != nil }
        infusedDays = hasInfusion ? standing.infusedDays : nil
        deviations = path.events.count { $0.answer == .offProtocol }
        events = path.events.count
        let last = path.events[path.events.count - 1].milestone
        lastMilestone = last.kind.rawValue + (last.qualifier.map { " \($0)" } ?? "")
        lastOn = last.on.description
        lastPosition = path.events[path.events.count - 1].position
        locked = path.isLocked
        erased = path.erasure != nil
        erasedAt = path.erasure?.position
        identifyingSince = erased ? path.identifyingSinceErasure : nil
        signatures = path.signatures.compactMap { SignatureGiven($0, path) }
    }

    private static func courses(_ events: [Event]) -> [CourseGiven] {
        var given: [CourseGiven] = []
        for event in events {
            let facts = event.milestone.facts
            guard let course = facts.word(.course) else { continue }
            if event.milestone.kind == .courseStarted {
                given.append(
                    CourseGiven(course: course, started: event.milestone.on.description, ended: nil, outcome: nil))
            } else if let index = given.lastIndex(where: { $0.course == course && $0.ended == nil }) {
                given[index] = CourseGiven(
                    course: course, started: given[index].started, ended: event.milestone.on.description,
                    outcome: facts.word(.outcome))
            }
        }
        return given
    }

    var text: String {
        var lines = [
            Terminal.styled(patient, .bold) + "  site \(site), \(`protocol`) version \(version)"
                + (synthetic ? "  [synthetic]" : "")
        ]
        lines.append("phase    \(phaseTitle) (\(phase))" + (since.map { ", since \($0)" } ?? ""))
        lines.append("status   \(Status(rawValue: status)?.text ?? status)")
        if let risk { lines.append("risk     \(risk)") }
        if !arms.isEmpty {
            lines.append("arm      \(arms.joined(separator: ", ")) (stratum \(strata.joined(separator: ", ")))")
        }
        for (number, course) in courses.enumerated() {
            let ended = course.ended.map { " to \($0)" } ?? ", going on"
            lines.append(
                (number == 0 ? "courses  " : "         ") + "\(course.course)  \(course.started)\(ended)"
                    + (course.outcome.map { ", \($0)" } ?? ""))
        }
        if let infusedDays { lines.append("infused  \(infusedDays.of("day")) up to the latest interruption or end") }
        if deviations > 0 { lines.append("off protocol  \(deviations) of \(events.of("event"))") }
        lines.append("last     \(lastMilestone) on \(lastOn) (event \(lastPosition))")
        for (number, signature) in signatures.enumerated() {
            lines.append((number == 0 ? "signed   " : "         ") + signature.words)
        }
        if locked { lines.append("locked   nothing is recorded before it is unlocked") }
        if let erasedAt, let identifyingSince {
            lines.append(
                "erased   "
                    + (identifyingSince.isEmpty
                        ? "what identified the patient is gone (event \(erasedAt))"
                        : "at event \(erasedAt); recorded since: \(identifyingSince.asEvents)"))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// What may come next, as it is printed.
struct NextReport: Encodable {
    struct Row: Encodable {
        let milestone: String
        let answer: String
        let to: String
        let when: String?
        let opens: String?
        let due: String?
        let countedFrom: String?
        let timing: String?
        let source: String

        private enum CodingKeys: String, CodingKey {
            case milestone, answer, to, when, opens, due, timing, source
            case countedFrom = "counted-from"
        }
    }

    let patient: String
    let synthetic: Bool
    let phase: String
    let phaseTitle: String
    let status: String
    let locked: Bool
    let next: [Row]
    let anyTime: [String]

    private enum CodingKeys: String, CodingKey {
        case patient, synthetic, phase, status, locked, next
        case phaseTitle = "phase-title"
        case anyTime = "any-time"
    }

    init(_ path: PatientPath, on day: Day) {
        patient = path.patient.description
        synthetic = path.isSynthetic
        phase = path.path.phase.name
        phaseTitle = path.path.phase.title
        status = path.path.standing.status.rawValue
        locked = path.isLocked
        // What a locked record would refuse is not offered.
        next = (path.isLocked ? [] : path.path.offers).map { offer in
            Row(
                milestone: offer.milestone, answer: offer.answer.rawValue, to: offer.target, when: offer.condition,
                opens: offer.opens?.description, due: offer.closes?.description,
                countedFrom: offer.countedFrom?.rawValue, timing: offer.timing(on: day)?.rawValue, source: offer.source)
        }
        anyTime = path.isLocked ? [] : path.path.statusOffers.map(\.rawValue)
    }

    var text: String {
        var text =
            Terminal.styled(patient, .bold) + "  in \"\(phaseTitle)\", \(Status(rawValue: status)?.text ?? status)"
        text += (synthetic ? "  [synthetic]" : "") + "\n"
        for answer in Transition.Answer.allCases {
            let rows = next.filter { $0.answer == answer.rawValue }
            guard !rows.isEmpty else { continue }
            text += answer == .planned ? "\nplanned\n" : "\nonly with a reason (--deviation)\n"
            var table = TextTable(["milestone", "if", "due", "leads to", "rule"])
            for row in rows {
                let due = row.due.map { due in
                    (row.opens.map { "\($0) to " } ?? "by ") + due + (row.timing == "overdue" ? " (overdue)" : "")
                }
                table.add([row.milestone, row.when ?? "", due ?? "", row.to == phase ? "stays" : row.to, row.source])
            }
            text += table.text
        }
        if locked {
            text += "\nthe record is locked: nothing can be recorded before it is unlocked\n"
        } else if anyTime.isEmpty {
            text += "\nnothing more can be recorded\n"
        } else {
            text += "\nat any time\n\(Wrapped.line(anyTime.joined(separator: ", ")))\n"
        }
        return text
    }
}
