import Testing

@testable import PathwayCore

/// Finds a patient for every phase of a protocol, and a path for every row of its table, knowing nothing of the protocol.
///
/// Breadth first: from every standing found it tries each row with facts on every side of its limits. Two standings are the
/// same when the phase, the arms, the risk group and the facts that later rows ask for are the same.
struct Walker {
    /// A patient on the way: the milestones as recorded.
    struct Traveller {
        var path: Path
        var milestones: [(milestone: Milestone, offProtocol: Bool)] = []
    }

    let treatment: TreatmentProtocol
    /// A patient for each standing, in the order of finding.
    private(set) var travellers: [Traveller] = []
    /// For each row's number the first patient whose last milestone took it.
    private(set) var takers: [Int: Traveller] = [:]

    private let start: Day
    /// What the rows and strata ask for.
    private let atoms: [Guard]
    /// Phases from which a risk group or an arm can still be reached.
    private let undecided: Set<Int>
    /// The agents that any row or rule asks for.
    private let agents: [String]
    private var seen: Set<String> = []
    private var attempts: [Int: [Milestone]] = [:]

    /// - Parameter start: the day of enrolment; every later milestone comes one day after the one before.
    init(_ treatment: TreatmentProtocol, start: Day) {
        self.treatment = treatment
        self.start = start
        let strata = treatment.randomisations.flatMap(\.strata)
        let conditions: [Guard] = treatment.transitions.compactMap(\.condition) + strata.map(\.condition)
        let atoms = conditions.flatMap { $0.atoms }.uniqued()
        self.atoms = atoms
        let asked: [Guard] = atoms + treatment.rules.flatMap { $0.requirement.atoms }
        agents = asked.flatMap { atom -> [String] in
            if case .received(let agents) = atom { agents } else { [] }
        }.uniqued()
        var undecided = Set(
            treatment.transitions.filter { [.riskAssigned, .randomised].contains($0.kind) }.map(\.source))
        var count = 0
        while undecided.count != count {
            count = undecided.count
            for row in treatment.transitions where undecided.contains(row.target) { undecided.insert(row.source) }
        }
        self.undecided = undecided
        for milestone in enrolments { attempt(milestone, by: Traveller(path: Path(under: treatment))) }
        var next = 0
        while next < travellers.count {
            let traveller = travellers[next]
            next += 1
            for milestone in milestones(from: traveller.path.standing) {
                let day = (traveller.path.standing.floor ?? start).adding(days: 1)
                let dated = Milestone(judged: milestone.kind, on: ClinicalDate(day), facts: milestone.facts)
                attempt(dated, by: traveller)
            }
        }
    }

    /// Patients standing in a phase.
    func travellers(in phase: Int) -> [Traveller] { travellers.filter { $0.path.standing.phase == phase } }

    private mutating func attempt(_ milestone: Milestone, by traveller: Traveller) {
        var traveller = traveller
        let step: Step
        switch traveller.path.judge(milestone) {
        case .planned(let planned): step = planned
        case .offProtocol(let deviating): step = deviating
        case .refused: return
        }
        traveller.path.take(step)
        traveller.milestones.append((step.milestone, step.answer == .offProtocol))
        if let row = step.transition, takers[row] == nil { takers[row] = traveller }
        if seen.insert(signature(traveller.path.standing)).inserted { travellers.append(traveller) }
    }

    private func signature(_ standing: Standing) -> String {
        // What decides the risk group and the stratum is of no interest once they are behind.
        let isOpen = undecided.contains(standing.phase)
        let asked = atoms.filter { atom in
            switch atom {
            case .oneOf(let field, _): field == .relapseSites || field == .marrow
            case .mrd, .elapsed, .flag, .number, .level: isOpen
            case .standing, .received, .happened, .day, .known, .all, .any, .not: false
            }
        }
        let bench = Bench(
            standing: standing, milestone: Milestone(judged: .seen, on: ClinicalDate(start), facts: Facts()),
            treatment: treatment)
        let truths = asked.map { "\($0.holds(in: bench))".prefix(1) }.joined()
        let received = agents.filter { standing.received($0, under: treatment) }
        return ([treatment.phases[standing.phase].name, standing.risk ?? "-", truths] + standing.arms + received)
            .joined(separator: " ")
    }

    // MARK: what to try

    /// Each row of a phase with its word, and with every combination of the facts that the rows of its kind ask for.
    private mutating func milestones(from standing: Standing) -> [Milestone] {
        let phase = standing.phase
        if let known = attempts[phase] { return known }
        let rows = treatment.transitions.filter { $0.source == phase }
        var milestones: [Milestone] = []
        for kind in MilestoneKind.allCases where kind.track == .phase {
            let drawn = rows.filter { $0.kind == kind }
            guard !drawn.isEmpty else { continue }
            let combinations = treatment.combinations(of: drawn.compactMap(\.condition)) ?? []
            for word in drawn.map(\.qualifier).uniqued() {
                for combination in combinations + (undecided.contains(phase) ? extremes(kind) : []) {
                    if let milestone = example(kind, word, combination.facts) { milestones.append(milestone) }
                }
            }
        }
        let unique = milestones.uniqued()
        attempts[phase] = unique
        return unique
    }

    /// What an assessment can say that later rows may ask for, though none of its own does.
    private func extremes(_ kind: MilestoneKind) -> [Combination] {
        guard kind == .responseAssessed else { return [] }
        let facts = atoms.filter { atom in
            switch atom {
            case .oneOf(let field, _), .flag(let field, _): kind.takes(field)
            case .mrd: true
            default: false
            }
        }
        return treatment.combinations(of: facts) ?? []
    }

    private func example(_ kind: MilestoneKind, _ word: String?, _ given: [Field: Value]) -> Milestone? {
        var facts = Facts()
        for (field, value) in given where kind.takes(field) { facts[field] = value }
        if let field = kind.qualifier, let word { facts[field] = .word(word) }
        for field in kind.required where facts[field] == nil && field != kind.derivedField {
            if case .word(let list) = field.type {
                facts[field] = treatment.words(list).first.map(Value.word)
            } else {
                facts[field] = field.exampleValue
            }
        }
        if kind == .randomised { facts[.allocatedBy] = .text("office") }
        return try? Milestone(kind, on: ClinicalDate(start), facts: facts)
    }

    /// Enrolments on each side of every limit of time, with each site, and other facts as the rules of entry want them.
    private var enrolments: [Milestone] {
        let rules = treatment.rules.filter { $0.kind == .enrolled }.map(\.requirement)
        let atoms =
            (rules + treatment.transitions.compactMap(\.condition)
            + treatment.randomisations.flatMap { $0.strata.map(\.condition) }).flatMap(\.atoms)
        let relapse = start.adding(days: -7)
        // Diagnosis and the end of therapy on each side of every limit, and a fitting pair of them.
        var days: [Clock: [Day]] = [.diagnosis: [], .endOfTherapy: []]
        for case .elapsed(let from, .relapse, _, let span) in atoms where days[from] != nil {
            let limit = relapse.adding(months: -span.count)
            days[from]?.append(contentsOf: [limit.adding(days: 1), limit, limit.adding(days: -1)])
        }
        let diagnoses = (days[.diagnosis] ?? []).uniqued() + [relapse.adding(months: -40)]
        let ends = (days[.endOfTherapy] ?? []).uniqued() + [relapse.adding(months: -2)]
        let entry = entryFacts(rules)
        return ["marrow", "cns", "testis", "marrow+cns"].flatMap { sites in
            diagnoses.flatMap { diagnosis in
                ends.filter { $0 > diagnosis }.compactMap { end in
                    var facts = entry
                    facts[.site] = .text("a site")
                    facts[.diagnosed] = .date(ClinicalDate(diagnosis))
                    facts[.therapyEnded] = .date(ClinicalDate(end))
                    facts[.relapsedOn] = .date(ClinicalDate(relapse))
                    facts[.relapseSites] = try? Field.relapseSites.value(sites)
                    return try? Milestone(.enrolled, on: ClinicalDate(start), facts: facts)
                }
            }
        }
    }

    /// For each fact that the rules of entry ask for alone, a value with which they hold.
    private func entryFacts(_ rules: [Guard]) -> Facts {
        var facts = Facts()
        let fields: [Field] = [
            .age, .ecog, .downSyndrome, .philadelphia, .priorTransplant, .priorBlinatumomab, .priorRelapseTherapy,
        ]
        for field in fields {
            let asking = rules.filter { rule in
                rule.atoms.contains { atom in
                    switch atom {
                    case .flag(field, _), .number(field, _, _): true
                    default: false
                    }
                }
            }
            let fitting = (treatment.combinations(of: asking) ?? []).first { combination in
                asking.allSatisfy { $0.holds(in: combination) == .yes }
            }
            facts[field] = fitting?.facts[field]
        }
        return facts
    }
}

extension Walker {
    private static let walks = Dictionary(
        uniqueKeysWithValues: Bundled.names.map { name in
            (
                name,
                Result {
                    Walker(try Bundled.treatment(name), start: try #require(Day("2015-06-15")))
                }
            )
        })

    /// The walk through a bundled document, made once for all tests.
    static func walk(_ name: String) throws -> Walker { try #require(walks[name]).get() }
}
