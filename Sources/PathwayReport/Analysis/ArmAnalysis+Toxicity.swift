internal import PathwayCore
public import PathwayEstimates

/// Adverse events of those who began a course, by the worst grade of each.
public struct ToxicityTable: Sendable {
    /// The arm; `nil` is everybody.
    public let arm: String?
    /// The course's word.
    public let course: String
    /// The safety set: how many began the course. It can be nobody.
    public let started: Int
    /// By the worst grade of any term, from 0 (no event) to 5.
    public let worst: [Estimated<Proportion>]
    /// A worst grade of 3 or more, of any term.
    public let severe: Estimated<Proportion>
    /// The terms that anybody had, by name.
    public let terms: [Term]

    /// One term of the table.
    public struct Term: Sendable {
        /// The term, as it was recorded.
        public let term: String
        /// How many had each worst grade, from 0 to 5; together the safety set.
        public let worst: [Int]

        /// How many had a worst grade of this or more.
        public func patients(from grade: Int) -> Int { worst[grade...].reduce(0, +) }
    }
}

extension ArmAnalysis {
    /// Adverse events in a course, counted once for each of those who began it, by their worst grade.
    ///
    /// An adverse event belongs to the course that was begun last before it; after conditioning or transplant it belongs to none.
    public func toxicity(in course: String, arm: String? = nil) -> ToxicityTable {
        let place = treatment.courses.firstIndex { $0.name == course }
        let safety = members(of: arm).filter { member in place.map(member.courses.contains) ?? false }
        let grades = safety.map { member in member.toxicities.filter { $0.course == place } }
        let worst = grades.map { events in events.map(\.grade).max() ?? 0 }
        let title = treatment.courses.first { $0.name == course }?.title ?? course
        func share(_ words: String, _ counts: (Int) -> Bool) -> Estimated<Proportion> {
            let count = worst.count { counts($0) }
            return estimated { () throws(EstimateError) in
                try basis("\(words) in \(title)", arm: arm, note: "began the course")
            } _: { () throws(EstimateError) in
                try Proportion(count, of: worst.count)
            }
        }
        return ToxicityTable(
            arm: arm, course: course, started: safety.count,
            worst: (0...5).map { grade in share("worst grade \(grade)") { $0 == grade } },
            severe: share("worst grade 3 or more") { $0 >= 3 }, terms: termRows(grades))
    }

    private func termRows(_ grades: [[AnalysedSubject.Toxicity]]) -> [ToxicityTable.Term] {
        var worst: [Int: [Int]] = [:]
        for events in grades {
            for (term, events) in Dictionary(grouping: events, by: \.term) {
                let grade = events.map(\.grade).max() ?? 0
                worst[term, default: [Int](repeating: 0, count: 6)][grade] += 1
            }
        }
        return worst.map { term, counts in
            var row = counts
            row[0] = grades.count - counts.reduce(0, +)
            return ToxicityTable.Term(term: terms[term], worst: row)
        }.sorted { $0.term < $1.term }
    }
}
