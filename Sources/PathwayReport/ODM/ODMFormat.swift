import PathwayCore

/// The Operational Data Model of CDISC, version 1.3.2: the whole record as transactions, each value with its audit record.
///
/// It holds also what a correction took off the path and stated again. An audit record needs the moment of recording, so this form exists only
/// with moved dates.
public struct ODMFormat: SnapshotFormat {
    /// `odm`.
    public static let word = "odm"

    static let needsDates = ExportError(
        "cannot write \"odm\" with study days: each of its audit records holds the moment of recording",
        hint: "--dates shifted --key FILE moves the dates of each patient instead")

    private let context: ExportContext
    private let file: ExportFile
    private let clinical: SpoolFile
    private var vocabulary: ODMVocabulary
    private var subjects = 0

    /// Opens the file.
    /// - Throws: ``ExportError`` if dates are shown as study days.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        guard context.disguise.showsDates else { throw ODMFormat.needsDates }
        self.context = context
        file = try folder.file("odm/odm.xml")
        // People, sites and words stand before the patients, and only the patients say who and which they are.
        clinical = try folder.spool()
        vocabulary = ODMVocabulary(context.treatment)
    }

    /// Writes the record of one subject.
    public mutating func add(_ subject: Subject) throws {
        var writing = ODMSubject(subject, context.disguise, vocabulary)
        try clinical.write(writing.written())
        vocabulary = writing.vocabulary
        subjects += 1
    }

    /// Writes what stands before the subjects, and the subjects.
    public mutating func finish() throws {
        let study = ODMStudy(context: context, vocabulary: vocabulary)
        try file.write(study.head)
        var frame = XMLText()
        frame.open(
            "ClinicalData",
            [("StudyOID", study.studyIdentifier), ("MetaDataVersionOID", study.metaDataIdentifier)])
        try file.write(frame.bytes)
        try clinical.copy(to: file)
        frame.removeAll()
        frame.close("ClinicalData")
        frame.close("ODM")
        try file.write(frame.bytes)
        file.rows = subjects
    }
}
