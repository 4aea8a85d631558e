/// The files of resources: the bundle, and one file of Bulk Data for each kind that occurs.
///
/// Each resource is written as it comes, twice: the two forms differ in how one resource names another.
final class ResourceFiles {
    private let folder: ExportFolder
    private let bundle: ExportFile
    private var files: [ResourceKind: ExportFile] = [:]
    private var count = 0

    init(in folder: ExportFolder, heading: [UInt8]) throws(ExportError) {
        self.folder = folder
        bundle = try folder.file("fhir/bundle.json")
        try bundle.write(heading)
    }

    /// Writes a resource; `write` is given its contents behind kind and identifier.
    func add(_ name: ResourceName, _ write: (inout ResourceText) -> Void) throws(ExportError) {
        try bundle.write(count == 0 ? "\n" : ",\n")
        try bundle.write("{\"fullUrl\":\"\(name.uniqueName)\",\"resource\":")
        try bundle.write(text(of: name, .bundle, write))
        try bundle.write("}")
        count += 1
        bundle.rows = count

        let file = try file(of: name.kind)
        try file.write(text(of: name, .relative, write))
        try file.write("\n")
        file.rows = (file.rows ?? 0) + 1
    }

    // Opened when the first resource of a kind comes: Bulk Data has no empty files.
    private func file(of kind: ResourceKind) throws(ExportError) -> ExportFile {
        if let file = files[kind] { return file }
        let file = try folder.file("fhir/\(kind.rawValue).ndjson")
        files[kind] = file
        return file
    }

    /// Ends the bundle.
    func finish() throws(ExportError) { try bundle.write("\n]}\n") }

    private func text(
        of name: ResourceName, _ references: ResourceText.References, _ write: (inout ResourceText) -> Void
    ) -> [UInt8] {
        var text = ResourceText(references)
        text.braced { text in
            text.text("resourceType", name.kind.rawValue)
            text.text("id", name.identifier)
            write(&text)
        }
        return text.bytes
    }
}
