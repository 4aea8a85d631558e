internal import Foundation

/// A folder that appears under its name only when it is whole.
///
/// Files are written into a folder beside it, which is renamed at the end; when anything fails it is removed. Files are listed in the manifest
/// with their bytes, rows and SHA-256.
public final class ExportFolder {
    /// The name under which it will appear.
    public let path: String
    private let name: String
    private let partial: PartialName
    private var files: [ExportFile] = []
    private var isOpen = true
    private var spools = 0

    /// Makes the folder beside its name.
    /// - Throws: ``ExportError`` if something stands under the name already, or the folder cannot be made.
    public init(_ path: String) throws(ExportError) {
        self.path = path
        guard !path.isEmpty else { throw ExportError("the folder to write has no name") }
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        name = trimmed
        guard !ExportFolder.stands(trimmed) else {
            throw ExportError("\"\(trimmed)\" exists", hint: "name a folder that does not: nothing is written over")
        }
        partial = PartialName(for: trimmed)
        guard mkdir(partial.path, 0o700) == 0 else {
            throw ExportError("cannot make the folder \"\(trimmed)\": \(String(cString: strerror(errno)))")
        }
    }

    /// Whether anything stands under a name, be it a link that leads nowhere.
    private static func stands(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    deinit { if isOpen { discard() } }

    /// Opens a file in it.
    /// - Parameter name: a plain name, or one folder and a name: `csv/subjects.csv`.
    public func file(_ name: String) throws(ExportError) -> ExportFile {
        precondition(!files.contains { $0.name == name }, "two files of one name")
        if let slash = name.lastIndex(of: "/") {
            let folder = "\(partial.path)/\(name[..<slash])"
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
                throw ExportError("cannot make the folder \"\(folder)\": \(String(cString: strerror(errno)))")
            }
        }
        let file = try ExportFile(name, at: "\(partial.path)/\(name)")
        files.append(file)
        return file
    }

    /// Opens a file for rows that wait; it is no part of the export.
    func spool() throws(ExportError) -> SpoolFile {
        spools += 1
        return try SpoolFile(in: partial.path, number: spools)
    }

    /// Closes all files, writes the manifest, and gives the folder its name.
    /// - Returns: SHA-256 of the manifest, in hexadecimal: it stands for all that was written.
    public func commit(_ context: ExportContext, formats: [String], tool: String) throws(ExportError) -> String {
        let written = try files.sorted { $0.name < $1.name }.map { file throws(ExportError) in try file.close() }
        let manifest = try self.file("manifest.json")
        try manifest.write(Array(Manifest(context, formats: formats, tool: tool, files: written).json.utf8))
        let digest = try manifest.close().digest
        // A rename to a name that came up meanwhile would replace an empty folder: it is asked for once more.
        guard !ExportFolder.stands(name), rename(partial.path, name) == 0 else {
            throw ExportError("cannot give the folder its name \"\(name)\": it exists now, or may not be written")
        }
        isOpen = false
        partial.release()
        return digest
    }

    /// Removes all that was written.
    public func discard() {
        isOpen = false
        partial.discard()
    }
}

/// What was written to a file.
public struct WrittenFile: Sendable, Hashable {
    /// Its name in the folder.
    public let name: String
    /// How many bytes.
    public let bytes: Int
    /// How many rows behind the header, records or resources; `nil` where nobody counted.
    public let rows: Int?
    /// SHA-256, in hexadecimal.
    public let digest: String
}
