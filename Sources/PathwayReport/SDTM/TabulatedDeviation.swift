import PathwayCore

/// A rule of the protocol that a milestone left: a row of DV.
struct TabulatedDeviation: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let rule: String
    let milestone: Milestone

    static let dataset = Dataset<TabulatedDeviation>.ofSubjects(
        "DV", "Protocol Deviations",
        [
            .text("DVTERM", "Protocol Deviation Term") { $0.rule },
            .text("DVCAT", "Category for Protocol Deviation") { $0.milestone.kind.rawValue.uppercased() },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.milestone.on) },
            .date("DVSTDTC", "Start Date/Time of Deviation") { $0.frame.date($0.milestone.on) },
            .integer("DVSTDY", "Study Day of Start of Deviation Event") { $0.frame.day($0.milestone.on) },
        ])

    static func rows(_ frame: SubjectFrame) -> [TabulatedDeviation] {
        var rows: [TabulatedDeviation] = []
        for step in frame.subject.milestones {
            for deviation in step.deviations {
                rows.append(
                    TabulatedDeviation(
                        frame: frame, sequence: rows.count + 1, rule: deviation.rule, milestone: step.milestone))
            }
        }
        return rows
    }
}
