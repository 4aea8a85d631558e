internal import PathwayCore
public import PathwayEstimates

/// Adverse events of those who began a period of treatment, by the worst grade of each.
///
/// Every adverse event of the cohort is in exactly one of these, whoever had it: also of who is not eligible, and of who began no course.
public struct ToxicityTable: Sendable {
    /// The period.
    public let period: TreatmentPeriod
    /// The period's title for people.
    public let title: String
    /// The safety set: how many began the period. It can be nobody.
    public let started: Int
    /// How many adverse events fell into it.
    public let events: Int
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

/// Adverse events as they come, by the period into which they fall.
struct ToxicityTally: Sendable {
    /// What happened in a period.
    struct Count: Sendable {
        var started = 0
        var events = 0
        /// By the worst grade of any term, from 0 to 5.
        var worst = [Int](repeating: 0, count: 6)
        /// By the worst grade of each term, of those who had it.
        var terms: [String: [Int]] = [:]

        /// Counts a patient once.
        fileprivate mutating func add(_ grades: [(term: String, grade: Int)]) {
            started += 1
            events += grades.count
            worst[grades.map(\.grade).max() ?? 0] += 1
            for (term, own) in Dictionary(grouping: grades, by: \.term) {
                terms[term, default: [Int](repeating: 0, count: 6)][own.map(\.grade).max() ?? 0] += 1
            }
        }
    }

    private(set) var counts: [TreatmentPeriod: Count] = [:]
    /// Everybody, at any time.
    private(set) var whole = Count()

    mutating func add(_ subject: Subject) {
        var grades = Dictionary(
            subject.treatmentPeriods.map { ($0.period, [(term: String, grade: Int)]()) },
            uniquingKeysWith: { one, _ in one })
        for step in subject.milestones where step.milestone.kind == .adverseEvent {
            guard let term = step.milestone.facts.word(.term), case .number(let grade)? = step.milestone.facts[.grade]
            else { continue }
            grades[subject.treatmentPeriod(on: step.day), default: []].append((term, grade))
        }
        for (period, own) in grades { counts[period, default: Count()].add(own) }
        whole.add(grades.values.flatMap(\.self))
    }
}

extension CohortAnalysis {
    /// Adverse events by period: before or without a randomisation, then arm by arm; the courses in the protocol's order, then the transplant, then what
    /// came before any course. Periods that nobody began are left out.
    public var toxicity: [ToxicityTable] {
        let arms = [String?.none] + treatment.arms.map(\.name)
        let courses = treatment.courses.map(\.name)
        // What only an earlier version of the protocol knows stands behind the rest.
        func place(_ period: TreatmentPeriod) -> (Int, Int, String) {
            let arm = arms.firstIndex(of: period.arm) ?? arms.count
            return switch period.kind {
            case .course(let word): (arm, courses.firstIndex(of: word) ?? courses.count, word)
            case .transplant: (arm, courses.count + 1, "")
            case .outside: (arm, courses.count + 2, "")
            }
        }
        return toxicities.counts.keys.sorted { place($0) < place($1) }.map(table)
    }

    /// Adverse events in a course, counted once for each of those who began it under an arm, by their worst grade.
    /// - Parameter arm: the arm allocated before the course began; `nil` is before or without a randomisation.
    public func toxicity(in course: String, arm: String? = nil) -> ToxicityTable {
        table(of: TreatmentPeriod(kind: .course(course), arm: arm))
    }

    /// Adverse events at any time, of everybody: each of them is in one of ``toxicity`` too.
    public var toxicityAtAnyTime: ToxicityTable {
        table("at any time", TreatmentPeriod(kind: .outside, arm: nil), toxicities.whole)
    }

    private func table(of period: TreatmentPeriod) -> ToxicityTable {
        let title =
            switch period.kind {
            case .course(let word): treatment.courses.first { $0.name == word }?.title ?? word
            case .transplant: "Conditioning and transplant"
            case .outside: "Outside any course: before the first"
            }
        return table(title, period, toxicities.counts[period] ?? ToxicityTally.Count())
    }

    private func table(_ title: String, _ period: TreatmentPeriod, _ count: ToxicityTally.Count) -> ToxicityTable {
        func share(_ words: String, _ grades: ClosedRange<Int>) -> Estimated<Proportion> {
            Result { () throws(EstimateError) in
                let set =
                    (population == .enrolled ? "all enrolled" : "population \"\(population.text)\"")
                    + (period.arm.map { ", arm \($0)" } ?? "") + ", began it"
                let basis = try Basis(endpoint: "\(words), \(title)", analysisSet: set, cut: cut)
                return Figure(
                    try Proportion(count.worst[grades].reduce(0, +), of: count.started), on: basis)
            }
        }
        return ToxicityTable(
            period: period, title: title, started: count.started, events: count.events,
            worst: (0...5).map { share("worst grade \($0)", $0...$0) }, severe: share("worst grade 3 or more", 3...5),
            terms: count.terms.map { term, worst in
                let without = count.started - worst.dropFirst().reduce(0, +)
                return ToxicityTable.Term(term: term, worst: [without] + worst.dropFirst())
            }.sorted { $0.term < $1.term })
    }
}
