import PathwayCore

/// What the study knows of a subject and the guide has no variable for: a row of SUPPDM.
struct SupplementalQualifier {
    let frame: SubjectFrame
    let name: String
    let label: String
    let value: String
    let origin: String

    static let dataset = Dataset<SupplementalQualifier>(
        "SUPPDM", "Supplemental Qualifiers for DM",
        [
            .text("STUDYID", "Study Identifier", key: 1) { $0.frame.study },
            .text("RDOMAIN", "Related Domain Abbreviation", key: 2) { _ in "DM" },
            .text("USUBJID", "Unique Subject Identifier", key: 3) { $0.frame.identifier },
            .text("IDVAR", "Identifying Variable") { _ in nil },
            .text("IDVARVAL", "Identifying Variable Value") { _ in nil },
            .text("QNAM", "Qualifier Variable Name", key: 4) { $0.name },
            .text("QLABEL", "Qualifier Variable Label") { $0.label },
            .text("QVAL", "Data Value") { $0.value },
            .text("QORIG", "Origin") { $0.origin },
            .text("QEVAL", "Evaluator") { _ in nil },
        ])

    static func rows(_ frame: SubjectFrame) -> [SupplementalQualifier] {
        let subject = frame.subject
        var rows: [SupplementalQualifier] = []
        func add(_ name: String, _ label: String, _ value: String?, _ origin: String = "Collected") {
            guard let value else { return }
            rows.append(SupplementalQualifier(frame: frame, name: name, label: label, value: value, origin: origin))
        }
        add("SYNTH", "Synthetic Subject Flag", subject.isSynthetic ? "Y" : nil, "Assigned")
        let isOld = subject.enrolment.number(.age).map { Disguise.age($0).andOver } ?? false
        add("AGEOVER", "Age Stands for All Ages from It On Flag", isOld ? "Y" : nil, "Derived")
        add("PROTVER", "Protocol Version", String(subject.treatment.version), "Assigned")
        add("RISK", "Risk Group Assigned Last", subject.path.standing.risk, "Assigned")
        for (place, randomisation) in subject.randomisations.enumerated() {
            add("STRATUM\(place + 1)", "Stratum of Randomisation \(place + 1)", randomisation.stratum, "Assigned")
        }
        return rows
    }
}
