/// The words of a protocol, each a number by its place in its list.
///
/// No list but that of the phases is longer than ``limit``, so that any of their words make one integer of one bit each.
struct WordLists: Sendable {
    let phases: [String]
    let courses: [String]
    let arms: [String]
    let risks: [String]
    let agents: [String]
    private let adverseEvents: [String]
    private let diagnoses: [String]
    private let exclusions: [String]
    private let courseCodes: [FactCode]
    private let armCodes: [FactCode]
    private let riskCodes: [FactCode]

    /// How many words a list may have.
    static let limit = 64

    init(
        phases: [String], courses: [String], arms: [String], risks: [String], agents: [String], vocabulary: Vocabulary
    ) {
        precondition(
            [courses, arms, risks, agents].allSatisfy { $0.count <= WordLists.limit },
            "a protocol has at most \(WordLists.limit) courses, arms, risk groups and agents")
        self.phases = phases
        self.courses = courses
        self.arms = arms
        self.risks = risks
        self.agents = agents
        adverseEvents = vocabulary.adverseEvents.map(\.name)
        diagnoses = vocabulary.diagnoses.map(\.name)
        exclusions = vocabulary.exclusions.map(\.name)
        courseCodes = courses.map { FactCode(word: $0) }
        armCodes = arms.map { FactCode(word: $0) }
        riskCodes = risks.map { FactCode(word: $0) }
    }

    subscript(list: ProtocolWord) -> [String] {
        switch list {
        case .course: courses
        case .arm: arms
        case .risk: risks
        case .adverseEvent: adverseEvents
        case .diagnosis: diagnoses
        case .exclusion: exclusions
        }
    }

    subscript(word: Standing.Word) -> [String] {
        switch word {
        case .arm: arms
        case .risk: risks
        case .phase: phases
        case .status: Status.allCases.map(\.rawValue)
        }
    }

    /// The courses, arms or risk groups that tell one milestone of a kind from another; empty for other kinds.
    func qualifiers(of kind: MilestoneKind) -> [String] {
        if case .word(let list)? = kind.qualifier?.type { self[list] } else { [] }
    }

    /// The number of a milestone's course, arm or risk group; `nil` if it has none, or one that the protocol does not know.
    func number(of milestone: Milestone) -> Int? {
        switch milestone.kind.qualifier {
        case .course?: number(milestone.facts, .course, courses, courseCodes)
        case .arm?: number(milestone.facts, .arm, arms, armCodes)
        case .risk?: number(milestone.facts, .risk, risks, riskCodes)
        default: nil
        }
    }

    /// The first field whose word is on none of the document's lists, with its list and that word.
    func unlisted(in facts: Facts) -> (list: ProtocolWord, word: String)? {
        guard facts.known.intersects(WordLists.listed) else { return nil }
        for entry in facts.entries {
            guard case .word(let list) = entry.field.type, list.isListed, case .word(let word) = entry.value,
                !self[list].contains(word)
            else { continue }
            return (list, word)
        }
        return nil
    }

    private static let listed = FieldSet(
        Field.allCases.filter { if case .word(let list) = $0.type { list.isListed } else { false } })

    private func number(_ facts: Facts, _ field: Field, _ words: [String], _ codes: [FactCode]) -> Int? {
        guard facts.known.contains(field) else { return nil }
        let code = facts.code(field)
        for index in codes.indices where codes[index] == code && facts.word(field) == words[index] { return index }
        return nil
    }
}

extension [String] {
    /// One bit for each of some words by their place here; `nil` if one has no place among the first 64.
    func bits(_ words: [String]) -> UInt64? {
        words.allSatisfy { firstIndex(of: $0).map { $0 < 64 } ?? false } ? knownBits(words) : nil
    }

    /// One bit for each of those words that have a place here.
    func knownBits(_ words: [String]) -> UInt64 {
        words.compactMap(firstIndex).reduce(0) { $0 | 1 << UInt64($1) }
    }
}
