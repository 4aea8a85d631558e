internal import PathwayCore

/// A snapshot as resources of HL7 FHIR R4 (4.0.1): one bundle, and the same resources as files of Bulk Data.
///
/// What each resource says, and where each code comes from, is in the article <doc:FHIR-and-cBioPortal>.
public struct FHIRSnapshot: SnapshotFormat {
    /// Its one spelling on the command line and in the manifest.
    public static let word = "fhir"

    private let context: ExportContext
    private let files: ResourceFiles

    /// Opens its files and writes what is known before the first subject.
    public init(_ context: ExportContext, in folder: ExportFolder) throws {
        self.context = context
        files = try ResourceFiles(in: folder, heading: FHIRSnapshot.heading(context.cut))
        try files.add(StudyResources.studyName(context.treatment)) { StudyResources(context).study(&$0) }
        try files.add(StudyResources.planName(context.treatment)) { PlanResource(context.treatment).write(&$0) }
    }

    /// Writes one subject.
    public mutating func add(_ subject: Subject) throws {
        let resources = SubjectResources(subject, context)
        try resources.add(to: files)
    }

    /// Ends the bundle.
    public mutating func finish() throws { try files.finish() }

    // The bundle up to its entries, which come one after another.
    private static func heading(_ cut: Cut) -> [UInt8] {
        var text = ResourceText(.bundle)
        text.braced { text in
            text.text("resourceType", "Bundle")
            text.text("id", uuid(of: "Bundle|\(cut.protocolName)|\(cut.name)|\(cut.digest)"))
            text.origin(isSynthetic: cut.isSynthetic)
            text.object("identifier") { identifier in
                identifier.text("system", "urn:pathway:snapshot:\(cut.protocolName)")
                identifier.text("value", cut.name)
            }
            text.text("type", "collection")
            text.text("timestamp", cut.asOf.description)
        }
        return text.bytes.dropLast() + Array(",\"entry\":[".utf8)
    }
}

extension ResourceText {
    /// Marks what is about a patient who is made up: HL7's security label for test data, and a tag of our own.
    mutating func origin(isSynthetic: Bool) {
        guard isSynthetic else { return }
        object("meta") { meta in
            meta.list("security", [Coding.testData]) { $0.fill($1) }
            meta.list("tag", [Coding.own("origin", "synthetic", "made up, not a patient")]) { $0.fill($1) }
        }
    }
}
