import PathwayCore

/// An adverse event: a row of AE.
struct TabulatedAdverseEvent: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let milestone: Milestone

    static let dataset = Dataset<TabulatedAdverseEvent>.ofSubjects(
        "AE", "Adverse Events",
        [
            .text("AETERM", "Reported Term for the Adverse Event") {
                $0.milestone.listedTitle(.term, under: $0.frame.subject.treatment)
            },
            // Nobody coded the term in MedDRA, and a code that nobody gave is none.
            .text("AEDECOD", "Dictionary-Derived Term") { _ in nil },
            .text("AECAT", "Category for Adverse Event") { $0.milestone.facts.word(.cause)?.uppercased() },
            .text("AESER", "Serious Event") { $0.milestone.flag(.serious).map { $0 ? "Y" : "N" } },
            .text("AEOUT", "Outcome of Adverse Event") { $0.milestone.number(.grade) == 5 ? "FATAL" : nil },
            .text("AETOXGR", "Standard Toxicity Grade") { $0.milestone.text(.grade) },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.milestone.on) },
            .date("AESTDTC", "Start Date/Time of Adverse Event") { $0.frame.date($0.milestone.on) },
            .integer("AESTDY", "Study Day of Start of Adverse Event") { $0.frame.day($0.milestone.on) },
        ])

    static func rows(_ frame: SubjectFrame) -> [TabulatedAdverseEvent] {
        frame.subject.milestones.filter { $0.milestone.kind == .adverseEvent }.enumerated().map { place, step in
            TabulatedAdverseEvent(frame: frame, sequence: place + 1, milestone: step.milestone)
        }
    }
}
