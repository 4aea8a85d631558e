/// What a snapshot froze: both clocks, the head of the log, and what was found there.
///
/// Two readings of one cut give the same subjects for ever: an entry belongs to it if its number in the sealed log is at most ``size`` and it
/// was recorded by ``asOf``; a milestone, if it happened by ``through``.
public struct Cut: Sendable, Hashable {
    /// A version of the protocol, with the digest of its document.
    public struct Version: Sendable, Hashable {
        /// The version, from 1.
        public let version: Int
        /// SHA-256 of the document, in hexadecimal.
        public let digest: String

        /// Makes a version.
        public init(version: Int, digest: String) {
            self.version = version
            self.digest = digest
        }
    }

    /// The snapshot's name.
    public let name: String
    /// The protocol's word.
    public let protocolName: String
    /// The versions of the protocol that the log held, in their order.
    public let versions: [Version]
    /// Whose paths were taken.
    public let population: Population
    /// The clinical cut: nothing that happened after this day counts.
    public let through: Day
    /// The instant as of which the log was read.
    public let asOf: Instant
    /// The head of the log: how many entries were sealed.
    public let size: Int
    /// The root of the Merkle tree over them, in hexadecimal.
    public let root: String
    /// How many patients are in it.
    public let patients: Int
    /// How many entries of the log their records have.
    public let entries: Int
    /// SHA-256 of those entries as they were read, without what identifies, in hexadecimal: an entry that was changed since gives another.
    public let digest: String
    /// Whether any of the patients is made up.
    public let isSynthetic: Bool

    /// Makes a cut of what the log says of it.
    public init(
        name: String, protocolName: String, versions: [Version], population: Population, through: Day, asOf: Instant,
        size: Int, root: String, patients: Int, entries: Int, digest: String, isSynthetic: Bool
    ) {
        self.name = name
        self.protocolName = protocolName
        self.versions = versions
        self.population = population
        self.through = through
        self.asOf = asOf
        self.size = size
        self.root = root
        self.patients = patients
        self.entries = entries
        self.digest = digest
        self.isSynthetic = isSynthetic
    }
}
