public import PathwayCore

extension Event {
    /// Appends the event as the line of NDJSON that an import reads, with its line break.
    ///
    /// - Parameter edition: the version that judged it, where the line shall name it: at enrolment and when it changes.
    public func appendLine(to bytes: inout [UInt8], naming edition: TreatmentProtocol?) {
        let attempt = Attempt(
            patient: patient, milestone: milestone,
            edition: edition.map { EditionName(name: $0.name, version: $0.version) }, deviation: deviation,
            by: originBy ?? recordedBy, recordedElsewhereAt: (originAt ?? recordedAt).microseconds, request: request,
            isSynthetic: isSynthetic)
        attempt.appendLine(to: &bytes)
    }
}
