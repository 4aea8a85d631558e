import PathwayCore

/// What the enrolment says of the time before: a row of MH.
struct TabulatedHistory: SubjectRecord {
    let frame: SubjectFrame
    let sequence: Int
    let reported: String
    let standard: String
    let dateType: String?
    let category: String
    /// Whether it occurred, for what everybody is asked.
    var occurred: Bool?
    var start: ClinicalDate?
    var end: ClinicalDate?

    static let dataset = Dataset<TabulatedHistory>.ofSubjects(
        "MH", "Medical History",
        [
            .text("MHTERM", "Reported Term for the Medical History") { $0.reported },
            .text("MHDECOD", "Dictionary-Derived Term") { $0.standard },
            .text("MHEVDTYP", "Medical History Event Date Type") { $0.dateType },
            .text("MHCAT", "Category for Medical History") { $0.category },
            .text("MHPRESP", "Medical History Event Pre-Specified") { $0.occurred == nil ? nil : "Y" },
            .text("MHOCCUR", "Medical History Occurrence") { $0.occurred.map { $0 ? "Y" : "N" } },
            .date("MHSTDTC", "Start Date/Time of Medical History Event") { $0.frame.date($0.start) },
            .date("MHENDTC", "End Date/Time of Medical History Event") { $0.frame.date($0.end) },
            .integer("MHSTDY", "Study Day of Start of Observation") { $0.frame.day($0.start) },
            .integer("MHENDY", "Study Day of End of Observation") { $0.frame.day($0.end) },
        ])

    static func rows(_ frame: SubjectFrame) -> [TabulatedHistory] {
        let enrolment = frame.subject.enrolment
        var rows: [TabulatedHistory] = []
        func add(
            _ reported: String, _ standard: String, type: String? = nil, category: String = "STUDY DISEASE",
            occurred: Bool? = nil, start: ClinicalDate? = nil, end: ClinicalDate? = nil
        ) {
            rows.append(
                TabulatedHistory(
                    frame: frame, sequence: rows.count + 1, reported: reported, standard: standard, dateType: type,
                    category: category, occurred: occurred, start: start, end: end))
        }
        if let diagnosed = enrolment.date(.diagnosed) {
            add("first diagnosis", "DIAGNOSIS OF THE STUDY DISEASE", type: "DIAGNOSIS", start: diagnosed)
        }
        if let ended = enrolment.date(.therapyEnded) {
            add("first-line therapy", "FIRST-LINE THERAPY OF THE STUDY DISEASE", end: ended)
        }
        if let relapsed = enrolment.date(.relapsedOn) {
            let sites = enrolment.text(.relapseSites).map { ": \($0)" } ?? ""
            add("relapse\(sites)", "RELAPSE OF THE STUDY DISEASE", type: "RELAPSE", start: relapsed)
        }
        for (field, term) in asked {
            if let occurred = enrolment.flag(field) {
                add(field.rawValue, term, category: "ASKED AT ENROLMENT", occurred: occurred)
            }
        }
        return rows
    }

    private static let asked: [(Field, String)] = [
        (.downSyndrome, "DOWN SYNDROME"), (.philadelphia, "PHILADELPHIA CHROMOSOME"),
        (.priorTransplant, "PRIOR TRANSPLANT"), (.priorBlinatumomab, "PRIOR BLINATUMOMAB"),
        (.priorRelapseTherapy, "PRIOR THERAPY OF THE RELAPSE"),
    ]
}
