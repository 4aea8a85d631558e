public import PathwayCore
public import PathwayEstimates

/// The protocol's own analysis of a cohort, from its subjects, taken one after another.
///
/// It keeps days and counts of each subject, no dates of the record and no names. The subjects are those of a snapshot: what happened after its
/// clinical cut is not on their paths.
///
/// ```swift
/// var analysis = CohortAnalysis(of: treatment, cut: "2019-06-30")
/// for subject in subjects { analysis.add(subject) }
/// let comparison = analysis.randomised(by: "high-and-intermediate", .randomisedAndEligible)
/// ```
public struct CohortAnalysis: Sendable {
    /// The protocol whose plan is followed: the latest version at the cut.
    public let treatment: TreatmentProtocol
    /// The clinical cut, as it is named beside every figure.
    public let cut: String
    /// Up to when a subject without an event counts as followed.
    public let followUpRule: FollowUpRule
    /// Whose paths were taken. Who belongs to it for what came after a time zero had to live until then, so that nothing is told from there.
    public let population: Population
    private let trunk: TrialTrunk
    private let through: Day?
    private var everybody: [AnalysedSubject] = []
    private var allocated: [[AnalysedSubject]]
    private(set) var toxicities = ToxicityTally()
    private let evaluations: [String: [String]]

    /// Begins an analysis of nobody.
    /// - Parameters:
    ///   - cut: the clinical cut in words, such as `2019-06-30`; not empty.
    ///   - through: the day of the cut, without which nobody can be followed up to it.
    ///   - followUp: up to when a subject without an event counts as followed.
    ///   - population: whose paths were taken, as the snapshot names it.
    public init(
        of treatment: TreatmentProtocol, cut: String, through: Day? = nil, followUp: FollowUpRule = .lastContact,
        population: Population = .enrolled
    ) {
        precondition(!cut.isEmpty, "a figure names its cut")
        precondition(through != nil || followUp == .lastContact, "who is followed to the cut needs its day")
        self.treatment = treatment
        self.cut = cut
        self.through = through
        followUpRule = followUp
        self.population = population
        trunk = TrialTrunk(treatment)
        allocated = treatment.randomisations.map { _ in [] }
        evaluations = Dictionary(
            treatment.arms.map { ($0.name, treatment.plannedCourses(of: $0.name).compactMap(\.evaluation)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// How many subjects were added: everybody enrolled.
    public var enrolled: Int { everybody.count }

    /// Takes one more subject.
    public mutating func add(_ subject: Subject) {
        toxicities.add(subject)
        if let kept = keep(subject, from: .enrolment) { everybody.append(kept) }
        for (number, randomisation) in treatment.randomisations.enumerated() {
            if let kept = keep(subject, from: .randomisation(randomisation)) { allocated[number].append(kept) }
        }
    }

    private func keep(_ subject: Subject, from zero: TimeZero) -> AnalysedSubject? {
        AnalysedSubject(
            subject, from: zero, plan: treatment.plan, evaluations: { evaluations[$0] ?? [] })
    }

    /// Everybody who was enrolled, not compared.
    public var allEnrolled: ArmAnalysis { analysis(from: .enrolment, .enrolled, everybody, comparison: nil) }

    private func analysis(
        from zero: TimeZero, _ set: AnalysisSet, _ subjects: [AnalysedSubject], comparison: Comparison?
    ) -> ArmAnalysis {
        ArmAnalysis(
            treatment: treatment, zero: zero, set: set, cut: cut, through: through, population: population,
            isWhole: trunk.holds(zero, in: population), followUpRule: followUpRule, comparison: comparison,
            subjects: subjects)
    }

    /// Those whom a randomisation allocated; `nil` if the protocol has no such randomisation.
    public func randomised(by name: String, _ set: AnalysisSet) -> ArmAnalysis? {
        guard let number = treatment.randomisations.firstIndex(where: { $0.name == name }) else { return nil }
        let randomisation = treatment.randomisations[number]
        let subjects = allocated[number].filter { set.contains($0) }
        return analysis(
            from: .randomisation(randomisation), set, subjects, comparison: treatment.plan.comparison(of: randomisation)
        )
    }
}

/// Who is analysed; the raw value is its one spelling.
///
/// Randomised and analysed are two numbers: 471 and 463 in AALL1331.
public enum AnalysisSet: String, Sendable, Hashable, CaseIterable {
    /// Everybody enrolled.
    case enrolled
    /// Everybody whom the randomisation allocated, by the arm allocated, whatever was given.
    case randomised
    /// Those of them who were not found ineligible afterwards: taken off therapy or study with the reason `ineligible`.
    case randomisedAndEligible = "randomised-and-eligible"

    /// Its title for people.
    public var title: String {
        switch self {
        case .enrolled: "all enrolled"
        case .randomised: "all randomised"
        case .randomisedAndEligible: "randomised and eligible"
        }
    }

    func contains(_ subject: AnalysedSubject) -> Bool {
        switch self {
        case .enrolled, .randomised: true
        case .randomisedAndEligible: subject.isEligible
        }
    }
}

/// A figure, or why there is none.
public typealias Estimated<Value> = Result<Figure<Value>, EstimateError>
