/// Minimal residual disease: what an assay said of the leukaemic share of marrow cells.
///
/// A result is a number with a relation and the assay's sensitivity, not a fraction: "<0.1 %" from an assay that
/// sees one cell in a thousand is neither negative nor positive at 0.01 % (Brown et al., JAMA 2021, table 2).
public struct MRD: Sendable, Hashable {
    /// A share of cells in parts per billion, from 0 to 1,000,000,000; 0.01 % is 100,000.
    public struct Level: Sendable, Hashable, Comparable {
        /// Parts per billion.
        public let partsPerBillion: Int

        /// Makes a level; `nil` outside 0 to 1,000,000,000 parts per billion.
        public init?(partsPerBillion: Int) {
            guard (0...1_000_000_000).contains(partsPerBillion) else { return nil }
            self.partsPerBillion = partsPerBillion
        }

        init(validPartsPerBillion value: Int) { partsPerBillion = value }

        /// Reads a percentage such as `0.01` or `0.01 %`; `nil` beyond 100 % or seven decimals.
        public init?(percent text: some StringProtocol) {
            var number = text[...]
            if number.hasSuffix("%") {
                number.removeLast()
                while number.hasSuffix(" ") { number.removeLast() }
            }
            guard let value = Scaled.parse(number, scale: 7), let level = Level(partsPerBillion: value) else {
                return nil
            }
            self = level
        }

        /// The percentage without its sign: `0.01`.
        public var percent: String { Scaled.text(partsPerBillion, scale: 7) }

        /// Whether `lhs` is the smaller share.
        public static func < (lhs: Level, rhs: Level) -> Bool { lhs.partsPerBillion < rhs.partsPerBillion }
    }

    /// What the laboratory reported.
    public enum Result: Sendable, Hashable {
        /// This level; 0 means that nothing was found.
        case level(Level)
        /// Less than this level.
        case below(Level)
        /// This level or more.
        case atLeast(Level)
        /// More than this level.
        case above(Level)
        /// No test was made.
        case notDone
        /// The sample did not allow a result.
        case inadequate
    }

    /// What the laboratory reported.
    public let result: Result
    /// The smallest share the assay can see, if it was stated.
    public let sensitivity: Level?

    /// Makes a result with the assay's sensitivity.
    public init(_ result: Result, sensitivity: Level? = nil) {
        self.result = result
        self.sensitivity = sensitivity
    }

    /// Whether the residual disease is below `limit`; unknown where the assay does not see so far.
    public func isBelow(_ limit: Level) -> Truth {
        switch result {
        case .level(let level):
            // What lies under the sensitivity is only known to lie under it.
            if let sensitivity, level < sensitivity { return sensitivity <= limit ? .yes : .unknown }
            if level.partsPerBillion == 0, sensitivity == nil { return .unknown }
            return Truth(level < limit)
        case .below(let level):
            return level <= limit ? .yes : .unknown
        case .atLeast(let level), .above(let level):
            return level >= limit ? .no : .unknown
        case .notDone, .inadequate:
            return .unknown
        }
    }
}

extension MRD.Result {
    /// Reads `0.05`, `<0.01`, `>=10`, `>10`, `not-done` or `inadequate`, percentages with or without their sign.
    public init?(_ text: some StringProtocol) {
        switch text {
        case "not-done": self = .notDone
        case "inadequate": self = .inadequate
        default:
            let relation = text.hasPrefix(">=") ? ">=" : text.hasPrefix("<") ? "<" : text.hasPrefix(">") ? ">" : ""
            let number = text.dropFirst(relation.count).drop { $0 == " " }
            guard let level = MRD.Level(percent: number) else { return nil }
            switch relation {
            case "<" where level.partsPerBillion == 0: return nil
            case "<": self = .below(level)
            case ">=": self = .atLeast(level)
            case ">" where level.partsPerBillion == 1_000_000_000: return nil
            case ">": self = .above(level)
            default: self = .level(level)
            }
        }
    }

    /// The one spelling used in the log, exports and commands.
    public var text: String {
        switch self {
        case .level(let level): level.percent
        case .below(let level): "<" + level.percent
        case .atLeast(let level): ">=" + level.percent
        case .above(let level): ">" + level.percent
        case .notDone: "not-done"
        case .inadequate: "inadequate"
        }
    }
}
