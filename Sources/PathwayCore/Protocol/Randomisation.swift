/// A randomisation between arms, in permuted blocks within strata.
public struct Randomisation: Sendable, Hashable {
    /// A stratum and whom it takes.
    public struct Stratum: Sendable, Hashable {
        /// Its word.
        public let name: String
        /// Whom it takes.
        public let condition: Guard
        /// Where it comes from.
        public let provenance: Provenance

        /// Makes a stratum.
        public init(name: String, condition: Guard, provenance: Provenance) {
            self.name = name
            self.condition = condition
            self.provenance = provenance
        }
    }

    /// Its word.
    public let name: String
    /// The arms it allocates, in equal shares.
    public let arms: [String]
    /// The sizes a block can have, each a multiple of the number of arms.
    public let blockSizes: [Int]
    /// The strata; a patient falls in exactly one.
    public let strata: [Stratum]
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a randomisation.
    public init(name: String, arms: [String], blockSizes: [Int], strata: [Stratum], provenance: Provenance) {
        self.name = name
        self.arms = arms
        self.blockSizes = blockSizes
        self.strata = strata
        self.provenance = provenance
    }
}
