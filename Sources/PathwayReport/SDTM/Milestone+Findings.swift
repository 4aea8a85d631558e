import PathwayCore

/// One finding that a milestone states.
struct Finding {
    let test: LaboratoryResult.Test
    var result: String?
    var number: String?
    var limit: String?
    var notDone: String?
    var method: String?
}

extension Milestone {
    /// What a milestone says of marrow, cerebrospinal fluid and blood.
    var findings: [Finding] {
        var found: [Finding] = []
        if let marrow = facts.word(.marrow) { found.append(graded(.marrow, marrow)) }
        if case .level(let blasts)? = facts[.blasts] {
            found.append(Finding(test: .blasts, result: blasts.percent, number: blasts.percent))
        }
        if let mrd { found.append(residualDisease(mrd)) }
        if let cns = facts.word(.cns) { found.append(graded(.cns, cns)) }
        for (field, test) in [(Field.neutrophils, LaboratoryResult.Test.neutrophils), (.platelets, .platelets)] {
            if let count = number(field) { found.append(Finding(test: test, result: "\(count)", number: "\(count)")) }
        }
        return found
    }

    private func graded(_ test: LaboratoryResult.Test, _ word: String) -> Finding {
        switch word {
        case "not-done", "inadequate": Finding(test: test, notDone: Milestone.reasonNotDone(word))
        default: Finding(test: test, result: word.uppercased())
        }
    }

    // A result with an operator is no number: making one of "<0.01" would invent a fact.
    private func residualDisease(_ mrd: MRD) -> Finding {
        var finding = Finding(
            test: .residualDisease, limit: mrd.sensitivity?.percent,
            method: facts.word(.mrdMethod).map(Milestone.method))
        switch mrd.result {
        case .level(let level):
            finding.result = level.percent
            finding.number = level.percent
        case .below, .atLeast, .above: finding.result = mrd.result.text
        case .notDone, .inadequate: finding.notDone = Milestone.reasonNotDone(mrd.result.text)
        }
        return finding
    }

    private static func reasonNotDone(_ word: String) -> String {
        word == "inadequate" ? "SPECIMEN INADEQUATE" : "NOT DONE"
    }

    private static func method(_ word: String) -> String {
        switch word {
        case "flow": "FLOW CYTOMETRY"
        case "pcr": "POLYMERASE CHAIN REACTION"
        default: "SEQUENCING"
        }
    }
}

/// The visits of a trial, to find the one that a milestone answers.
struct SubjectVisits {
    let visits: [TrialVisit]
    let treatment: TreatmentProtocol

    /// The visit, where the milestone was planned in the phase in which it came; the enrolment is one also for who should not have been enrolled.
    func visit(_ step: SubjectMilestone) -> TrialVisit? {
        guard step.answer == .planned || step.milestone.kind == .enrolled,
            let phase = treatment.phase(named: step.phaseBefore)
        else { return nil }
        return visits.first { $0.phase == phase && $0.kind == step.milestone.kind }
    }
}
