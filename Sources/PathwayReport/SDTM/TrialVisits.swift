import PathwayCore

/// A planned contact: a milestone that the protocol expects by a day, or the assessment that a phase waits for.
struct TrialVisit {
    let number: Int
    let title: String
    let phase: Int
    let kind: MilestoneKind
    let window: Window?

    /// The visits of a protocol, in the order of its arrows; visit 0 is the enrolment, to which what was found before treatment belongs.
    static func all(of treatment: TreatmentProtocol) -> [TrialVisit] {
        var visits = [TrialVisit(number: 0, title: "Enrolment", phase: 0, kind: .enrolled, window: nil)]
        for row in treatment.transitions
        where row.isPlanned && row.warning == nil && row.target != row.source
            && (row.window != nil || row.kind == .responseAssessed)
        {
            let title = "\(treatment.phases[row.source].title): \(row.kind.rawValue)"
            guard !visits.contains(where: { $0.phase == row.source && $0.kind == row.kind }) else { continue }
            visits.append(
                TrialVisit(
                    number: visits.count, title: title, phase: row.source, kind: row.kind, window: row.window))
        }
        return visits
    }

    /// When it is due, in words.
    var rule: String {
        guard let window else { return kind.rawValue }
        let from = window.opens.map { "from \($0.text) " } ?? ""
        return
            "\(kind.rawValue) is due \(from)\(from.isEmpty ? "within" : "to") \(window.closes.text) after \(window.from.rawValue)"
    }

    /// The planned study day, where it is counted from the enrolment.
    var day: Int? {
        if kind == .enrolled { return 1 }
        guard let window, window.from == .enrolment else { return nil }
        let span = window.opens ?? window.closes
        switch span.unit {
        case .days: return span.count + 1
        case .weeks: return span.count * 7 + 1
        case .months, .years: return nil
        }
    }
}

/// A visit as an arm has it: a row of TV.
struct PlannedVisit: StudyRecord {
    let study: String
    let visit: TrialVisit
    let way: TrialPlan.Way?

    static let dataset = Dataset<PlannedVisit>.ofStudy(
        "TV", "Trial Visits",
        [
            .integer("VISITNUM", "Visit Number", key: 3) { $0.visit.number },
            .text("VISIT", "Visit Name") { $0.visit.title },
            .integer("VISITDY", "Planned Study Day of Visit") { $0.visit.day },
            .text("ARMCD", "Planned Arm Code", key: 2) { $0.way?.code },
            .text("ARM", "Description of Planned Arm") { $0.way?.title },
            .text("TVSTRL", "Visit Start Rule") { $0.visit.rule },
        ])

    /// One row for each arm whose patients alone can be in the phase, and one without an arm for a phase that is open to all.
    static func rows(_ visits: SubjectVisits, _ plan: TrialPlan, study: String) -> [PlannedVisit] {
        visits.visits.flatMap { visit -> [PlannedVisit] in
            guard let arm = visits.treatment.phases[visit.phase].arm else {
                return [PlannedVisit(study: study, visit: visit, way: nil)]
            }
            return plan.ways.filter { $0.arms.contains(arm) }.map {
                PlannedVisit(study: study, visit: visit, way: $0)
            }
        }
    }
}
