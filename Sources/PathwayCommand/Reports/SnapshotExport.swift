internal import ArgumentParser
internal import PathwayCore
internal import PathwayLog
internal import PathwayReport

/// The forms in which a snapshot leaves, by their words.
enum ExportFormat: String, CaseIterable {
    case csv, intervals, sdtm, odm, fhir, cbioportal

    var type: any SnapshotFormat.Type {
        switch self {
        case .csv: CSVFormat.self
        case .intervals: IntervalsFormat.self
        case .sdtm: SDTMFormat.self
        case .odm: ODMFormat.self
        case .fhir: FHIRSnapshot.self
        case .cbioportal: CBioPortalSnapshot.self
        }
    }
}

/// Writes a snapshot into a folder, and to the journal that it was written.
struct SnapshotExport {
    let snapshot: Snapshot
    let formats: [ExportFormat]
    /// The key to move dates under; `nil` for study days.
    let key: ShiftKey?
    let path: String

    /// Writes all formats in one reading of the log.
    /// - Returns: SHA-256 of the manifest, in hexadecimal.
    func run(_ log: PathwayLog, by name: String) async throws -> String {
        let cut = snapshot.cut
        let folder = try ExportFolder(path)
        var bar = ProgressBar(total: cut.patients)
        do {
            let versions = try await log.versions(of: cut)
            let disguise = key.map { Disguise.shifted(DateShift($0, of: cut, under: versions.all)) } ?? .studyDays
            let context = ExportContext(cut: cut, treatment: versions.last, disguise: disguise)
            var writers = try formats.map { try $0.type.init(context, in: folder) }
            let detail = [("format", formats.map(\.rawValue).joined(separator: "+")), ("rule", disguise.rule)]
            try await log.noteExportBegun("snapshot \(cut.name)", detail, by: name)
            var done = 0
            try await log.forEachPath(in: cut) { found in
                try Task.checkCancellation()
                let subject = try Subject(found.path, in: found.editions, through: cut.through)
                for index in writers.indices { try writers[index].add(subject) }
                done += 1
                if done.isMultiple(of: 500) { bar.show(done, "\(done) of \(cut.patients.of("patient"))") }
            }
            for index in writers.indices { try writers[index].finish() }
            let digest = try folder.commit(
                context, formats: formats.map(\.rawValue), tool: Pathway.configuration.version)
            bar.clear()
            try await log.noteExportEnded(
                "snapshot \(cut.name)",
                detail + [("patients", String(cut.patients)), ("sha-256-of-manifest", digest)], by: name)
            return digest
        } catch {
            bar.clear()
            folder.discard()
            throw error
        }
    }
}

extension PathwayLog {
    /// The latest version of the protocol that a cut knew.
    func treatment(of cut: Cut) async throws -> TreatmentProtocol { try await versions(of: cut).last }

    /// The versions of the protocol that a cut knew, and the latest of them.
    func versions(of cut: Cut) async throws -> (all: [TreatmentProtocol], last: TreatmentProtocol) {
        let known = try await freshEditions().all.map(\.treatment).filter { $0.name == cut.protocolName }
        let all = cut.versions.compactMap { version in known.first { $0.version == version.version } }
        guard let last = all.last, last.version == cut.versions.last?.version else {
            throw Failure(.ourFault, "the protocol of snapshot \"\(cut.name)\" is not in the log")
        }
        return (all, last)
    }
}
