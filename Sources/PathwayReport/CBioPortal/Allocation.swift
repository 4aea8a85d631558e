internal import PathwayCore

/// The randomisation that a set of columns is about.
///
/// Where patients can be randomised once, the columns have plain names. Where one randomisation can follow another, each has columns of its own,
/// times included: an arm for which a patient had to live until it was allocated must not meet a time that began before.
struct Allocation: Sendable {
    /// `nil`: the one that the patient met.
    private let randomisation: Randomisation?
    /// The courses that the plan of each arm has.
    private let courses: [String: Set<String>]

    /// The sets of columns of a protocol.
    static func all(_ treatment: TreatmentProtocol) -> [Allocation] {
        let trunk = TrialTrunk(treatment)
        guard trunk.levels.count(where: { !$0.randomisations.isEmpty }) > 1 else { return [Allocation(nil, trunk)] }
        return treatment.randomisations.map { Allocation($0, trunk) }
    }

    private init(_ randomisation: Randomisation?, _ trunk: TrialTrunk) {
        self.randomisation = randomisation
        let arms = (randomisation?.arms ?? []).map { ($0, Set(trunk.courses(of: $0).map(\.name))) }
        courses = Dictionary(arms) { first, _ in first }
    }

    /// A column's name: `ARM`, or `ARM_BACKBONE`.
    func name(_ plain: String) -> String {
        guard let randomisation else { return plain }
        return "\(plain)_\(ClinicalColumn.identifier(randomisation.name))"
    }

    /// A column's title: `Arm`, or `Arm (backbone)`.
    func title(_ plain: String) -> String { randomisation.map { "\(plain) (\($0.name))" } ?? plain }

    /// The randomisation in a sentence.
    var words: String { randomisation.map { "the randomisation \($0.name)" } ?? "the randomisation" }

    /// The time to an endpoint; from this randomisation, if the endpoint counts from one.
    func time(of subject: Subject, to endpoint: Endpoint) -> TimeToEvent? {
        subject.time(to: endpoint, from: randomisation)
    }

    /// The columns that say what was allocated and what was given.
    var columns: [ClinicalColumn] {
        [
            ClinicalColumn(name("STRATUM"), title("Stratum"), "Stratum as used at \(words)") { step(of: $0)?.stratum },
            ClinicalColumn(
                name("ARM"), title("Arm"), "Arm allocated at \(words), to be compared by times that count from there"
            ) {
                step(of: $0)?.milestone.qualifier
            },
            ClinicalColumn(
                name("ARM_RECEIVED"), title("Arm received"),
                "Arm of the first course after \(words); other: a course of none of its arms"
            ) { armReceived($0) },
        ]
    }

    private func step(of subject: Subject) -> SubjectMilestone? {
        guard let randomisation else { return subject.randomisations.first }
        return subject.place(of: .randomisation(randomisation)).map { subject.milestones[$0] }
    }

    private func armReceived(_ subject: Subject) -> String? {
        guard let randomisation else { return subject.armReceived }
        guard let step = step(of: subject), let arm = step.milestone.qualifier,
            let course = subject.milestones.first(where: {
                $0.position > step.position && $0.milestone.kind == .courseStarted
            })
        else { return nil }
        if let own = subject.treatment.phases.first(where: { $0.name == course.phaseAfter })?.arm {
            return randomisation.arms.contains(own) ? own : "other"
        }
        // A phase of no arm can be in the plan of several: then the patient got what was allocated.
        let given = course.milestone.qualifier ?? ""
        return ([arm] + randomisation.arms).first { courses[$0]?.contains(given) ?? false } ?? "other"
    }
}
