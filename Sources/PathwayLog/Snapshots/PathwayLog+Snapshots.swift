public import PathwayCore
internal import Postgres

extension PathwayLog {
    /// Freezes both clocks: whatever is recorded later, the snapshot reads the same.
    ///
    /// It reads the whole cut once, for its counts and its digest. It takes a login with the role `statistician` or `auditor`: who reads for one
    /// site only would take another cut.
    /// - Throws: ``LogError`` if the name is taken, a clock lies in the future, entries recorded by then are not sealed yet, or nobody is in it.
    /// - Returns: the snapshot, and how many entries are in the log that have no place in the proof yet and so are not in it.
    public func takeSnapshot(
        _ request: SnapshotRequest, by person: String
    ) async throws -> (snapshot: Snapshot, leftOut: Int) {
        guard SnapshotRequest.isName(request.name) else {
            throw LogError(
                .impossibleSnapshot, "\"\(request.name)\" is no name for a snapshot",
                hint: "use up to 40 lower-case letters, digits, hyphens and dots, a letter or digit first")
        }
        try mustBePast(request)
        if try await snapshots().contains(where: { $0.cut.name == request.name }) {
            throw LogError.snapshotExists(request.name)
        }
        let (cut, editions, leftOut) = try await counted(request)
        let numbers = editions.all.filter { $0.treatment.name == cut.protocolName }.map(\.number)
        let takenAt = try await pool.withConnection { connection in
            try await connection.store(cut, editions: numbers, by: person)
        }
        guard let snapshot = try await snapshots().first(where: { $0.cut.name == cut.name }) else {
            throw LogError(.contradiction, "the snapshot \"\(cut.name)\" taken at \(takenAt) cannot be read back")
        }
        return (snapshot, leftOut)
    }

    /// The log as it is now, up to today, or as it was at a moment, up to a day, as a cut that nobody keeps.
    /// - Throws: ``LogError`` if the day or the moment lies in the future.
    public func presentCut(of protocolName: String?, at point: ReadingPoint = ReadingPoint()) async throws -> Cut {
        let request = SnapshotRequest(
            name: "now", protocolName: protocolName, population: "enrolled", through: point.through ?? now.day,
            asOf: point.asOf)
        try mustBePast(request)
        return try await counted(request).cut
    }

    private func mustBePast(_ request: SnapshotRequest) throws {
        guard request.through <= today else {
            throw LogError(.impossibleSnapshot, "the cut \(request.through) lies in the future")
        }
    }

    /// What would be frozen now: the head, both clocks, and what is found there.
    private func counted(_ request: SnapshotRequest) async throws -> (cut: Cut, editions: Editions, leftOut: Int) {
        let editions = try await freshEditions()
        let edition = try editions.edition(
            request.protocolName.map { EditionName(name: $0, version: nil) }, on: Day(number: .max))
        let name = edition.treatment.name
        guard let population = Population(request.population, under: edition.treatment) else {
            let words = ["enrolled", "risk-assigned", "randomised"] + edition.treatment.randomisations.map(\.name)
            throw LogError(
                .impossibleSnapshot, "\"\(request.population)\" is no population of protocol \"\(name)\"",
                hint: "it has \(words.joined(separator: ", "))")
        }
        let head = try await pool.withConnection { connection in
            // The head is frozen to last: what it stands for must not be lost with the power.
            try await connection.secureWhatWasRead()
            return try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                try await connection.snapshotHead(asOf: request.asOf)
            }
        }
        let cut = Cut(
            name: request.name, protocolName: name,
            versions: editions.all.filter { $0.treatment.name == name }.map(\.version), population: population,
            through: request.through, asOf: head.asOf, size: head.size, root: head.root, patients: 0, entries: 0,
            digest: "", isSynthetic: false)
        let tally = try await read(cut, editions) { _ in }
        guard tally.patients > 0 else {
            throw LogError(
                .impossibleSnapshot,
                "nobody of population \"\(population.text)\" was in the log of protocol \"\(name)\" by \(request.through), as it was at \(head.asOf)"
            )
        }
        return (cut.counting(tally), editions, head.leftOut)
    }

    /// The snapshots, the oldest first.
    public func snapshots() async throws -> [Snapshot] {
        let editions = try await freshEditions()
        return try await pool.withConnection { connection in try await connection.snapshots(editions) }
    }

    /// The snapshot with a name.
    public func snapshot(named name: String) async throws -> Snapshot {
        let all = try await snapshots()
        guard let snapshot = all.first(where: { $0.cut.name == name }) else {
            throw LogError(
                .impossibleSnapshot, "there is no snapshot \"\(name)\"",
                hint: all.isEmpty
                    ? "take one with \"pathway snapshot take\""
                    : "there are \(all.map(\.cut.name).joined(separator: ", "))")
        }
        return snapshot
    }

    /// Goes through the paths of a snapshot in the order of their study numbers, in memory for one patient at a time.
    /// - Throws: ``LogError`` if what is read is not what was frozen: nothing of it can be relied on then, also not what `body` was given.
    public func forEachPath(in cut: Cut, _ body: (SnapshotPath) throws -> Void) async throws {
        let tally = try await read(cut, try await freshEditions(), body)
        guard cut.counting(tally) == cut else {
            throw LogError(
                .logChanged,
                tally.entries == cut.entries
                    ? "the entries of snapshot \"\(cut.name)\" are not those that were frozen: they were changed since"
                    : "snapshot \"\(cut.name)\" was taken of \(cut.entries) entries, and \(tally.entries) are there",
                hint: "\"pathway audit verify\" names what has changed")
        }
    }
}

/// A patient's path in a snapshot.
public struct SnapshotPath: Sendable {
    /// The record as it was at the instant of the snapshot, replayed up to its clinical cut.
    public let path: PatientPath
    /// The versions under which it was judged.
    public let editions: Editions
    /// The record as it was, for a replay up to another day.
    let entries: [Entry]

    /// The same record up to an earlier day; `nil` if nothing stood then.
    public func through(_ day: Day) throws -> PatientPath? {
        let path = try PatientPath(replaying: entries, editions: editions, at: ReadingPoint(through: day))
        return path.events.isEmpty ? nil : path
    }
}

extension Edition {
    var version: Cut.Version { Cut.Version(version: treatment.version, digest: hexadecimal(digest)) }
}

extension Cut {
    /// The same cut with what was found when it was read.
    func counting(_ tally: SnapshotTally) -> Cut {
        Cut(
            name: name, protocolName: protocolName, versions: versions, population: population, through: through,
            asOf: asOf, size: size, root: root, patients: tally.patients, entries: tally.entries, digest: tally.digest,
            isSynthetic: tally.isSynthetic)
    }
}
