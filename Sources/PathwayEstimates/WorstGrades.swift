/// How severe the worst adverse event of each patient was in each cycle.
///
/// The denominator of a cycle is who began it, whether or not anything happened to them.
public struct WorstGrades: Sendable, Hashable {
    /// An adverse event as the table needs it.
    public struct Event: Sendable, Hashable {
        /// The patient.
        public let subject: String
        /// The cycle that it is counted in.
        public let cycle: String
        /// The CTCAE grade, from 1 to 5.
        public let grade: Int

        /// Takes an event.
        public init(subject: String, cycle: String, grade: Int) {
            (self.subject, self.cycle, self.grade) = (subject, cycle, grade)
        }
    }

    /// The cycles, by name.
    public let cycles: [String]
    private let worst: [String: [Int]]

    /// Takes who began each cycle, and what happened.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/outOfBounds`` for a grade outside 1 to 5, and
    /// ``EstimateError/Code/missingGroup`` for an event in a cycle that its patient did not begin.
    public init(started: [String: Set<String>], events: [Event]) throws(EstimateError) {
        var grades = started.mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0, 0) }) }
        for event in events {
            guard (1...5).contains(event.grade) else {
                throw EstimateError(
                    .outOfBounds, "cannot count an adverse event of grade \(event.grade): grades go from 1 to 5")
            }
            guard let former = grades[event.cycle]?[event.subject] else {
                throw EstimateError(
                    .missingGroup,
                    "cannot count an adverse event in \"\(event.cycle)\": its patient did not begin that cycle",
                    hint: "count it in the cycle that was under way, or enter the start of the cycle")
            }
            grades[event.cycle]?[event.subject] = max(former, event.grade)
        }
        cycles = started.keys.sorted()
        worst = grades.mapValues { patients in (0...5).map { grade in patients.values.count { $0 == grade } } }
    }

    /// Of those who began a cycle, how many had this grade as their worst; 0 is no event at all.
    ///
    /// Throws ``EstimateError`` with ``EstimateError/Code/missingGroup`` for an unknown cycle, and like
    /// ``Proportion/init(_:of:)`` for one that nobody began.
    public func proportion(ofWorst grade: Int, in cycle: String) throws(EstimateError) -> Proportion {
        try proportion(in: cycle) { $0 == grade }
    }

    /// Of those who began a cycle, how many had this grade or a higher one as their worst.
    ///
    /// Throws like ``proportion(ofWorst:in:)``.
    public func proportion(from grade: Int, in cycle: String) throws(EstimateError) -> Proportion {
        try proportion(in: cycle) { $0 >= grade }
    }

    private func proportion(in cycle: String, where counts: (Int) -> Bool) throws(EstimateError) -> Proportion {
        guard let patients = worst[cycle] else {
            throw EstimateError(
                .missingGroup, "cannot count adverse events in \"\(cycle)\": there is no such cycle",
                hint: "cycles: \(cycles.joined(separator: ", "))")
        }
        let counted = patients.enumerated().reduce(0) { counts($1.offset) ? $0 + $1.element : $0 }
        return try Proportion(counted, of: patients.reduce(0, +))
    }
}
