public import PathwayCore
internal import PathwayEstimates

/// One analysis set at one cut, arm by arm: what every figure of a randomisation is computed from.
public struct ArmAnalysis: Sendable {
    /// The protocol.
    public let treatment: TreatmentProtocol
    /// Where the days begin.
    public let zero: TimeZero
    /// Who is analysed.
    public let set: AnalysisSet
    /// The clinical cut, in words.
    public let cut: String
    let through: Day?
    /// Whose paths were taken.
    public let population: Population
    /// Whether the population holds everybody who was there at time zero. If not, who is in it had to live until something later, and no figure
    /// is given.
    public let isWhole: Bool
    /// Up to when a subject without an event counts as followed.
    public let followUpRule: FollowUpRule
    /// What the protocol compares; `nil` if nothing.
    public let comparison: Comparison?
    let subjects: [AnalysedSubject]

    /// An arm with how many are analysed in it.
    public struct ArmCount: Sendable, Hashable {
        /// The arm's word.
        public let arm: String
        /// How many are analysed in it; it can be nobody.
        public let patients: Int
        /// Whether the others are compared with it.
        public let isReference: Bool
    }

    /// How many are analysed.
    public var patients: Int { subjects.count }

    /// The arms in the protocol's order, also those without patients; for all enrolled there is none.
    public var arms: [ArmCount] {
        armNames.map { arm in
            ArmCount(
                arm: arm, patients: subjects.count { $0.arm == arm }, isReference: comparison?.reference == arm)
        }
    }

    var armNames: [String] {
        switch zero {
        case .enrolment: []
        case .randomisation(let randomisation): randomisation.arms
        }
    }

    /// The endpoints that count from this time zero.
    public var endpoints: [Endpoint] { treatment.plan.endpoints.filter { zero.begins($0) } }

    /// The basis of a figure of these patients.
    /// - Parameter arm: the arm, if it is of one.
    func basis(_ endpoint: String, arm: String? = nil, note: String? = nil) throws(EstimateError) -> Basis {
        var words = set.title
        if population != .enrolled { words += " of the population \"\(population.text)\"" }
        if case .randomisation(let randomisation) = zero { words += ", \(randomisation.name)" }
        if let arm { words += ", arm \(arm)" }
        if followUpRule != .lastContact { words += ", \(followUpRule.words)" }
        if let note { words += ", \(note)" }
        return try Basis(endpoint: endpoint, analysisSet: words, cut: cut)
    }

    func members(of arm: String?) -> [AnalysedSubject] {
        arm.map { arm in subjects.filter { $0.arm == arm } } ?? subjects
    }

    /// Those of an arm, or everybody.
    /// - Throws: ``EstimateError`` with ``EstimateError/Code/missingGroup`` for an arm without patients.
    func present(in arm: String?) throws(EstimateError) -> [AnalysedSubject] {
        if let partial { throw partial }
        let members = members(of: arm)
        guard members.isEmpty else { return members }
        throw EstimateError(
            arm == nil ? .noObservations : .missingGroup,
            arm.map { "cannot give a figure of arm \"\($0)\": the analysis set has nobody in it" }
                ?? "cannot give a figure: the analysis set has no patients",
            hint: "\(set.title) at the cut \(cut): \(patientsInWords)")
    }

    /// Why nothing can be told from time zero on of a population that was chosen by what came later.
    var partial: EstimateError? {
        guard !isWhole else { return nil }
        let start =
            if case .randomisation(let randomisation) = zero { "randomisation \"\(randomisation.name)\"" } else {
                "enrolment"
            }
        return EstimateError(
            .outOfBounds,
            "cannot give a figure from the \(start): the snapshot holds only the population \"\(population.text)\", who had to live until they belonged to it",
            hint: "take a snapshot of the population \"enrolled\"")
    }

    private var patientsInWords: String {
        armNames.isEmpty
            ? patients.patients : arms.map { "\($0.patients) in arm \($0.arm)" }.joined(separator: ", ")
    }

    func number(of endpoint: Endpoint) throws(EstimateError) -> Int {
        guard let number = endpoints.firstIndex(of: endpoint) else {
            throw EstimateError(
                .outOfBounds, "cannot analyse \"\(endpoint.name)\" from the \(zero.word): it does not begin there",
                hint: "endpoints from there: \(endpoints.map(\.name).joined(separator: ", "))")
        }
        return number
    }

    /// The times to an endpoint, with arm and stratum as used.
    func observations(_ endpoint: Endpoint, of members: [AnalysedSubject]) throws(EstimateError) -> [Observation] {
        let number = try number(of: endpoint)
        var observations: [Observation] = []
        for member in members { observations.append(try member.observation(ending(number, of: member))) }
        return observations
    }

    /// How a subject's time to an endpoint ended, under the rule of follow-up.
    func ending(_ number: Int, of member: AnalysedSubject) -> AnalysedSubject.Ending {
        guard followUpRule == .cut, let through else { return member.endings[number] }
        return member.ending(number, on: through, followUpRule) ?? member.endings[number]
    }

    /// Runs a computation to a figure, or to the reason why there is none.
    func estimated<Value: Counted>(
        _ basis: () throws(EstimateError) -> Basis, _ value: () throws(EstimateError) -> Value
    ) -> Estimated<Value> {
        do throws(EstimateError) {
            return .success(Figure(try value(), on: try basis()))
        } catch {
            return .failure(error)
        }
    }
}

extension AnalysedSubject {
    func observation(_ ending: Ending, entry: Int = 0) throws(EstimateError) -> Observation {
        try Observation(
            entry: entry, exit: ending.days, event: ending.component != nil, group: Group(arm),
            stratum: Stratum(stratum))
    }
}
