import PathwayCore

/// A time in which one treatment was given as it was: a row of EX.
///
/// A course without an infusion is one. A course with one is interrupted where its infusion was held, and each piece is a row of its own.
struct ExposureInterval: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let course: String
    let agents: [String]
    /// The dose in tenths of a microgram per square metre a day.
    let dose: Int?
    let adjustment: String?
    let start: ClinicalDate
    /// The recorded end; `nil` where none was recorded.
    let end: ClinicalDate?

    static let dataset = Dataset<ExposureInterval>.ofSubjects(
        "EX", "Exposure",
        [
            .text("EXTRT", "Name of Treatment") { $0.treatment },
            .text("EXCAT", "Category of Treatment") { $0.course.uppercased() },
            .decimal("EXDOSE", "Dose") { $0.dose.map { Field.doseMicrograms.text(.number($0)) } },
            .text("EXDOSU", "Dose Units") { $0.dose == nil ? nil : "ug/m2/day" },
            .text("EXDOSFRM", "Dose Form") { _ in nil },
            .text("EXDOSRGM", "Intended Dose Regimen") { $0.agents.isEmpty ? nil : $0.agents.joined(separator: ", ") },
            .text("EXADJ", "Reason for Dose Adjustment") { $0.adjustment },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.start) },
            .date("EXSTDTC", "Start Date/Time of Treatment") { $0.frame.date($0.start) },
            .date("EXENDTC", "End Date/Time of Treatment") { $0.frame.date($0.end) },
            .integer("EXSTDY", "Study Day of Start of Treatment") { $0.frame.day($0.start) },
            .integer("EXENDY", "Study Day of End of Treatment") { $0.frame.day($0.end) },
        ])

    /// The agent of a course that has one; a course of several is named itself, for which of them were given is not recorded.
    private var treatment: String { (agents.count == 1 ? agents[0] : course).uppercased() }

    static func rows(_ frame: SubjectFrame) -> [ExposureInterval] {
        var rows: [ExposureInterval] = []
        for exposure in frame.subject.exposures {
            var start: SubjectMilestone? = exposure.started
            var dose = exposure.started.milestone.number(.doseMicrograms)
            var adjustment: String?
            func add(_ began: SubjectMilestone, _ end: ClinicalDate?) {
                rows.append(
                    ExposureInterval(
                        frame: frame, sequence: rows.count + 1, course: exposure.definition?.title ?? exposure.course,
                        agents: exposure.definition?.agents ?? [], dose: dose, adjustment: adjustment,
                        start: began.milestone.on, end: end))
            }
            for interruption in exposure.interruptions {
                if let start { add(start, interruption.held.milestone.on) }
                start = interruption.resumed
                dose = interruption.resumed?.milestone.number(.doseMicrograms) ?? dose
                adjustment = interruption.held.milestone.facts.word(.cause)
            }
            if let start { add(start, exposure.recordedEnd) }
        }
        return rows
    }
}

extension Exposure {
    /// The day on which the record says that it ended: a course that only ceased, because another began, has none.
    fileprivate var recordedEnd: ClinicalDate? {
        (infusionStopped ?? (endWasRecorded ? ended : nil))?.milestone.on
    }
}
