internal import PathwayCore
internal import PathwayProof
internal import Postgres

/// One place of a chain: what is recorded there, and what was sealed there.
struct AuditedRow {
    let chain: String
    let position: Int
    /// What is recorded; `nil` if nothing is.
    let row: Result<CanonicalRow, PostgresError>?
    /// The transaction that recorded it.
    let transaction: Int?
    /// What was sealed; `nil` if nothing was.
    let seal: (number: Int, digest: Digest)?
}

/// What the sealer had done when a row was sealed.
struct SealingHistory: Sendable {
    /// One pass: how many entries there were after it, before which transactions everything was sealed, when.
    struct Pass: Sendable {
        let size: Int
        let horizon: Int
        let epoch: Int
        let at: Instant
    }

    /// The passes in their order.
    let passes: [Pass]
    /// The transaction that begins next: none with a higher number can have written. `nil` if the last pass was on another server, so that
    /// the numbers of transactions tell nothing.
    let next: Int?

    /// The pass before the one that sealed an entry.
    func pass(before number: Int) -> Pass? {
        var (low, high) = (0, passes.count)
        while low < high {
            let middle = (low + high) / 2
            if passes[middle].size < number { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : passes[low - 1]
    }

    /// Says whether the passes are in order and led to so many seals.
    func check(size: Int, _ report: inout AuditReport) {
        for (earlier, later) in zip(passes, passes.dropFirst())
        where later.size < earlier.size || later.at < earlier.at
            || later.epoch == earlier.epoch && later.horizon < earlier.horizon
        {
            report.add(
                .edited, "the sealer's note of \(later.at) does not follow from the one before it", number: later.size)
        }
        let noted = passes.last?.size ?? 0
        if noted != size { report.add(.misnumbered, "the sealer noted \(noted) seals, and there are \(size)") }
    }
}

/// Compares the chains with what was sealed, in memory for one place at a time.
///
/// After a place that differs it goes on from the digest that was sealed there, so that each change is found by itself.
struct ChainCheck {
    private let history: SealingHistory
    private var chain: String?
    private var previous: Digest?
    private var position = 0
    private(set) var report = AuditReport()

    init(_ history: SealingHistory) { self.history = history }

    /// Takes the next place, in the order of chains and positions.
    mutating func take(_ place: AuditedRow) {
        if place.chain != chain { (chain, previous, position) = (place.chain, nil, 0) }
        guard place.position > position else {
            report.add(
                .inserted, position == 0 ? "positions count from 1" : "it is there twice", of: place.chain,
                at: place.position, number: place.seal?.number)
            return
        }
        if place.position != position + 1 {
            report.add(
                .removed,
                place.position == position + 2
                    ? "nothing is recorded at position \(position + 1)"
                    : "nothing is recorded at positions \(position + 1) to \(place.position - 1)",
                of: place.chain, at: position + 1)
            previous = nil
        }
        position = place.position
        let row: CanonicalRow
        switch place.row {
        case .success(let read)?: row = read
        case .failure(let error)?:
            report.add(
                .edited, "what is recorded cannot be read: \(error.message)", of: place.chain, at: place.position,
                number: place.seal?.number)
            previous = place.seal?.digest
            return
        case nil:
            report.add(
                .removed, "what was sealed here is gone", of: place.chain, at: place.position,
                number: place.seal?.number)
            previous = place.seal?.digest
            return
        }
        if !row.chain.isEmpty { report.entries += 1 }
        let digest = Chain.next(after: previous, record: row.record)
        guard let seal = place.seal else {
            takeUnsealed(place, row)
            previous = digest
            return
        }
        if digest != seal.digest {
            report.add(
                .edited, "what is recorded is not what was sealed", of: place.chain, at: place.position,
                number: seal.number)
        }
        if let before = history.pass(before: seal.number),
            row.recordedAt.microseconds < before.at.microseconds - ChainCheck.tolerance
        {
            report.add(
                .backdated, "it bears the time \(row.recordedAt), and came after all that was sealed at \(before.at)",
                of: place.chain, at: place.position, number: seal.number)
        }
        previous = seal.digest
    }

    private mutating func takeUnsealed(_ place: AuditedRow, _ row: CanonicalRow) {
        report.unsealed += 1
        guard let last = history.passes.last else { return }
        let isOld = history.next.map { next in
            place.transaction.map { $0 < last.horizon || $0 >= next } ?? true
        }
        if isOld ?? false || row.recordedAt.microseconds < last.at.microseconds - ChainCheck.tolerance {
            report.add(
                .inserted, "it was never sealed, and everything of its time was", of: place.chain, at: place.position)
        }
    }

    /// The longest that a transaction may have been writing: an hour, in microseconds.
    private static let tolerance: Int64 = 3_600_000_000
}
