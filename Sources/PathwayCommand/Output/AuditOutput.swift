internal import Foundation
internal import PathwayCore
internal import PathwayLog
internal import PathwayProof

/// What an audit found, as it is printed.
struct AuditReportPrinted: Encodable {
    struct Finding: Encodable {
        let kind: String
        let patient: String?
        let position: Int?
        let number: Int?
        let words: String
    }

    let sound: Bool
    let entries: Int
    let sealed: Int
    let unsealed: Int
    let root: String
    let checkpointsThatAgree: [Int]
    let findings: [Finding]
    let findingsLeftOut: Int

    private enum CodingKeys: String, CodingKey {
        case sound, entries, sealed, unsealed, root, findings
        case checkpointsThatAgree = "checkpoints-that-agree"
        case findingsLeftOut = "findings-left-out"
    }

    init(_ report: AuditReport) {
        (sound, entries, sealed, unsealed) = (report.isSound, report.entries, report.sealed, report.unsealed)
        (root, checkpointsThatAgree, findingsLeftOut) = (report.root, report.agreed, report.findingsLeftOut)
        findings = report.findings.map {
            Finding(
                kind: $0.kind.rawValue, patient: $0.patient, position: $0.position, number: $0.number, words: $0.words)
        }
    }

    var text: String {
        var lines = findings.map { finding in
            var whose = ""
            switch (finding.patient, finding.position) {
            case (""?, let position?): whose = "entry \(position) of the journal: "
            case (let patient?, let position?): whose = "event \(position) of patient \(patient): "
            case (let patient?, nil): whose = patient.isEmpty ? "the journal: " : "patient \(patient): "
            case (nil, _): break
            }
            return Terminal.styled(finding.kind, .red) + "  " + Terminal.visible(whose + finding.words)
        }
        if findingsLeftOut > 0 { lines.append("and \(findingsLeftOut) more") }
        lines.append(
            "\(entries.of("entry", "entries")) of patients, \(sealed) sealed with those of the journal, \(unsealed) waiting; root \(root)"
        )
        for size in checkpointsThatAgree {
            lines.append("agrees with the checkpoint over \(size.of("entry", "entries"))")
        }
        lines.append(sound ? "sound" : "NOT sound: \((findings.count + findingsLeftOut).of("finding"))")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The leaves of the proof as they are kept beside a checkpoint: a line each, `patient position digest`.
enum LeafFile {
    struct Writer {
        private let file: WholeFile
        private var bytes: [UInt8] = []

        init(_ path: String, replacing replaces: Bool) throws {
            file = try WholeFile(path, replacing: replaces)
        }

        mutating func add(_ leaf: WitnessedLeaf) throws {
            bytes += Array("\(leaf.chain.isEmpty ? "-" : leaf.chain) \(leaf.position) \(leaf.digest.base64)\n".utf8)
            if bytes.count > 1 << 16 { try flush() }
        }

        private mutating func flush() throws {
            try file.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }

        mutating func commit() throws {
            try flush()
            try file.commit()
        }
    }

    /// Reads them back; that they are those that were signed over is known before the first is given.
    final class Reader {
        private var lines: LineReader
        private let path: String

        init(_ path: String, of checkpoint: Checkpoint) throws {
            self.path = path
            let first = try Reader(unchecked: path)
            var head = TreeHead()
            while let leaf = try first.next() { head.append(MerkleTree.leafHash(of: leaf.digest)) }
            guard head.size == checkpoint.size, head.root == checkpoint.root else {
                throw Failure(
                    .badInput, "\"\(path)\" does not hold the leaves that the checkpoint was signed over",
                    hint: "move it away to verify against the checkpoint alone")
            }
            lines = try LineReader(path: path)
        }

        private init(unchecked path: String) throws {
            self.path = path
            lines = try LineReader(path: path)
        }

        func next() throws -> WitnessedLeaf? {
            guard case .text(let bytes, _)? = try lines.next() else { return nil }
            let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            guard words.count == 3, let position = Int(words[1]), let digest = Digest(base64: String(words[2])) else {
                throw Failure(.badInput, "line \(lines.lineNumber) of \"\(path)\" is no leaf")
            }
            return WitnessedLeaf(chain: words[0] == "-" ? "" : String(words[0]), position: position, digest: digest)
        }
    }
}

extension Change {
    /// Appends the change as a line of NDJSON.
    func appendLine(to bytes: inout [UInt8]) {
        var line: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("number", literal: String(number), to: &line)
        switch what {
        case .entry(.milestone(let event), _):
            JSONLine.append("change", event.restates == nil ? "recorded" : "restated", to: &line)
            JSONLine.append("patient", event.patient.description, to: &line)
            JSONLine.append("position", literal: String(event.position), to: &line)
            if let restates = event.restates { JSONLine.append("restates", literal: String(restates), to: &line) }
            JSONLine.append("milestone", event.milestone.kind.rawValue, to: &line)
            JSONLine.append("on", event.milestone.on.description, to: &line)
            // The site of an enrolment stands behind, as that of every entry.
            for entry in event.milestone.facts.entries where entry.field != .site {
                JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &line)
            }
            JSONLine.append("phase-after", event.phaseAfter, to: &line)
            JSONLine.append("status-after", event.statusAfter.rawValue, to: &line)
            if let deviation = event.deviation { JSONLine.append("deviation", deviation, to: &line) }
            finish(&line, event.site, event.recordedBy, event.login, event.recordedAt, event.isSynthetic)
        case .entry(.act(let act), let removes):
            JSONLine.append("change", act.kind.word, to: &line)
            JSONLine.append("patient", act.patient.description, to: &line)
            JSONLine.append("position", literal: String(act.position), to: &line)
            if case .rewound(let to) = act.kind {
                JSONLine.append("to", literal: String(to), to: &line)
                JSONLine.append(
                    "removes", literal: "[" + removes.map(String.init).joined(separator: ",") + "]", to: &line)
            }
            if let reason = act.reason { JSONLine.append("why", reason, to: &line) }
            if let source = act.source { JSONLine.append("source", source, to: &line) }
            finish(&line, act.site, act.recordedBy, act.login, act.recordedAt, act.isSynthetic)
        case .journal(let entry):
            JSONLine.append("change", entry.act, to: &line)
            JSONLine.append("subject", entry.subject, to: &line)
            for (name, value) in entry.detail { JSONLine.append(name, value, to: &line) }
            if let reason = entry.reason { JSONLine.append("why", reason, to: &line) }
            finish(&line, nil, entry.by, entry.login, entry.at, false)
        }
        bytes += line + Array("}\n".utf8)
    }

    private func finish(
        _ line: inout [UInt8], _ site: String?, _ by: String, _ login: String, _ at: Instant, _ isSynthetic: Bool
    ) {
        if let site { JSONLine.append("site", site, to: &line) }
        JSONLine.append("by", by, to: &line)
        JSONLine.append("login", login, to: &line)
        JSONLine.append("at", at.description, to: &line)
        if isSynthetic { JSONLine.append("synthetic", literal: "true", to: &line) }
    }
}

extension TrailLine {
    /// The line as NDJSON.
    var json: [UInt8] {
        var line: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append("at", at.description, to: &line)
        JSONLine.append("patient", patient, to: &line)
        if let position { JSONLine.append("position", literal: String(position), to: &line) }
        JSONLine.append("site", site, to: &line)
        JSONLine.append("what", what, to: &line)
        if let about { JSONLine.append("about", literal: String(about), to: &line) }
        if let on { JSONLine.append("on", on.description, to: &line) }
        for (name, value) in [("answer", answer), ("arm", arm), ("phase-after", phaseAfter)] {
            if let value { JSONLine.append(name, value, to: &line) }
        }
        JSONLine.append("by", by, to: &line)
        JSONLine.append("login", login, to: &line)
        return line + Array("}\n".utf8)
    }
}
