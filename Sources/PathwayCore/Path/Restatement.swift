/// What was recorded of a milestone that a correction states again.
///
/// It did happen, so that what the rules say against it on the corrected path makes it a deviation, no longer impossible: a patient
/// whose residual disease was recorded wrong *was* assigned to the low risk group and *was* randomised in it.
public struct Restatement: Sendable, Hashable {
    /// The phase that it led to, by its name.
    public let phaseAfter: String
    /// The stratum that its randomisation used: it stays, whatever the corrected facts say.
    public let stratum: String?

    /// Takes what the log holds of the milestone.
    public init(phaseAfter: String, stratum: String?) {
        self.phaseAfter = phaseAfter
        self.stratum = stratum
    }
}

extension Refusal {
    /// Whether the reason is a rule that a milestone can have broken, and not an impossibility.
    var yieldsToFact: Bool {
        switch reason {
        case .noneHolds, .missing, .otherRisk, .armNotOpen, .noStratum, .rule: true
        case .status, .notDrawn, .unknownWord, .future, .beforeBirth, .beforeEarlier, .datesContradict, .afterMilestone,
            .ageContradicts, .alreadyRandomised, .alreadyEnrolled, .notEnrolled, .allocationUnattributed,
            .reasonNotNeeded, .phaseUnknown, .recordLocked, .siteLocked, .studyLocked,
            .allocationStands, .requestUsed, .recordedOtherwise:
            false
        }
    }

    fileprivate var deviation: Deviation {
        Deviation(rule: explanation, source: source ?? "the protocol's conditions")
    }
}

extension Bench {
    /// The arrow that is taken, or the one that was taken before the correction with what now speaks against it.
    func arrow(_ objections: inout [Deviation]?) throws(Refusal) -> Table.Arrow {
        guard let before else { return try arrow() }
        do {
            return try arrow()
        } catch {
            guard error.yieldsToFact, let arrow = arrow(like: before) else { throw error }
            objections = (objections ?? []) + [error.deviation]
            return arrow
        }
    }

    private func arrow(like before: Restatement) -> Table.Arrow? {
        var fitting: [Table.Arrow] = []
        for arrow in treatment.table.arrows[treatment.table.cell(milestone.kind, in: standing.phase).arrows]
        where fits(arrow) { fitting.append(arrow) }
        return fitting.first { treatment.phases[$0.target].name == before.phaseAfter } ?? fitting.first
    }

    /// The stratum of a randomisation; one that is stated again keeps the stratum that it used.
    func stratum(_ objections: inout [Deviation]?) throws(Refusal) -> String? {
        guard let recorded = before?.stratum else { return try checkRandomisation() }
        do {
            return try checkRandomisation() == nil ? nil : recorded
        } catch {
            guard error.yieldsToFact else { throw error }
            objections = (objections ?? []) + [error.deviation]
            return recorded
        }
    }
}

extension Standing {
    /// Judges a milestone that was recorded before a correction and is stated again.
    public func judge(_ milestone: Milestone, under treatment: TreatmentProtocol, restating before: Restatement)
        -> Judgement
    {
        let ordinary = judge(milestone, under: treatment)
        // What the rules still plan, or still allow with a reason, needs no more.
        if case .refused = ordinary {} else if before.stratum == nil { return ordinary }
        let bench = Bench(standing: self, milestone: milestone, treatment: treatment, before: before)
        do throws(Refusal) {
            let step = try bench.step(bench.verdict(today: nil))
            return step.answer == .planned ? .planned(step) : .offProtocol(step)
        } catch {
            return .refused(error)
        }
    }
}
