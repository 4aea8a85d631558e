extension Standing {
    /// Judges a milestone on this standing: planned, off protocol, or refused with the rule that forbids it.
    ///
    /// The same facts always give the same answer: `today` is passed in, nothing else is asked of the world.
    /// - Parameter today: the last day that is not in the future; `nil` when a recorded history is replayed.
    public func judge(_ milestone: Milestone, under treatment: TreatmentProtocol, today: Day? = nil) -> Judgement {
        let bench = Bench(standing: self, milestone: milestone, treatment: treatment)
        do throws(Refusal) {
            try bench.checkStatus()
            try bench.checkDates(today: today)
            let step = try bench.step()
            return step.answer == .planned ? .planned(step) : .offProtocol(step)
        } catch {
            return .refused(error)
        }
    }
}

/// One milestone before its judge: the standing, the milestone on top of it, and the protocol.
///
/// It is lent, never copied: judging is done for every event of every replay.
struct Bench: ~Copyable, Situation {
    let standing: Standing
    let milestone: Milestone
    let treatment: TreatmentProtocol
    /// What was recorded of this milestone before a correction, if it is judged again: what the rules forbid is a deviation then.
    let before: Restatement?

    init(standing: Standing, milestone: Milestone, treatment: TreatmentProtocol, before: Restatement? = nil) {
        self.standing = standing
        self.milestone = milestone
        self.treatment = treatment
        self.before = before
    }

    var months: MonthCount { treatment.months }

    func value(_ field: Field) -> Value? {
        if let given = milestone.facts[field] { return given }
        if field == .age, let age = computedAge { return .number(age) }
        // What this milestone could have said and did not is not known from an earlier one.
        return milestone.kind.takes(field) ? nil : standing.value(field)
    }

    func dates(_ clock: Clock) -> ClinicalDate? {
        if clock == .today { return milestone.on }
        if clock == .enrolment, milestone.kind == .enrolled { return milestone.on }
        guard let field = clock.field else { return standing.day(clock).map { ClinicalDate($0) } }
        guard case .date(let date)? = value(field) else { return nil }
        return date
    }

    func stands(_ word: Standing.Word, in accepted: [String]) -> Bool {
        switch word {
        case .arm: standing.arms.contains(where: accepted.contains)
        case .risk: standing.risk.map(accepted.contains) ?? false
        case .phase: accepted.contains(treatment.phases[standing.phase].name)
        case .status: accepted.contains(standing.status.rawValue)
        }
    }

    func received(_ agent: String) -> Truth { Truth(standing.received(agent, under: treatment)) }

    func happened(_ kind: MilestoneKind) -> Bool { standing.happened(kind) }

    var today: ClinicalDate? { milestone.on }

    func interval(from start: Clock, to end: Clock) -> (ClinicalDate?, ClinicalDate?) { (dates(start), dates(end)) }

    private var computedAge: Int? {
        guard let born = dates(.birth), let enrolled = dates(.enrolment), born.precision == .day else { return nil }
        let (from, to) = (born.earliest.parts, enrolled.earliest.parts)
        return to.year - from.year - ((to.month, to.day) < (from.month, from.day) ? 1 : 0)
    }

    // MARK: the checks, in the order in which they speak

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
        if let born = dates(.birth), born.earliest > milestone.on.latest { throw refusal(.beforeBirth(born)) }
        // An adverse event may become known after the milestones that followed it, but not before enrolment.
        let floor = milestone.kind == .adverseEvent ? standing.day(.enrolment) : standing.floor
        if let floor, milestone.on.latest < floor { throw refusal(.beforeEarlier(floor)) }
        guard milestone.kind == .enrolled else { return }
        let order: [Field] = [.born, .diagnosed, .relapsedOn]
        let known = order.compactMap { field -> (Field, ClinicalDate)? in
            if case .date(let date)? = milestone.facts[field] { (field, date) } else { nil }
        }
        // Each with each: one known to the year decides nothing between its neighbours.
        for (index, first) in known.enumerated() {
            for second in known[(index + 1)...] where first.1.earliest > second.1.latest {
                throw refusal(.datesContradict(first.0, first.1, second.0, second.1))
            }
        }
        for (field, date) in known where date.earliest > milestone.on.latest {
            throw refusal(.afterMilestone(field, date))
        }
        if case .number(let given)? = milestone.facts[.age], let computed = computedAge, given != computed {
            throw refusal(.ageContradicts(given: given, computed: computed))
        }
    }

    func step() throws(Refusal) -> Step {
        let status = statusAfter
        guard milestone.kind.track == .phase else {
            let (deviations, warnings) = try applyRules()
            return Step(
                milestone: milestone, transition: nil, arrow: .planned, phaseBefore: standing.phase,
                phaseAfter: standing.phase,
                statusBefore: standing.status, statusAfter: status, stratum: nil, deviations: deviations,
                warnings: warnings)
        }
        try checkWord()
        let (row, objection) = try arrowOrObjection()
        let completed = completed(by: row)
        // Rules may ask for the word that the arrow determined.
        if completed != nil {
            let bench = Bench(
                standing: standing, milestone: completed ?? milestone, treatment: treatment, before: before)
            return try bench.step(along: row, status, objection)
        }
        return try step(along: row, status, objection)
    }

    private func step(along row: Transition, _ status: Status, _ objection: Deviation?) throws(Refusal) -> Step {
        let (stratum, closed) = try stratumOrObjection()
        var (deviations, warnings) = try applyRules()
        if let closed { deviations.insert(closed, at: 0) }
        if let objection { deviations.insert(objection, at: 0) }
        if row.answer == .offProtocol {
            deviations.insert(
                Deviation(rule: row.warning ?? planText, source: row.provenance.citation), at: 0)
        } else if let text = row.warning {
            warnings.append(Warning(text: text, source: row.provenance.citation))
        }
        if let window = row.window, let warning = outside(window) { warnings.append(warning) }
        return Step(
            milestone: milestone, transition: row.number, arrow: row.answer, phaseBefore: standing.phase,
            phaseAfter: row.target,
            statusBefore: standing.status, statusAfter: status, stratum: stratum, deviations: deviations,
            warnings: warnings)
    }

    private var statusAfter: Status {
        let next = standing.status.next(on: milestone.kind)
        return next.count == 1 ? next[0] : standing.statusBeforeLoss
    }

    private var planText: String {
        "from \"\(treatment.phases[standing.phase].title)\" the protocol plans "
            + treatment.continuations(from: standing.phase).joined(separator: ", ")
    }

    /// The protocol must know the course, the arm or the risk group.
    private func checkWord() throws(Refusal) {
        guard let field = milestone.kind.qualifier, case .word(let list) = field.type,
            let word = milestone.facts.word(field)
        else { return }
        let known = treatment.words(list)
        guard known.contains(word) else { throw refusal(.unknownWord(list, word, known: known)) }
    }

    /// The arrow that is taken.
    func arrow() throws(Refusal) -> Transition {
        var failed: [Transition] = []
        var missing: [String] = []
        let stated = milestone.qualifier
        for index in treatment.candidates(milestone.kind, in: standing.phase) {
            let row = treatment.transitions[index]
            if let stated, let qualifier = row.qualifier, qualifier != stated { continue }
            guard admits(row) else { continue }
            switch row.condition?.holds(in: self) ?? .yes {
            case .yes:
                // An undecided planned arrow must not give way to an off-protocol one.
                if row.answer == .offProtocol, !missing.isEmpty { break }
                return row
            case .unknown: missing += row.condition?.missing(in: self) ?? []
            case .no: failed.append(row)
            }
        }
        if !missing.isEmpty { throw refusal(.missing(missing.uniqued())) }
        if stated != nil, let derived = milestone.kind.derivedField {
            try refuseOtherWord(than: derived)
        }
        if failed.isEmpty, milestone.kind == .randomised, let arm = armBefore {
            throw refusal(.alreadyRandomised(arm))
        }
        guard !failed.isEmpty else { throw refusal(.notDrawn) }
        throw refusal(
            .noneHolds(failed.compactMap { $0.condition?.text }.uniqued()),
            source: failed.map(\.provenance.citation).uniqued().joined(separator: "; "))
    }

    /// The arm of the same randomisation that was allocated before, else the one allocated last.
    private var armBefore: String? {
        let rivals = milestone.facts.word(.arm).flatMap(treatment.randomisation)?.arms ?? []
        return standing.arms.first(where: rivals.contains) ?? standing.arms.last
    }

    /// A phase of one arm takes only patients of that arm.
    func admits(_ row: Transition) -> Bool {
        guard let arm = treatment.phases[row.target].arm else { return true }
        return standing.arms.contains(arm) || milestone.facts.word(.arm) == arm && milestone.kind == .randomised
    }

    /// The milestone with what follows from it and it did not say itself: the word that the arrow determines, and the age at
    /// enrolment, which stays known when the day of birth is forgotten. `nil` if nothing does.
    private func completed(by row: Transition) -> Milestone? {
        var facts = milestone.facts
        if let field = milestone.kind.derivedField, facts[field] == nil, let word = row.qualifier {
            facts[field] = .word(word)
        }
        if milestone.kind == .enrolled, facts[.age] == nil, let age = computedAge { facts[.age] = .number(age) }
        guard facts.entries.count > milestone.facts.entries.count else { return nil }
        return Milestone(judged: milestone.kind, on: milestone.on, facts: facts)
    }

    private func refuseOtherWord(than field: Field) throws(Refusal) {
        for index in treatment.candidates(milestone.kind, in: standing.phase) {
            let row = treatment.transitions[index]
            guard row.condition?.holds(in: self) ?? .yes == .yes, let word = row.qualifier else { continue }
            throw refusal(.otherRisk(determined: word), source: row.provenance.citation)
        }
    }

    func checkRandomisation() throws(Refusal) -> String? {
        guard milestone.kind == .randomised, let arm = milestone.facts.word(.arm) else { return nil }
        if milestone.facts[.allocatedBy] == nil { throw refusal(.allocationUnattributed) }
        if let index = treatment.armsByName[arm] {
            let arm = treatment.arms[index]
            guard arm.isOpen(on: milestone.on.earliest) else {
                throw refusal(
                    .armNotOpen(arm.name, opens: arm.opens, closes: arm.closes), source: arm.provenance.citation)
            }
        }
        guard let randomisation = treatment.randomisation(of: arm) else { return nil }
        return try stratum(of: randomisation).name
    }

    func stratum(of randomisation: Randomisation) throws(Refusal) -> Randomisation.Stratum {
        if let before = standing.arms.first(where: randomisation.arms.contains) {
            throw refusal(.alreadyRandomised(before), source: randomisation.provenance.citation)
        }
        var taken: [Randomisation.Stratum] = []
        var missing: [String] = []
        for stratum in randomisation.strata {
            switch stratum.condition.holds(in: self) {
            case .yes: taken.append(stratum)
            case .unknown: missing += stratum.condition.missing(in: self)
            case .no: break
            }
        }
        if taken.isEmpty, !missing.isEmpty { throw refusal(.missing(missing.uniqued())) }
        guard taken.count == 1 else { throw refusal(.noStratum, source: randomisation.provenance.citation) }
        return taken[0]
    }

    private func applyRules() throws(Refusal) -> ([Deviation], [Warning]) {
        var deviations: [Deviation] = []
        var warnings: [Warning] = []
        for index in treatment.rulesByKind[milestone.kind.index] {
            let rule = treatment.rules[index]
            guard applies(rule) else { continue }
            let truth = rule.requirement.holds(in: self)
            if truth == .yes { continue }
            switch rule.otherwise {
            case .refused where before != nil:
                deviations.append(
                    Deviation(rule: "\(rule.name): \(rule.requirement.text)", source: rule.provenance.citation))
            case .refused:
                if truth == .unknown { throw refusal(.missing(rule.requirement.missing(in: self))) }
                throw refusal(
                    .rule(name: rule.name, requirement: rule.requirement.text), source: rule.provenance.citation)
            case .offProtocol:
                deviations.append(
                    Deviation(rule: "\(rule.name): \(rule.requirement.text)", source: rule.provenance.citation))
            case .warned:
                let what = truth == .unknown ? "not known whether" : "expected that"
                warnings.append(
                    Warning(text: "\(rule.name): \(what) \(rule.requirement.text)", source: rule.provenance.citation))
            }
        }
        return (deviations, warnings)
    }

    private func applies(_ rule: Rule) -> Bool {
        if !rule.qualifiers.isEmpty {
            guard let word = milestone.qualifier, rule.qualifiers.contains(word) else { return false }
        }
        if !rule.phases.isEmpty, !rule.phases.contains(standing.phase) { return false }
        return (rule.appliesWhen?.holds(in: self) ?? .yes) == .yes
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
