public import PathwayCore

extension Event {
    /// Appends the event as the line of NDJSON that an import reads, with its line break.
    ///
    /// - Parameter edition: the version that judged it, where the line shall name it: at enrolment and when it changes.
    public func appendLine(to bytes: inout [UInt8], naming edition: TreatmentProtocol?) {
        var line: [UInt8] = [UInt8(ascii: "{")]
        JSONLine.append(LineKey.patient.rawValue, patient.description, to: &line)
        JSONLine.append(LineKey.milestone.rawValue, milestone.kind.rawValue, to: &line)
        JSONLine.append(LineKey.on.rawValue, milestone.on.description, to: &line)
        for entry in milestone.facts.entries {
            JSONLine.append(entry.field.rawValue, entry.field.text(entry.value), to: &line)
        }
        if let deviation { JSONLine.append(LineKey.deviation.rawValue, deviation, to: &line) }
        if let edition {
            JSONLine.append(LineKey.protocol.rawValue, edition.name, to: &line)
            JSONLine.append(LineKey.version.rawValue, literal: String(edition.version), to: &line)
        }
        JSONLine.append(LineKey.by.rawValue, originBy ?? recordedBy, to: &line)
        JSONLine.append(LineKey.at.rawValue, (originAt ?? recordedAt).description, to: &line)
        JSONLine.append(LineKey.request.rawValue, request.description, to: &line)
        if isSynthetic { JSONLine.append(LineKey.synthetic.rawValue, literal: "true", to: &line) }
        line.append(UInt8(ascii: "}"))
        line.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: line)
    }
}
