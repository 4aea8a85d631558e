internal import PathwayCore

/// A snapshot as a study of cBioPortal: patients, one sample each, and their timelines.
///
/// Times are days since the enrolment and months counted from days, so that no date is in it under either disguise. What each file holds is in the
/// article <doc:FHIR-and-cBioPortal>.
public struct CBioPortalSnapshot: SnapshotFormat {
    /// Its one spelling on the command line and in the manifest.
    public static let word = "cbioportal"

    private let patients: TabbedFile
    private let patientColumns: [ClinicalColumn]
    private let samples: TabbedFile
    private let sampleColumns = ClinicalColumn.samples
    private let timelines: [(track: Timeline, file: TabbedFile)]

    /// Opens its files and writes what is known before the first subject.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        let study = CBioPortalSnapshot.identifier(context)
        try MetaFile.write("meta_study.txt", CBioPortalSnapshot.study(context), in: folder)

        let allocations = Allocation.all(context.treatment)
        patientColumns =
            ClinicalColumn.patients(allocations) + SurvivalColumns.all(context.treatment.plan, allocations)
        patients = try CBioPortalSnapshot.clinical("patient", patientColumns, study, in: folder)
        samples = try CBioPortalSnapshot.clinical("sample", sampleColumns, study, in: folder)
        timelines = try Timeline.allCases.map { track in
            let name = "timeline_\(track.rawValue).txt"
            try MetaFile.write(
                "meta_\(name)", CBioPortalSnapshot.description(study, "TIMELINE", file: "data_\(name)"), in: folder)
            let columns = ["PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE"] + track.columns
            return (track, try TabbedFile("data_\(name)", columns: columns, in: folder))
        }
    }

    /// Writes one subject.
    public mutating func add(_ subject: Subject) throws {
        try patients.add(patientColumns.map { $0.value(subject) })
        try samples.add(sampleColumns.map { $0.value(subject) })
        for (track, file) in timelines {
            for row in track.rows(subject) {
                try file.add(
                    [subject.id.description, String(row.start), row.stop.map { String($0) }, track.eventType]
                        + row.cells)
            }
        }
    }

    /// Nothing stands behind the last subject.
    public mutating func finish() throws {}

    private static func clinical(
        _ level: String, _ columns: [ClinicalColumn], _ study: String, in folder: ExportFolder
    ) throws(ExportError) -> TabbedFile {
        let name = "clinical_\(level).txt"
        let kind = "\(level.uppercased())_ATTRIBUTES"
        try MetaFile.write("meta_\(name)", description(study, kind, file: "data_\(name)"), in: folder)
        return try TabbedFile(
            "data_\(name)", columns: columns.map(\.name), heading: ClinicalColumn.heading(columns), in: folder)
    }

    private static func description(_ study: String, _ kind: String, file: String) -> [(String, String)] {
        [
            ("cancer_study_identifier", study), ("genetic_alteration_type", "CLINICAL"), ("datatype", kind),
            ("data_filename", file),
        ]
    }

    // cBioPortal's limits: 255 characters for a name, 1,024 for a description.
    private static func study(_ context: ExportContext) -> [(String, String)] {
        let cut = context.cut
        let treatment = context.treatment
        let mark = cut.isSynthetic ? "Synthetic: " : ""
        let registry = treatment.registry.map { ", \($0)" } ?? ""
        let origin = cut.isSynthetic ? " Some or all of the patients are made up." : ""
        let description =
            "\(treatment.title)\(registry). Snapshot \(cut.name) through \(cut.through), population \(cut.population.text), \(cut.patients) patients.\(origin) "
            + "Times are days since the enrolment."
        return [
            // OncoTree's code for B-lymphoblastic leukaemia, which the protocols here treat.
            ("type_of_cancer", "bll"), ("cancer_study_identifier", identifier(context)),
            ("name", String("\(mark)\(treatment.title) (\(cut.name))".prefix(255))),
            ("description", String(description.prefix(1024))),
            // The list of all samples, which cBioPortal then makes itself.
            ("add_global_case_list", "true"),
        ]
    }

    /// Lower-case letters, digits and underscores, as cBioPortal asks; made-up patients show in the name.
    private static func identifier(_ context: ExportContext) -> String {
        let words = [context.cut.protocolName, context.cut.name] + (context.cut.isSynthetic ? ["synthetic"] : [])
        let letters = words.joined(separator: "_").lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
        }
        return String(letters.prefix(255))
    }
}
