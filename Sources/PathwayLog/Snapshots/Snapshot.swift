public import PathwayCore

/// A cut of the log that was given a name, and by whom.
public struct Snapshot: Sendable, Hashable {
    /// What was frozen.
    public let cut: Cut
    /// Who took it.
    public let takenBy: String
    /// The login of the database through which it was taken.
    public let login: String
    /// When, by the database's clock.
    public let takenAt: Instant
}

/// What a snapshot is to be of.
public struct SnapshotRequest: Sendable {
    /// Its name: up to 40 lower-case letters, digits, hyphens and dots.
    public var name: String
    /// The protocol's word; `nil` where the log holds one.
    public var protocolName: String?
    /// Whose paths, as `Population` spells it.
    public var population: String
    /// The clinical cut.
    public var through: Day
    /// The moment as of which the log is read; `nil` is now.
    public var asOf: Instant?

    /// Makes a request.
    public init(name: String, protocolName: String?, population: String, through: Day, asOf: Instant?) {
        self.name = name
        self.protocolName = protocolName
        self.population = population
        self.through = through
        self.asOf = asOf
    }

    /// Whether a snapshot may have this name.
    static func isName(_ text: String) -> Bool {
        let letters = Array(text.utf8)
        func isPlain(_ letter: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(letter)
        }
        guard let first = letters.first, letters.count <= 40, isPlain(first) else { return false }
        return letters.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
