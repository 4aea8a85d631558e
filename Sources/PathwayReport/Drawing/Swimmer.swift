public import PathwayCore

/// The first patients of each arm, lane by lane: courses, transplant, events and what goes on.
///
/// Subjects are taken one after another; only those that are shown are kept, and the others counted.
public struct Swimmer: Sendable {
    /// A patient's lane, in days from the randomisation.
    struct Lane: Sendable {
        struct Bar: Sendable {
            let course: String
            let start: Int
            let stop: Int
            /// Whether the course was given; a planned one that was not is hollow.
            let isGiven: Bool
        }

        enum Mark: String, Sendable, CaseIterable {
            case transplant, failure, relapse, secondMalignancy, death, lost

            var title: String {
                switch self {
                case .transplant: "transplant"
                case .failure: "treatment failure"
                case .relapse: "relapse"
                case .secondMalignancy: "second malignancy"
                case .death: "death"
                case .lost: "lost, withdrawn or off study"
                }
            }
        }

        let id: String
        let bars: [Bar]
        let marks: [(mark: Mark, day: Int)]
        /// The last day that anything is known of.
        let last: Int
        let goesOn: Bool
    }

    let randomisation: Randomisation
    let treatment: TreatmentProtocol
    /// Who is shown and counted.
    public let set: AnalysisSet
    let most: Int
    private(set) var lanes: [String: [Lane]] = [:]
    private(set) var counts: [String: Int] = [:]

    /// Begins a drawing of nobody.
    /// - Parameters:
    ///   - most: how many patients of each arm are shown: the first in the order in which they are added.
    ///   - set: who is shown and counted.
    public init(
        _ randomisation: Randomisation, of treatment: TreatmentProtocol, showing most: Int = 15,
        set: AnalysisSet = .randomisedAndEligible
    ) {
        (self.randomisation, self.treatment, self.most, self.set) = (randomisation, treatment, most, set)
    }

    /// Takes one more subject; one whom the randomisation did not allocate is left out, and one who is not of the set.
    public mutating func add(_ subject: Subject) {
        if set == .randomisedAndEligible, !subject.isEligible { return }
        guard let place = subject.place(of: .randomisation(randomisation)),
            let arm = subject.milestones[place].milestone.qualifier
        else { return }
        counts[arm, default: 0] += 1
        guard lanes[arm, default: []].count < most else { return }
        lanes[arm, default: []].append(lane(of: subject, from: place, arm: arm))
    }

    private func lane(of subject: Subject, from place: Int, arm: String) -> Lane {
        let zero = subject.milestones[place].day
        let later = subject.milestones[place...]
        let last = later.map { $0.day.days(since: zero) }.max() ?? 0
        let given = subject.exposures.filter { $0.started.position > subject.milestones[place].position }.map {
            exposure in
            Lane.Bar(
                course: exposure.course, start: exposure.started.day.days(since: zero),
                stop: (exposure.ended?.day.days(since: zero) ?? last), isGiven: true)
        }
        let failures = treatment.plan.failurePhases
        let marks = later.compactMap { step in
            Swimmer.mark(step, failures).map { (mark: $0, day: step.day.days(since: zero)) }
        }
        let status = subject.path.standing.status
        return Lane(
            id: subject.id.description, bars: given + missed(given, arm: arm, last: last), marks: marks, last: last,
            goesOn: status == .inStudy || status == .relapsed || status == .secondMalignancy)
    }

    private static func mark(_ step: SubjectMilestone, _ failures: Set<String>) -> Lane.Mark? {
        switch step.milestone.kind {
        case .transplanted: .transplant
        case .relapsed: .relapse
        case .secondMalignancy: .secondMalignancy
        case .died: .death
        case .lostToFollowUp, .consentWithdrawn, .offStudy: .lost
        default: failures.contains(step.phaseAfter) && step.phaseBefore != step.phaseAfter ? .failure : nil
        }
    }

    /// The evaluated courses of the arm that were not begun, each where it would have been if it had followed the one before it: as far as the
    /// patient was then known to live.
    private func missed(_ given: [Lane.Bar], arm: String, last: Int) -> [Lane.Bar] {
        var missed: [Lane.Bar] = []
        var end = 0
        for planned in treatment.plannedCourses(of: arm) where planned.evaluation != nil {
            if let bar = given.first(where: { $0.course == planned.course }) {
                end = max(end, bar.stop)
                continue
            }
            let days = treatment.courses.first { $0.name == planned.course }?.days ?? 28
            if end < last {
                missed.append(Lane.Bar(course: planned.course, start: end, stop: min(end + days, last), isGiven: false))
            }
            end += days
        }
        return missed
    }
}
