import PathwayCore

/// A finding in marrow, cerebrospinal fluid or blood: a row of LB.
struct LaboratoryResult: SubjectRecord {
    /// What is found.
    enum Test: String {
        case residualDisease = "MRD"
        case marrow = "MARROW"
        case blasts = "BLASTPCT"
        case cns = "CNSSTAT"
        case neutrophils = "NEUT"
        case platelets = "PLAT"
    }

    let frame: SubjectFrame
    let sequence: Int
    let test: Test
    /// The result as it was reported, with its operator; `nil` if there is none.
    let result: String?
    /// The same as a number, where it is one.
    let number: String?
    /// The smallest share that the assay sees.
    let limit: String?
    let notDone: String?
    let method: String?
    let visit: TrialVisit?
    let on: ClinicalDate
    /// Whether it is the last before the first course.
    var isLastBeforeExposure = false

    static let dataset = Dataset<LaboratoryResult>.ofSubjects(
        "LB", "Laboratory Test Results",
        [
            .text("LBTESTCD", "Lab Test or Examination Short Name") { $0.test.rawValue },
            .text("LBTEST", "Lab Test or Examination Name") { $0.test.title },
            .text("LBCAT", "Category for Lab Test") { $0.test.category },
            .text("LBORRES", "Result or Finding in Original Units") { $0.result },
            .text("LBORRESU", "Original Units") { $0.result == nil ? nil : $0.test.unit },
            .text("LBORNRLO", "Reference Range Lower Limit in Orig Unit") { _ in nil },
            .text("LBORNRHI", "Reference Range Upper Limit in Orig Unit") { _ in nil },
            .text("LBLLOD", "Lower Limit of Detection") { $0.limit },
            .text("LBSTRESC", "Character Result/Finding in Std Format") { $0.result },
            .decimal("LBSTRESN", "Numeric Result/Finding in Standard Units") { $0.number },
            .text("LBSTRESU", "Standard Units") { $0.result == nil ? nil : $0.test.unit },
            .decimal("LBSTNRLO", "Reference Range Lower Limit-Std Units") { _ in nil },
            .decimal("LBSTNRHI", "Reference Range Upper Limit-Std Units") { _ in nil },
            .text("LBNRIND", "Reference Range Indicator") { _ in nil },
            .text("LBSTAT", "Completion Status") { $0.result == nil ? "NOT DONE" : nil },
            .text("LBREASND", "Reason Test Not Done") { $0.notDone },
            .text("LBSPEC", "Specimen Type") { $0.test.specimen },
            .text("LBMETHOD", "Method of Test or Examination") { $0.method },
            .text("LBLOBXFL", "Last Observation Before Exposure Flag") { $0.isLastBeforeExposure ? "Y" : nil },
            .integer("VISITNUM", "Visit Number") { $0.visit?.number },
            .text("VISIT", "Visit Name") { $0.visit?.title },
            .text("EPOCH", "Epoch") { $0.frame.epoch($0.on) },
            .date("LBDTC", "Date/Time of Specimen Collection") { $0.frame.date($0.on) },
            .integer("LBDY", "Study Day of Specimen Collection") { $0.frame.day($0.on) },
        ])

    static func rows(_ frame: SubjectFrame, _ visits: SubjectVisits) -> [LaboratoryResult] {
        var rows: [LaboratoryResult] = []
        let exposed = frame.subject.firstExposure
        var last: [Test: Int] = [:]
        for (place, step) in frame.subject.milestones.enumerated() {
            for finding in step.milestone.findings {
                if finding.result != nil, place < exposed { last[finding.test] = rows.count }
                rows.append(
                    LaboratoryResult(
                        frame: frame, sequence: rows.count + 1, test: finding.test, result: finding.result,
                        number: finding.number, limit: finding.limit, notDone: finding.notDone, method: finding.method,
                        visit: visits.visit(step), on: step.milestone.on))
            }
        }
        for place in last.values { rows[place].isLastBeforeExposure = true }
        return rows
    }
}

extension LaboratoryResult.Test {
    var title: String {
        switch self {
        case .residualDisease: "Minimal Residual Disease"
        case .marrow: "Marrow Morphology Class"
        case .blasts: "Marrow Blasts"
        case .cns: "Central Nervous System Status"
        case .neutrophils: "Neutrophils"
        case .platelets: "Platelets"
        }
    }

    fileprivate var category: String {
        switch self {
        case .residualDisease, .marrow, .blasts: "BONE MARROW"
        case .cns: "CEREBROSPINAL FLUID"
        case .neutrophils, .platelets: "HEMATOLOGY"
        }
    }

    fileprivate var specimen: String {
        switch self {
        case .residualDisease, .marrow, .blasts: "BONE MARROW"
        case .cns: "CEREBROSPINAL FLUID"
        case .neutrophils, .platelets: "BLOOD"
        }
    }

    fileprivate var unit: String? {
        switch self {
        case .residualDisease, .blasts: "%"
        case .marrow, .cns: nil
        case .neutrophils: "/uL"
        case .platelets: "10^9/L"
        }
    }
}
