/// The arrows and rules of a protocol for each milestone in each phase, one behind the other, in words of integers.
///
/// A row points back at its ``Transition`` or ``Rule``: whoever decides reads the row, whoever explains reads those. It is a class for the
/// reason that its protocol is.
final class Table: Sendable {
    /// An arrow.
    struct Arrow {
        /// Its place among the transitions.
        let transition: Int
        /// The number of the course, arm or risk group it is narrowed to.
        let word: Int?
        let condition: Program.Entry
        /// The phase it leads to, and the number of the arm whose patients alone can be there.
        let target: Int
        let arm: Int?
        let answer: Transition.Answer
    }

    /// A rule.
    struct Check {
        /// Its place among the rules.
        let rule: Int
        /// The courses, arms or risk groups it is narrowed to, one bit each; `nil` is all.
        let words: UInt64?
        let appliesWhen: Program.Entry
        let requirement: Program.Entry
        let otherwise: Rule.Otherwise
    }

    /// A randomisation: its arms, one bit each, and the conditions of its strata.
    struct Draw {
        let arms: UInt64
        let strata: [Program.Entry]
    }

    /// What there is to look at for one milestone in one phase, in ``arrows`` and ``checks``.
    struct Cell {
        let arrows: Range<Int>
        let checks: Range<Int>
    }

    /// What starting a course means: its agents, one bit each, and whether an infusion runs from then on.
    struct CourseStart {
        let agents: UInt64
        let isInfused: Bool
    }

    let courses: [CourseStart]
    let program: Program
    let arrows: [Arrow]
    let checks: [Check]
    let draws: [Draw]
    private let cells: [Cell]

    init(
        _ lists: WordLists, phases: [Phase], courses: [Course], transitions: [Transition], rules: [Rule],
        randomisations: [Randomisation]
    ) {
        self.courses = courses.map {
            CourseStart(agents: lists.agents.bits($0.agents) ?? 0, isInfused: $0.infusion != nil)
        }
        var program = Program()
        var arrows = [[Arrow]](repeating: [], count: phases.count * MilestoneKind.count)
        // Planned arrows first: an off-protocol one is looked at only where no planned one holds.
        for answer in Transition.Answer.allCases {
            for (index, row) in transitions.enumerated() where row.answer == answer {
                arrows[row.source * MilestoneKind.count + row.kind.index].append(
                    Arrow(
                        transition: index, word: row.qualifier.flatMap(lists.qualifiers(of: row.kind).firstIndex),
                        condition: program.add(row.condition, lists), target: row.target,
                        arm: phases[row.target].arm.flatMap(lists.arms.firstIndex), answer: row.answer))
            }
        }
        var checks = [[Check]](repeating: [], count: phases.count * MilestoneKind.count)
        for (index, rule) in rules.enumerated() {
            let words = rule.qualifiers.isEmpty ? nil : lists.qualifiers(of: rule.kind).bits(rule.qualifiers) ?? 0
            let check = Check(
                rule: index, words: words, appliesWhen: program.add(rule.appliesWhen, lists),
                requirement: program.add(rule.requirement, lists), otherwise: rule.otherwise)
            for phase in rule.phases.isEmpty ? Array(phases.indices) : rule.phases.uniqued() {
                checks[phase * MilestoneKind.count + rule.kind.index].append(check)
            }
        }
        draws = randomisations.map { randomisation in
            Draw(
                arms: lists.arms.knownBits(randomisation.arms),
                strata: randomisation.strata.map { program.add($0.condition, lists) })
        }
        self.program = program
        self.arrows = arrows.flatMap(\.self)
        self.checks = checks.flatMap(\.self)
        var place = (arrow: 0, check: 0)
        cells = zip(arrows, checks).map { arrows, checks in
            defer { place = (place.arrow + arrows.count, place.check + checks.count) }
            return Cell(
                arrows: place.arrow..<place.arrow + arrows.count, checks: place.check..<place.check + checks.count)
        }
    }

    /// Where to look for a milestone in a phase.
    func cell(_ kind: MilestoneKind, in phase: Int) -> Cell { cells[phase * MilestoneKind.count + kind.index] }
}
