extension Standing {
    /// Judges a milestone on this standing: planned, off protocol, or refused with the rule that forbids it.
    ///
    /// The same facts always give the same answer: `today` is passed in, nothing else is asked of the world.
    /// - Parameter today: the last day that is not in the future; `nil` when a recorded history is replayed.
    public func judge(_ milestone: Milestone, under treatment: TreatmentProtocol, today: Day? = nil) -> Judgement {
        let bench = Bench(standing: self, milestone: milestone, treatment: treatment)
        do throws(Refusal) {
            let step = try bench.step(bench.verdict(today: today))
            return step.answer == .planned ? .planned(step) : .offProtocol(step)
        } catch {
            return .refused(error)
        }
    }
}

/// What a milestone does to a standing, in integers.
struct Move {
    let phase: Int
    let status: Status
    /// The number of its course, arm or risk group.
    let word: Int?
    /// What the course means that it starts.
    let course: Table.CourseStart?

    init(_ kind: MilestoneKind, _ word: Int?, phase: Int, status: Status, under treatment: TreatmentProtocol) {
        self.phase = phase
        self.status = status
        self.word = word
        course = kind == .courseStarted ? word.map { treatment.table.courses[$0] } : nil
    }
}

/// Where a milestone leads: all that moving a standing needs, and nothing in words.
struct Verdict {
    /// The milestone with what the rules determine, if it did not say all of that itself.
    let completed: Milestone?
    /// The place of the row among the transitions; `nil` for a milestone that moves the status alone.
    let transition: Int?
    let move: Move
    let stratum: String?
    /// What speaks against a milestone that is stated again.
    let objections: [Deviation]?
    /// Whether the protocol does not plan it.
    let deviates: Bool
}

/// One milestone before its judge: the standing, the milestone on top of it, and the protocol.
///
/// It is lent, never copied: judging is done for every event of every replay. What decides reads integers (``Table``, ``Program``,
/// ``FactCode``); what explains reads the same rules as trees.
struct Bench: ~Copyable, CodedSituation {
    let standing: Standing
    let milestone: Milestone
    let treatment: TreatmentProtocol
    /// What was recorded of this milestone before a correction, if it is judged again: what the rules forbid is a deviation then.
    let before: Restatement?
    /// The number of the milestone's course, arm or risk group.
    let word: Int?
    private let fields: FieldSet

    init(standing: Standing, milestone: Milestone, treatment: TreatmentProtocol, before: Restatement? = nil) {
        self.standing = standing
        self.milestone = milestone
        self.treatment = treatment
        self.before = before
        word = treatment.lists.number(of: milestone)
        fields = milestone.kind.fieldSet
    }

    var months: MonthCount { treatment.months }

    func value(_ field: Field) -> Value? {
        if let given = milestone.facts[field] { return given }
        if field == .age, let age = computedAge { return .number(age) }
        // What this milestone could have said and did not is not known from an earlier one.
        return fields.contains(field) ? nil : standing.value(field)
    }

    func code(_ field: Field) -> FactCode {
        if milestone.facts.known.contains(field) { return milestone.facts.code(field) }
        if field == .age, let age = computedAge { return FactCode(number: age) }
        return fields.contains(field) ? .unknown : standing.code(field)
    }

    func knows(_ field: Field) -> Bool {
        if milestone.facts.known.contains(field) || field == .age && computedAge != nil { return true }
        return !fields.contains(field) && standing.knows(field)
    }

    func dates(_ clock: Clock) -> ClinicalDate? {
        if clock == .today { return milestone.on }
        if clock == .enrolment, milestone.kind == .enrolled { return milestone.on }
        guard let field = clock.field else { return standing.day(clock).map { ClinicalDate($0) } }
        return code(field).date
    }

    func stands(_ word: Standing.Word, in accepted: [String]) -> Bool {
        switch word {
        case .arm: standing.arms.contains(where: accepted.contains)
        case .risk: standing.risk.map(accepted.contains) ?? false
        case .phase: accepted.contains(treatment.phases[standing.phase].name)
        case .status: accepted.contains(standing.status.rawValue)
        }
    }

    func numbers(_ word: Standing.Word) -> UInt64 {
        switch word {
        case .arm: standing.armNumbers
        case .risk: standing.riskNumber
        case .phase: 1 << UInt64(standing.phase)
        case .status: 1 << UInt64(standing.status.index)
        }
    }

    func received(_ agent: String) -> Truth { Truth(standing.received(agent, under: treatment)) }
    var agents: UInt64 { standing.agents }

    func happened(_ kind: MilestoneKind) -> Bool { standing.happened(kind) }
    var kinds: UInt64 { standing.kinds }

    var today: ClinicalDate? { milestone.on }

    func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (dates(start), dates(end)) }

    var computedAge: Int? {
        guard let born = dates(.birth), let enrolled = dates(.enrolment), born.precision == .day else { return nil }
        let (from, to) = (born.earliest.parts, enrolled.earliest.parts)
        return to.year - from.year - ((to.month, to.day) < (from.month, from.day) ? 1 : 0)
    }

    // MARK: the checks, in the order in which they speak

    /// Decides, or says why it cannot be.
    func verdict(today: Day?) throws(Refusal) -> Verdict {
        try checkListedWords()
        try checkStatus()
        try checkDates(today: today)
        guard milestone.kind.track == .phase else {
            let deviates = try checkRules()
            return Verdict(
                completed: nil, transition: nil, move: move(to: standing.phase), stratum: nil, objections: nil,
                deviates: deviates)
        }
        try checkWord()
        var objections: [Deviation]?
        let arrow = try arrow(&objections)
        // Rules may ask for the word that the arrow determined.
        if let completed = completed(by: arrow) {
            let bench = Bench(standing: standing, milestone: completed, treatment: treatment, before: before)
            return try bench.verdict(along: arrow, completed, &objections)
        }
        return try verdict(along: arrow, nil, &objections)
    }

    private func verdict(
        along arrow: Table.Arrow, _ completed: Milestone?, _ objections: inout [Deviation]?
    ) throws(Refusal) -> Verdict {
        let stratum = try milestone.kind == .randomised ? stratum(&objections) : nil
        let deviates = try checkRules()
        return Verdict(
            completed: completed, transition: arrow.transition, move: move(to: arrow.target), stratum: stratum,
            objections: objections, deviates: deviates || arrow.answer == .offProtocol || objections != nil)
    }

    private func move(to phase: Int) -> Move {
        Move(milestone.kind, word, phase: phase, status: statusAfter, under: treatment)
    }

    private static let order: [Field] = [.born, .diagnosed, .relapsedOn]

    func checkStatus() throws(Refusal) {
        if standing.position == 0 {
            guard milestone.kind == .enrolled else { throw refusal(.notEnrolled) }
        } else if milestone.kind == .enrolled {
            throw refusal(.alreadyEnrolled)
        }
        if standing.status.next(on: milestone.kind).isEmpty { throw refusal(.status(standing.status)) }
    }

    func checkDates(today: Day?) throws(Refusal) {
        if let today, milestone.on.earliest > today { throw refusal(.future(today: today)) }
        if let born = code(.born).date, born.earliest > milestone.on.latest { throw refusal(.beforeBirth(born)) }
        // An adverse event may become known after the milestones that followed it, but not before enrolment.
        let floor = milestone.kind == .adverseEvent ? standing.day(.enrolment) : standing.floor
        if let floor, milestone.on.latest < floor { throw refusal(.beforeEarlier(floor)) }
        guard milestone.kind == .enrolled else { return }
        // Each with each: one known to the year decides nothing between its neighbours.
        let order = Bench.order
        for index in order.indices {
            guard let first = milestone.facts.code(order[index]).date else { continue }
            for later in order[(index + 1)...] {
                guard let second = milestone.facts.code(later).date, first.earliest > second.latest else { continue }
                throw refusal(.datesContradict(order[index], first, later, second))
            }
        }
        for field in order {
            guard let date = milestone.facts.code(field).date, date.earliest > milestone.on.latest else { continue }
            throw refusal(.afterMilestone(field, date))
        }
        if case .number(let given)? = milestone.facts[.age], let computed = computedAge, given != computed {
            throw refusal(.ageContradicts(given: given, computed: computed))
        }
    }

    /// Says in words what the verdict has decided.
    func step(_ verdict: Verdict) -> Step {
        if let completed = verdict.completed {
            return Bench(standing: standing, milestone: completed, treatment: treatment, before: before).worded(verdict)
        }
        return worded(verdict)
    }

    private func worded(_ verdict: Verdict) -> Step {
        var (deviations, warnings) = brokenRules
        deviations.insert(contentsOf: verdict.objections ?? [], at: 0)
        let row = verdict.transition.map { treatment.transitions[$0] }
        if let row {
            let source = row.provenance.citation
            if row.answer == .offProtocol {
                deviations.insert(Deviation(rule: row.warning ?? planText, source: source), at: 0)
            } else if let text = row.warning {
                warnings.append(Warning(text: text, source: source))
            }
            if let window = row.window, let warning = outside(window) { warnings.append(warning) }
        }
        return Step(
            milestone: milestone, transition: row?.number, arrow: row?.answer ?? .planned, phaseBefore: standing.phase,
            phaseAfter: verdict.move.phase, statusBefore: standing.status, statusAfter: verdict.move.status,
            stratum: verdict.stratum, deviations: deviations, warnings: warnings)
    }

    private var statusAfter: Status {
        let next = standing.status.next(on: milestone.kind)
        // Only a return after a loss leads to one of several.
        return next.count == 1 ? next[0] : standing.statusBeforeLoss
    }

    private var planText: String {
        "from \"\(treatment.phases[standing.phase].title)\" the protocol plans "
            + treatment.continuations(from: standing.phase).joined(separator: ", ")
    }
}

extension TreatmentProtocol {
    /// The milestones that the protocol plans from a phase, with their courses, arms or risk groups: those that lead on first.
    public func plannedWords(from phase: Int) -> [String] {
        let planned = transitions.filter { $0.source == phase && $0.answer == .planned }
        let words = planned.filter { $0.target != phase } + planned.filter { $0.target == phase }
        return words.map { row in row.kind.rawValue + (row.qualifier.map { " \($0)" } ?? "") }.uniqued()
    }

    /// Those of ``plannedWords(from:)`` that lead on to another phase, but for leaving the protocol's therapy.
    func continuations(from phase: Int) -> [String] {
        let planned = transitions.filter { $0.source == phase && $0.answer == .planned }
        let onward = planned.filter { $0.target != phase && $0.kind != .offTherapy && $0.warning == nil }
        return (onward.isEmpty ? planned : onward).map { row in
            row.kind.rawValue + (row.qualifier.map { " \($0)" } ?? "")
        }.uniqued()
    }

    /// The randomisation that allocates an arm.
    public func randomisation(of arm: String) -> Randomisation? {
        randomisations.first { $0.arms.contains(arm) }
    }
}
