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

    private var computedAge: Int? {
        guard let born = dates(.birth), let enrolled = dates(.enrolment), born.precision == .day else { return nil }
        let (from, to) = (born.earliest.parts, enrolled.earliest.parts)
        return to.year - from.year - ((to.month, to.day) < (from.month, from.day) ? 1 : 0)
    }

    // MARK: the checks, in the order in which they speak

    /// Decides, or says why it cannot be.
    func verdict(today: Day?) throws(Refusal) -> Verdict {
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

    /// The protocol must know the course, the arm or the risk group.
    private func checkWord() throws(Refusal) {
        guard word == nil, let field = milestone.kind.qualifier, case .word(let list) = field.type,
            let word = milestone.facts.word(field)
        else { return }
        throw refusal(.unknownWord(list, word, known: treatment.words(list)))
    }

    /// The arrow that is taken.
    func arrow() throws(Refusal) -> Table.Arrow {
        let table = treatment.table
        let (arrows, program) = (table.arrows, table.program)
        var isUndecided = false
        for index in table.cell(milestone.kind, in: standing.phase).arrows {
            let arrow = arrows[index]
            guard fits(arrow) else { continue }
            switch program.truth(arrow.condition, in: self) {
            // An undecided planned arrow must not give way to an off-protocol one.
            case .yes where arrow.answer == .offProtocol && isUndecided: continue
            case .yes: return arrow
            case .unknown: isUndecided = true
            case .no: break
            }
        }
        throw noArrow
    }

    /// Why no arrow is taken.
    private var noArrow: Refusal {
        let table = treatment.table
        var failed: [Transition] = []
        var missing: [String] = []
        for index in table.cell(milestone.kind, in: standing.phase).arrows where fits(table.arrows[index]) {
            let row = treatment.transitions[table.arrows[index].transition]
            switch row.condition?.holds(in: self) ?? .yes {
            case .yes: break
            case .unknown: missing += row.condition?.missing(in: self) ?? []
            case .no: failed.append(row)
            }
        }
        if !missing.isEmpty { return refusal(.missing(missing.uniqued())) }
        if milestone.qualifier != nil, milestone.kind.derivedField != nil, let refusal = otherWord { return refusal }
        if failed.isEmpty, milestone.kind == .randomised, let arm = armBefore {
            return refusal(.alreadyRandomised(arm))
        }
        guard !failed.isEmpty else { return refusal(.notDrawn) }
        return refusal(
            .noneHolds(failed.compactMap { $0.condition?.text }.uniqued()),
            source: failed.map(\.provenance.citation).uniqued().joined(separator: "; "))
    }

    /// The arm of the same randomisation that was allocated before, else the one allocated last.
    private var armBefore: String? {
        let rivals = milestone.facts.word(.arm).flatMap(treatment.randomisation)?.arms ?? []
        return standing.arms.first(where: rivals.contains) ?? standing.arms.last
    }

    /// Whether an arrow is for the milestone's course, arm or risk group, and for the patient's arm.
    func fits(_ arrow: Table.Arrow) -> Bool {
        if let word, let narrowed = arrow.word, narrowed != word { return false }
        // A phase of one arm takes only patients of that arm.
        guard let arm = arrow.arm else { return true }
        return standing.armNumbers & (1 << UInt64(arm)) != 0 || milestone.kind == .randomised && word == arm
    }

    /// The milestone with what follows from it and it did not say itself: the word that the arrow determines, and the age at
    /// enrolment, which stays known when the day of birth is forgotten. `nil` if nothing does.
    private func completed(by arrow: Table.Arrow) -> Milestone? {
        if let field = milestone.kind.derivedField, !milestone.facts.known.contains(field) {
            return treatment.transitions[arrow.transition].qualifier.map { completed(field, .word($0)) }
        }
        guard milestone.kind == .enrolled, !milestone.facts.known.contains(.age) else { return nil }
        return computedAge.map { completed(.age, .number($0)) }
    }

    private func completed(_ field: Field, _ value: Value) -> Milestone {
        Milestone(judged: milestone.kind, on: milestone.on, facts: milestone.facts.adding(field, value))
    }

    /// The refusal of another word than the rules give.
    private var otherWord: Refusal? {
        for row in treatment.candidates(milestone.kind, in: standing.phase) {
            guard row.condition?.holds(in: self) ?? .yes == .yes, let word = row.qualifier else { continue }
            return refusal(.otherRisk(determined: word), source: row.provenance.citation)
        }
        return nil
    }

    func checkRandomisation() throws(Refusal) -> String? {
        guard milestone.kind == .randomised, let word else { return nil }
        if !milestone.facts.known.contains(.allocatedBy) { throw refusal(.allocationUnattributed) }
        guard treatment.arms[word].isOpen(on: milestone.on.earliest) else {
            let arm = treatment.arms[word]
            throw refusal(
                .armNotOpen(arm.name, opens: arm.opens, closes: arm.closes), source: arm.provenance.citation)
        }
        let draws = treatment.table.draws
        for index in draws.indices where draws[index].arms & (1 << UInt64(word)) != 0 {
            return try stratum(of: index).name
        }
        return nil
    }

    /// The stratum of a randomisation, given by its place.
    func stratum(of index: Int) throws(Refusal) -> Randomisation.Stratum {
        let (draw, program) = (treatment.table.draws[index], treatment.table.program)
        if standing.armNumbers & draw.arms != 0 { throw alreadyRandomised(in: treatment.randomisations[index]) }
        var taken: Int?
        var (isUndecided, isAmbiguous) = (false, false)
        for place in draw.strata.indices {
            switch program.truth(draw.strata[place], in: self) {
            case .yes where taken == nil: taken = place
            case .yes: isAmbiguous = true
            case .unknown: isUndecided = true
            case .no: break
            }
        }
        let randomisation = treatment.randomisations[index]
        if taken == nil, isUndecided {
            throw refusal(.missing(randomisation.strata.flatMap { $0.condition.missing(in: self) }.uniqued()))
        }
        guard let taken, !isAmbiguous else {
            throw refusal(.noStratum, source: randomisation.provenance.citation)
        }
        return randomisation.strata[taken]
    }

    private func alreadyRandomised(in randomisation: Randomisation) -> Refusal {
        let arm = standing.arms.first(where: randomisation.arms.contains) ?? ""
        return refusal(.alreadyRandomised(arm), source: randomisation.provenance.citation)
    }

    /// Whether a rule makes a deviation of it.
    private func checkRules() throws(Refusal) -> Bool {
        let table = treatment.table
        let (checks, program) = (table.checks, table.program)
        var deviates = false
        for index in table.cell(milestone.kind, in: standing.phase).checks {
            let check = checks[index]
            guard applies(check, program) else { continue }
            let truth = program.truth(check.requirement, in: self)
            if truth == .yes { continue }
            switch check.otherwise {
            case .refused where before == nil:
                let rule = treatment.rules[check.rule]
                if truth == .unknown { throw refusal(.missing(rule.requirement.missing(in: self))) }
                throw refusal(
                    .rule(name: rule.name, requirement: rule.requirement.text), source: rule.provenance.citation)
            case .refused, .offProtocol: deviates = true
            case .warned: break
            }
        }
        return deviates
    }

    /// What the rules say of it that do not forbid it.
    private var brokenRules: ([Deviation], [Warning]) {
        let table = treatment.table
        var deviations: [Deviation] = []
        var warnings: [Warning] = []
        for index in table.cell(milestone.kind, in: standing.phase).checks {
            let check = table.checks[index]
            guard applies(check, table.program) else { continue }
            let truth = table.program.truth(check.requirement, in: self)
            if truth == .yes { continue }
            let rule = treatment.rules[check.rule]
            let (text, source) = (rule.requirement.text, rule.provenance.citation)
            switch check.otherwise {
            case .refused, .offProtocol: deviations.append(Deviation(rule: "\(rule.name): \(text)", source: source))
            case .warned:
                let what = truth == .unknown ? "not known whether" : "expected that"
                warnings.append(Warning(text: "\(rule.name): \(what) \(text)", source: source))
            }
        }
        return (deviations, warnings)
    }

    private func applies(_ check: Table.Check, _ program: Program) -> Bool {
        if let words = check.words, word.map({ words & (1 << UInt64($0)) == 0 }) ?? true { return false }
        return program.truth(check.appliesWhen, in: self) == .yes
    }

    private func outside(_ window: Window) -> Warning? {
        guard let start = dates(window.from)?.earliest else { return nil }
        let day = milestone.on.earliest
        if let opens = window.opens, day < months.day(opens, after: start) {
            return Warning(
                text: "earlier than \(opens.text) after \(window.from.rawValue) (\(months.day(opens, after: start)))",
                source: window.provenance.citation)
        }
        guard day > months.day(window.closes, after: start) else { return nil }
        return Warning(
            text:
                "later than \(window.closes.text) after \(window.from.rawValue) (\(months.day(window.closes, after: start)))",
            source: window.provenance.citation)
    }

    func refusal(_ reason: Refusal.Reason, source: String? = nil) -> Refusal {
        let speaks: Bool
        switch reason {
        case .notDrawn, .noneHolds: speaks = true
        default: speaks = false
        }
        return Refusal(
            kind: milestone.kind, qualifier: milestone.qualifier, on: milestone.on, reason: reason,
            phase: treatment.phases[standing.phase].title, status: standing.status,
            allowed: speaks ? treatment.plannedWords(from: standing.phase) : [], source: source)
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
