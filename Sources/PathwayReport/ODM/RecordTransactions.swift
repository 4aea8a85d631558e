import PathwayCore

/// What happened to one milestone of a record, in the terms of a transactional ODM document.
struct RecordTransaction {
    /// The standard's word for it.
    enum Kind: String {
        case insert = "Insert"
        case update = "Update"
        case remove = "Remove"
    }

    /// Who did it, when and why.
    struct Audit {
        let position: Int
        /// The milestone, recorded when and by whom this was done.
        let act: RecordedEntry
        let reason: String?
    }

    let kind: Kind
    /// What the milestone is called throughout: the position at which it was first recorded.
    let key: Int
    let entry: RecordedEntry
    /// What was recorded of it before, for an update.
    let before: RecordedEntry?
    let audit: Audit
}

extension Subject {
    /// The record as transactions, in the order in which they were recorded.
    ///
    /// A correction takes milestones off the path and states them again. What it states again is an update of the same milestone, also where
    /// nothing of it changed; what it does not state again is removed, and what it adds is inserted.
    /// - Throws: ``ExportError`` if the record does not say who took a milestone off the path.
    func transactions() throws(ExportError) -> [RecordTransaction] {
        var ledger = Ledger(subject: id, record: record.sorted { $0.position < $1.position })
        return try ledger.transactions()
    }
}

/// A record on its way into transactions.
private struct Ledger {
    let subject: PatientID
    let record: [RecordedEntry]
    private var found: [RecordTransaction] = []
    private var keys: [Int: Int] = [:]
    private let byPosition: [Int: RecordedEntry]
    private let statedAgain: Set<Int>

    init(subject: PatientID, record: [RecordedEntry]) {
        self.subject = subject
        self.record = record
        byPosition = Dictionary(record.map { ($0.position, $0) }) { first, _ in first }
        statedAgain = Set(record.compactMap(\.restates))
    }

    mutating func transactions() throws(ExportError) -> [RecordTransaction] {
        var corrections = Set(record.compactMap(\.rewoundBy)).sorted()[...]
        for entry in record {
            while let correction = corrections.first, correction < entry.position {
                try remove(by: corrections.removeFirst())
            }
            try take(entry)
        }
        for correction in corrections { try remove(by: correction) }
        return found
    }

    private mutating func take(_ entry: RecordedEntry) throws(ExportError) {
        guard let restates = entry.restates, let before = byPosition[restates] else {
            keys[entry.position] = entry.position
            append(.insert, entry, audit(entry, reasonToInsert(entry)))
            return
        }
        let reason = before.rewoundBy.map { "stated again by the correction at position \($0)" }
        guard before.milestone.kind == entry.milestone.kind else {
            // Another kind of milestone is another event.
            append(.remove, before, audit(entry, reason))
            keys[entry.position] = entry.position
            append(.insert, entry, audit(entry, reason))
            return
        }
        keys[entry.position] = keys[restates] ?? restates
        append(.update, entry, audit(entry, reason), before: before)
    }

    /// Why a milestone is new; what was recorded in the ordinary way needs no reason.
    private func reasonToInsert(_ entry: RecordedEntry) -> String? {
        // What it states again lies beyond the clinical cut.
        if entry.restates != nil { return "stated again by a correction" }
        // Whether a correction added what another one took away again is no longer told.
        guard entry.state == .restated else { return nil }
        let correction = record.compactMap(\.rewoundBy).filter { $0 < entry.position }.max()
        return "added by \(correction.map { "the correction at position \($0)" } ?? "a correction")"
    }

    private mutating func remove(by correction: Int) throws(ExportError) {
        for entry in record where entry.rewoundBy == correction && !statedAgain.contains(entry.position) {
            // The entries that a correction states were recorded with it.
            let witness = record.first { other in
                other.restates.flatMap { byPosition[$0]?.rewoundBy } == correction
            }
            let rewinding =
                entry.rewinding
                ?? witness.map {
                    .init(recordedAt: $0.recordedAt, recordedBy: $0.recordedBy, importedBy: $0.importedBy)
                }
            guard let rewinding else {
                throw ExportError(
                    "the record of patient \(subject) does not say who took position \(entry.position) off the path")
            }
            append(
                .remove, entry,
                RecordTransaction.Audit(
                    position: correction, act: entry.recorded(rewinding),
                    reason: "taken off the path by the correction at position \(correction)"))
        }
    }

    private func audit(_ entry: RecordedEntry, _ reason: String?) -> RecordTransaction.Audit {
        RecordTransaction.Audit(position: entry.position, act: entry, reason: reason)
    }

    private mutating func append(
        _ kind: RecordTransaction.Kind, _ entry: RecordedEntry, _ audit: RecordTransaction.Audit,
        before: RecordedEntry? = nil
    ) {
        found.append(
            RecordTransaction(
                kind: kind, key: keys[entry.position] ?? entry.position, entry: entry, before: before, audit: audit))
    }
}

extension RecordedEntry {
    /// The same milestone at the moment at which it was taken off the path, and by whom.
    fileprivate func recorded(_ rewinding: Rewinding) -> RecordedEntry {
        RecordedEntry(
            position: position, milestone: milestone, state: state, restates: restates, rewoundBy: rewoundBy,
            answer: answer, recordedAt: rewinding.recordedAt, recordedBy: rewinding.recordedBy,
            importedBy: rewinding.importedBy)
    }
}
