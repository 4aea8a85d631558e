import PathwayCore

/// What an assessment made of the findings: a row of RS.
struct TabulatedResponse: SubjectRecord {
    /// What is assessed.
    enum Test: String {
        case response = "OVRLRESP"
        case failure = "TRTFAIL"
        case testis = "TESTIS"
    }

    let frame: SubjectFrame
    let sequence: Int
    let test: Test
    /// The word of the record, and the standard's.
    let reported: String?
    let standard: String?
    let visit: TrialVisit?
    let on: ClinicalDate
    /// Whether it is the last before the first course.
    var isLastBeforeExposure = false

    static let dataset = Dataset<TabulatedResponse>.ofSubjects(
        "RS", "Disease Response and Clin Classification",
        [
            .text("RSTESTCD", "Assessment Short Name") { $0.test.rawValue },
            .text("RSTEST", "Assessment Name") { $0.test.title },
            .text("RSCAT", "Category for Assessment") { _ in "PROTOCOL DEFINED RESPONSE CRITERIA" },
            .text("RSORRES", "Result or Finding in Original Units") { $0.reported },
            .text("RSSTRESC", "Character Result/Finding in Std Format") { $0.standard },
            .text("RSSTAT", "Completion Status") { $0.reported == nil ? "NOT DONE" : nil },
            .text("RSLOBXFL", "Last Observation Before Exposure Flag") { $0.isLastBeforeExposure ? "Y" : nil },
            .text("RSEVAL", "Evaluator") { _ in "INVESTIGATOR" },
            .integer("VISITNUM", "Visit Number") { $0.visit?.number },
            .text("VISIT", "Visit Name") { $0.visit?.title },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.on) },
            .date("RSDTC", "Date/Time of Assessment") { $0.frame.date($0.on) },
            .integer("RSDY", "Study Day of Assessment") { $0.frame.day($0.on) },
        ])

    static func rows(_ frame: SubjectFrame, _ visits: SubjectVisits) -> [TabulatedResponse] {
        var rows: [TabulatedResponse] = []
        let exposed = frame.subject.firstExposure
        var last: [Test: Int] = [:]
        for (place, step) in frame.subject.milestones.enumerated() {
            let milestone = step.milestone
            func add(_ test: Test, _ reported: String?, _ standard: String?) {
                if reported != nil, place < exposed { last[test] = rows.count }
                rows.append(
                    TabulatedResponse(
                        frame: frame, sequence: rows.count + 1, test: test, reported: reported, standard: standard,
                        visit: visits.visit(step), on: milestone.on))
            }
            if let response = milestone.facts.word(.response) { add(.response, response, standard(response)) }
            if let failed = milestone.flag(.treatmentFailure) {
                add(.failure, failed ? "yes" : "no", failed ? "Y" : "N")
            }
            switch milestone.facts.word(.testis) {
            case nil, "not-applicable"?: break
            case "not-done"?: add(.testis, nil, nil)
            case let state?: add(.testis, state, state.uppercased())
            }
        }
        for place in last.values { rows[place].isLastBeforeExposure = true }
        return rows
    }

    /// CDISC's codelist "Oncology Response Assessment Result", where it has the word.
    private static func standard(_ response: String) -> String {
        switch response {
        case "complete": "CR"
        case "complete-incomplete-counts": "CRi"
        case "partial": "PR"
        case "not-evaluable": "NE"
        default: "NO RESPONSE"
        }
    }
}

extension TabulatedResponse.Test {
    var title: String {
        switch self {
        case .response: "Overall Response"
        case .failure: "Treatment Failure"
        case .testis: "Testicular Involvement"
        }
    }
}
