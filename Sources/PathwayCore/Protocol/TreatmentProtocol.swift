/// A treatment protocol, compiled from its document to one flat table of transitions.
///
/// Everything derives from this value: what is accepted, what may come next, the diagrams, the database's reference rows
/// and the boundary tests. It cannot be changed; an amendment is another version. It is a class because every path shares it
/// and nobody copies it.
public final class TreatmentProtocol: Sendable {
    /// The protocol's word, such as `aall1331`.
    public let name: String
    /// The version, from 1.
    public let version: Int
    /// The title in words.
    public let title: String
    /// The registry's number, if it has one.
    public let registry: String?
    /// The first day on which this version applies.
    public let effective: Day
    /// How months are counted.
    public let months: MonthCount
    /// The short names used by citations, with what they stand for.
    public let sources: [(name: String, text: String)]
    /// The phases, in the document's order; ``outside`` is first.
    public let phases: [Phase]
    /// The courses of treatment.
    public let courses: [Course]
    /// The risk groups.
    public let risks: [RiskGroup]
    /// The arms.
    public let arms: [Arm]
    /// The randomisations.
    public let randomisations: [Randomisation]
    /// The table; row `n` has number `n + 1`.
    public let transitions: [Transition]
    /// What must hold besides the arrows.
    public let rules: [Rule]

    // Rows by phase and milestone: `rows[phase * kinds + kind]`.
    let rows: [[Int]]
    let rulesByKind: [[Int]]
    let armsByName: [String: Int]
    let agents: [String]
    private let agentSets: [UInt64]
    private let courseNames: [String]
    private let armNames: [String]
    private let riskNames: [String]

    /// The phase before enrolment, which every protocol has.
    public static let outside = "outside"

    /// Makes a protocol of its parts; the caller has checked that every word they use is defined.
    public init(
        name: String, version: Int, title: String, registry: String?, effective: Day, months: MonthCount,
        sources: [(name: String, text: String)], phases: [Phase], courses: [Course], risks: [RiskGroup], arms: [Arm],
        randomisations: [Randomisation], transitions: [Transition], rules: [Rule]
    ) {
        self.name = name
        self.version = version
        self.title = title
        self.registry = registry
        self.effective = effective
        self.months = months
        self.sources = sources
        self.phases = phases
        self.courses = courses
        self.risks = risks
        self.arms = arms
        self.randomisations = randomisations
        self.transitions = transitions
        self.rules = rules

        let kinds = MilestoneKind.allCases.count
        var rows = [[Int]](repeating: [], count: phases.count * kinds)
        // Planned rows first: an off-protocol one is looked at only where no planned one holds.
        for answer in Transition.Answer.allCases {
            for (index, row) in transitions.enumerated() where row.answer == answer {
                rows[row.source * kinds + row.kind.index].append(index)
            }
        }
        self.rows = rows
        rulesByKind = MilestoneKind.allCases.map { kind in rules.indices.filter { rules[$0].kind == kind } }
        armsByName = Dictionary(arms.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let agents = courses.flatMap(\.agents).uniqued()
        precondition(agents.count <= 64, "a protocol has at most 64 agents")
        self.agents = agents
        agentSets = courses.map { course in
            course.agents.reduce(0) { $0 | (1 << UInt64(agents.firstIndex(of: $1) ?? 0)) }
        }
        courseNames = courses.map(\.name)
        armNames = arms.map(\.name)
        riskNames = risks.map(\.name)
    }

    /// The rows for a milestone in a phase, planned ones first.
    func candidates(_ kind: MilestoneKind, in phase: Int) -> [Int] {
        rows[phase * MilestoneKind.count + kind.index]
    }

    /// The words of one of the protocol's lists.
    public func words(_ list: ProtocolWord) -> [String] {
        switch list {
        case .course: courseNames
        case .arm: armNames
        case .risk: riskNames
        }
    }

    /// The agents of a course, one bit each.
    func agentSet(of course: String) -> UInt64 {
        courseNames.firstIndex(of: course).map { agentSets[$0] } ?? 0
    }

    /// Whether a course has a continuous infusion.
    func hasInfusion(_ course: String) -> Bool {
        courseNames.firstIndex(of: course).map { courses[$0].infusion != nil } ?? false
    }

    /// The number of the phase with this name.
    public func phase(named name: String) -> Int? { phases.firstIndex { $0.name == name } }
}

/// A place where a patient's treatment can stand.
public struct Phase: Sendable, Hashable {
    /// Its word in the document, the database and the exports.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The course that runs in it.
    public let course: String?
    /// The arm whose patients alone can be in it.
    public let arm: String?
    /// Whether it needs no way out.
    public let ends: Bool
    /// Whether it is the interruption of an infusion.
    public let isHeld: Bool
    /// Where it stands in the document.
    public let line: Int

    /// Makes a phase.
    public init(
        name: String, title: String, course: String?, arm: String?, ends: Bool, isHeld: Bool = false, line: Int
    ) {
        self.name = name
        self.title = title
        self.course = course
        self.arm = arm
        self.ends = ends
        self.isHeld = isHeld
        self.line = line
    }
}

/// Where a row comes from and whether anybody has checked it.
public struct Provenance: Sendable, Hashable {
    /// How sure the document is of a row; the raw value is its spelling there.
    public enum Certainty: String, Sendable, Hashable, CaseIterable {
        /// Read in the source named.
        case read
        /// Follows from what was read.
        case derived
        /// From memory, about 95 % sure.
        case memoryHigh = "M-high"
        /// From memory, about 75 % sure.
        case memoryMedium = "M-med"
        /// From memory, about 50 % sure.
        case memoryLow = "M-low"
        /// An assumption of the document's author.
        case assumed = "A"
    }

    /// The citation, as written.
    public let source: String
    /// How sure it is.
    public let certainty: Certainty
    /// The line of the document.
    public let line: Int

    /// Makes a provenance.
    public init(source: String, certainty: Certainty, line: Int) {
        self.source = source
        self.certainty = certainty
        self.line = line
    }

    /// Whether the row was read or derived; what is not may only warn.
    public var isVerified: Bool { certainty == .read || certainty == .derived }

    /// The citation with the mark of what nobody has checked.
    public var citation: String { isVerified ? source : "\(source) [unverified: \(certainty.rawValue)]" }
}

/// A course of treatment: a block, a cycle, maintenance.
public struct Course: Sendable, Hashable {
    /// The continuous infusion inside a course.
    public struct Infusion: Sendable, Hashable {
        /// Days of infusion that make the course whole.
        public let days: Int
        /// The longest interruption after which the same cycle goes on.
        public let resumeWithin: Span
        /// Where that comes from.
        public let provenance: Provenance

        /// Makes an infusion.
        public init(days: Int, resumeWithin: Span, provenance: Provenance) {
            self.days = days
            self.resumeWithin = resumeWithin
            self.provenance = provenance
        }
    }

    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The agents given in it.
    public let agents: [String]
    /// Its planned length in days.
    public let days: Int?
    /// Its continuous infusion.
    public let infusion: Infusion?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a course.
    public init(
        name: String, title: String, agents: [String], days: Int?, infusion: Infusion?, provenance: Provenance
    ) {
        self.name = name
        self.title = title
        self.agents = agents
        self.days = days
        self.infusion = infusion
        self.provenance = provenance
    }
}

/// A risk group that the protocol tells apart.
public struct RiskGroup: Sendable, Hashable {
    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a risk group.
    public init(name: String, title: String, provenance: Provenance) {
        self.name = name
        self.title = title
        self.provenance = provenance
    }
}

/// An arm of a randomisation.
public struct Arm: Sendable, Hashable {
    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The first day on which it may be allocated.
    public let opens: Day?
    /// The last day on which it may be allocated.
    public let closes: Day?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes an arm.
    public init(name: String, title: String, opens: Day?, closes: Day?, provenance: Provenance) {
        self.name = name
        self.title = title
        self.opens = opens
        self.closes = closes
        self.provenance = provenance
    }

    /// Whether the arm may be allocated on a day.
    public func isOpen(on day: Day) -> Bool {
        (opens.map { day >= $0 } ?? true) && (closes.map { day <= $0 } ?? true)
    }
}

/// A randomisation between arms, in permuted blocks within strata.
public struct Randomisation: Sendable, Hashable {
    /// A stratum and whom it takes.
    public struct Stratum: Sendable, Hashable {
        /// Its word.
        public let name: String
        /// Whom it takes.
        public let condition: Guard
        /// Where it comes from.
        public let provenance: Provenance

        /// Makes a stratum.
        public init(name: String, condition: Guard, provenance: Provenance) {
            self.name = name
            self.condition = condition
            self.provenance = provenance
        }
    }

    /// Its word.
    public let name: String
    /// The arms it allocates, in equal shares.
    public let arms: [String]
    /// The sizes a block can have, each a multiple of the number of arms.
    public let blockSizes: [Int]
    /// The strata; a patient falls in exactly one.
    public let strata: [Stratum]
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a randomisation.
    public init(name: String, arms: [String], blockSizes: [Int], strata: [Stratum], provenance: Provenance) {
        self.name = name
        self.arms = arms
        self.blockSizes = blockSizes
        self.strata = strata
        self.provenance = provenance
    }
}

/// One row of the table: an arrow of the diagram.
///
/// It belongs to the table of its protocol and is shared, not copied, whenever a milestone is judged.
public final class Transition: Sendable {
    /// Whether the protocol plans it; the raw value is its name in the database.
    public enum Answer: String, Sendable, Hashable, CaseIterable {
        /// The protocol plans it.
        case planned
        /// It happens although the protocol does not plan it, and needs a reason.
        case offProtocol = "off-protocol"
    }

    /// The row's number, from 1.
    public let number: Int
    /// The phase it leads from.
    public let source: Int
    /// The milestone it is taken on.
    public let kind: MilestoneKind
    /// The course, arm or risk group it is narrowed to.
    public let qualifier: String?
    /// The condition under which it is taken; `nil` is always.
    public let condition: Guard?
    /// The phase it leads to.
    public let target: Int
    /// Whether the protocol plans it.
    public let answer: Answer
    /// What to say whenever it is taken.
    public let warning: String?
    /// When it is expected.
    public let window: Window?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a row.
    public init(
        number: Int, source: Int, kind: MilestoneKind, qualifier: String?, condition: Guard?, target: Int,
        answer: Answer, warning: String?, window: Window?, provenance: Provenance
    ) {
        self.number = number
        self.source = source
        self.kind = kind
        self.qualifier = qualifier
        self.condition = condition
        self.target = target
        self.answer = answer
        self.warning = warning
        self.window = window
        self.provenance = provenance
    }
}

/// When a milestone is expected, counted from a named day.
public struct Window: Sendable, Hashable {
    /// The day that is counted from.
    public let from: Clock
    /// The earliest expected day is so long after it.
    public let opens: Span?
    /// The latest expected day is so long after it.
    public let closes: Span
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a window.
    public init(from: Clock, opens: Span?, closes: Span, provenance: Provenance) {
        self.from = from
        self.opens = opens
        self.closes = closes
        self.provenance = provenance
    }
}

/// What must hold for a milestone to be recorded, besides the arrows.
public final class Rule: Sendable {
    /// What follows when it does not hold; the raw value is its spelling in the document.
    public enum Otherwise: String, Sendable, Hashable, CaseIterable {
        /// The milestone is refused.
        case refused
        /// It is recorded only with a reason.
        case offProtocol = "off-protocol"
        /// It is recorded with a warning.
        case warned
    }

    /// Its name for people.
    public let name: String
    /// The milestone it is about.
    public let kind: MilestoneKind
    /// The courses, arms or risk groups it is narrowed to; empty is all.
    public let qualifiers: [String]
    /// The phases it is narrowed to; empty is all.
    public let phases: [Int]
    /// When it applies; `nil` is always.
    public let appliesWhen: Guard?
    /// What must hold.
    public let requirement: Guard
    /// What follows when it does not hold.
    public let otherwise: Otherwise
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a rule.
    public init(
        name: String, kind: MilestoneKind, qualifiers: [String], phases: [Int], appliesWhen: Guard?,
        requirement: Guard, otherwise: Otherwise, provenance: Provenance
    ) {
        self.name = name
        self.kind = kind
        self.qualifiers = qualifiers
        self.phases = phases
        self.appliesWhen = appliesWhen
        self.requirement = requirement
        self.otherwise = otherwise
        self.provenance = provenance
    }
}
