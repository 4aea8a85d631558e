import PathwayCore
import PathwayReport
import PathwaySimulation
import Testing

/// The 661 synthetic patients under AALL1331, of the default seed.
enum SyntheticCohort {
    /// The cuts that were printed, and none.
    static let cuts = ["2019-06-30", "2020-09-30", "none"]

    static func patients() throws -> [SyntheticPatient] { try drawn.get() }

    private static let drawn: Result<[SyntheticPatient], any Error> = Result {
        var simulation = try Simulation(shape: BundledShapes.cohort(), treatment: Protocols.aall1331, patients: 661)
        var patients: [SyntheticPatient] = []
        while let patient = try simulation.next() { patients.append(patient) }
        return patients
    }

    /// All of them, with all that happened.
    static func subjects() throws -> [Subject] { try whole.get() }

    private static let whole = Result { try records().map { try $0.subject() } }

    /// Those whom a snapshot at a cut has.
    /// - Parameter kind: the milestones that nobody recorded.
    static func subjects(through cut: Day?, without kind: MilestoneKind? = nil) throws -> [Subject] {
        let records = try records(without: kind)
        return try cut.map { cut in try records.compactMap { try $0.subject(through: cut) } }
            ?? records.map { try $0.subject() }
    }

    private static func records(without kind: MilestoneKind? = nil) throws -> [PatientRecord] {
        try patients().map { patient in
            var record = try PatientRecord(patient.patient.description)
            record.isSynthetic = true
            for attempt in patient.attempts where attempt.milestone.kind != kind { record.record(attempt.milestone) }
            return record
        }
    }

    /// The analysis at one of the cuts.
    static func analysis(cut: String) throws -> CohortAnalysis { try #require(analyses.get()[cut]) }

    private static let analyses: Result<[String: CohortAnalysis], any Error> = Result {
        var analyses: [String: CohortAnalysis] = [:]
        for cut in cuts {
            analyses[cut] = CohortAnalysis(of: try Protocols.aall1331, cut: cut).with(try subjects(through: Day(cut)))
        }
        return analyses
    }

    /// The analysis at a cut that follows everybody in sight up to it.
    static func analysis(
        followedTo cut: String, _ rule: FollowUpRule = .cut, without kind: MilestoneKind? = nil
    ) throws -> CohortAnalysis {
        let day = try #require(Day(cut))
        return CohortAnalysis(of: try Protocols.aall1331, cut: cut, through: day, followUp: rule)
            .with(try subjects(through: day, without: kind))
    }
}

extension CohortAnalysis {
    /// The same with these subjects in it.
    func with(_ subjects: [Subject]) -> CohortAnalysis {
        var analysis = self
        for subject in subjects { analysis.add(subject) }
        return analysis
    }
}
