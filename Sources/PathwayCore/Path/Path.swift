/// A patient's way through a protocol: the milestones accepted so far, and nothing else.
///
/// A path is made by replaying milestones through the protocol's table; there is no other way to one.
///
/// ```swift
/// var path = Path(under: treatment)
/// switch path.judge(milestone, today: today) {
/// case .planned(let step): path.take(step)
/// case .offProtocol(let step): print(step.deviations)
/// case .refused(let refusal): print(refusal.explanation)
/// }
/// ```
public struct Path: Sendable {
    /// The version of the protocol that judges the next milestone.
    public private(set) var treatment: TreatmentProtocol
    /// Where the patient stands.
    public private(set) var standing = Standing()

    /// A path that nobody has entered.
    public init(under treatment: TreatmentProtocol) { self.treatment = treatment }

    /// Judges a milestone without recording it.
    public func judge(_ milestone: Milestone, today: Day? = nil) -> Judgement {
        standing.judge(milestone, under: treatment, today: today)
    }

    /// Takes a step that ``judge(_:today:)`` gave for this very path.
    public mutating func take(_ step: Step) {
        precondition(
            step.phaseBefore == standing.phase && step.statusBefore == standing.status,
            "the step was judged on another standing")
        standing.take(step.milestone, step.move(under: treatment))
    }

    /// Judges a milestone that was recorded before a correction and is stated again.
    public func judge(_ milestone: Milestone, restating before: Restatement) -> Judgement {
        standing.judge(milestone, under: treatment, restating: before)
    }

    /// Replays a milestone that was accepted once: judged again, off protocol only if it was recorded so.
    /// - Parameter before: what was recorded of it first, if a correction stated it again.
    @discardableResult
    public mutating func replay(
        _ milestone: Milestone, offProtocol: Bool, restating before: Restatement? = nil
    ) throws(Refusal) -> Step {
        let judgement = before.map { judge(milestone, restating: $0) } ?? judge(milestone)
        switch judgement {
        case .planned(let step):
            standing.take(step.milestone, step.move(under: treatment))
            return step
        case .offProtocol(let step):
            guard offProtocol else {
                throw Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.notDrawn)
            }
            standing.take(step.milestone, step.move(under: treatment))
            return step
        case .refused(let refusal): throw refusal
        }
    }

    /// Replays a milestone as ``replay(_:offProtocol:restating:)`` does, without saying in words what it did: many times faster
    /// where only the standing is wanted.
    public mutating func follow(
        _ milestone: Milestone, offProtocol: Bool, restating before: Restatement? = nil
    ) throws(Refusal) {
        guard before == nil else {
            try replay(milestone, offProtocol: offProtocol, restating: before)
            return
        }
        let verdict = try verdict(on: milestone, offProtocol: offProtocol)
        if let completed = verdict.completed {
            standing.take(completed, verdict.move)
        } else {
            standing.take(milestone, verdict.move)
        }
    }

    /// Takes an adverse event that was accepted on a later standing than this one, as a reading up to an earlier day meets it.
    ///
    /// It changes neither phase nor status, whatever this standing would have answered.
    @discardableResult
    public mutating func note(_ milestone: Milestone) -> Step {
        precondition(milestone.kind == .adverseEvent, "everything else happened in its order")
        var step = Step(
            milestone: milestone, transition: nil, arrow: .planned, phaseBefore: standing.phase,
            phaseAfter: standing.phase, statusBefore: standing.status, statusAfter: standing.status, stratum: nil,
            deviations: [], warnings: [])
        switch judge(milestone) {
        case .planned(let judged) where judged.phaseAfter == standing.phase,
            .offProtocol(let judged) where judged.phaseAfter == standing.phase:
            step = judged
        case .planned, .offProtocol, .refused: break
        }
        take(step)
        return step
    }

    // Apart from ``follow(_:offProtocol:restating:)``: behind the bench nothing else holds the standing, so that it is changed in its place.
    private func verdict(on milestone: Milestone, offProtocol: Bool) throws(Refusal) -> Verdict {
        let bench = Bench(standing: standing, milestone: milestone, treatment: treatment)
        let verdict = try bench.verdict(today: nil)
        guard offProtocol || !verdict.deviates else { throw bench.refusal(.notDrawn) }
        return verdict
    }

    /// Goes on under another version of the protocol.
    /// - Throws: a refusal if that version does not have the phase in which the patient is.
    public mutating func move(to other: TreatmentProtocol) throws(Refusal) {
        guard other.name != treatment.name || other.version != treatment.version else { return }
        try standing.move(from: treatment, to: other)
        treatment = other
    }

    /// The phase in which the patient's treatment stands.
    public var phase: Phase { treatment.phases[standing.phase] }
}

extension Path {
    /// The randomisation and the stratum in which the patient can be randomised now, or why not.
    ///
    /// Every arm of the randomisation must be open and drawn from here, so that the allocation can be left to chance.
    public func randomisable(
        on day: Day, today: Day? = nil
    ) throws(Refusal) -> (randomisation: Randomisation, stratum: String) {
        var facts = Facts()
        facts[.allocatedBy] = .text(Field.ownAllocation)
        let attempt = Milestone(judged: .randomised, on: ClinicalDate(day), facts: facts)
        let bench = Bench(standing: standing, milestone: attempt, treatment: treatment)
        try bench.checkStatus()
        try bench.checkDates(today: today)
        let rows = treatment.candidates(.randomised, in: standing.phase).filter { $0.answer == .planned }
        guard let arm = rows.compactMap(\.qualifier).first,
            let index = treatment.randomisations.firstIndex(where: { $0.arms.contains(arm) })
        else {
            if let arm = standing.arms.last { throw bench.refusal(.alreadyRandomised(arm)) }
            throw bench.refusal(.notDrawn)
        }
        let randomisation = treatment.randomisations[index]
        let stratum = try bench.stratum(of: index)
        for arm in randomisation.arms {
            facts[.arm] = .word(arm)
            let milestone = Milestone(judged: .randomised, on: ClinicalDate(day), facts: facts)
            if case .refused(let refusal) = judge(milestone) { throw refusal }
        }
        return (randomisation, stratum.name)
    }

    /// The refusal of a reason for what the protocol plans: to record without it would lose what somebody wrote.
    public func reasonNotNeeded(_ milestone: Milestone) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.reasonNotNeeded)
    }

    /// The refusal of anything new in a record that is locked.
    public func recordLocked(_ milestone: Milestone) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.recordLocked)
    }

    /// The refusal of a patient at a site that is locked.
    public func siteLocked(_ milestone: Milestone, _ site: String) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.siteLocked(site))
    }

    /// The refusal of a patient of any site while the study is locked.
    public func studyLocked(_ milestone: Milestone) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.studyLocked)
    }

    /// The refusal of a request that was used before for something else, or with what identifies the patient otherwise.
    public func requestUsed(_ milestone: Milestone, _ reason: Refusal.Reason) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(reason)
    }

    /// The refusal to undo an allocation that the service drew.
    public func allocationStands(_ milestone: Milestone) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.allocationStands)
    }

    /// The refusal of an allocation that was made elsewhere and does not say where.
    public func unattributed(_ milestone: Milestone) -> Refusal {
        Bench(standing: standing, milestone: milestone, treatment: treatment).refusal(.allocationUnattributed)
    }
}
