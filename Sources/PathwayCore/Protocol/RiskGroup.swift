/// A risk group that the protocol tells apart.
public struct RiskGroup: Sendable, Hashable {
    /// Its word.
    public let name: String
    /// Its title for people.
    public let title: String
    /// Where it comes from.
    public let provenance: Provenance

    /// Makes a risk group.
    public init(name: String, title: String, provenance: Provenance) {
        self.name = name
        self.title = title
        self.provenance = provenance
    }
}
