public import PathwayCore

extension Importer {
    /// What became of the lines.
    public struct Report: Sendable, Hashable {
        /// Lines with a milestone.
        public var lines = 0
        /// Recorded, or in a trial run acceptable.
        public var recorded = 0
        /// Of the milestones recorded, how many are of patients who are made up.
        public var synthetic = 0
        /// Recorded for certain: what is on its way to the server is not yet.
        public var committed = 0
        /// In the log already.
        public var repeated = 0
        /// Not recorded.
        public var refused = 0
        /// Recorded with a warning.
        public var warned = 0
        /// Recorded off protocol, with the reason given.
        public var offProtocol = 0
        /// In a trial run: corrections, and what follows them, which are judged when they are recorded.
        public var notJudged = 0

        mutating func count(_ verdict: LineVerdict) {
            switch verdict {
            case .recorded(let isOffProtocol, let warnings):
                recorded += 1
                if isOffProtocol { offProtocol += 1 }
                if !warnings.isEmpty { warned += 1 }
            case .repeated: repeated += 1
            case .notJudged: notJudged += 1
            case .refused: refused += 1
            }
        }
    }

    /// What is said of a line while it is read.
    public enum Remark: Sendable {
        /// It is not recorded, and why.
        case refused(String, hint: String?)
        /// It is recorded, but odd.
        case warned([Warning])
    }
}

/// What becomes of a line.
enum LineVerdict {
    /// It is accepted.
    case recorded(isOffProtocol: Bool, [Warning])
    /// It is in the log already.
    case repeated
    /// A trial run cannot say.
    case notJudged
    /// It is not recorded, and why.
    case refused(String, hint: String?)

    /// What is said of it, if anything.
    var remark: Importer.Remark? {
        switch self {
        case .recorded(_, let warnings): warnings.isEmpty ? nil : .warned(warnings)
        case .repeated, .notJudged: nil
        case .refused(let message, let hint): .refused(message, hint: hint)
        }
    }
}
