internal import PathwayCore

/// The ledgers seen last, so that a patient's next milestone needs no reading; the oldest are forgotten.
struct LedgerCache {
    private var ledgers: [PatientID: (ledger: Ledger, used: UInt64)] = [:]
    private var uses: UInt64 = 0
    private let limit: Int

    /// A cache of at most so many patients; a ledger takes some 3 KB.
    init(limit: Int) { self.limit = limit }

    subscript(patient: PatientID) -> Ledger? {
        mutating get {
            guard let found = ledgers[patient] else { return nil }
            uses += 1
            ledgers[patient] = (found.ledger, uses)
            return found.ledger
        }
        set {
            guard let newValue else {
                ledgers[patient] = nil
                return
            }
            uses += 1
            ledgers[patient] = (newValue, uses)
            if ledgers.count > limit { forget() }
        }
    }

    /// Forgets the older half in one go: rarer and cheaper than one at a time.
    private mutating func forget() {
        let median = ledgers.values.map(\.used).sorted()[ledgers.count / 2]
        ledgers = ledgers.filter { $0.value.used >= median }
    }
}
