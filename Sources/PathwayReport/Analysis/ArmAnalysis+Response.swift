public import PathwayCore
public import PathwayEstimates

/// A point in time at which residual disease is compared between arms.
public struct ResponseTimePoint: Sendable, Hashable {
    /// 0 is the last result before the randomisation, 1 the evaluation behind the first course of each arm, and so on.
    public let number: Int
    /// The course of each arm, by the arms in their order; empty for 0.
    public let courses: [PlannedCourse]

    private var titles: [String] {
        courses.indices.filter { place in !courses[..<place].contains { $0.title == courses[place].title } }
            .map { courses[$0].title }
    }

    /// Its title for people.
    public var title: String {
        number == 0
            ? "before randomisation" : "after course \(number) (\(titles.joined(separator: " or ")))"
    }
}

/// Residual disease of an arm at a time point.
public struct ResponseCount: Sendable {
    /// The arm.
    public let arm: String
    /// The time point.
    public let timePoint: ResponseTimePoint
    /// The limit below which residual disease is negative, and where that comes from.
    public let limit: AnalysisPlan.Threshold
    /// How many had each answer; every answer is there.
    public let answers: [MRDAnswer: Int]
    /// The share of negative among all: who was not tested, whose sample was inadequate, whose assay does not see so far, and who has no
    /// result counts as not negative.
    public let amongAll: Estimated<Proportion>
    /// The share of negative among those with an answer.
    public let amongEvaluable: Estimated<Proportion>
}

extension ArmAnalysis {
    /// The time points that all arms have: before the randomisation, and behind each course whose evaluation decides.
    public var responseTimePoints: [ResponseTimePoint] {
        guard treatment.plan.mrdNegative != nil, !armNames.isEmpty else { return [] }
        let courses = armNames.map { treatment.plannedCourses(of: $0).filter { $0.evaluation != nil } }
        let most = courses.map(\.count).min() ?? 0
        return (0...most).map { number in
            ResponseTimePoint(number: number, courses: number == 0 ? [] : courses.map { $0[number - 1] })
        }
    }

    /// Residual disease of an arm at a time point; `nil` if the protocol has no limit for negative.
    public func response(at timePoint: ResponseTimePoint, arm: String) -> ResponseCount? {
        guard let limit = treatment.plan.mrdNegative else { return nil }
        let answers = members(of: arm).map { member in
            timePoint.number < member.residual.count ? member.residual[timePoint.number] : .missing
        }
        let counted = Answers(answers.map(\.answer))
        let endpoint = "MRD below \(limit.level.percent) % \(timePoint.title)"
        func share(_ rule: Answers.Rule, _ note: String) -> Estimated<Proportion> {
            estimated { () throws(EstimateError) in
                try basis(endpoint, arm: arm, note: note)
            } _: {
                () throws(EstimateError) in
                _ = try present(in: arm)
                return try counted.proportion(rule)
            }
        }
        return ResponseCount(
            arm: arm, timePoint: timePoint, limit: limit,
            answers: Dictionary(
                uniqueKeysWithValues: MRDAnswer.allCases.map { answer in (answer, answers.count { $0 == answer }) }),
            amongAll: share(.unknownIsNo, "unknown counts as not negative"),
            amongEvaluable: share(.unknownIsLeftOut, "unknown left out"))
    }

    /// The share of an arm that was transplanted after time zero, of all in the set.
    /// - Parameter endpoint: with an endpoint, only transplants before its event count: an event on the day of the transplant comes before it.
    public func transplanted(before endpoint: Endpoint? = nil, arm: String? = nil) -> Estimated<Proportion> {
        let words = endpoint.map { "transplanted before any event of \($0.title.lowercased())" }
        return estimated { () throws(EstimateError) in
            try basis(words ?? "transplanted, whatever came before", arm: arm)
        } _: { () throws(EstimateError) in
            var number: Int?
            if let endpoint { number = try self.number(of: endpoint) }
            let members = try present(in: arm)
            let count = members.count { member in
                guard let day = member.transplantedOn else { return false }
                guard let number, member.endings[number].component != nil else { return true }
                return day < member.endings[number].days
            }
            return try Proportion(count, of: members.count)
        }
    }
}
