import PathwayCore
import PathwayDocument
import PathwayReport
import PathwaySimulation
import Testing

extension Subject {
    /// The subject that a snapshot at a clinical cut would have of these milestones; `nil` if nothing had happened by then.
    init?(
        _ id: String, _ milestones: [(milestone: Milestone, isOffProtocol: Bool)], under treatment: TreatmentProtocol,
        through cut: Day? = nil
    ) throws {
        var path = Path(under: treatment)
        var taken: [SubjectMilestone] = []
        var floor: Day?
        for (position, entry) in milestones.enumerated() {
            if let cut, entry.milestone.on.earliest > cut { break }
            let step = try path.replay(entry.milestone, offProtocol: entry.isOffProtocol)
            let isDatedBack = entry.milestone.kind == .adverseEvent
            let day =
                isDatedBack
                ? entry.milestone.on.earliest : max(entry.milestone.on.earliest, floor ?? entry.milestone.on.earliest)
            if !isDatedBack { floor = day }
            taken.append(
                SubjectMilestone(
                    position: position + 1, milestone: step.milestone, day: day, version: treatment.version,
                    phaseBefore: treatment.phases[step.phaseBefore].name,
                    phaseAfter: treatment.phases[step.phaseAfter].name,
                    statusBefore: step.statusBefore, statusAfter: step.statusAfter, answer: step.answer,
                    stratum: step.stratum, deviations: step.deviations, warnings: step.warnings,
                    recordedAt: Instant(microseconds: Int64(day.number) * 86_400_000_000)))
        }
        guard !taken.isEmpty else { return nil }
        self.init(
            id: try #require(PatientID(id)), site: "S01", isSynthetic: true, path: path, milestones: taken, record: [])
    }

    /// The subject of lines such as `2019-03-01 randomised arm=X`.
    static func written(_ id: String, under treatment: TreatmentProtocol, through cut: Day? = nil, _ lines: String...)
        throws -> Subject
    {
        let milestones = try lines.map { (milestone: try Milestone.written($0), isOffProtocol: true) }
        return try #require(try Subject(id, milestones, under: treatment, through: cut))
    }
}

extension Milestone {
    static func written(_ text: String) throws -> Milestone {
        let parts = text.split(separator: " ")
        let kind = try #require(parts.count > 1 ? MilestoneKind(rawValue: String(parts[1])) : nil, "\(text)")
        var facts = Facts()
        for part in parts.dropFirst(2) {
            let pair = part.split(separator: "=", maxSplits: 1)
            let field = try #require(Field(rawValue: String(pair[0])), "\(text)")
            facts[field] = try field.value(String(pair[1]).replacing("_", with: " "))
        }
        return try Milestone(kind, on: try #require(ClinicalDate(parts[0]), "\(text)"), facts: facts)
    }
}

/// The synthetic cohort of 661 under AALL1331.
enum SyntheticTrial {
    static let treatment: Result<TreatmentProtocol, any Error> = Result {
        try ProtocolDocument(#require(BundledProtocols.all.first { $0.name == "aall1331" }).text).treatment
    }

    private static let patients: Result<[SyntheticPatient], any Error> = Result {
        var simulation = try Simulation(
            shape: BundledShapes.cohort(), treatment: treatment.get(), patients: 661, seed: 1331)
        var patients: [SyntheticPatient] = []
        while let patient = try simulation.next() { patients.append(patient) }
        return patients
    }

    static func subjects(through cut: Day? = nil, without kind: MilestoneKind? = nil) throws -> [Subject] {
        let treatment = try treatment.get()
        return try patients.get().compactMap { patient in
            let milestones = patient.attempts.filter { $0.milestone.kind != kind }.map {
                (milestone: $0.milestone, isOffProtocol: $0.deviation != nil)
            }
            return try Subject(patient.patient.description, milestones, under: treatment, through: cut)
        }
    }

    /// The cuts that were printed, and none.
    static let cuts = ["2019-06-30", "2020-09-30", "none"]

    static func analysis(cut: String) throws -> CohortAnalysis {
        try #require(analyses.get()[cut])
    }

    /// The analysis at a cut that follows everybody in sight up to it.
    static func analysis(
        followedTo cut: String, _ rule: FollowUpRule = .cut, without kind: MilestoneKind? = nil
    ) throws -> CohortAnalysis {
        let day = try #require(Day(cut))
        var analysis = CohortAnalysis(of: try treatment.get(), cut: cut, through: day, followUp: rule)
        for subject in try subjects(through: day, without: kind) { analysis.add(subject) }
        return analysis
    }

    private static let analyses: Result<[String: CohortAnalysis], any Error> = Result {
        var analyses: [String: CohortAnalysis] = [:]
        for cut in cuts {
            var analysis = CohortAnalysis(of: try treatment.get(), cut: cut)
            for subject in try subjects(through: Day(cut)) { analysis.add(subject) }
            analyses[cut] = analysis
        }
        return analyses
    }
}
