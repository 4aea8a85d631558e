public import PathwayCore

/// How a patient's path differs between two snapshots.
public struct SnapshotDifference: Sendable {
    /// How; the raw value is its one spelling.
    public enum How: String, Sendable, Hashable, CaseIterable {
        /// The same milestones in both.
        case same
        /// Only in the second.
        case appears
        /// Only in the first: out of its population, or removed.
        case disappears
        /// In both, with other milestones.
        case changes
    }

    /// Whose path.
    public let patient: PatientID
    /// How it differs.
    public let how: How
    /// The milestones that stand in the second only.
    public let added: [Milestone]
    /// The milestones that stand in the first only.
    public let removed: [Milestone]
}

extension PathwayLog {
    /// Compares the paths of two snapshots of one protocol, in one reading, in memory for one patient at a time.
    public func forEachDifference(
        between first: Cut, and second: Cut, _ body: (SnapshotDifference) throws -> Void
    ) async throws {
        guard first.protocolName == second.protocolName else {
            throw LogError(
                .impossibleSnapshot,
                "snapshot \"\(first.name)\" is of protocol \"\(first.protocolName)\", and \"\(second.name)\" of \"\(second.protocolName)\""
            )
        }
        let editions = try await freshEditions()
        var record: [SealedEntry] = []
        func finish() throws {
            defer { record.removeAll(keepingCapacity: true) }
            guard let patient = record.first?.entry.patient else { return }
            let (one, other) = (try path(record, in: first, editions), try path(record, in: second, editions))
            if one != nil || other != nil { try body(SnapshotDifference(patient, one, other)) }
        }
        _ = try await forEachSealedEntry(
            of: first.protocolName, asOf: max(first.asOf, second.asOf), size: max(first.size, second.size)
        ) { sealed in
            if let last = record.last, last.entry.patient != sealed.entry.patient { try finish() }
            record.append(sealed)
        }
        try finish()
    }

    private func path(_ record: [SealedEntry], in cut: Cut, _ editions: Editions) throws -> PatientPath? {
        let entries = record.filter { $0.number <= cut.size && $0.entry.recordedAt <= cut.asOf }.map(\.entry)
        guard !entries.isEmpty else { return nil }
        let path = try PatientPath(replaying: entries, editions: editions, at: ReadingPoint(through: cut.through))
        return path.events.isEmpty || !cut.population.contains(path.path) ? nil : path
    }
}

extension SnapshotDifference {
    fileprivate init(_ patient: PatientID, _ first: PatientPath?, _ second: PatientPath?) {
        let (before, after) = (first?.events.map(\.milestone) ?? [], second?.events.map(\.milestone) ?? [])
        // A milestone that stands twice differs if it stands once more or less often.
        var (removed, added) = (before, after)
        for milestone in before {
            if let place = added.firstIndex(of: milestone), let own = removed.firstIndex(of: milestone) {
                added.remove(at: place)
                removed.remove(at: own)
            }
        }
        self.patient = patient
        self.added = added
        self.removed = removed
        how =
            first == nil
            ? .appears
            : second == nil ? .disappears : added.isEmpty && removed.isEmpty && before == after ? .same : .changes
    }
}
