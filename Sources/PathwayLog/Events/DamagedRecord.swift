internal import PathwayCore
internal import Postgres

/// A record that cannot be read, or contradicts the protocol: nothing can be said of the patient, and everything of the others.
public struct DamagedRecord: Error, Sendable, Hashable {
    /// What is wrong with it.
    public struct Fault: Sendable, Hashable {
        /// The entry that cannot be read; `nil` if all can.
        public let position: Int?
        /// What is wrong, in words.
        public let words: String
    }

    /// The patient's study number, or `(none)` for entries of nobody.
    public let patient: String
    /// What is wrong; never empty.
    public let faults: [Fault]

    /// All of it in words.
    public var words: String { faults.map(\.words).joined(separator: "; ") }

    init(of patient: String, _ faults: [Fault]) {
        self.patient = patient
        self.faults = faults
    }

    init(of patient: String, _ error: any Error) {
        self.init(of: patient, [Fault(at: nil, error)])
    }

    /// Whether an error is about what is recorded, and not about the way to it.
    static func isCause(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError: error.code == .decoding
        case is LogError, is LineFault, is Refusal: true
        default: false
        }
    }
}

extension DamagedRecord.Fault {
    init(at position: Int?, _ error: any Error) {
        self.position = position
        words =
            (error as? LogError)?.message
            ?? (position == nil ? "it cannot be replayed" : "what it says cannot be read")
    }
}
