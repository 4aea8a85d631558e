extension Attempt {
    /// Appends the attempt as the line of NDJSON that an import reads, with its line break.
    public func appendLine(to bytes: inout [UInt8]) {
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
            if let version = edition.version {
                JSONLine.append(LineKey.version.rawValue, literal: String(version), to: &line)
            }
        }
        if let by { JSONLine.append(LineKey.by.rawValue, by, to: &line) }
        if let recordedElsewhereAt {
            JSONLine.append(LineKey.at.rawValue, Instant(microseconds: recordedElsewhereAt).description, to: &line)
        }
        if let request { JSONLine.append(LineKey.request.rawValue, request.description, to: &line) }
        if isSynthetic { JSONLine.append(LineKey.synthetic.rawValue, literal: "true", to: &line) }
        line.append(UInt8(ascii: "}"))
        line.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: line)
    }
}
