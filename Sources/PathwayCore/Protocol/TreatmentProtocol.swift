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

    /// The words for what is found in patients.
    public let vocabulary: Vocabulary
    /// What it says about its own analysis.
    public let plan: AnalysisPlan

    /// The words that judging counts by their places.
    let lists: WordLists
    /// The same arrows and rules, as judging reads them.
    let table: Table

    /// The phase before enrolment, which every protocol has.
    public static let outside = "outside"

    /// Makes a protocol of its parts; the caller has checked that every word they use is defined.
    public init(
        name: String, version: Int, title: String, registry: String?, effective: Day, months: MonthCount,
        sources: [(name: String, text: String)], phases: [Phase], courses: [Course], risks: [RiskGroup], arms: [Arm],
        randomisations: [Randomisation], transitions: [Transition], rules: [Rule],
        vocabulary: Vocabulary = Vocabulary(),
        plan: AnalysisPlan = .none
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
        self.vocabulary = vocabulary
        self.plan = plan

        let lists = WordLists(
            phases: phases.map(\.name), courses: courses.map(\.name), arms: arms.map(\.name), risks: risks.map(\.name),
            agents: courses.flatMap(\.agents).uniqued(), vocabulary: vocabulary)
        self.lists = lists
        table = Table(
            lists, phases: phases, courses: courses, transitions: transitions, rules: rules,
            randomisations: randomisations)
    }

    /// The rows for a milestone in a phase, planned ones first.
    func candidates(_ kind: MilestoneKind, in phase: Int) -> [Transition] {
        table.arrows[table.cell(kind, in: phase).arrows].map { transitions[$0.transition] }
    }

    /// The words of one of the protocol's lists.
    public func words(_ list: ProtocolWord) -> [String] { lists[list] }

    /// The words of one of the protocol's lists with their titles.
    public func titles(_ list: ProtocolWord) -> [(word: String, title: String)] {
        switch list {
        case .course: courses.map { ($0.name, $0.title) }
        case .arm: arms.map { ($0.name, $0.title) }
        case .risk: risks.map { ($0.name, $0.title) }
        case .adverseEvent: vocabulary.adverseEvents.map { ($0.name, $0.title) }
        case .diagnosis: vocabulary.diagnoses.map { ($0.name, $0.title) }
        case .exclusion: vocabulary.exclusions.map { ($0.name, $0.title) }
        }
    }

    /// What a word of one of the protocol's lists stands for; the word itself where an earlier version had it.
    public func title(of word: String, in list: ProtocolWord) -> String {
        titles(list).first { $0.word == word }?.title ?? word
    }

    var agents: [String] { lists.agents }

    /// The number of the phase with this name.
    public func phase(named name: String) -> Int? { phases.firstIndex { $0.name == name } }
}
