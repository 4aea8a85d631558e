/// What the milestones of a path said last, field by field.
///
/// The facts of the latest milestone of each kind are kept as they came, with the fields that no later one has spoken of since: taking
/// a milestone copies no values, and a standing refers to one array.
struct LatestFacts: Sendable, Equatable {
    private struct Said {
        let kind: MilestoneKind
        let facts: Facts
        var standing: FieldSet
    }

    /// The fields that have a value.
    private(set) var known = FieldSet()
    // One of each kind, and every randomisation: an arm stays, whatever is given later.
    private var said: [Said] = []

    func value(_ field: Field) -> Value? { place(of: field).map { said[$0].facts[field] } ?? nil }

    func code(_ field: Field) -> FactCode { place(of: field).map { said[$0].facts.code(field) } ?? .unknown }

    private func place(of field: Field) -> Int? {
        guard known.contains(field) else { return nil }
        for place in said.indices where said[place].standing.contains(field) { return place }
        return nil
    }

    /// The course of the latest that was started.
    var course: String? { said.first { $0.kind == .courseStarted }?.facts.word(.course) }

    /// The arms in the order of the randomisations.
    var arms: [String] { said.compactMap { $0.facts.word(.arm) } }

    /// Takes what a milestone says; what it could have said and did not is not known from then on.
    ///
    /// A remark belongs to its milestone and is no fact of the path.
    mutating func take(_ milestone: Milestone) {
        let spoken = milestone.kind.fieldSet
        var latest = Said(kind: milestone.kind, facts: milestone.facts, standing: milestone.facts.known)
        latest.standing.remove(.note)
        var place = said.count
        for index in said.indices {
            said[index].standing.subtract(spoken)
            if said[index].kind == milestone.kind, milestone.kind != .randomised { place = index }
        }
        known.subtract(spoken)
        known.formUnion(latest.standing)
        if place < said.count {
            said[place] = latest
        } else {
            if said.isEmpty { said.reserveCapacity(12) }
            said.append(latest)
        }
    }

    static func == (left: LatestFacts, right: LatestFacts) -> Bool {
        left.arms == right.arms && left.course == right.course
            && Field.allCases.allSatisfy { left.value($0) == right.value($0) }
    }
}
