public import PathwayCore

extension Event {
    /// Appends the event as the line of NDJSON that an import reads, with its line break.
    ///
    /// - Parameter edition: the version that judged it, where the line shall name it: at enrolment and when it changes.
    /// - Parameter isAlone: leave out that it states another event again, where the correction itself is left out.
    public func appendLine(to bytes: inout [UInt8], naming edition: TreatmentProtocol?, isAlone: Bool = false) {
        var attempt = Attempt(
            patient: patient, milestone: milestone,
            edition: edition.map { EditionName(name: $0.name, version: $0.version) },
            deviation: deviation?.isEmpty == true ? Event.withheld : deviation,
            by: originBy ?? recordedBy, recordedElsewhereAt: (originAt ?? recordedAt).microseconds, request: request,
            isSynthetic: isSynthetic)
        attempt.restates = isAlone ? nil : restates
        attempt.appendLine(to: &bytes)
    }
}

extension Event {
    /// What stands for a reason that was erased, or that whoever exports may not read.
    static let withheld = "[withheld]"
}

extension RecordAct {
    /// Appends the act as the line of NDJSON that an import reads, with its line break.
    public func appendLine(to bytes: inout [UInt8]) {
        var line = ActLine(patient: patient, act: kind.word)
        if case .rewound(let position) = kind { line.to = position }
        if case .signed(let signature) = kind {
            line.meaning = signature.meaning.rawValue
            line.digest = signature.digest
        }
        if case .signed = kind { line.why = reason } else { line.why = reason ?? Event.withheld }
        line.source = source
        (line.by, line.at) = (originBy ?? recordedBy, (originAt ?? recordedAt).microseconds)
        (line.request, line.isSynthetic) = (request, isSynthetic)
        line.appendLine(to: &bytes)
    }
}
