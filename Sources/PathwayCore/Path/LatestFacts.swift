/// What the milestones of a path said last, field by field.
///
/// The facts of the latest milestone of each kind are kept as they came, and for each field whose they are: taking a milestone copies no
/// values, and a standing refers to one array.
struct LatestFacts: Sendable, Equatable {
    /// The fields that have a value.
    private(set) var known = FieldSet()
    // The facts of one milestone of each kind, and of every randomisation: an arm stays, whatever is given later.
    private var said: [Facts] = []
    // By field, and by kind of milestone: a place among them; for a kind that has none yet, nowhere.
    private var fieldPlaces = SIMD64<UInt8>(repeating: nowhere)
    private var kindPlaces = SIMD32<UInt8>(repeating: nowhere)

    private static let nowhere = UInt8.max

    func value(_ field: Field) -> Value? { known.contains(field) ? said[Int(fieldPlaces[field.index])][field] : nil }

    func code(_ field: Field) -> FactCode {
        known.contains(field) ? said[Int(fieldPlaces[field.index])].code(field) : .unknown
    }

    /// The course of the latest that was started.
    var course: String? {
        let place = kindPlaces[MilestoneKind.courseStarted.index]
        return place == LatestFacts.nowhere ? nil : said[Int(place)].word(.course)
    }

    /// The arms in the order of the randomisations.
    var arms: [String] { said.compactMap { $0.word(.arm) } }

    /// Takes what a milestone says; what it could have said and did not is not known from then on.
    ///
    /// A remark belongs to its milestone and is no fact of the path.
    mutating func take(_ milestone: Milestone) {
        known.subtract(milestone.kind.fieldSet)
        known.formUnion(milestone.facts.known)
        known.remove(.note)
        var place = kindPlaces[milestone.kind.index]
        if place == LatestFacts.nowhere || milestone.kind == .randomised {
            if said.isEmpty { said.reserveCapacity(12) }
            place = UInt8(said.count)
            said.append(milestone.facts)
            kindPlaces[milestone.kind.index] = place
        } else {
            said[Int(place)] = milestone.facts
        }
        for entry in milestone.facts.entries { fieldPlaces[entry.field.index] = place }
    }

    static func == (left: LatestFacts, right: LatestFacts) -> Bool {
        left.arms == right.arms && left.course == right.course
            && Field.allCases.allSatisfy { left.value($0) == right.value($0) }
    }
}
