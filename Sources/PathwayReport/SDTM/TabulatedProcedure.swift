import PathwayCore

/// Radiotherapy, conditioning or a transplant: a row of PR.
struct TabulatedProcedure: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let name: String
    let detail: String?
    /// The dose of radiation in tenths of a gray.
    let dose: Int?
    let start: ClinicalDate?
    let end: ClinicalDate?

    static let dataset = Dataset<TabulatedProcedure>.ofSubjects(
        "PR", "Procedures",
        [
            .text("PRTRT", "Reported Name of Procedure") { $0.name },
            .text("PRSCAT", "Subcategory") { $0.detail },
            .decimal("PRDOSE", "Dose") { $0.dose.map { Field.gray.text(.number($0)) } },
            .text("PRDOSU", "Dose Units") { $0.dose == nil ? nil : "Gy" },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.start ?? $0.end) },
            .date("PRSTDTC", "Start Date/Time of Procedure") { $0.frame.date($0.start) },
            .date("PRENDTC", "End Date/Time of Procedure") { $0.frame.date($0.end) },
            .integer("PRSTDY", "Study Day of Start of Procedure") { $0.frame.day($0.start) },
            .integer("PRENDY", "Study Day of End of Procedure") { $0.frame.day($0.end) },
        ])

    /// The start and the end of radiotherapy are two milestones and two rows: nothing in the record joins them.
    static func rows(_ frame: SubjectFrame) -> [TabulatedProcedure] {
        var rows: [TabulatedProcedure] = []
        for step in frame.subject.milestones {
            let milestone = step.milestone
            func add(_ name: String, _ detail: String?, start: ClinicalDate? = nil, end: ClinicalDate? = nil) {
                rows.append(
                    TabulatedProcedure(
                        frame: frame, sequence: rows.count + 1, name: name, detail: detail?.uppercased(),
                        dose: milestone.number(.gray), start: start, end: end))
            }
            switch milestone.kind {
            case .radiotherapyStarted: add("RADIOTHERAPY", milestone.facts.word(.irradiated), start: milestone.on)
            case .radiotherapyEnded: add("RADIOTHERAPY", milestone.facts.word(.irradiated), end: milestone.on)
            case .conditioningStarted: add("CONDITIONING", milestone.facts.word(.conditioning), start: milestone.on)
            case .transplanted: add("STEM CELL TRANSPLANT", milestone.facts.word(.donor), start: milestone.on)
            default: break
            }
        }
        return rows
    }
}
