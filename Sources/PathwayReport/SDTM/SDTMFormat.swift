import PathwayCore

/// The Study Data Tabulation Model of CDISC, as its implementation guide 3.4 has it: each dataset as Dataset-JSON 1.1 and as comma-separated
/// values.
///
/// Arms, elements, visits and criteria come from the protocol's document, whatever protocol it is. What the article "SDTM and ODM" tells is
/// how phases, statuses and milestones appear.
public struct SDTMFormat: SnapshotFormat {
    /// `sdtm`.
    public static let word = "sdtm"

    private let context: ExportContext
    private var plan: TrialPlan
    private let visits: SubjectVisits
    private var elements: TrialElements

    private var demographics: DatasetFile<Demographics>
    private var qualifiers: DatasetFile<SupplementalQualifier>
    private var dispositions: DatasetFile<Disposition>
    private var subjectElements: DatasetFile<SubjectElement>
    private var exposures: DatasetFile<ExposureInterval>
    private var histories: DatasetFile<TabulatedHistory>
    private var results: DatasetFile<LaboratoryResult>
    private var responses: DatasetFile<TabulatedResponse>
    private var adverseEvents: DatasetFile<TabulatedAdverseEvent>
    private var procedures: DatasetFile<TabulatedProcedure>
    private var deviations: DatasetFile<TabulatedDeviation>
    private var arms: DatasetFile<PlannedElement>
    private var definitions: DatasetFile<PlannedElementDefinition>
    private var plannedVisits: DatasetFile<PlannedVisit>
    private var criteria: DatasetFile<EntryCriterion>

    /// Opens the files of all datasets.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        self.context = context
        plan = TrialPlan(context.treatment)
        visits = SubjectVisits(visits: TrialVisit.all(of: context.treatment), treatment: context.treatment)
        elements = TrialElements(context.treatment)
        demographics = try DatasetFile(Demographics.dataset, context, in: folder)
        qualifiers = try DatasetFile(SupplementalQualifier.dataset, context, in: folder)
        dispositions = try DatasetFile(Disposition.dataset, context, in: folder)
        subjectElements = try DatasetFile(SubjectElement.dataset, context, in: folder)
        exposures = try DatasetFile(ExposureInterval.dataset, context, in: folder)
        histories = try DatasetFile(TabulatedHistory.dataset, context, in: folder)
        results = try DatasetFile(LaboratoryResult.dataset, context, in: folder)
        responses = try DatasetFile(TabulatedResponse.dataset, context, in: folder)
        adverseEvents = try DatasetFile(TabulatedAdverseEvent.dataset, context, in: folder)
        procedures = try DatasetFile(TabulatedProcedure.dataset, context, in: folder)
        deviations = try DatasetFile(TabulatedDeviation.dataset, context, in: folder)
        arms = try DatasetFile(PlannedElement.dataset, context, in: folder)
        definitions = try DatasetFile(PlannedElementDefinition.dataset, context, in: folder)
        plannedVisits = try DatasetFile(PlannedVisit.dataset, context, in: folder)
        criteria = try DatasetFile(EntryCriterion.dataset, context, in: folder)
    }

    /// Writes the rows of one subject.
    public mutating func add(_ subject: Subject) throws {
        elements.learn(subject.treatment)
        plan.learn(subject.treatment)
        let frame = SubjectFrame(subject, elements, context)
        let exposed = ExposureInterval.rows(frame)
        let way = plan.way(of: subject.path.standing.arms)
        try demographics.add(
            Demographics(frame: frame, way: way, arm: ReceivedArm(subject, along: way), exposures: exposed))
        for row in SupplementalQualifier.rows(frame) { try qualifiers.add(row) }
        for row in Disposition.rows(frame) { try dispositions.add(row) }
        for row in SubjectElement.rows(frame, elements, plan) { try subjectElements.add(row) }
        for row in exposed { try exposures.add(row) }
        for row in TabulatedHistory.rows(frame) { try histories.add(row) }
        for row in LaboratoryResult.rows(frame, visits) { try results.add(row) }
        for row in TabulatedResponse.rows(frame, visits) { try responses.add(row) }
        for row in TabulatedAdverseEvent.rows(frame) { try adverseEvents.add(row) }
        for row in TabulatedProcedure.rows(frame) { try procedures.add(row) }
        for row in TabulatedDeviation.rows(frame) { try deviations.add(row) }
    }

    /// Writes the trial's design, which includes the elements of every version that was met, and what stands before the rows.
    public mutating func finish() throws {
        let study = context.cut.studyIdentifier
        for row in PlannedElement.rows(plan, elements, study: study) { try arms.add(row) }
        for element in elements.elements {
            try definitions.add(PlannedElementDefinition(study: study, element: element))
        }
        for row in PlannedVisit.rows(visits, plan, study: study) { try plannedVisits.add(row) }
        for row in EntryCriterion.rows(context.treatment, study: study) { try criteria.add(row) }
        try demographics.finish(context)
        try qualifiers.finish(context)
        try dispositions.finish(context)
        try subjectElements.finish(context)
        try exposures.finish(context)
        try histories.finish(context)
        try results.finish(context)
        try responses.finish(context)
        try adverseEvents.finish(context)
        try procedures.finish(context)
        try deviations.finish(context)
        try arms.finish(context)
        try definitions.finish(context)
        try plannedVisits.finish(context)
        try criteria.finish(context)
    }
}
