import PathwayCore

/// An adverse event: a row of AE.
struct TabulatedAdverseEvent: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let milestone: Milestone
    let isSerious: Bool?

    static let dataset = Dataset<TabulatedAdverseEvent>.ofSubjects(
        "AE", "Adverse Events",
        [
            .text("AETERM", "Reported Term for the Adverse Event") {
                $0.milestone.listedTitle(.term, under: $0.frame.subject.treatment)
            }
        ]
            // Nobody coded the term in MedDRA, and a code that nobody gave is none.
            + DatasetColumn.unrecorded([
                "AELLT": "Lowest Level Term", "AELLTCD": "Lowest Level Term Code", "AEDECOD": "Dictionary-Derived Term",
                "AEPTCD": "Preferred Term Code", "AEHLT": "High Level Term", "AEHLTCD": "High Level Term Code",
                "AEHLGT": "High Level Group Term", "AEHLGTCD": "High Level Group Term Code",
            ]) + [
                .text("AECAT", "Category for Adverse Event") { $0.milestone.facts.word(.cause)?.uppercased() }
            ]
            + DatasetColumn.unrecorded([
                "AEBODSYS": "Body System or Organ Class", "AEBDSYCD": "Body System or Organ Class Code",
                "AESOC": "Primary System Organ Class", "AESOCCD": "Primary System Organ Class Code",
            ]) + [
                .text("AESER", "Serious Event") { $0.isSerious.map { $0 ? "Y" : "N" } }
            ]
            + DatasetColumn.unrecorded(["AEACN": "Action Taken with Study Treatment", "AEREL": "Causality"]) + [
                .text("AEOUT", "Outcome of Adverse Event") { $0.milestone.number(.grade) == 5 ? "FATAL" : nil },
                .text("AETOXGR", "Standard Toxicity Grade") { $0.milestone.text(.grade) },
                .text("EPOCH", "Epoch") { $0.frame.epoch($0.milestone.on) },
                .date("AESTDTC", "Start Date/Time of Adverse Event") { $0.frame.date($0.milestone.on) },
                .date("AEENDTC", "End Date/Time of Adverse Event") { _ in nil },
                .integer("AESTDY", "Study Day of Start of Adverse Event") { $0.frame.day($0.milestone.on) },
            ])

    static func rows(_ frame: SubjectFrame) -> [TabulatedAdverseEvent] {
        frame.subject.milestones.filter { $0.milestone.kind == .adverseEvent }.enumerated().map { place, step in
            TabulatedAdverseEvent(
                frame: frame, sequence: place + 1, milestone: step.milestone, isSerious: step.isSerious)
        }
    }
}
