extension Bench {
    /// The protocol must know the course, the arm or the risk group.
    func checkWord() throws(Refusal) {
        guard word == nil, let field = milestone.kind.qualifier, case .word(let list) = field.type,
            let word = milestone.facts.word(field)
        else { return }
        throw refusal(.unknownWord(list, word, known: treatment.words(list)))
    }

    /// What was found in the patient must be on the protocol's list.
    func checkListedWords() throws(Refusal) {
        guard let (list, word) = treatment.lists.unlisted(in: milestone.facts) else { return }
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
    func completed(by arrow: Table.Arrow) -> Milestone? {
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
    func checkRules() throws(Refusal) -> Bool {
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
    var brokenRules: ([Deviation], [Warning]) {
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

    func outside(_ window: Window) -> Warning? {
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
