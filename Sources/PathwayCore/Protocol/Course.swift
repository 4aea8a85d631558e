/// A course of treatment: a block, a cycle, maintenance.
public struct Course: Sendable, Hashable {
    /// The continuous infusion inside a course.
    public struct Infusion: Sendable, Hashable {
        /// Days of infusion that make the course whole.
        public let days: Int
        /// The longest interruption after which the same cycle goes on.
        public let resumeWithin: Span
        /// Where that comes from.
        public let provenance: Provenance

        /// Makes an infusion.
        public init(days: Int, resumeWithin: Span, provenance: Provenance) {
            self.days = days
            self.resumeWithin = resumeWithin
            self.provenance = provenance
        }
    }

    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// The agents given in it.
    public let agents: [String]
    /// Its planned length in days.
    public let days: Int?
    /// Its continuous infusion.
    public let infusion: Infusion?
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a course.
    public init(
        name: String, title: String, agents: [String], days: Int?, infusion: Infusion?, provenance: Provenance
    ) {
        self.name = name
        self.title = title
        self.agents = agents
        self.days = days
        self.infusion = infusion
        self.provenance = provenance
    }
}
