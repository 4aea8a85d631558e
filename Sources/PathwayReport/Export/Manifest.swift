internal import Foundation
internal import PathwayCore

/// What an export is: the cut, the log's head, the rule of de-identification, and each file with its digest.
///
/// Nothing in it depends on when, where or by whom the export was made: the journal of the log says that.
struct Manifest {
    private struct Text: Encodable {
        struct Version: Encodable {
            let version: Int
            let sha256: String
        }

        struct Log: Encodable {
            let size: Int
            let root: String
        }

        struct File: Encodable {
            let name: String
            let bytes: Int
            let rows: Int?
            let sha256: String
        }

        let snapshot: String
        let `protocol`: String
        let versions: [Version]
        let population: String
        let through: String
        let asOf: String
        let log: Log
        let patients: Int
        let entries: Int
        let sha256: String
        let synthetic: Bool
        let deidentification: String
        let formats: [String]
        let tool: String
        let files: [File]
    }

    private let text: Text

    init(_ context: ExportContext, formats: [String], tool: String, files: [WrittenFile]) {
        let cut = context.cut
        text = Text(
            snapshot: cut.name, protocol: cut.protocolName,
            versions: cut.versions.map { Text.Version(version: $0.version, sha256: $0.digest) },
            population: cut.population.text, through: cut.through.description, asOf: cut.asOf.description,
            log: Text.Log(size: cut.size, root: cut.root), patients: cut.patients, entries: cut.entries,
            sha256: cut.digest, synthetic: cut.isSynthetic, deidentification: context.disguise.rule, formats: formats,
            tool: tool,
            files: files.map { Text.File(name: $0.name, bytes: $0.bytes, rows: $0.rows, sha256: $0.digest) })
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        // Texts and numbers only: nothing here can fail to be encoded.
        let encoded = (try? encoder.encode(text)) ?? Data()
        return String(decoding: encoded, as: UTF8.self) + "\n"
    }
}
