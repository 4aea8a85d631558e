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
