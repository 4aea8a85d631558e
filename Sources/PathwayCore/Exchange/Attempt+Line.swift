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
        if let restates { JSONLine.append(LineKey.restates.rawValue, literal: String(restates), to: &line) }
        if let deviation { JSONLine.append(LineKey.deviation.rawValue, deviation, to: &line) }
        if let edition {
            JSONLine.append(LineKey.protocol.rawValue, edition.name, to: &line)
            if let version = edition.version {
                JSONLine.append(LineKey.version.rawValue, literal: String(version), to: &line)
            }
        }
        JSONLine.appendOrigin(by: by, at: recordedElsewhereAt, request: request, isSynthetic: isSynthetic, to: &line)
        bytes.append(contentsOf: line)
    }
}

extension JSONLine {
    /// Appends who recorded a line first, when, under which key, and the end of the line.
    static func appendOrigin(
        by: String?, at: Int64?, request: RequestID?, isSynthetic: Bool, to line: inout [UInt8]
    ) {
        if let by { append(LineKey.by.rawValue, by, to: &line) }
        if let at { append(LineKey.at.rawValue, Instant(microseconds: at).description, to: &line) }
        if let request { append(LineKey.request.rawValue, request.description, to: &line) }
        if isSynthetic { append(LineKey.synthetic.rawValue, literal: "true", to: &line) }
        line.append(UInt8(ascii: "}"))
        line.append(UInt8(ascii: "\n"))
    }
}
